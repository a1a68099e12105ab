"""The upkeep's runner: each job at its time, in one process at a time, and what came of it is remembered.

scheduler ─┬─ quick: jobs of each minute   ┐ a connection of stateroom_maintenance each, past any pooler,
           └─ slow: all others, one by one ┘ with a session lock: a second scheduler only waits
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, cast

import asyncpg
from asyncpg.connection import Connection

from stateroom.db.archive import archive_partition
from stateroom.db.connect import connecting
from stateroom.db.credentials import dsn_of
from stateroom.domains.schedules.cron import next_times
from stateroom.errors import DatabaseUnavailable, StateroomError
from stateroom.runtime.patience import AWAY
from stateroom.runtime.upkeep_jobs import JOBS, Job, rule_of
from stateroom.settings import Settings

Lane = Literal["quick", "slow"]
LANES: Final[tuple[Lane, ...]] = ("quick", "slow")

LOOK_SECONDS: Final = 5.0
RETRY_AFTER: Final = timedelta(minutes=10)
"""A job that failed, or whose process died, is tried again before its next time."""

LOCK: Final = "select pg_try_advisory_lock(hashtextextended('stateroom.upkeep.' || $1, 0))"
KNOWN: Final = """
select stateroom.now() as clock, j.* from (values (1)) one (no) left join stateroom.upkeep_jobs j on true"""
FIRST_SEEN: Final = """
insert into stateroom.upkeep_jobs (name, last_started_at) values ($1, stateroom.now()) on conflict (name) do nothing"""
BEGIN: Final = """
insert into stateroom.upkeep_jobs as j (name, last_started_at, runs) values ($1, stateroom.now(), 1)
on conflict (name) do update set last_started_at = excluded.last_started_at, runs = j.runs + 1"""
END: Final = """
update stateroom.upkeep_jobs set last_finished_at = stateroom.now(), last_rows = $2, last_duration_ms = $3,
  last_error = left($4::text, 2000), failures = failures + ($4::text is not null)::integer,
  last_succeeded_at = case when $4::text is null then stateroom.now() else last_succeeded_at end
where name = $1"""
METRICS: Final = "select stateroom.write_metrics($1::jsonb[])"
EXPIRED: Final = "select * from stateroom.drop_expired_partitions(true)"
DROP: Final = "select * from stateroom.drop_expired_partitions(false)"


@dataclass(frozen=True, slots=True)
class Standing:
    """A job, when it last ran and what came of it, and when it is next due."""

    job: Job
    last_started_at: datetime | None
    last_succeeded_at: datetime | None
    last_rows: int | None
    last_error: str | None
    next_at: datetime
    is_due: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a job has done, or would do: rows changed, and the statements or partitions one by one."""

    job: str
    rows: int
    details: tuple[str, ...]
    milliseconds: float


async def keep_upkeep(settings: Settings, stopping: asyncio.Event) -> None:
    """Run the jobs that are due until told to stop; without the maintenance login say so once and return."""
    try:
        dsn = dsn_of(settings, "maintenance", direct=True)
    except DatabaseUnavailable:
        _say("no upkeep here: STATEROOM_MAINTENANCE_URL is not set")
        return
    async with asyncio.TaskGroup() as group:
        for lane in LANES:
            group.create_task(_keep_lane(settings, dsn, lane, stopping))


