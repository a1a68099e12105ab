"""One async function for each SQL function that workers and schedulers call; arrays in, rows out, JSON as text."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

import asyncpg

from stateroom.engine.types import (
    Claim,
    Cursor,
    DueSchedule,
    Failure,
    Firing,
    LogLine,
    Report,
    SessionInfo,
    TaskDefinition,
    Verdict,
    definition_of,
)


class Executor(Protocol):
    """What asyncpg's pools and connections have in common."""

    async def fetch(self, query: str, *args: object) -> list[asyncpg.Record]:
        """Return all rows."""
        ...

    async def fetchval(self, query: str, *args: object) -> object:
        """Return the first value of the first row."""
        ...

    async def execute(self, query: str, *args: object) -> str:
        """Return the command tag."""
        ...


async def open_session(db: Executor, session: SessionInfo, ttl: int) -> UUID:
    """Open the session for `ttl` seconds; returns the agent's id."""
    agent = await db.fetchval(
        "select stateroom.open_session($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        session.id,
        session.agent,
        session.host,
        session.pid,
        session.capacity,
        session.queues,
        session.handlers,
        ttl,
        session.version,
    )
    return UUID(str(agent))


async def plug_session(db: Executor, session: UUID) -> bool:
    """Tie the session to this very connection; False when the session is gone."""
    return bool(await db.fetchval("select stateroom.plug_session($1)", session))


async def set_idle(db: Executor, session: UUID, *, idle: bool) -> None:
    """Say whether a notification of new work is wanted."""
    await db.execute("select stateroom.set_idle($1, $2)", session, idle)


async def heartbeat(db: Executor, session: UUID, ttl: int, held: Sequence[tuple[UUID, int]]) -> list[Verdict]:
    """Extend the session by `ttl` seconds; returns what must stop (run None: the session itself is gone)."""
    rows = await db.fetch(
        "select run_id, verdict from stateroom.heartbeat($1, $2, $3, $4)",
        session,
        ttl,
        [run for run, _ in held],
        [token for _, token in held],
    )
    return [Verdict(run=row["run_id"], cancel=row["verdict"] == "cancel") for row in rows]


async def close_session(db: Executor, session: UUID) -> int:
    """Say goodbye; returns how many runs were given back."""
    return int(str(await db.fetchval("select stateroom.close_session($1)", session)))


async def release_all(db: Executor, session: UUID, known: Sequence[UUID], reason: str) -> int:
    """Give back what the session holds beside the known runs; returns how many."""
    return int(str(await db.fetchval("select stateroom.release_all($1, $2, $3)", session, known, reason)))


async def register_handlers(db: Executor, handlers: str) -> None:
    """Register handlers, a JSON list, as routine tasks of the personal project of user `local`."""
    await db.execute("select stateroom.register_handlers(null, $1::jsonb)", handlers)


async def publish_code(db: Executor, name: str, definition: str) -> None:
    """Publish what the worker's code defines in the personal project of user `local`."""
    await db.execute("select stateroom.publish_code($1, $2::jsonb)", name, definition)


async def claim(db: Executor, session: UUID, limit: int, cursors: Sequence[Cursor]) -> list[Claim]:
    """Take up to `limit` ready runs from the lanes and ranks of the cursors, in their order."""
    rows = await db.fetch(
        "select run_id, token, attempt, task_id, workflow_run_id, map_index, input, lane, rank, xid, horizon"
        " from stateroom.claim($1, $2, $3, $4, $5, $6)",
        session,
        limit,
        [cursor.lane for cursor in cursors],
        [cursor.rank for cursor in cursors],
        [cursor.xid for cursor in cursors],
        [cursor.run for cursor in cursors],
    )
    return [Claim(*row) for row in rows]


async def complete(
    db: Executor,
    session: UUID,
    runs: Sequence[UUID],
    tokens: Sequence[int],
    results: Sequence[str | None],
    details: Sequence[str | None],
) -> list[UUID]:
    """End runs as succeeded, or as the details say; returns the refused ones."""
    rows = await db.fetch(
        "select stateroom.complete($1, $2, $3, $4::text[]::jsonb[], $5::text[]::jsonb[])",
        session,
        runs,
        tokens,
        results,
        details,
    )
    return [row[0] for row in rows]


async def fail(db: Executor, session: UUID, failures: Sequence[Failure]) -> list[UUID]:
    """End attempts that failed; SQL decides between another attempt and the end. Returns the refused ones."""
    rows = await db.fetch(
        "select run_id from stateroom.fail($1, $2, $3, $4::text[]::jsonb[]) where outcome = 'refused'",
        session,
        [failure.run for failure in failures],
        [failure.token for failure in failures],
        [failure.error for failure in failures],
    )
    return [row["run_id"] for row in rows]


