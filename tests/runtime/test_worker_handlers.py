"""A worker in this process executes handlers: what they say arrives, what they raise counts, and idling is cheap."""

import asyncio
import json
import signal
import sys
import threading
import time
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from stateroom.db.pools import engine_pool
from stateroom.handlers import Fail, Retry, Snooze, Stateroom
from stateroom.runtime.job import Host
from stateroom.runtime.scheduler import tick
from stateroom.runtime.worker import Worker

pytestmark = pytest.mark.both

CONTEXT = "select stateroom.set_context((select id from stateroom.users where username = 'local'), 'admin')"
FINAL = "select state from stateroom.task_runs where id = $1 and state is not null"


class Counting:
    """Passes everything on and counts it."""

    def __init__(self, pool):
        self.pool, self.asked = pool, 0

    def __getattr__(self, name: str):
        if name in {"fetch", "fetchval", "fetchrow", "execute", "acquire"}:
            self.asked += 1
        return getattr(self.pool, name)


@asynccontextmanager
async def working(db, app: Stateroom, **settings):
    """A worker, stopped and drained at the end of the block."""
    chosen = db.settings(**{"poll_seconds": 0.05, "concurrency": 4, "shutdown_grace_seconds": 5, **settings})
    pool = await engine_pool(chosen, 4)
    async with Host(chosen.home, output_limit_bytes=10**6, output_tail_bytes=10**4) as host:
        worker = Worker(chosen, Counting(pool), app, host)
        task = asyncio.create_task(worker.run())
        try:
            await until(lambda: idle(pool))
            yield worker
        finally:
            worker.stop()
            await asyncio.wait_for(task, 20)
            pool.terminate()


async def idle(pool) -> bool:
    return await pool.fetchval("select exists (select from stateroom.agent_sessions where is_idle)")


async def until(check, seconds: float = 10.0):
    async with asyncio.timeout(seconds):
        while not (found := await check()):  # noqa: ASYNC110 (what is awaited happens in the database)
            await asyncio.sleep(0.01)
    return found


class People:
    """What a person does, on one connection."""

    def __init__(self, connection: asyncpg.Connection):
        self.connection = connection

    async def enqueue(self, task: str, values: object = None):
        async with self.connection.transaction():
            await self.connection.execute(CONTEXT)
            query = "select stateroom.enqueue($1, $2)"
            return await self.connection.fetchval(query, task, json.dumps(values or {}))

    async def cancel(self, run):
        async with self.connection.transaction():
            await self.connection.execute(CONTEXT)
            return await self.connection.fetchval("select stateroom.cancel_run($1)", run)

    async def ended(self, run, seconds: float = 10.0) -> asyncpg.Record:
        await until(lambda: self.connection.fetchval(FINAL, run), seconds)
        return await self.connection.fetchrow("select * from stateroom.task_runs where id = $1", run)

    async def attempts(self, run) -> list[str]:
        rows = await self.connection.fetch(
            "select outcome from stateroom.task_run_attempts where task_run_id = $1 order by attempt", run
        )
        return [row[0] for row in rows]


@pytest.fixture
async def people(db):
    connection = await db.connect("maintenance")
    yield People(connection)
    assert await connection.fetch("select * from stateroom.check_integrity()") == []


async def test_async_and_plain_handlers_take_their_input_and_give_their_result(db, people):
    app = Stateroom()

    @app.task
    async def add(a: int, b: int = 1) -> int:
        return a + b

    @app.task
    def where(name: str) -> dict[str, str]:
        return {"name": name, "thread": threading.current_thread().name}

    async with working(db, app):
        first, second = await people.enqueue("add", {"a": 41}), await people.enqueue("where", {"name": "é"})
        row = await people.ended(first)
        assert (row["state"], row["result"], row["attempt"]) == ("succeeded", "42", 1)
        result = json.loads((await people.ended(second))["result"])
    assert result["name"] == "é"
    assert result["thread"].startswith("stateroom-handler")


