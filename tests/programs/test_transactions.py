"""Handlers with `transaction=True`: their effects and their completion are one commit, whatever comes between."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest
from working import until, working

from stateroom import Fail, Stateroom
from stateroom.errors import InvalidInput, RunCancelled, RunFailed, RunTimedOut

PROGRAM = """
import asyncio, os, signal
from stateroom import Stateroom
app = Stateroom()

@app.task(transaction=True)
async def effect(ctx, die: bool):
    await ctx.connection.execute("insert into shop.effects values ($1)", ctx.attempt)
    if die and ctx.attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
async def effects(db):
    admin = await db.connect("admin")
    await admin.execute("""
        create schema shop; create table shop.effects (no integer);
        create table shop.parents (id integer primary key);
        create table shop.orphans (parent integer references shop.parents deferrable initially deferred);
        grant usage on schema shop to stateroom_engine; grant all on all tables in schema shop to stateroom_engine;
    """)

    async def read():
        return [row[0] for row in await admin.fetch("select no from shop.effects order by no")]

    yield read
    assert await admin.fetch("select * from stateroom.check_integrity()") == []


async def test_effect_completion_children_and_lines_are_there_together(db, effects):
    async with Stateroom(settings=db.settings()) as app:

        @app.task(transaction=True)
        async def effect(no: int, ctx) -> int:
            async with ctx.connection.transaction():
                await ctx.connection.execute("insert into shop.effects values ($1)", no)
            ctx.log("written")
            ctx.progress(50)
            await ctx.enqueue("child", {"parent": ctx.key})
            return no + 1

        @app.task
        async def child(parent: str, ctx) -> str:
            with pytest.raises(RuntimeError, match=r"declare the handler with @app.task\(transaction=True\)"):
                _ = ctx.connection
            return parent

        async with working(db, app):
            run = await app.enqueue(effect, {"no": 1})
            assert await run.result(timeout=20) == 2
        people = await db.connect("maintenance")
        rows = await people.fetch("select state, parent_run_id, result from stateroom.task_runs order by id")
        assert [tuple(row) for row in rows] == [
            ("succeeded", None, "2"),
            ("succeeded", run.id, f'"{run.id}"'),
        ]
        assert await people.fetchval("select message from stateroom.logs where task_run_id = $1", run.id) == "written"
        assert await people.fetchval("select count(*) from stateroom.run_progress") == 0
    assert await effects() == [1]


async def test_what_fails_is_late_or_is_cancelled_leaves_nothing(db, effects):
    waits = asyncio.Event()
    async with Stateroom(settings=db.settings()) as app:

        @app.task(transaction=True, max_retries=0)
        async def effect(how: str, ctx) -> None:
            connection = ctx.connection
            await connection.execute("insert into shop.effects values (1)")
            await ctx.enqueue("effect", {"how": "child"}, delay=3600)
            match how:
                case "fails":
                    raise Fail("no")
                case "caught":
                    with contextlib.suppress(Exception):
                        await connection.execute("select 1 / 0")
                case "deferred":
                    await connection.execute("insert into shop.orphans values (1)")
                case "ended":
                    await connection.execute("rollback")
                case "asks":
                    waits.set()
                    await connection.execute("select pg_sleep(60)")
                case _:
                    raise AssertionError

        app.task(name="slow", transaction=True, max_retries=0, timeout=1)(slow)
        async with working(db, app):
            for how, error in [
                ("fails", "Fail"),
                ("caught", "InFailedSQLTransactionError"),
                ("deferred", "ForeignKeyViolationError"),
                ("ended", "Conflict"),
            ]:
                with pytest.raises(RunFailed) as raised:
                    await (await app.enqueue(effect, {"how": how})).result(timeout=20)
                assert raised.value.error_type == error
            late, cancelled = await app.enqueue("slow"), await app.enqueue(effect, {"how": "asks"})
            await waits.wait()
            await cancelled.cancel()
            with pytest.raises(RunCancelled):
                await cancelled.result(timeout=20)
            with pytest.raises(RunTimedOut):
                await late.result(timeout=20)
        people = await db.connect("maintenance")
        assert await people.fetchval("select count(*) from stateroom.task_runs where state is null") == 0
    assert await effects() == []


async def slow(ctx) -> None:
    await ctx.connection.execute("insert into shop.effects values (1)")
    await asyncio.sleep(60)


async def test_a_completion_that_comes_too_late_takes_its_effect_back(db, effects):
    taken = asyncio.Event()
    people = await db.connect("maintenance")
    async with Stateroom(settings=db.settings()) as app:

        @app.task(transaction=True)
        async def effect(ctx) -> int:
            await ctx.connection.execute("insert into shop.effects values ($1)", ctx.attempt)
            if ctx.attempt == 1:
                await people.execute(
                    "select stateroom.release(array_agg(run_id), array_agg(token), 'x') from stateroom.leases"
                )
                taken.set()
            return ctx.attempt

        async with working(db, app):
            assert await (await app.enqueue(effect)).result(timeout=20) == 2
    assert taken.is_set()
    assert await effects() == [2]


@pytest.mark.process
@pytest.mark.full
async def test_kill_9_between_effect_and_completion_leaves_neither(db, effects, tmp_path: Path):
    tmp_path.joinpath("killed_tasks.py").write_text(PROGRAM)
    env = {**db.env(), "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    argv = (sys.executable, "-m", "stateroom", "worker", "--handlers", "killed_tasks:app")

    async def worker():
        return await asyncio.create_subprocess_exec(*argv, env=env, cwd=tmp_path)

    people = await db.connect("maintenance")
    first = await worker()
    async with Stateroom(settings=db.settings()) as app:
        sessions = "select count(*) from stateroom.agent_sessions"
        await until(lambda: people.fetchval(sessions), 30)
        run = await app.enqueue("effect", {"die": True})
        assert await asyncio.wait_for(first.wait(), 30) == -signal.SIGKILL
        assert await effects() == []
        assert await people.fetchval("select state from stateroom.task_runs where id = $1", run.id) is None
        second = await worker()
        try:
            await until(lambda: people.fetchval("select stateroom.rescue_expired() > 0"), 30)
            await run.result(timeout=30)
        finally:
            second.terminate()
            await second.wait()
    assert await effects() == [2]


def test_plain_functions_cannot_have_a_transaction():
    with pytest.raises(InvalidInput, match="a connection cannot be shared with a thread"):
        Stateroom().task(name="plain", transaction=True)(lambda: 1)
