"""Upkeep: what is old goes, once, at its time, and can be looked at again; every function runs and says what it did."""

import asyncio
import json
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest

from stateroom.db.archive import load_archive
from stateroom.errors import InvalidInput
from stateroom.runtime.maintenance import keep_upkeep, run_due, run_job, standings
from stateroom.runtime.upkeep_jobs import JOBS

pytestmark = pytest.mark.both

LOGS = """
insert into stateroom.logs (id, logged_at, message)
select overlay(stateroom.uuidv7()::text placing left(stateroom.uuidv7_floor(at)::text, 13) from 1)::uuid, at,
    'line ' || n
from (select now() + $1 * interval '1 day' as at, n from generate_series(1, $2::int) n) g"""
OF_PROJECT = LOGS.replace("(id, logged_at", "(project_id, id, logged_at").replace(
    "select overlay", "select $3, overlay"
)
JOB = {job.name: job for job in JOBS}


async def outcomes(connection, *, dry_run: bool) -> list[tuple]:
    rows = await connection.fetch(
        "select table_name, partition_name, row_count, outcome from stateroom.drop_expired_partitions($1)", dry_run
    )
    return [tuple(row) for row in rows]


async def mine(connection, table: str) -> list[tuple]:
    rows = await connection.fetch(f"select tableoid::regclass::text, count(*) from stateroom.{table} group by 1")
    return sorted((row[0].removeprefix("stateroom."), row[1]) for row in rows)


async def eventually(connection, condition: str) -> None:
    async with asyncio.timeout(20):
        while True:
            if await connection.fetchval(condition):
                return
            await asyncio.sleep(0.05)


def month() -> str:
    return f"{datetime.now(UTC):%Y_%m}"


async def test_expired_partitions_go_and_what_outlives_them_stays(db):
    owner = await db.connect()
    await owner.execute(LOGS, 0, 5)
    run = (
        "insert into stateroom.workflow_runs (id, workflow_id, project_id, version_id, version, run_number, state,"
        " finished_at) select stateroom.uuidv7(), p.id, p.id, p.id, 1, n, $1, $2 from stateroom.projects p,"
        " generate_series(1, 2) n"
    )
    await owner.execute(run, "failed", datetime.now(UTC))
    await owner.execute(run, "running", None)
    assert await outcomes(owner, dry_run=True) == []
    await db.shift("500 days")
    await owner.fetch("select stateroom.ensure_partitions()")
    found = await outcomes(owner, dry_run=True)
    assert ("logs", f"logs_{month()}", 5, "expired") in found
    assert await mine(owner, "logs") == [(f"logs_{month()}", 5)]
    assert {row[1] for row in await outcomes(owner, dry_run=False) if row[3] == "dropped"} == {row[1] for row in found}
    assert await mine(owner, "logs") == []
    assert await mine(owner, "workflow_runs") == [("workflow_runs_past", 2)]
    assert await outcomes(owner, dry_run=False) == []
    # and what comes late finds a place
    await owner.execute(LOGS, 0, 1)
    assert await mine(owner, "logs") == [("logs_past", 1)]
    assert await outcomes(owner, dry_run=False) == [("logs", "logs_past", 1, "dropped")]
    assert await mine(owner, "logs") == []


async def test_a_partition_in_use_is_left_for_the_next_time(db):
    owner, reader = await db.connect(), await db.connect()
    await db.shift("200 days")
    async with reader.transaction():
        await reader.fetch("select from stateroom.logs")
        found = await outcomes(owner, dry_run=False)
        assert [row for row in found if row[0] == "logs"] == [("logs", f"logs_{month()}", 0, "in use")]
    assert ("logs", f"logs_{month()}", 0, "dropped") in await outcomes(owner, dry_run=False)


