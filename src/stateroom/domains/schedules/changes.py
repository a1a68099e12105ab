"""Schedules: change, pause, resume and backfill them."""

from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Final, cast

from asyncpg.pool import PoolConnectionProxy

from stateroom.core.wire import plain
from stateroom.domains.schedules.cron import times_after
from stateroom.domains.schedules.schema import Backfilled, BackfillSchedule, Firing, Schedule, UpdateSchedule
from stateroom.domains.schedules.service import NOW, find_schedule, preview, show_schedule
from stateroom.errors import InvalidInput, NotFound

MOST_BACKFILL: Final = 1000
RULE: Final = "select cron_expression, timezone from stateroom.schedules where id = $1"
UPDATE: Final = "select stateroom.update_schedule($1, $2)"
PAUSE: Final = "select stateroom.pause_schedule($1)"
RESUME: Final = "select stateroom.resume_schedule($1)"
PAUSE_ALL: Final = "select stateroom.pause_schedules($1)"
RESUME_ALL: Final = "select stateroom.resume_schedules($1)"
FIND_PROJECT: Final = """
select p.id from stateroom.projects p where p.id::text = $1 or p.name = $1 order by p.id::text = $1 desc, p.id limit 1
"""
BACKFILL: Final = """
select b.fire_time, b.outcome, b.run_id, f.detail, b.is_new from stateroom.backfill_schedule($1, $2) as b
join stateroom.schedule_firings f on f.schedule_id = $1 and f.fire_time = b.fire_time order by b.fire_time
"""


async def update(connection: PoolConnectionProxy, name: str, body: UpdateSchedule) -> Schedule:
    """Change what is given; a rule that never comes is refused here."""
    found = await find_schedule(connection, name)
    changes = body.model_dump(mode="json", exclude_none=True)
    rule = await connection.fetchrow(RULE, found)
    if rule is not None and changes.keys() & {"cron_expression", "timezone"}:
        new = {**rule, **changes}
        await preview(connection, str(new["cron_expression"]), str(new["timezone"]), 1)
    await connection.execute(UPDATE, found, changes)
    return await show_schedule(connection, str(found))


async def set_one(connection: PoolConnectionProxy, name: str, *, enabled: bool) -> Schedule:
    """Pause or resume one."""
    found = await find_schedule(connection, name)
    await connection.execute(RESUME if enabled else PAUSE, found)
    return await show_schedule(connection, str(found))


async def set_all(connection: PoolConnectionProxy, project: str | None, *, enabled: bool) -> int:
    """Pause or resume all of a project (id or name), or all that the caller manages; return how many changed."""
    found = None
    if project is not None:
        found = await connection.fetchval(FIND_PROJECT, project)
        if found is None:
            raise NotFound(f"project {project} does not exist", hint="Give its id or its name.")
    return int(await connection.fetchval(RESUME_ALL if enabled else PAUSE_ALL, found))


async def backfill(connection: PoolConnectionProxy, name: str, body: BackfillSchedule) -> Backfilled:
    """Fire the times of the range that have passed, each once."""
    found = await find_schedule(connection, name)
    rule = await connection.fetchrow(RULE, found)
    now: datetime = await connection.fetchval(NOW)
    if rule is None:
        raise NotFound(f"schedule {name} does not exist", hint="It was deleted just now.")
    since, until = _aware(body.since), min(_aware(body.until), now) if body.until else now
    found_times = takewhile(lambda each: each < until, times_after(rule[0], rule[1], since - timedelta(microseconds=1)))
    times = list(islice(found_times, MOST_BACKFILL + 1))
    if len(times) > MOST_BACKFILL:
        raise InvalidInput(f"since, until: more than {MOST_BACKFILL} times lie in the range", hint="Shorten it.")
    rows = [plain(row.items()) for row in await connection.fetch(BACKFILL, found, times)]
    new = sum(bool(row.pop("is_new")) for row in rows)
    return {"new": new, "items": [cast("Firing", cast("object", row)) for row in rows]}


def _aware(at: datetime) -> datetime:
    """Return a time without a zone as UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
