"""The scheduler: fires schedules, makes due what was put off, and takes over what dead workers held.

Any number may run: each piece of work is locked in the database by whoever is first, and skipped by the others.
"""

import asyncio
import contextlib
import signal
import sys
from collections import deque
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

import asyncpg

from stateroom.db.engine_pool import background_pool, engine_pool
from stateroom.domains.schedules.cron import next_times, times_after
from stateroom.engine import calls
from stateroom.engine.types import DueSchedule
from stateroom.errors import InvalidInput
from stateroom.runtime.maintenance import keep_upkeep
from stateroom.runtime.patience import AWAY
from stateroom.settings import Settings

TICK_SECONDS: Final = 0.25
"""Between two looks for what is due and who is dead: takeover within two seconds needs several looks in one."""

UPKEEP_SECONDS: Final = 60.0
PROMOTE_BATCH: Final = 1000
MOST_CATCH_UP: Final = 1000
"""Firings of one schedule in one go."""

_LOOK_BACK_DAYS: Final = (1 / 24, 1, 32, 367, 3000)

_AWAY_SECONDS: Final = 0.5


async def run_scheduler(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT.

    Raises:
        DatabaseUnavailable: the server cannot be reached at the start. Later it is waited for.
        UnsafeRole: the login could walk around row security.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    pool = await engine_pool(settings, 2)
    upkeep = await background_pool(settings)
    next_upkeep = 0.0
    jobs = asyncio.create_task(keep_upkeep(settings, stopping))
    try:
        while not stopping.is_set():
            try:
                if loop.time() >= next_upkeep:
                    await calls.keep_up(upkeep)
                    next_upkeep = loop.time() + UPKEEP_SECONDS
                more = await tick(pool)
            except AWAY as error:
                print(f"stateroom scheduler: waiting for PostgreSQL: {error}", file=sys.stderr)  # noqa: T201 (its log)
                await _sleep(stopping, _AWAY_SECONDS)
            else:
                await _sleep(stopping, 0 if more else TICK_SECONDS)
        await jobs
    finally:
        jobs.cancel()
        pool.terminate()
        upkeep.terminate()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


async def tick(db: calls.Executor) -> bool:
    """Do once what is due; True when there may be more of it at once."""
    await calls.rescue_expired(db)
    promoted = await calls.promote_due(db, PROMOTE_BATCH)
    late = await calls.enforce_limits(db, PROMOTE_BATCH)
    due = await calls.due_schedules(db)
    for schedule in due:
        await fire(db, schedule)
    return PROMOTE_BATCH in {promoted, late} or bool(due)


async def fire(db: calls.Executor, schedule: DueSchedule) -> None:
    """Fire one schedule for the times that its catch-up policy asks for, and set its next time."""
    try:
        following = next_times(schedule.cron_expression, schedule.timezone, after=schedule.clock)[0]
        await calls.fire_schedule(db, schedule, due_times(schedule), following)
    except AWAY:
        raise
    except (InvalidInput, asyncpg.PostgresError) as error:  # one that cannot be fired must not hold up the others
        print(f"stateroom scheduler: schedule {schedule.id}: {error}", file=sys.stderr)  # noqa: T201 (its log)
        await calls.fire_schedule(db, schedule, [], schedule.clock + timedelta(hours=1))


def due_times(schedule: DueSchedule) -> list[datetime]:
    """Return the times that have come and are to be fired, oldest first.

    A time that is not older than the tick is never missed. Of older ones the policy `none` takes none, `latest` the
    last one, `all` all those within the window, at most MOST_CATCH_UP.
    """
    match schedule.catchup_policy:
        case "all":
            window = timedelta(seconds=schedule.catchup_window_seconds)
            return _times_since(schedule, schedule.clock - window) or [_latest(schedule)]
        case "none":
            return [time for time in [_latest(schedule)] if time >= schedule.clock - timedelta(minutes=1)]
        case _:
            return [_latest(schedule)]


def _latest(schedule: DueSchedule) -> datetime:
    """Return the last time that has come, without a walk through all that was missed in a year of silence."""
    for days in _LOOK_BACK_DAYS:
        if times := _times_since(schedule, schedule.clock - timedelta(days=days)):
            return times[-1]
    return schedule.next_run_at


def _times_since(schedule: DueSchedule, since: datetime) -> list[datetime]:
    """Return the last times that have come, none before `since` and none before the schedule's own next one."""
    first = schedule.next_run_at
    start = max(first, since - timedelta(seconds=1))
    later = times_after(schedule.cron_expression, schedule.timezone, start)
    times = deque([first] if first >= since else [], maxlen=MOST_CATCH_UP)
    times.extend(takewhile(lambda each: each <= schedule.clock, later))
    return list(times)


async def _sleep(stopping: asyncio.Event, seconds: float) -> None:
    if seconds:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stopping.wait()
