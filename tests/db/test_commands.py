"""`stateroom db` and `stateroom doctor`, as one types them."""

import json
import os
import subprocess
import sys
from uuid import uuid4

import pytest

from stateroom.db import diagnosis
from stateroom.db.checks import CHECKS
from stateroom.db.diagnosis import examine
from stateroom.db.embedded import EmbeddedServer
from stateroom.settings import Settings

pytestmark = pytest.mark.process


def stateroom(*argv, env):
    return subprocess.run(
        [sys.executable, "-m", "stateroom", *argv], env=env, capture_output=True, text=True, check=False, timeout=100
    )


def own(server_home):
    return {**os.environ, "STATEROOM_HOME": str(server_home)}


async def found(settings):
    return {finding.name: finding async for finding in examine(settings)}


@pytest.mark.full
def test_the_embedded_server_from_start_to_stop(server_home):
    env = own(server_home)
    started = stateroom("db", "start", "--json", env=env)
    assert started.returncode == 0, started.stderr
    info = json.loads(started.stdout)
    assert info["started"]
    assert EmbeddedServer(server_home).attach().pid == info["pid"]
    assert "was running already" in stateroom("db", "start", env=env).stdout
    url = stateroom("db", "url", env=env).stdout.strip()
    assert url.startswith("postgresql://stateroom_maintenance:")
    assert url.endswith(f"@127.0.0.1:{info['port']}/stateroom")
    shown = stateroom("db", "psql", "--login", "engine", "--", "-Atc", "select current_user", env=env)
    assert shown.stdout == "stateroom_engine\n"
    assert stateroom("db", "check", env=env).returncode == 0
    assert stateroom("db", "stop", env=env).stdout == "PostgreSQL stopped\n"
    assert stateroom("db", "stop", env=env).stdout == "PostgreSQL was not running\n"
    away = stateroom("db", "url", env=env)
    assert away.returncode == 4
    assert "stateroom db start" in away.stderr


@pytest.mark.full
def test_init_leaves_a_server_as_it_was_found(server_home):
    env = own(server_home)
    done = stateroom("db", "init", env=env)
    assert done.returncode == 0, done.stderr
    assert EmbeddedServer(server_home).status() is None
    assert (server_home / "credentials.json").exists()


def test_init_in_a_database_of_ones_own_prints_what_to_set(db):
    env = db.env(STATEROOM_DATABASE_URL=db.admin_dsn, STATEROOM_QUERY_URL=db.query_dsn)
    done = stateroom("db", "init", env=env)
    assert done.returncode == 0, done.stderr
    lines = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert lines == {
        "STATEROOM_MAINTENANCE_URL": db.maintenance_dsn,
        "STATEROOM_APP_URL": db.app_dsn,
        "STATEROOM_ENGINE_URL": db.engine_dsn,
        "STATEROOM_QUERY_URL": db.query_dsn,
    }
    del env["STATEROOM_APP_URL"]
    refused = stateroom("db", "init", env=env)
    assert refused.returncode == 6
    assert "--new-passwords" in refused.stderr


def test_start_and_stop_are_for_the_embedded_server(db):
    for command in ("start", "stop"):
        refused = stateroom("db", command, env=db.env())
        assert refused.returncode == 2
        assert "database of your own" in refused.stderr


@pytest.mark.full
def test_back_and_forth(db):
    asked = stateroom("db", "downgrade", "0002", env=db.env())
    assert asked.returncode == 1
    assert "What newer revisions have added is lost" in asked.stderr
    back = stateroom("db", "downgrade", "0002", "--yes", "--json", env=db.env())
    assert json.loads(back.stdout)["after"] == "0002"
    check = stateroom("db", "check", "--json", env=db.env())
    assert check.returncode == 1
    assert json.loads(check.stdout)["revision"] == "0002"
    assert "0002 →" in stateroom("db", "upgrade", env=db.env()).stdout
    assert "up to date" in stateroom("db", "check", env=db.env()).stdout


def test_doctor_before_the_first_start(server_home):
    done = stateroom("doctor", "--json", env=own(server_home))
    assert done.returncode == 1
    said = json.loads(done.stdout)
    findings = {each["name"]: each for each in said["findings"]}
    assert not said["ok"]
    assert findings["programs"]["found"].startswith("PostgreSQL 18")
    assert "stateroom up" in findings["database"]["todo"]
    assert not server_home.exists()


def test_doctor_says_what_to_do(db):
    done = stateroom("doctor", env=db.env())
    assert done.returncode == 1
    assert "wrong  workers" in done.stdout
    assert "stateroom worker" in done.stdout
    assert "ok     schema" in done.stdout


