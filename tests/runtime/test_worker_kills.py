"""Real workers and schedulers, killed with SIGKILL: runs are taken over once, commands die with their worker."""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import psutil
import pytest

from stateroom.db.credentials import with_database
from stateroom.db.embedded import EmbeddedServer
from stateroom.db.init import init_database

pytestmark = pytest.mark.process

BOOT = "import sys; from stateroom.cli.main import run; sys.argv = ['stateroom', *sys.argv[1:]]; run()"
START = "select stateroom.set_context((select id from stateroom.users where username = 'local'), 'admin')"


@asynccontextmanager
async def service(env: dict[str, str], *arguments: str):
    """A real `stateroom worker` or `stateroom scheduler`; what is left of it in the end is killed."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", BOOT, *arguments, env=env)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(check, seconds: float = 20.0):
    """Poll until the check gives something, and return it."""
    async with asyncio.timeout(seconds):
        while not (found := await check()):  # noqa: ASYNC110 (what is awaited happens in another process)
            await asyncio.sleep(0.01)
    return found


async def start(connection: asyncpg.Connection, *steps: dict[str, object]) -> object:
    """Publish and start as user `local`; returns the workflow run's id."""
    definition = json.dumps({"steps": [{"action": "command", "needs": [], **step} for step in steps]})
    async with connection.transaction():
        await connection.execute(START)
        project = await connection.fetchval("select stateroom.personal_project()")
        query = "select workflow_id from stateroom.publish_workflow($1, 'killed', $2)"
        workflow = await connection.fetchval(query, project, definition)
        return await connection.fetchval("select stateroom.start_workflow($1)", workflow)