async def test_a_partition_is_archived_before_it_goes_and_can_be_loaded_back(db, tmp_path):
    owner, settings = await db.connect(), db.settings(archive_folder=tmp_path / "archive")
    await owner.execute("update stateroom.partition_policies set archive = true where table_name = 'logs'")
    await owner.execute(LOGS, 0, 300)
    await owner.execute(
        "update stateroom.logs set data = '{\"a\": [1, null]}', message = e'x,\"y\"\\n' where message = 'line 7'"
    )
    before = [tuple(row) for row in await owner.fetch("select * from stateroom.logs order by id")]
    await db.shift("200 days")
    assert [row[3] for row in await outcomes(owner, dry_run=False) if row[0] == "logs"] == ["to archive"]
    outcome = await run_job(owner, settings, JOB["partitions"], dry_run=True)
    assert outcome.rows == 300
    assert await mine(owner, "logs") == [(f"logs_{month()}", 300)]
    outcome = await run_job(owner, settings, JOB["partitions"])
    assert outcome.rows == 300
    assert await mine(owner, "logs") == []
    manifest = tmp_path / "archive" / f"logs_{month()}.json"
    data = manifest.with_name(f"logs_{month()}.csv.gz")
    assert json.loads(manifest.read_text())["rows"] == 300
    assert data.stat().st_mode & 0o077 == 0
    said, count = await load_archive(owner, manifest, keep_days=3)
    assert (said.table, count) == ("logs", 300)
    assert [tuple(row) for row in await owner.fetch("select * from stateroom.logs order by id")] == before
    assert (await load_archive(owner, manifest, keep_days=3))[1] == 0
    assert [row for row in await outcomes(owner, dry_run=False) if row[0] == "logs"] == []
    await db.shift("4 days")
    await run_job(owner, settings, JOB["partitions"])
    assert await mine(owner, "logs") == []
    data.write_bytes(data.read_bytes()[:-1] + b"x")
    with pytest.raises(InvalidInput, match="damaged"):
        await load_archive(owner, manifest)


@pytest.mark.defect(2)
async def test_every_job_runs_and_says_what_it_did(db):
    owner, settings = await db.connect(), db.settings()
    present = [each.job for each in await standings(owner, settings)]
    assert present == list(JOBS)
    for job in present:
        planned = await run_job(owner, settings, job, dry_run=True)
        done = await run_job(owner, settings, job)
        assert done.rows >= 0
        assert (planned.job, done.job) == (job.name, job.name)
    rows = await owner.fetch("select name, last_rows, last_error, last_succeeded_at from stateroom.upkeep_jobs")
    assert {row["name"] for row in rows} == {job.name for job in present}
    assert all(row["last_rows"] is not None and row["last_succeeded_at"] and not row["last_error"] for row in rows)
    metrics = await owner.fetch(
        "select distinct dimensions ->> 'job' from stateroom.system_metrics where name = 'upkeep.rows'"
    )
    assert {row[0] for row in metrics} >= {"partitions", "vacuum", "analyze"}


@pytest.mark.defect(2)
async def test_cleanup_says_what_it_removed_of_each_table(db):
    owner = await db.connect()
    await owner.execute(LOGS, 0, 4)
    await owner.execute(
        "insert into stateroom.error_logs (error_type, error_message, fingerprint, day, resolved, resolved_at)"
        " values ('a', 'b', '1', now(), true, now()), ('a', 'b', '2', now(), false, null)"
    )
    await owner.execute(
        "insert into stateroom.notifications (user_id, type, title, message, is_read, read_at)"
        " select id, 'system', 't', 'm', r, case when r then now() end from stateroom.users, unnest('{t,f}'::bool[]) r"
    )
    clean = "select table_name, removed from stateroom.cleanup_old_logs(90, $1) where removed > 0"
    assert await owner.fetch(clean, False) == []
    await db.shift("150 days")
    for dry_run in (True, True, False):
        assert dict(await owner.fetch(clean, dry_run)) == {"logs": 4, "error_logs": 1, "notifications": 1}
    assert await owner.fetch(clean, False) == []
    assert len(await owner.fetch("select * from stateroom.cleanup_old_logs()")) >= 6
    with pytest.raises(asyncpg.PostgresError, match="cannot keep logs for 0 days"):
        await owner.fetch("select * from stateroom.cleanup_old_logs(0)")