async def test_what_a_handler_logs_and_reports_is_there_while_it_runs(db, people):
    app, go = Stateroom(), asyncio.Event()

    @app.task
    async def talk(ctx):
        ctx.log("hello")
        ctx.log("careful\nnow", level="warn", data={"n": 1})
        ctx.progress(50, "half")
        await go.wait()

    async with working(db, app):
        run = await people.enqueue("talk")
        query = "select progress, last_line from stateroom.run_progress where run_id = $1"
        row = await until(lambda: people.connection.fetchrow(query, run))
        assert json.loads(row["progress"]) == {"percent": 50, "message": "half"}
        assert row["last_line"] == "half"
        rows = await people.connection.fetch(
            "select line_no, level, stream, message from stateroom.logs where task_run_id = $1 order by line_no", run
        )
        go.set()
        await people.ended(run)
    assert [tuple(each) for each in rows] == [
        (1, "info", "system", "hello"),
        (2, "warn", "system", "careful"),
        (3, "warn", "system", 'now {"n": 1}'),
    ]


async def test_progress_without_a_line_goes_with_its_run(db, people):
    app, go = Stateroom(), asyncio.Event()

    @app.task
    async def quiet(ctx):
        ctx.progress(10)
        await go.wait()

    async with working(db, app):
        run = await people.enqueue("quiet")
        await until(lambda: people.connection.fetchval("select count(*) from stateroom.run_progress"))
        go.set()
        await people.ended(run)
    assert await people.connection.fetchval("select count(*) from stateroom.run_progress") == 0


async def test_text_that_postgresql_cannot_hold_stops_neither_the_run_nor_the_worker(db, people):
    app = Stateroom()

    @app.task
    async def odd(ctx):
        ctx.log("nul \0 and half \ud800")
        ctx.progress(1, "nul \0 and half \ud800")
        raise Fail("nul \0 and half \ud800")

    @app.task
    async def even():
        return 1

    async with working(db, app):
        row = await people.ended(await people.enqueue("odd"))
        assert (row["state"], row["error_type"]) == ("failed", "Fail")
        assert row["error_message"].startswith("nul  and half")
        assert (await people.ended(await people.enqueue("even")))["state"] == "succeeded"
    assert await people.connection.fetchval("select message from stateroom.logs") == "nul  and half ?"


async def test_snooze_puts_off_without_using_a_retry(db, people):
    app = Stateroom()

    @app.task(max_retries=0)
    async def later(ctx):
        if ctx.attempt == 1:
            raise Snooze(30)
        return ctx.attempt

    engine = await db.connect("engine")
    async with working(db, app, session_ttl_seconds=3600):
        run = await people.enqueue("later")
        assert await until(lambda: people.attempts(run)) == ["snoozed"]
        await db.shift("31 seconds")
        await tick(engine)
        row = await people.ended(run)
    assert (row["state"], row["result"]) == ("succeeded", "2")


async def test_fail_gives_up_and_other_errors_are_tried_again(db, people):
    app = Stateroom()

    @app.task(max_retries=2, retry_policy={"initial_seconds": 0.01, "jitter": 0})
    async def shaky(ctx):
        if ctx.attempt < 3:
            raise ValueError(f"not at attempt {ctx.attempt}")
        return "at last"

    @app.task(max_retries=5)
    async def hopeless():
        raise Fail("no use")

    engine = await db.connect("engine")
    async with working(db, app):
        good, bad = await people.enqueue("shaky"), await people.enqueue("hopeless")
        row = await people.ended(bad)
        assert (row["state"], row["attempt"], row["error_message"]) == ("failed", 1, "no use")

        async def done():
            await tick(engine)
            return await people.connection.fetchval(FINAL, good)

        assert await until(done) == "succeeded"
    assert await people.attempts(good) == ["failed", "failed"]
    error = await people.connection.fetchrow(
        "select occurrences, stack_trace from stateroom.error_logs where error_type = 'ValueError'"
    )
    assert error["occurrences"] == 2
    assert "ValueError: not at attempt 1" in error["stack_trace"]


async def test_a_handler_that_takes_too_long_is_stopped(db, people):
    app, stopped = Stateroom(), asyncio.Event()

    @app.task(max_retries=0, timeout=1)
    async def slow():
        try:
            await asyncio.sleep(600)
        finally:
            stopped.set()

    async with working(db, app):
        row = await people.ended(await people.enqueue("slow"))
    assert (row["state"], row["error_type"]) == ("timed_out", "TimedOut")
    assert stopped.is_set()


