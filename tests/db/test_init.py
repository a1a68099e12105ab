"""Setting up a database: roles and passwords once, nothing twice, and clear refusals."""

import asyncio
import base64
import os
import subprocess
import sys

import asyncpg
import pytest

from stateroom.db import migrate
from stateroom.db.credentials import Credentials, with_database, with_login
from stateroom.db.diagnosis import ROLES
from stateroom.db.embedded import EmbeddedServer
from stateroom.db.init import init_database, init_embedded, scram_verifier
from stateroom.errors import Conflict, DatabaseUnavailable, Forbidden, MigrationError


async def fetchval(dsn, statement, *values):
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(statement, *values)
    finally:
        await connection.close()


def known(db):
    return {login: db.dsn(login) for login in ("maintenance", "app", "engine", "query")}


@pytest.mark.both
async def test_the_roles_are_as_designed(db):
    admin = await db.connect("admin")
    rows = await admin.fetch("select * from pg_roles where rolname = any($1)", list(ROLES))
    assert len(rows) == 9
    assert {row["rolname"] for row in rows if row["rolcanlogin"]} == {
        "stateroom_maintenance",
        "stateroom_app",
        "stateroom_engine",
        "stateroom_query",
    }
    assert {row["rolname"] for row in rows if row["rolbypassrls"]} == {"stateroom_maintenance"}
    assert {row["rolname"] for row in rows if not row["rolinherit"]} == {"stateroom_app"}
    assert not [row["rolname"] for row in rows if row["rolsuper"] or row["rolcreaterole"] or row["rolcreatedb"]]
    members = await admin.fetch(
        "select roleid::regrole::text as role, member::regrole::text as member from pg_auth_members"
        " where roleid::regrole::text like 'stateroom%' and member::regrole::text like 'stateroom%'"
    )
    assert {(row["member"], row["role"]) for row in members} == {
        ("stateroom_maintenance", "stateroom_owner"),
        ("stateroom_app", "stateroom_user"),
        ("stateroom_app", "stateroom_admin"),
        ("stateroom_admin", "stateroom_user"),
    }


@pytest.mark.both
async def test_a_second_time_changes_nothing(db):
    again = await init_database(db.admin_dsn, known=known(db))
    assert again == Credentials(**known(db))
    connection = await db.connect()
    assert await connection.fetchval("select count(*) from stateroom.users") == 1
    assert await connection.fetchval("select count(*) from stateroom.projects where is_personal") == 1


async def test_unknown_passwords_are_not_replaced_behind_ones_back(db):
    with pytest.raises(Conflict, match="stateroom_app exists already") as raised:
        await init_database(db.admin_dsn, known={"maintenance": db.maintenance_dsn})
    assert "STATEROOM_APP_URL" in raised.value.hint
    assert "--new-passwords" in raised.value.hint
    assert await fetchval(db.app_dsn, "select current_user") == "stateroom_app"


async def test_who_may_not_make_roles_is_told_so(db):
    with pytest.raises(Forbidden, match="stateroom_maintenance may not make roles") as raised:
        await init_database(db.maintenance_dsn, known=known(db))
    assert "STATEROOM_DATABASE_URL" in raised.value.hint


async def test_a_server_that_is_away_is_not_taken_for_a_wrong_password(db):
    away = known(db) | {"app": "postgresql://stateroom_app:x@127.0.0.1:1/stateroom"}
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:1"):
        await init_database(db.admin_dsn, known=away, new_passwords=True)


async def test_the_query_login_is_fenced_in(db):
    query = await db.connect("query")
    assert await query.fetchval("show default_transaction_read_only") == "on"
    assert await query.fetchval("show statement_timeout") == "15s"
    assert await query.fetchval("show temp_file_limit") == "256MB"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await query.execute("set role stateroom_user")