async def test_retention_is_what_policies_and_settings_say(db):
    owner = await db.connect()
    await owner.execute(
        "insert into stateroom.error_logs (error_type, error_message, fingerprint, day, resolved, resolved_at)"
        " values ('a', 'b', '1', now(), true, now())"
    )
    await owner.execute(LOGS, 0, 4)
    await owner.execute("update stateroom.partition_policies set keep_days = 365 where table_name = 'logs'")
    await owner.execute(
        "insert into stateroom.settings (key, value, value_type)"
        " values ('retention.resolved-errors-days', '200', 'number')"
    )
    await db.shift("150 days")
    clean = "select table_name, removed from stateroom.cleanup_old_logs() where removed > 0"
    assert await owner.fetch(clean) == []
    await db.shift("60 days")
    assert dict(await owner.fetch(clean)) == {"error_logs": 1}
    await db.shift("200 days")
    assert dict(await owner.fetch(clean)) == {"logs": 4}


async def test_keys_that_stand_for_nothing_any_more_are_removed(db):
    owner, settings = await db.connect(), db.settings()
    await owner.execute(
        "insert into stateroom.run_keys (project_id, key, run_id, expires_at)"
        " select p.id, n::text, p.id, now() + n * interval '10 days' from stateroom.projects p, generate_series(1, 3) n"
    )
    await owner.execute(
        "insert into stateroom.webhook_deliveries_seen (source, delivery_id, webhook_event_id) values ('a', 'b', $1)",
        UUID(int=1),
    )
    outcome = await run_job(owner, settings, JOB["expired-keys"])
    assert outcome.rows == 0
    await db.shift("25 days")
    assert (await run_job(owner, settings, JOB["expired-keys"], dry_run=True)).rows == 2
    assert (await run_job(owner, settings, JOB["expired-keys"])).rows == 2
    await db.shift("70 days")
    assert (await run_job(owner, settings, JOB["expired-keys"])).rows == 2


async def test_views_restored_without_their_rows_are_filled(db):
    owner, settings = await db.connect(), db.settings()
    for name in ("task_performance_figures", "task_dependency_tree_rows"):
        await owner.execute(f"refresh materialized view stateroom.{name} with no data")
    for _ in range(2):
        assert (await run_job(owner, settings, JOB["views"])).rows == 2
    assert await owner.fetchval("select bool_and(relispopulated) from pg_class where relkind = 'm'")


async def test_a_project_is_purged_in_batches_and_only_when_it_is_archived(db):
    owner = await db.connect()
    user = await owner.fetchval("insert into stateroom.users (username) values ('ann') returning id")
    ids = [
        await owner.fetchval("insert into stateroom.projects (owner_id, name) values ($1, $2) returning id", user, name)
        for name in ("gone", "kept")
    ]
    for project in ids:
        await owner.execute(OF_PROJECT, 0, 25, project)
        await owner.execute(
            "insert into stateroom.tasks (project_id, title, status)"
            " select $1, 't', 'pending' from generate_series(1, 7)",
            project,
        )
    purge = "select table_name, removed from stateroom.purge_project($1, 10)"
    with pytest.raises(asyncpg.PostgresError, match="archive"):
        await owner.fetch(purge, ids[0])
    await owner.execute("update stateroom.projects set status = 'archived' where id = $1", ids[0])
    removed: dict[str, int] = {}
    while "projects" not in removed:
        found = dict(await owner.fetch(purge, ids[0]))
        assert sum(found.values()) <= 11
        for name, count in found.items():
            removed[name] = removed.get(name, 0) + count
    assert (removed["logs"], removed["tasks"]) == (25, 7)
    assert await owner.fetchval("select count(*) from stateroom.logs where project_id = $1", ids[1]) == 25
    assert await owner.fetchval("select count(*) from stateroom.tasks where project_id = $1", ids[1]) == 7


