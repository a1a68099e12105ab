"""Two real schedulers, one of them killed again and again: no time is fired twice, none is missed."""

import asyncio
import sys
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

pytestmark = [pytest.mark.process, pytest.mark.both]

BOOT = "import sys; from stateroom.cli.main import run; sys.argv = ['stateroom', *sys.argv[1:]]; run()"
CONTEXT = "select stateroom.set_context((select id from stateroom.users where username = 'local'), 'admin')"
SCHEDULES = """
select stateroom.create_schedule(stateroom.personal_project(), 's' || n, null, t, '* * * * *', 'UTC', '{}',
    date_trunc('minute', stateroom.now()) + interval '1 minute')
from generate_series(1, 5) n, stateroom.register_handlers(stateroom.personal_project(), '[{"handler": "h"}]') t
"""
FIRED = "select count(*) from stateroom.schedule_firings where fire_time <= $1"
MINUTES = 20


@asynccontextmanager
async def scheduler(env):
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", BOOT, "scheduler", env=env)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(check, seconds: float = 30.0):
    async with asyncio.timeout(seconds):
        while not await check():  # noqa: ASYNC110 (what is awaited happens in other processes)
            await asyncio.sleep(0.01)


@pytest.mark.full
async def test_schedulers_that_are_killed_at_any_moment_fire_each_time_once(db):
    connection = await db.connect("maintenance")
    # from the beginning of a minute on: the clock goes on by itself, and would bring times that nobody waits for
    second = await connection.fetchval("select extract(second from stateroom.now())::float")
    await db.shift(f"{60 - second} seconds")
    async with connection.transaction():
        await connection.execute(CONTEXT)
        await connection.execute(SCHEDULES)
    await connection.execute("update stateroom.schedules set catchup_policy = 'all'")
    first = await connection.fetchval("select min(next_run_at) from stateroom.schedules")
    async with scheduler(db.env()), _killed_again_and_again(db.env()):
        for minute in range(MINUTES):
            await db.shift("1 minute")
            time = first + timedelta(minutes=minute)
            await until(lambda time=time, minute=minute: _all_fired(connection, time, minute + 1))
    rows = await connection.fetch(
        "select fire_time, count(*), count(distinct run_id), bool_and(outcome = 'started')"
        " from stateroom.schedule_firings group by 1 order by 1"
    )
    times = [row[0] for row in rows]
    assert times[:MINUTES] == [first + timedelta(minutes=n) for n in range(MINUTES)]
    assert {tuple(row)[1:] for row in rows} == {(5, 5, True)}
    assert await connection.fetchval("select count(*) from stateroom.task_runs") == 5 * len(times)
    assert await connection.fetch("select * from stateroom.check_integrity()") == []


async def _all_fired(connection, time, minutes: int) -> bool:
    return await connection.fetchval(FIRED, time) == 5 * minutes


@asynccontextmanager
async def _killed_again_and_again(env):
    """A scheduler that gets SIGKILL after a while that grows with each life, until the block ends."""
    lives = asyncio.create_task(_lives(env))
    try:
        yield
    finally:
        lives.cancel()
        await asyncio.wait([lives])
    assert lives.cancelled()


async def _lives(env) -> None:
    life = 0
    while True:
        async with scheduler(env) as process:
            life += 1
            await asyncio.wait({asyncio.create_task(process.wait())}, timeout=1 + 0.13 * (life % 7))
            assert process.returncode is None, "it has ended by itself"