@pytest.mark.both
async def test_the_verifier_is_what_the_server_would_make(db):
    admin = await db.connect("admin")
    await admin.execute("create role probe login password 'pencil-Ab_1'")
    try:
        stored = await admin.fetchval("select rolpassword from pg_authid where rolname = 'probe'")
        # SCRAM-SHA-256$4096:salt$stored:server
        salt = base64.b64decode(stored.split("$")[1].split(":")[1])
        assert scram_verifier("pencil-Ab_1", salt=salt) == stored
    finally:
        await admin.execute("drop role probe")


async def test_passwords_are_in_no_statement(db):
    admin = await db.connect("admin")
    texts = await admin.fetchval("select string_agg(query, ' ') from pg_stat_statements where query ilike '%password%'")
    secrets = [dsn.split(":")[2].split("@")[0] for dsn in known(db).values()]
    assert not [secret for secret in secrets if secret in (texts or "")]


@pytest.mark.process
class TestOwnServer:
    """With a server of its own, since roles belong to the whole server."""

    @pytest.fixture
    def info(self, server_home):
        server = EmbeddedServer(server_home, options={"fsync": "off"})
        info = server.start()
        yield info
        server.stop()

    async def test_from_nothing_to_a_working_database(self, info, server_home):
        first = await init_embedded(info.admin_dsn, server_home)
        assert Credentials.load(server_home) == first
        assert await init_embedded(info.admin_dsn, server_home) == first
        # what nobody else may: make temporary tables, which a refresh beside readers needs
        assert await fetchval(first.maintenance, "select stateroom.refresh_materialized_views()") == 2
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetchval(first.engine, "create temporary table t ()")
        assert await fetchval(first.engine, "select current_user") == "stateroom_engine"
        assert await fetchval(first.maintenance, "select count(*) from stateroom.users where username = 'local'") == 1

    async def test_lost_credentials_are_made_anew(self, info, server_home):
        first = await init_embedded(info.admin_dsn, server_home)
        (server_home / "credentials.json").unlink()
        second = await init_embedded(info.admin_dsn, server_home)
        assert second.app != first.app
        with pytest.raises(asyncpg.InvalidPasswordError):
            await fetchval(first.app, "select 1")
        assert await fetchval(second.app, "select 1") == 1

    async def test_two_at_once_agree(self, info, server_home):
        one, two = await asyncio.gather(*(init_embedded(info.admin_dsn, server_home) for _ in range(2)))
        assert one == two == Credentials.load(server_home)

    async def test_strangers_do_not_get_into_the_embedded_database(self, info, server_home):
        await init_embedded(info.admin_dsn, server_home)
        await fetchval(info.admin_dsn, "create role stranger login password 'x'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetchval(with_database(with_login(info.admin_dsn, "stranger", "x"), "stateroom"), "select 1")

    async def test_an_administrator_who_is_no_superuser(self, info):
        await fetchval(info.admin_dsn, "create role boss login createrole createdb password 'x'")
        await fetchval(info.admin_dsn, "create database theirs owner boss")
        said = []
        dsn = with_database(with_login(info.admin_dsn, "boss", "x"), "theirs")
        credentials = await init_database(dsn, known={}, say=said.append)
        assert any("no BYPASSRLS" in each for each in said)
        assert await fetchval(credentials.app, "select current_user") == "stateroom_app"
        assert await fetchval(credentials.maintenance, "select count(*) from stateroom.users") == 1
        await migrate.downgrade(credentials.maintenance, "0001")
        assert (await migrate.upgrade(credentials.maintenance)).before == "0001"
        assert await fetchval(credentials.maintenance, "select count(*) from stateroom.users") == 1

    async def test_a_missing_extension_is_named(self, info, monkeypatch, tmp_path):
        script = tmp_path / "roles.sql"
        script.write_text("create extension if not exists no_such_extension;")
        monkeypatch.setattr("stateroom.db.init.ROLES", script)
        with pytest.raises(MigrationError, match="no_such_extension") as raised:
            await init_database(info.admin_dsn, known={})
        assert "contrib" in raised.value.hint


def test_set_up_imports_no_web_framework():
    """`stateroom db` starts quickly."""
    code = "import sys, stateroom.db.init; sys.exit('fastapi' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0