async def test_jobs_are_due_at_their_times_once_and_again_after_a_failure(db):
    owner, settings = await db.connect(), db.settings()
    # the clock goes on by itself: no minute may begin between two looks
    second = await owner.fetchval("select extract(second from stateroom.now())::float")
    await db.shift(f"{61 - second} seconds")

    async def names(lane) -> set[str]:
        return {each.job for each in await run_due(owner, settings, lane)}

    assert "metrics" in await names("quick")
    assert await names("slow") == set()
    assert await names("quick") == set()
    await db.shift("25 hours")
    assert await names("slow") >= {"partitions", "old-logs"}
    assert await names("slow") == set()
    await db.shift("32 days")
    assert await names("slow") >= {"partitions", "vacuum", "reindex", "analyze"}
    await owner.execute(
        "update stateroom.upkeep_jobs set last_succeeded_at = null, last_error = 'x' where name = 'old-logs'"
    )
    assert await names("slow") == set()
    await db.shift("11 minutes")
    assert await names("slow") >= {"old-logs"}


async def test_of_two_schedulers_one_does_the_upkeep_and_both_stop_when_told(db):
    owner, stopping = await db.connect(), asyncio.Event()
    running = [asyncio.create_task(keep_upkeep(db.settings(), stopping)) for _ in range(2)]
    locks = (
        "select count(*) filter (where granted) = 2 from pg_locks where locktype = 'advisory' and objsubid = 1"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    await eventually(owner, "select count(*) >= 2 from stateroom.upkeep_jobs where last_succeeded_at is not null")
    await eventually(owner, locks)
    stopping.set()
    async with asyncio.timeout(20):
        await asyncio.gather(*running)
    assert await owner.fetchval("select max(runs) from stateroom.upkeep_jobs where name = 'alerts'") == 1


@pytest.mark.defect(16)
async def test_statistics_have_the_same_keys_on_every_version(db):
    owner = await db.connect()
    await owner.fetch("select from stateroom.users")
    found = json.loads(await owner.fetchval("select stateroom.database_statistics()"))
    assert found.keys() == {
        "server_version",
        "database_bytes",
        "connections",
        "connections_most",
        "oldest_transaction_seconds",
        "transaction_age",
        "database",
        "slowest_statements",
        "tables",
        "unused_indexes",
        "bloated_indexes",
        "queues",
    }
    assert found["connections"]["active"] >= 1
    assert found["tables"][0].keys() >= {"name", "bytes", "live", "dead", "dead_ratio"}
    assert found["slowest_statements"]
    for each in found["slowest_statements"]:
        assert each["calls"] >= 1
        assert each["total_ms"] >= each["mean_ms"] * 0.999 >= 0
        assert each["read_ms"] is not None
    engine = await db.connect("engine")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await engine.fetchval("select stateroom.database_statistics()")


async def test_a_bloated_index_is_found_and_built_anew(db):
    owner = await db.connect()
    await owner.execute(
        "insert into stateroom.run_keys (project_id, key, run_id, expires_at)"
        " select gen_random_uuid(), md5(n::text), gen_random_uuid(), now() from generate_series(1, 20000) n"
    )
    await owner.execute("delete from stateroom.run_keys where key > '1'")
    await owner.execute("vacuum (analyze) stateroom.run_keys")
    found = await owner.fetch("select * from stateroom.bloated_indexes(100000)")
    assert "run_keys_pkey" in {row["index_name"] for row in found}
    for row in found:
        await owner.execute(row["statement"])
    assert await owner.fetch("select * from stateroom.bloated_indexes(100000)") == []
