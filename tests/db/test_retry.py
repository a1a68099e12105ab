"""What is repeated, and what is not."""

import asyncio

import asyncpg
import pytest

from stateroom.db import retry
from stateroom.db.pools import Caller, app_pool, as_user
from stateroom.db.retry import passes, repeat
from stateroom.db.session import writing
from stateroom.errors import Conflict, DatabaseUnavailable

RAISE = "do $$ begin raise exception using errcode = '%s'; end $$"


class Work:
    """Fails as often as it is told to."""

    def __init__(self, error, times):
        self.error, self.times, self.calls = error, times, 0

    async def __call__(self):
        self.calls += 1
        if self.calls <= self.times:
            raise self.error
        return self.calls


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(retry, "FIRST_SECONDS", 0.0)


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "53300", "57P01", "08000", "08006"])
async def test_what_passes_by_itself_is_repeated(db, sqlstate):
    """By the SQLSTATE that the server sends, whoever wraps it."""
    pool = await app_pool(db.settings(), 1)
    caller = Caller(await (await db.connect()).fetchval("select id from stateroom.users"), "admin")
    calls = []

    async def work():
        calls.append(1)
        async with as_user(pool, caller) as connection:
            if len(calls) < 3:
                await connection.execute(RAISE % sqlstate)
        async with writing(pool, caller) as session:
            if len(calls) < 4:
                await (await session.driver()).execute(RAISE % sqlstate)
        return len(calls)

    assert await repeat(work, safe_to_repeat=True) == 4
    await pool.close()


@pytest.mark.parametrize("error", [ValueError("x"), asyncpg.UniqueViolationError("x"), Conflict("x")])
async def test_other_errors_are_the_callers_at_once(error):
    work = Work(error, 1)
    with pytest.raises(type(error)):
        await repeat(work, safe_to_repeat=True)
    assert work.calls == 1


async def test_patience_ends(monkeypatch):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr(retry, "FIRST_SECONDS", 0.02)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    work = Work(asyncpg.DeadlockDetectedError("x"), 99)
    with pytest.raises(asyncpg.DeadlockDetectedError):
        await repeat(work, safe_to_repeat=True, attempts=8)
    assert work.calls == 8
    assert len(waits) == 7
    assert all(wait <= min(1.0, 0.02 * 2**attempt) for attempt, wait in enumerate(waits, 1))
    assert len(set(waits)) > 1, "never all at the same time"


def test_a_pool_that_is_full_is_not_asked_again():
    assert not passes(DatabaseUnavailable("no connection became free"))


async def test_two_that_lock_crosswise_both_get_through(db):
    """A real deadlock: one of the two is ended by the server, and goes through when it is repeated."""
    admin = await db.connect("admin")
    await admin.execute("create table t (id int primary key, n int); insert into t values (1, 0), (2, 0)")
    await admin.execute("alter system set deadlock_timeout = '20ms'")
    await admin.execute("select pg_reload_conf()")
    both = asyncio.Barrier(2)
    connections = [await db.connect("admin") for _ in range(2)]
    tries = [0, 0]

    async def work(which):
        tries[which] += 1
        async with connections[which].transaction():
            await connections[which].execute("update t set n = n + 1 where id = $1", which + 1)
            if tries[which] == 1:
                await both.wait()
            await connections[which].execute("update t set n = n + 1 where id = $1", 2 - which)

    try:
        await asyncio.gather(*(repeat(lambda n=n: work(n), safe_to_repeat=True) for n in range(2)))
    finally:
        await admin.execute("alter system reset deadlock_timeout")
        await admin.execute("select pg_reload_conf()")
    assert sum(tries) >= 3
    assert await admin.fetchval("select array_agg(n) from t") == [2, 2]