async def _keep_lane(settings: Settings, dsn: str, lane: Lane, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        try:
            async with upkeep_connection(dsn) as connection:
                is_ours = False
                while not stopping.is_set():
                    is_ours = is_ours or await connection.fetchval(LOCK, lane)
                    if is_ours:
                        await run_due(connection, settings, lane)
                    await _wait(stopping)
        except (*AWAY, StateroomError) as error:
            _say(f"upkeep waits for PostgreSQL: {error}")
            await _wait(stopping)


async def _wait(stopping: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_SECONDS):
            await stopping.wait()


@asynccontextmanager
async def upkeep_connection(dsn: str) -> AsyncGenerator[Connection]:
    """Open a connection for upkeep: no limit of time. Errors as of db.connect.connect."""
    with connecting(dsn):
        connection = await asyncpg.connect(
            dsn, timeout=10, command_timeout=None, server_settings={"application_name": "stateroom upkeep"}
        )
    try:
        yield connection
    finally:
        connection.terminate()


async def standings(connection: Connection, settings: Settings) -> list[Standing]:
    """Say of every job when it ran and when it is due."""
    rows = await connection.fetch(KNOWN)
    known = {row["name"]: row for row in rows if row["name"] is not None}
    clock = cast("datetime", rows[0]["clock"])
    return [_standing(job, known.get(job.name), rule_of(settings, job.every), clock) for job in JOBS]


def _standing(job: Job, row: asyncpg.Record | None, rule: str, clock: datetime) -> Standing:
    started = cast("datetime | None", row and row["last_started_at"])
    succeeded = cast("datetime | None", row and row["last_succeeded_at"])
    # of what this database has never seen, only the quick ones are due at once
    following = clock if started is None else next_times(rule, "UTC", after=started)[0]
    if started is None and job.every != "minute":
        following = next_times(rule, "UTC", after=clock)[0]
    elif started is not None and row is not None and row["runs"] and (succeeded is None or succeeded < started):
        following = min(following, started + RETRY_AFTER)
    return Standing(
        job=job,
        last_started_at=started if row is not None and row["runs"] else None,
        last_succeeded_at=succeeded,
        last_rows=cast("int | None", row and row["last_rows"]),
        last_error=cast("str | None", row and row["last_error"]),
        next_at=following,
        is_due=following <= clock,
    )


async def run_due(connection: Connection, settings: Settings, lane: Lane) -> list[Outcome]:
    """Run the jobs of a lane that are due, one after the other; the caller holds the lane's lock."""
    outcomes: list[Outcome] = []
    for standing in await standings(connection, settings):
        if (standing.job.every == "minute") != (lane == "quick"):
            continue
        if standing.is_due:
            try:
                outcomes.append(await run_job(connection, settings, standing.job))
            except AWAY:
                raise
            except (StateroomError, asyncpg.PostgresError, OSError) as error:  # must not hold up the others
                _say(f"upkeep {standing.job.name}: {error}")
        elif standing.last_started_at is None:
            await connection.execute(FIRST_SEEN, standing.job.name)
    return outcomes


async def run_job(connection: Connection, settings: Settings, job: Job, *, dry_run: bool = False) -> Outcome:
    """Run one job now, remember what came of it, and write it as metrics; a dry run changes and remembers nothing.

    Raises:
        PostgresError: the job failed, which is remembered.
    """
    began = time.monotonic()
    if dry_run:
        rows, details = await _work(connection, settings, job, dry_run=True)
        return Outcome(job.name, rows, details, (time.monotonic() - began) * 1000)
    await connection.execute(BEGIN, job.name)
    try:
        rows, details = await _work(connection, settings, job, dry_run=False)
    except (StateroomError, asyncpg.PostgresError, OSError) as error:
        if not connection.is_closed():
            await connection.execute(END, job.name, None, (time.monotonic() - began) * 1000, str(error))
        raise
    outcome = Outcome(job.name, rows, details, (time.monotonic() - began) * 1000)
    await connection.execute(END, job.name, rows, outcome.milliseconds, None)
    if rows or job.every != "minute":
        await connection.execute(METRICS, _metrics(outcome))
    return outcome


def _metrics(outcome: Outcome) -> list[str]:
    common = {"category": "database", "component_name": "upkeep", "dimensions": {"job": outcome.job}}
    return [
        json.dumps({**common, "name": "upkeep.rows", "value": outcome.rows, "kind": "counter"}),
        json.dumps({**common, "name": "upkeep.duration", "value": outcome.milliseconds, "unit": "ms"}),
    ]


async def _work(connection: Connection, settings: Settings, job: Job, *, dry_run: bool) -> tuple[int, tuple[str, ...]]:
    match job.way:
        case "statement":
            return await _statement(connection, job.sql, dry_run=dry_run), ()
        case "plan":
            planned = tuple(cast("str", row[0]) for row in await connection.fetch(job.sql))
            for statement in () if dry_run else planned:
                await connection.execute(statement)
            return len(planned), planned
        case "expire":
            return await _expire(connection, settings.archive_folder or settings.home / "archive", dry_run=dry_run)


async def _statement(connection: Connection, sql: str, *, dry_run: bool) -> int:
    """Run in one transaction; a dry run takes it back."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        rows = int(await connection.fetchval(sql) or 0)
    except BaseException:
        await transaction.rollback()
        raise
    await (transaction.rollback() if dry_run else transaction.commit())
    return rows


async def _expire(connection: Connection, folder: Path, *, dry_run: bool) -> tuple[int, tuple[str, ...]]:
    """Archive what is to be archived, drop what has expired, until nothing more can go."""
    found = await connection.fetch(EXPIRED)
    rows, details = 0, [f"{row['partition_name']}: {row['outcome']}, {row['row_count']} rows" for row in found]
    while not dry_run and found:
        for row in found:
            if row["outcome"] == "to archive":
                await archive_partition(connection, row["partition_name"], folder)
        gone = [row for row in await connection.fetch(DROP) if row["outcome"] == "dropped"]
        rows += sum(row["row_count"] for row in gone)
        found = await connection.fetch(EXPIRED) if gone else []
    return rows if not dry_run else sum(row["row_count"] for row in found), tuple(details)


def _say(text: str) -> None:
    print(f"stateroom scheduler: {text}", file=sys.stderr)  # noqa: T201 (its log)
