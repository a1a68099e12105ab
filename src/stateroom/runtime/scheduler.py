"""The scheduler: fires schedules, makes due what was put off, and takes over what dead workers held.

Any number may run: each piece of work is locked in the database by whoever is first, and skipped by the others.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Final

import asyncpg

from stateroom.db.engine_pool import background_pool, engine_pool
from stateroom.domains.schedules.catch_up import plan
from stateroom.engine import calls
from stateroom.engine.types import DueSchedule, Firing
from stateroom.errors import InvalidInput
from stateroom.runtime.maintenance import keep_upkeep
from stateroom.runtime.patience import AWAY
from stateroom.settings import Settings

TICK_SECONDS: Final = 0.25
"""Between two looks for what is due and who is dead: takeover within two seconds needs several looks in one."""

UPKEEP_SECONDS: Final = 60.0
PROMOTE_BATCH: Final = 1000
FIRE_BATCH: Final = 2000
QUEUED_BATCH: Final = 100

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
    due = await calls.due_schedules(db, FIRE_BATCH)
    await fire(db, due)
    queued = await calls.start_queued(db, QUEUED_BATCH)
    return PROMOTE_BATCH in {promoted, late} or bool(due) or queued == QUEUED_BATCH


async def fire(db: calls.Executor, due: Sequence[DueSchedule]) -> None:
    """Fire schedules together; one that cannot be fired is put off and must not hold up the others."""
    firings: list[Firing] = []
    for schedule in due:
        try:
            firings.append(plan(schedule))
        except InvalidInput as error:
            await _put_off(db, schedule, error)
    while firings:
        batch = _batch(firings)
        del firings[: len(batch)]
        try:
            await calls.fire_schedules(db, batch)
        except AWAY:
            raise
        except asyncpg.PostgresError as error:
            if len(batch) == 1:
                await _put_off(db, batch[0].schedule, error)
            else:
                for each in batch:
                    await fire(db, [each.schedule])


def _batch(firings: Sequence[Firing]) -> list[Firing]:
    """Return the first that go into one transaction: as many as have FIRE_BATCH times in all, at least one."""
    totals = accumulate(len(each.times) for each in firings)
    return [each for no, (each, total) in enumerate(zip(firings, totals, strict=True)) if not no or total <= FIRE_BATCH]


async def _put_off(db: calls.Executor, schedule: DueSchedule, error: Exception) -> None:
    print(f"stateroom scheduler: schedule {schedule.id}: {error}", file=sys.stderr)  # noqa: T201 (its log)
    await calls.put_off_schedule(db, schedule.id, schedule.clock + timedelta(hours=1))


async def _sleep(stopping: asyncio.Event, seconds: float) -> None:
    if seconds:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stopping.wait()