def test_doctor_sees_open_secrets(db):
    token = db.home / "token"
    token.write_text("secret")
    token.chmod(0o644)
    said = json.loads(stateroom("doctor", "--json", env=db.env()).stdout)
    assert [each["todo"] for each in said["findings"] if each["name"] == "secrets"] == [f"chmod 600 {token}"]


async def test_all_is_well_with_a_worker(db):
    engine = await db.connect("engine")
    session = "select stateroom.open_session($1, 'here/1', 'here', 1, 4, '{default}', '{}', 60, '0.1.0')"
    await engine.fetchval(session, uuid4())
    findings = await found(db.settings())
    quick = [check.name for check in CHECKS if not check.deep]
    assert list(findings) == ["database", "roles", "login app", "login engine", "schema", *quick, "workers", "clock"]
    assert not [finding for finding in findings.values() if not finding.ok]
    assert findings["workers"].found == "1 alive"


async def test_what_is_wrong_with_the_database_is_named_with_what_to_do(db):
    admin, owner = await db.connect("admin"), await db.connect()
    await admin.execute("""
        insert into stateroom.logs (id, logged_at, message)
        values (stateroom.uuidv7_floor(now() + interval '1 year'), now(), 'x');
        alter table stateroom.queues no force row level security;
        grant select on stateroom.users to public;
        alter table stateroom.tasks add column other_id uuid references stateroom.users;
        insert into stateroom.upkeep_jobs (name, last_started_at, last_error) values ('views', now(), 'it broke');
        update pg_index set indisvalid = false where indexrelid = 'stateroom.tasks_parent'::regclass;
        insert into stateroom.leases (run_id, session_id, token, claimed_at, attempt)
        values (stateroom.uuidv7(), stateroom.uuidv7(), 1, now(), 1)""")
    findings = {each.name: each async for each in examine(db.settings(), deep=True)}
    wrong = {name: each.found for name, each in findings.items() if not each.ok and name != "workers"}
    assert wrong.pop("integrity").startswith("a ")
    assert wrong == {
        "stray rows": "logs_future: 1",
        "policies": "queues",
        "grants": "users to everybody",
        "foreign keys": "stateroom.tasks.tasks_other_id_fkey",
        "upkeep": "views: it broke",
        "indexes": "stateroom.tasks_parent",
    }
    await owner.execute("create index on stateroom.tasks (other_id)")
    assert (await found(db.settings()))["foreign keys"].ok


async def test_a_missing_partition_is_found(db):
    admin = await db.connect("admin")
    name = await admin.fetchval("select 'logs' || to_char(clock_timestamp() at time zone 'UTC', '_YYYY_MM')")
    await admin.execute(f"drop table stateroom.{name}")
    finding = (await found(db.settings()))["partitions"]
    assert finding.found.startswith("logs from 20")
    assert "stateroom scheduler" in finding.todo
    await admin.fetch("select stateroom.ensure_partitions()")
    assert (await found(db.settings()))["partitions"].ok


async def test_a_login_that_sees_too_much_is_found(db):
    finding = (await found(db.settings(app_url=db.maintenance_dsn)))["login app"]
    assert "BYPASSRLS" in finding.found
    assert "STATEROOM_APP_URL" in finding.todo


async def test_an_old_schema_is_found(db):
    admin = await db.connect("admin")
    await admin.execute("delete from stateroom.schema_history where name = '900_grants.sql'")
    findings = await found(db.settings())
    assert findings["schema"].todo == "run `stateroom db upgrade`"
    assert "partitions" not in findings


async def test_a_clock_that_is_off_is_found(db, monkeypatch):
    monkeypatch.setattr(diagnosis.time, "time", lambda: 1_000_000.0)
    finding = (await found(db.settings()))["clock"]
    assert "NTP" in finding.todo


async def test_a_database_that_cannot_be_reached(home):
    dsn = "postgresql://stateroom_maintenance:x@127.0.0.1:1/stateroom"
    findings = await found(Settings(_env_file=None, home=home, maintenance_url=dsn))
    assert list(findings) == ["database"]
    assert "STATEROOM_MAINTENANCE_URL" in findings["database"].todo


async def test_missing_roles_are_found(db):
    admin = await db.connect("admin")
    missing = await admin.fetchval(diagnosis.MISSING_ROLES, [*diagnosis.ROLES, "stateroom_nobody"])
    assert missing == ["stateroom_nobody"]