async def snooze(db: Executor, held: Sequence[tuple[UUID, int]], delays: Sequence[float]) -> None:
    """Put runs off by so many seconds each."""
    await db.execute(
        "select stateroom.snooze($1, $2, $3)", [run for run, _ in held], [token for _, token in held], delays
    )


async def release(db: Executor, held: Sequence[tuple[UUID, int]], reason: str, *, delay: float = 0) -> None:
    """Give runs back for others to claim, after `delay` seconds."""
    await db.execute(
        "select stateroom.release($1, $2, $3, $4)",
        [run for run, _ in held],
        [token for _, token in held],
        reason,
        delay,
    )


async def progress(db: Executor, reports: Sequence[Report]) -> list[UUID]:
    """Report how far runs are; returns the refused ones."""
    rows = await db.fetch(
        "select stateroom.progress($1, $2, $3::text[]::jsonb[], $4::text[]::jsonb[], $5)",
        [report.run for report in reports],
        [report.token for report in reports],
        [report.progress for report in reports],
        [report.parts for report in reports],
        [report.last_line for report in reports],
    )
    return [row[0] for row in rows]


async def log(db: Executor, lines: Sequence[LogLine]) -> list[UUID]:
    """Append log lines; returns the runs whose lines were refused."""
    numbers: dict[tuple[UUID, int], int] = {}
    for line in lines:
        numbers.setdefault((line.run, line.token), len(numbers) + 1)
    rows = await db.fetch(
        "select stateroom.log($1, $2, $3, $4, $5, $6, $7::text[]::stateroom.log_level[], $8, $9)",
        [run for run, _ in numbers],
        [token for _, token in numbers],
        [numbers[line.run, line.token] for line in lines],
        [line.part_no for line in lines],
        [line.line_no for line in lines],
        [line.stream for line in lines],
        [line.level for line in lines],
        [line.at for line in lines],
        [line.text for line in lines],
    )
    return [row[0] for row in rows]


async def task_definitions(db: Executor, tasks: Sequence[UUID]) -> list[TaskDefinition]:
    """Read what is needed to execute tasks; unknown ids are left out."""
    rows = await db.fetch("select * from stateroom.task_definitions($1)", tasks)
    return [definition_of(row) for row in rows]


async def run_context(db: Executor, run: UUID) -> str | None:
    """Read what surrounds a step's run, as JSON text; None for a run outside of a workflow."""
    context = await db.fetchval("select stateroom.run_context($1)", run)
    return None if context is None else str(context)


async def promote_due(db: Executor, limit: int = 1000) -> int:
    """Make due what was put off; returns how many runs."""
    return int(str(await db.fetchval("select stateroom.promote_due($1)", limit)))


async def enforce_limits(db: Executor, limit: int = 1000) -> int:
    """End what has not begun in time or not ended by its deadline; returns how many runs."""
    return int(str(await db.fetchval("select stateroom.enforce_limits($1)", limit)))


async def last_progress(db: Executor, run: UUID) -> str | None:
    """Read what the attempt before has reported, as JSON text."""
    said = await db.fetchval("select stateroom.last_progress($1)", run)
    return None if said is None else str(said)


async def rescue_expired(db: Executor) -> int:
    """Give the runs of dead sessions to others; returns how many."""
    return int(str(await db.fetchval("select stateroom.rescue_expired()")))


async def due_schedules(db: Executor, limit: int = 1000) -> list[DueSchedule]:
    """Read the schedules whose time has come, oldest first."""
    return [DueSchedule(*row) for row in await db.fetch("select * from stateroom.due_schedules($1)", limit)]


async def fire_schedules(db: Executor, firings: Sequence[Firing]) -> list[UUID]:
    """Fire many schedules and set their next times, in one transaction; returns the runs that were started."""
    times = [(each.schedule.id, time) for each in firings for time in each.times]
    rows = await db.fetch(
        "select stateroom.fire_schedules($1, $2, $3, $4, $5, $6)",
        [each.schedule.id for each in firings],
        [each.schedule.next_run_at for each in firings],
        [each.next for each in firings],
        [each.following for each in firings],
        [schedule for schedule, _ in times],
        [time for _, time in times],
    )
    return [row[0] for row in rows]


async def put_off_schedule(db: Executor, schedule: UUID, until: datetime) -> None:
    """Look at a schedule again only then."""
    await db.execute("select stateroom.put_off_schedule($1, $2)", schedule, until)


async def start_queued(db: Executor, limit: int = 100) -> int:
    """Start firings that waited for the end of a run; returns how many were taken up."""
    return int(str(await db.fetchval("select stateroom.start_queued($1)", limit)))


async def keep_up(db: Executor) -> None:
    """Make partitions ahead, count what has ended, and empty what every reader of finished runs has read."""
    await db.execute("select stateroom.ensure_partitions()")
    await db.execute("select stateroom.rollup_run_stats()")
    await db.execute("select stateroom.drop_finished_runs()")