def processes_with(marker: str) -> list[int]:
    """The processes whose command line or environment carries the marker."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("MARKER") == marker:
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


async def finished(connection: asyncpg.Connection, run: object):
    return await connection.fetchval(
        "select state from stateroom.workflow_runs where id = $1 and finished_at is not null", run
    )


@pytest.mark.both
async def test_kill_9_of_a_worker_hands_its_step_over_within_two_seconds(db, tmp_path: Path):
    effects, marker = tmp_path / "effects", f"sr-{os.getpid()}-{tmp_path.name}"
    # the first attempt hangs with a grandchild; whoever comes second goes through
    script = f"""
        echo "$STATEROOM_ATTEMPT" >> {effects}
        if [ "$STATEROOM_ATTEMPT" = 1 ]; then sleep 600 & sleep 600; fi
        echo "done $STATEROOM_ATTEMPT" >> {effects}
    """
    connection = await db.connect("maintenance")
    env = db.env(MARKER=marker)
    async with service(env, "scheduler"), service(env, "worker") as first:
        run = await start(connection, {"key": "a", "command": script})
        await until(lambda: asyncio.to_thread(effects.exists))
        lease = "select token, session_id, run_id from stateroom.leases"
        late = await until(lambda: connection.fetchrow(lease))
        async with service(env, "worker"):
            await until(lambda: connection.fetchval("select count(*) = 2 from stateroom.agent_sessions"))
            guard_and_commands = set(processes_with(marker))
            first.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            taken = "select token from stateroom.leases where session_id <> $1"
            await until(lambda: connection.fetchval(taken, late["session_id"]))
            took = time.monotonic() - killed
            assert await until(lambda: finished(connection, run)) == "succeeded"
            refused = "select stateroom.complete($1, array[$2::uuid], array[$3::bigint], '{null}', '{null}')"
            assert (
                await connection.fetchval(refused, late["session_id"], late["run_id"], late["token"]) == late["run_id"]
            )
            assert effects.read_text().split("\n") == ["1", "2", "done 2", ""]
            still = [pid for pid in processes_with(marker) if pid in guard_and_commands and _sleeps(pid)]
            assert still == [], "the dead worker's command lives on"
    assert took < 2.0, f"taken over after {took:.2f} s"
    outcomes = await connection.fetch("select attempt, outcome from stateroom.task_run_attempts")
    assert [tuple(row) for row in outcomes] == [(1, "lost")]
    assert await connection.fetch("select * from stateroom.check_integrity() where problem not like 'a lease%'") == []


def _sleeps(pid: int) -> bool:
    try:
        return "sleep" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


@pytest.mark.full
async def test_kill_9_of_postgresql_loses_and_doubles_nothing(server_home: Path, home: Path, tmp_path: Path):
    """Forty steps in a chain of layers; the server is killed in the middle of them and started again."""
    server = EmbeddedServer(server_home, options={"fsync": "off"})
    info = server.start()
    admin = await asyncpg.connect(info.admin_dsn)
    await admin.execute("create database stateroom")
    await admin.close()
    credentials = await init_database(with_database(info.admin_dsn, "stateroom"), known={})
    env = {
        **os.environ,
        "STATEROOM_HOME": str(home),
        "STATEROOM_MAINTENANCE_URL": credentials.maintenance,
        "STATEROOM_APP_URL": credentials.app,
        "STATEROOM_ENGINE_URL": credentials.engine,
    }
    effects = tmp_path / "effects"
    layers, width = 10, 4
    steps = [
        {
            "key": f"s{layer}_{place}",
            "command": f"echo s{layer}_{place} >> {effects}",
            "needs": [{"step": f"s{layer - 1}_{other}"} for other in range(width)] if layer else [],
        }
        for layer in range(layers)
        for place in range(width)
    ]
    connection = await asyncpg.connect(credentials.maintenance)
    async with service(env, "scheduler"), service(env, "worker"):
        run = await start(connection, *steps)

        async def some_are_done() -> bool:
            return effects.exists() and effects.read_text().count("\n") >= 8

        await until(some_are_done)
        os.kill(info.pid, signal.SIGKILL)
        connection.terminate()
        await asyncio.to_thread(server.start)
        connection = await asyncpg.connect(credentials.maintenance)
        assert await until(lambda: finished(connection, run), 30) == "succeeded"
    done = effects.read_text().split()
    assert len(done) == len(set(done)) == layers * width
    states = await connection.fetch("select state, count(*) from stateroom.task_runs group by 1")
    assert [tuple(row) for row in states] == [("succeeded", layers * width)]
    assert await connection.fetch("select * from stateroom.check_integrity() where problem not like 'a lease%'") == []
    await connection.close()


async def test_a_worker_that_is_told_to_stop_drains_and_says_goodbye(db, tmp_path: Path):
    effects = tmp_path / "effects"
    connection = await db.connect("maintenance")
    async with service(db.env(), "worker") as worker:
        run = await start(
            connection, {"key": "a", "command": f"echo begun >> {effects}; sleep 0.5; echo ended >> {effects}"}
        )
        await until(lambda: asyncio.to_thread(effects.exists))
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
    assert effects.read_text() == "begun\nended\n"
    assert await finished(connection, run) == "succeeded"
    assert await connection.fetchval("select count(*) from stateroom.agent_sessions") == 0


async def test_what_does_not_end_within_the_grace_is_given_back(db, tmp_path: Path):
    effects = tmp_path / "effects"
    connection = await db.connect("maintenance")
    async with service(db.env(STATEROOM_SHUTDOWN_GRACE_SECONDS="0.2"), "worker") as worker:
        await start(connection, {"key": "a", "command": f"echo begun >> {effects}; sleep 600"})
        await until(lambda: asyncio.to_thread(effects.exists))
        worker.send_signal(signal.SIGTERM)
        assert await worker.wait() == 0
    assert await connection.fetchval("select count(*) from stateroom.ready_runs") == 1
    row = await connection.fetchrow("select outcome, attempt from stateroom.task_run_attempts")
    assert tuple(row) == ("released", 1)
    assert await connection.fetch("select * from stateroom.check_integrity()") == []


async def test_cancelling_stops_the_command_and_its_children(db, tmp_path: Path):
    effects, marker = tmp_path / "effects", f"sr-{os.getpid()}-{tmp_path.name}"
    connection = await db.connect("maintenance")
    async with service(db.env(MARKER=marker), "worker"):
        run = await start(connection, {"key": "a", "command": f"echo begun >> {effects}; sleep 600 & sleep 600"})
        await until(lambda: asyncio.to_thread(effects.exists))
        async with connection.transaction():
            await connection.execute(START)
            assert await connection.fetchval("select stateroom.cancel_run($1)", run) == "cancelling"
        assert await until(lambda: finished(connection, run)) == "cancelled"
        assert not [pid for pid in processes_with(marker) if _sleeps(pid)]