async def test_a_handler_that_is_silent_for_too_long_is_stopped_and_one_that_reports_is_not(db, people):
    app = Stateroom()

    @app.task(max_retries=0, heartbeat_timeout=1)
    async def works(ctx, reports):
        for _ in range(15):
            await asyncio.sleep(0.1)
            if reports:
                ctx.progress()
        await asyncio.sleep(0 if reports else 600)

    async with working(db, app):
        runs = [await people.enqueue("works", {"reports": each}) for each in (True, False)]
        ended = [await people.ended(run) for run in runs]
    assert [row["state"] for row in ended] == ["succeeded", "timed_out"]
    assert "did not report progress for 1 s" in ended[1]["error_message"]


async def test_the_next_attempt_knows_what_the_last_one_reported(db, people):
    app, seen = Stateroom(), []

    @app.task(max_retries=1)
    async def counts(ctx):
        seen.append(ctx.last_progress)
        ctx.progress(50, "half", data={"page": 7})
        if ctx.attempt == 1:
            raise Retry(0, "the second half is missing")

    async with working(db, app):
        run = await people.enqueue("counts")
        await until(lambda: people.attempts(run))
        await tick(await db.connect("engine"))
        await people.ended(run)
    assert seen == [None, {"percent": 50, "message": "half", "data": {"page": 7}}]


@pytest.mark.parametrize("plain", [True, False])
async def test_a_cancelled_handler_is_told_and_ends_cancelled(db, people, plain):
    app, begun = Stateroom(), threading.Event()

    def wait(ctx):
        begun.set()
        while not ctx.cancelled:
            time.sleep(0.005)

    async def wait_async():
        begun.set()
        await asyncio.sleep(600)

    app.task(name="wait")(wait if plain else wait_async)
    async with working(db, app):
        run = await people.enqueue("wait")
        await until(lambda: asyncio.to_thread(begun.is_set))
        assert await people.cancel(run) == "cancelling"
        row = await people.ended(run)
    assert (row["state"], row["error_type"]) == ("cancelled", None)


async def test_a_run_whose_handler_is_unknown_here_is_given_back_for_others(db, people):
    async with people.connection.transaction():
        await people.connection.execute(CONTEXT)
        await people.connection.execute(
            "select stateroom.register_handlers(stateroom.personal_project(), $1)", '[{"handler": "elsewhere"}]'
        )
    async with working(db, Stateroom()):
        run = await people.enqueue("elsewhere")
        assert await until(lambda: people.attempts(run)) == ["released"]
    row = await people.connection.fetchrow(
        "select r.failures, d.run_at > r.started_at as later from stateroom.task_runs r"
        " join stateroom.delayed_runs d on d.run_id = r.id"
    )
    assert tuple(row) == (0, True)


@pytest.mark.parametrize(
    ("result", "said"),
    [(object(), "cannot be stored as JSON"), (float("nan"), "cannot be stored"), ("a\0b", "NUL"), ("\ud800", "stored")],
)
async def test_a_result_that_is_no_json_fails_the_run_clearly_and_once(db, people, result, said):
    app = Stateroom()

    @app.task(max_retries=3)
    async def odd():
        return result

    async with working(db, app):
        row = await people.ended(await people.enqueue("odd"))
    assert (row["state"], row["attempt"], row["error_type"]) == ("failed", 1, "InvalidResult")
    assert said in row["error_message"]


async def test_one_bad_result_among_many_takes_no_other_along(db, people):
    app = Stateroom()

    @app.task
    async def number(n: int):
        return 10**200_000 if n == 7 else n  # a number that jsonb cannot hold

    async with working(db, app, concurrency=20):
        sys.set_int_max_str_digits(0)
        runs = [await people.enqueue("number", {"n": n}) for n in range(15)]
        states = [(await people.ended(run))["state"] for run in runs]
    assert states == ["failed" if n == 7 else "succeeded" for n in range(15)]


