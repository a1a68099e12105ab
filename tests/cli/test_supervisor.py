"""The supervisor with real child processes: restart, back-off, drain, and nothing left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from stateroom.runtime.supervisor import Backoff, Ended, LogFile, Service, Supervisor

pytestmark = pytest.mark.process

STAYS = "import time; print('ready', flush=True); time.sleep(60)"
DRAINS = """
import signal, sys, time
def drain(*_):
    print('draining', flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, drain)
print('ready', flush=True)
time.sleep(60)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, lambda *_: print('heard', flush=True))
print('ready', flush=True)
while True:
    time.sleep(60)
"""
PARENT = """
import asyncio, sys
from pathlib import Path
from stateroom.runtime.supervisor import Service, Supervisor
CHILD = '''
import os, subprocess, sys, time
from stateroom.runtime.parent import HOW
print('pid', os.getpid(), flush=True)
CALL
time.sleep(60)
'''
async def main():
    supervisor = Supervisor(lambda _: None)
    for name in ('one', 'two'):
        supervisor.start(Service(name, (sys.executable, '-c', CHILD), {}, Path(sys.argv[1]) / f'{name}.log'))
    await asyncio.sleep(60)
asyncio.run(main())
"""
QUICK = Backoff(initial=0.01, maximum=0.04, reset_after=5)


def python(name: str, code: str, folder: Path, **env: str) -> Service:
    return Service(name, (sys.executable, "-c", code), env, folder / f"{name}.log")


async def until(condition, seconds=15.0):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.01)
    return found


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
async def keep():
    ended: list[Ended] = []
    supervisor = Supervisor(ended.append, backoff=QUICK)
    yield supervisor, ended
    supervisor.kill()
    await supervisor.stop(grace_seconds=5)


async def test_a_killed_child_comes_back_as_a_new_process(keep, tmp_path):
    supervisor, ended = keep
    supervisor.start(python("worker", STAYS, tmp_path))
    first = await until(lambda: supervisor.tail("worker") and supervisor.pid("worker"))
    os.kill(first, signal.SIGKILL)
    second = await until(lambda: (pid := supervisor.pid("worker")) and pid != first and pid)
    assert second != first
    assert [(each.service, each.exit_code, each.restarts) for each in ended] == [("worker", -signal.SIGKILL, 1)]
    assert ended[0].how == "was killed by SIGKILL"
    assert supervisor.restarts("worker") == 1


async def test_a_child_that_cannot_live_is_tried_again_ever_more_slowly(keep, tmp_path):
    supervisor, ended = keep
    supervisor.start(python("api", "print('port 1 is busy'); raise SystemExit(3)", tmp_path))
    await until(lambda: len(ended) >= 4)
    assert [each.restart_in for each in ended[:4]] == [0.01, 0.02, 0.04, 0.04]
    assert ended[0].tail == ("port 1 is busy",)
    assert ended[0].how == "exited with status 3"


def test_a_child_that_lived_long_starts_again_at_once():
    backoff = Backoff()
    assert backoff.after(0.1, 8.0) == 16.0
    assert backoff.after(60.0, 8.0) == backoff.initial


async def test_stop_lets_children_drain(keep, tmp_path):
    supervisor, ended = keep
    supervisor.start(python("worker", DRAINS, tmp_path))
    await until(lambda: supervisor.tail("worker"))
    await supervisor.stop(grace_seconds=10)
    assert supervisor.tail("worker") == ("ready", "draining")
    assert ended == []


async def test_stop_kills_what_does_not_drain(keep, tmp_path):
    supervisor, _ = keep
    supervisor.start(python("worker", STUBBORN, tmp_path))
    pid = await until(lambda: supervisor.tail("worker") and supervisor.pid("worker"))
    await supervisor.stop(grace_seconds=0.2)
    assert supervisor.tail("worker") == ("ready", "heard")
    assert gone(pid)


async def test_children_share_a_group_that_is_not_ours(keep, tmp_path):
    supervisor, _ = keep
    for name in ("api", "worker"):
        supervisor.start(python(name, STAYS, tmp_path))
    await until(lambda: supervisor.tail("api") and supervisor.tail("worker"))
    groups = {os.getpgid(supervisor.pid(name)) for name in ("api", "worker")}
    assert len(groups) == 1
    assert groups != {os.getpgid(0)}


async def test_both_streams_go_to_the_log_whatever_bytes_they_are(keep, tmp_path):
    supervisor, ended = keep
    code = "import os; os.write(1, b'out \\xff\\r\\n'); os.write(2, b'err'); os._exit(0)"
    supervisor.start(python("api", code, tmp_path))
    await until(lambda: ended)
    assert ended[0].tail == ("out \ufffd", "err")
    lines = (tmp_path / "api.log").read_text().splitlines()
    assert lines[0].endswith(" api | out \ufffd")
    assert " supervisor | api exited with status 0, starts again in " in lines[2]


async def test_an_orphan_that_holds_the_pipe_does_not_hold_up_the_restart(keep, tmp_path):
    supervisor, ended = keep
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True)"
    supervisor.start(python("worker", code, tmp_path))
    await until(lambda: ended)
    os.kill(int(ended[0].tail[0]), signal.SIGKILL)


async def test_a_program_that_does_not_exist_is_said(keep, tmp_path):
    supervisor, ended = keep
    supervisor.start(Service("api", ("/nowhere/python",), {}, tmp_path / "api.log"))
    await until(lambda: ended)
    assert "cannot start /nowhere/python" in ended[0].tail[0]


def test_a_log_moves_itself_when_it_is_full(tmp_path):
    log = LogFile(tmp_path / "api.log", limit_bytes=100)
    for number in range(5):
        log.write(f"{number} " + "x" * 60)
    log.close()
    assert " 4 x" in (tmp_path / "api.log").read_text()
    assert " 3 x" in (tmp_path / "api.log.1").read_text()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("how", "call"),
    [
        ("die_with_supervisor", "die_with_supervisor()"),
        ("watch", "import threading; threading.Thread(target=watch, args=(os.getppid(),)).start()"),
    ],
    ids=["kernel", "thread"],
)
def test_kill_9_of_the_supervisor_leaves_nothing(tmp_path, how, call):
    code = PARENT.replace("HOW", how).replace("CALL", call)
    with subprocess.Popen([sys.executable, "-c", code, tmp_path], start_new_session=True) as parent:
        deadline = time.monotonic() + 15
        pids: list[int] = []
        while len(pids) < 2:
            assert time.monotonic() < deadline
            logs = [path.read_text() for path in tmp_path.glob("*.log")]
            pids = [int(text.split("pid ")[1]) for text in logs if text.endswith("\n")]
            time.sleep(0.02)
        parent.kill()
    while not all(gone(pid) for pid in pids):
        assert time.monotonic() < deadline, f"left behind: {pids}"
        time.sleep(0.02)