async def test_a_worker_that_is_told_to_stop_lets_handlers_end(db, people):
    app, begun, go = Stateroom(), asyncio.Event(), asyncio.Event()

    @app.task
    async def wait():
        begun.set()
        await go.wait()

    async with working(db, app) as worker:
        run = await people.enqueue("wait")
        await asyncio.wait_for(begun.wait(), 10)
        worker.stop()
        await asyncio.sleep(0)
        assert await people.connection.fetchval(FINAL, run) is None
        go.set()
    assert (await people.ended(run))["state"] == "succeeded"
    assert await people.connection.fetchval("select count(*) from stateroom.agent_sessions") == 0


async def test_what_outlasts_the_grace_is_given_back(db, people):
    app, begun = Stateroom(), asyncio.Event()

    @app.task
    async def wait():
        begun.set()
        await asyncio.sleep(600)

    async with working(db, app, shutdown_grace_seconds=0.1):
        run = await people.enqueue("wait")
        await asyncio.wait_for(begun.wait(), 10)
    assert await people.attempts(run) == ["released"]
    assert await people.connection.fetchval("select run_id from stateroom.ready_runs") == run


async def test_an_idle_worker_asks_less_than_twice_a_second(db):
    async with working(db, Stateroom(), poll_seconds=1.0, heartbeat_seconds=5.0) as worker:
        pool = worker._db
        before = pool.asked
        await asyncio.sleep(3)
        asked = pool.asked - before
    assert 1 <= asked <= 5, f"{asked} statements in 3 s"


async def test_a_plain_handler_that_ignores_its_time_out_takes_no_place_from_others(db, people):
    app, go = Stateroom(), threading.Event()

    @app.task(timeout=1, max_retries=0)
    def stubborn():
        go.wait(60)

    @app.task
    def quick() -> int:
        return 1

    async with working(db, app, concurrency=1):
        assert (await people.ended(await people.enqueue("stubborn")))["state"] == "timed_out"
        assert (await people.ended(await people.enqueue("quick")))["state"] == "succeeded"
        go.set()


async def test_new_work_wakes_an_idle_worker_long_before_it_polls(db, people):
    app = Stateroom()

    @app.task
    async def quick():
        return 1

    async with working(db, app, poll_seconds=30):
        for _ in range(3):
            started = time.monotonic()
            await people.ended(await people.enqueue("quick"))
            assert time.monotonic() - started < 2
            await until(lambda: idle(people.connection))


async def test_a_worker_whose_session_was_taken_for_dead_begins_a_new_one_and_is_still_woken(db, people):
    app = Stateroom()

    @app.task
    async def quick():
        return 1

    async with working(db, app, poll_seconds=30, heartbeat_seconds=0.2):
        old = await people.connection.fetchval("select id from stateroom.agent_sessions")
        await people.connection.execute("select stateroom.forget_session($1)", old)
        query = "select id from stateroom.agent_sessions where id <> $1 and is_idle"
        await until(lambda: people.connection.fetchval(query, old))
        started = time.monotonic()
        assert (await people.ended(await people.enqueue("quick")))["state"] == "succeeded"
        assert time.monotonic() - started < 5


APP = """
import time
from stateroom import Stateroom
app = Stateroom()

@app.task
def stuck(path: str):
    open(path, "w").close()
    time.sleep(600)
"""


@pytest.mark.process
async def test_a_second_signal_ends_a_worker_whose_plain_handler_never_returns(db, people, tmp_path: Path):
    (tmp_path / "stuck_app.py").write_text(APP)
    begun = tmp_path / "begun"
    boot = "import sys; from stateroom.cli.main import run; sys.argv = ['stateroom', *sys.argv[1:]]; run()"
    arguments = ("worker", "--handlers", "stuck_app:app")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", boot, *arguments, env=db.env(), cwd=tmp_path, stderr=asyncio.subprocess.PIPE
    )
    try:
        registered = "select count(*) from stateroom.agent_sessions where is_idle"
        await until(lambda: people.connection.fetchval(registered), 30)
        run = await people.enqueue("stuck", {"path": str(begun)})
        await until(lambda: asyncio.to_thread(begun.exists))
        process.send_signal(signal.SIGTERM)
        # two signals in one moment are one: the first has to be heard before the second is sent
        while b"draining" not in (heard := await process.stderr.readline()):
            assert heard, "the worker has ended without draining"
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert await people.attempts(run) == ["released"]
