"""Commands as real processes: order, limits, endings, and that nothing is left of them."""

import asyncio
import os
import signal
import sys
import textwrap
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from stateroom.runtime.command import Command, CommandResult, run_command
from stateroom.runtime.output import LINE_BYTES, Feed, Output
from stateroom.runtime.processes import CommandNotStarted, Guard, GuardLost
from stateroom.runtime.streams import Streams

linux = pytest.mark.skipif(sys.platform != "linux", reason="adoption of orphans and exact order need Linux")
ENV = {"PATH": os.environ["PATH"]}


@dataclass
class Ran:
    result: CommandResult
    lines: list[tuple[str, str]]
    tail: str
    seconds: float

    @property
    def texts(self):
        return [text for _, text in self.lines]


@dataclass
class Runner:
    guard: Guard
    folder: Path
    lines: list[tuple[str, str]] = field(default_factory=list)

    async def __call__(self, script, *, limit=10 << 20, tail=64 << 10, cancelled=None, env=None, **options):
        output = Output(lambda stream, _, text: self.lines.append((stream, text)), limit_bytes=limit, tail_bytes=tail)
        command = Command(["bash", "-c", script], self.folder, ENV | (env or {}), **options)
        started = time.monotonic()
        async with self.guard.scope() as scope:
            result = await run_command(scope, command, output=output, cancelled=cancelled or asyncio.Event())
        return Ran(result, self.lines, output.tail, time.monotonic() - started)


@pytest.fixture
async def run(tmp_path):
    async with Guard() as guard:
        yield Runner(guard, tmp_path)


def gone(pid):
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)


async def pids_in(folder, count):
    """Wait until so many processes have written their ids into files."""
    await until(lambda: len([each for each in folder.glob("*.pid") if each.read_text().strip()]) == count)
    return [int(each.read_text()) for each in folder.glob("*.pid")]


async def test_a_command_prints_and_succeeds(run):
    ran = await run("echo one; echo two >&2; echo three")
    assert ran.result == CommandResult("exited", 0)
    assert ran.lines == [("stdout", "one"), ("stderr", "two"), ("stdout", "three")]
    assert ran.tail == "one\ntwo\nthree\n"


@linux
async def test_both_streams_stay_in_the_order_of_their_writes(run):
    ran = await run("for i in {1..500}; do echo o$i; echo e$i >&2; echo e$i >&2; done")
    assert ran.texts == [text for i in range(1, 501) for text in (f"o{i}", f"e{i}", f"e{i}")]


NODE = """
import fcntl, os, subprocess, sys, time
os.set_blocking(1, False)  # as Node.js does with pipes, also for those who share them
if sys.argv[1] == "speaks":
    os.write(1, b"banner\\n")
deadline = time.monotonic() + 10
while fcntl.fcntl(1, fcntl.F_GETPIPE_SZ) == 4096 and time.monotonic() < deadline:
    pass
subprocess.run(["bash", "-c", "for i in {1..300}; do echo o$i; done"], check=True)
"""


@linux
@pytest.mark.parametrize("first", ["speaks", "is silent"])
async def test_writers_who_do_not_wait_are_not_refused(run, tmp_path, first):
    (tmp_path / "node.py").write_text(NODE)
    ran = await run(f"{sys.executable} node.py '{first}'")
    assert ran.result.exit_code == 0, ran.texts
    assert ran.texts[-300:] == [f"o{i}" for i in range(1, 301)]


async def test_on_other_systems_each_stream_is_in_order():
    lines = []
    output = Output(lambda stream, _, text: lines.append((stream, text)), limit_bytes=1 << 20, tail_bytes=100)
    with Streams(Feed(output, "stdout", None), Feed(output, "stderr", None), ordered=False) as streams:
        for number in range(50):
            os.write(streams.writers[number % 2], f"{number}\n".encode())
            await asyncio.sleep(0)
        streams.exited()
        await asyncio.wait_for(streams.ended, 10)
    assert [text for stream, text in lines if stream == "stdout"] == [str(each) for each in range(0, 50, 2)]
    assert [text for stream, text in lines if stream == "stderr"] == [str(each) for each in range(1, 50, 2)]


async def test_lines_are_cleaned_but_not_lost(run):
    ran = await run(r"printf 'a\0b\n\xff\xfe\n10%%\r50%%\r100%%\nwindows\r\n\nlast'")
    assert ran.texts == ["ab", "��", "100%", "windows", "", "last"]
    assert ran.tail == "ab\n��\n100%\nwindows\n\nlast\n"


async def test_a_character_that_is_cut_by_the_pipe_stays_whole(run):
    ran = await run(r"printf '\xe2\x82'; printf '\xac\n'")
    assert ran.texts == ["€"]


async def test_very_long_lines_are_split(run):
    ran = await run(f"head -c {LINE_BYTES * 3 + 5} /dev/zero | tr '\\0' x")
    assert [len(text) for text in ran.texts] == [LINE_BYTES] * 3 + [5]


async def test_output_beyond_the_limit_is_announced_once_and_its_end_is_kept(run):
    ran = await run("seq 1 10000", limit=5000, tail=100)
    assert [stream for stream, _ in ran.lines].count("system") == 1
    assert ran.texts[0] == "1"
    assert "5000 bytes" in ran.texts[-1]
    assert 100 < len(ran.lines) < 300
    assert ran.tail.endswith("\n9999\n10000\n")
    assert ran.tail.splitlines() == [str(i) for i in range(10001 - len(ran.tail.splitlines()), 10001)]


async def test_fifty_megabytes_are_quick(run):
    ran = await run("yes 0123456789012345678901234567890123456789 | head -c 52428800; echo; echo end")
    assert ran.result.exit_code == 0
    assert ran.tail.endswith("\nend\n")
    assert len(ran.tail) <= 64 << 10
    assert ran.seconds < 15


@pytest.mark.parametrize(
    ("script", "code", "message"),
    [
        ("exit 3", 3, "exit code 3"),
        ("kill -KILL $$", 137, "exit code 137 (ended by SIGKILL)"),
        ("kill -TERM $$", 143, "exit code 143 (ended by SIGTERM)"),
    ],
)
async def test_how_it_ended_is_told(run, script, code, message):
    ran = await run(script)
    assert ran.result == CommandResult("exited", code)
    assert ran.result.message == message


async def test_it_has_no_input_and_exactly_its_environment(run, tmp_path):
    ran = await run("cat; pwd; env | cut -d= -f1 | sort | xargs", env={"MINE": "1"})
    assert ran.texts[0] == str(tmp_path.resolve())
    assert set(ran.texts[1].split()) == {"MINE", "PATH", "STATEROOM_SCOPE", "PWD", "SHLVL", "_"}


async def test_what_cannot_be_started_says_why(run, tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("not a program")

    async def start(argv, cwd=tmp_path):
        async with run.guard.scope() as scope:
            output = Output(lambda *_: None, limit_bytes=1, tail_bytes=1)
            await run_command(scope, Command(argv, cwd, ENV), output=output, cancelled=asyncio.Event())

    with pytest.raises(CommandNotStarted, match="'no-such-program': No such file") as missing:
        await start(["no-such-program"])
    with pytest.raises(CommandNotStarted, match="Permission denied") as forbidden:
        await start([str(plain)])
    with pytest.raises(CommandNotStarted, match="nowhere"):
        await start(["true"], tmp_path / "nowhere")
    with pytest.raises(CommandNotStarted, match="null"):
        await start(["echo", "a\0b"])
    assert (missing.value.exit_code, forbidden.value.exit_code) == (127, 126)


async def test_a_timeout_ends_the_whole_group(run, tmp_path):
    ran = await run("sleep 60 & echo $! > child.pid; echo before; sleep 60; echo after", timeout_seconds=0.3)
    assert ran.result == CommandResult("timed_out", 143)
    assert ran.texts == ["before"]
    assert gone(int((tmp_path / "child.pid").read_text()))
    assert ran.seconds < 4


async def test_what_ignores_the_friendly_signal_is_killed(run, tmp_path):
    script = "trap '' TERM; echo $$ > self.pid; while :; do sleep 0.05; done"
    ran = await run(script, timeout_seconds=0.2, grace_seconds=0.2)
    assert ran.result == CommandResult("timed_out", 137)
    assert gone(int((tmp_path / "self.pid").read_text()))


async def test_a_command_may_tidy_up_in_the_grace(run):
    ran = await run("trap 'echo tidied; exit 9' TERM; echo ready; while :; do sleep 0.02; done", timeout_seconds=0.3)
    assert ran.result == CommandResult("timed_out", 9)
    assert [text for stream, text in ran.lines if stream == "stdout"] == ["ready", "tidied"]


async def test_cancelling_ends_it(run, tmp_path):
    cancelled = asyncio.Event()
    running = asyncio.create_task(run("echo $$ > self.pid; sleep 60", cancelled=cancelled))
    (pid,) = await pids_in(tmp_path, 1)
    cancelled.set()
    ran = await running
    assert ran.result.ended == "cancelled"
    assert gone(pid)


async def test_a_cancelled_task_leaves_nothing_behind(run, tmp_path):
    running = asyncio.create_task(run("echo $$ > self.pid; sleep 60 & echo $! > child.pid; wait"))
    pids = await pids_in(tmp_path, 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert all(gone(pid) for pid in pids)


async def test_background_processes_do_not_keep_a_run_open(run, tmp_path):
    ran = await run("sleep 60 & echo $! > child.pid; echo done")
    assert ran.result.exit_code == 0
    assert ran.texts == ["done"]
    assert ran.seconds < 5
    assert gone(int((tmp_path / "child.pid").read_text()))


async def test_output_that_follows_the_end_shortly_is_not_lost(run):
    ran = await run("exec > >(sleep 0.1; tr a-z A-Z); echo late")
    assert ran.texts == ["LATE"]


@linux
async def test_daemons_end_with_their_scope(run, tmp_path):
    await run(
        "setsid bash -c 'echo $$ > daemon.pid; sleep 60 & echo $! > child.pid; wait' & disown; "
        "until [ -s child.pid ]; do sleep 0.01; done"
    )
    assert all(gone(pid) for pid in await pids_in(tmp_path, 2))


@linux
async def test_daemons_of_other_scopes_stay(run, tmp_path):
    output = Output(lambda *_: None, limit_bytes=100, tail_bytes=100)
    async with run.guard.scope() as scope:
        script = "setsid bash -c 'echo $$ > daemon.pid; exec sleep 60' & disown"
        await run_command(
            scope, Command(["bash", "-c", script], tmp_path, ENV), output=output, cancelled=asyncio.Event()
        )
        (pid,) = await pids_in(tmp_path, 1)
        await run("true")
        assert not gone(pid)
    assert gone(pid)


async def test_processes_live_until_the_scope_ends(run, tmp_path):
    lines = []
    output = Output(lambda _, part, text: lines.append((part, text)), limit_bytes=1000, tail_bytes=1000)

    def part(no, script):
        return run_command(
            scope, Command(["bash", "-c", script], tmp_path, ENV, part_no=no), output=output, cancelled=asyncio.Event()
        )

    async with run.guard.scope() as scope:
        server = (
            "(until [ -e asked ]; do sleep 0.01; done; echo answer; touch answered; sleep 60) & echo $! > server.pid"
        )
        await part(1, server)
        await part(2, "touch asked; until [ -e answered ]; do sleep 0.01; done; echo got it")
        assert not gone(int((tmp_path / "server.pid").read_text()))
    assert sorted(lines) == [(1, "answer"), (2, "got it")]
    assert gone(int((tmp_path / "server.pid").read_text()))


async def test_many_at_once(run):
    async def one(number):
        lines = []
        output = Output(lambda *line: lines.append(line), limit_bytes=1000, tail_bytes=1000)
        async with run.guard.scope() as scope:
            command = Command(["bash", "-c", f"echo {number}; exit {number}"], run.folder, ENV)
            result = await run_command(scope, command, output=output, cancelled=asyncio.Event())
        return result.exit_code, output.tail

    assert await asyncio.gather(*map(one, range(40))) == [(number, f"{number}\n") for number in range(40)]


@pytest.mark.process
async def test_a_killed_guard_takes_its_commands_along_and_is_replaced(run, tmp_path):
    running = asyncio.create_task(run("echo $$ > self.pid; sleep 60 & echo $! > child.pid; wait"))
    pids = await pids_in(tmp_path, 2)  # perhaps before the guard had time to report what it has started
    os.kill(psutil.Process(int((tmp_path / "self.pid").read_text())).ppid(), signal.SIGKILL)
    with pytest.raises(GuardLost):
        await running
    await until(lambda: all(gone(pid) for pid in pids))
    assert (await run("echo again")).texts == ["again"]


WORKER = textwrap.dedent("""
    import asyncio, os, sys
    from pathlib import Path
    from stateroom.runtime.command import Command, run_command
    from stateroom.runtime.output import Output
    from stateroom.runtime.processes import Guard

    async def main():
        output = Output(lambda *_: None, limit_bytes=1000, tail_bytes=1000)
        async with Guard() as guard, guard.scope() as scope:
            command = Command(["bash", "-c", sys.argv[1]], Path.cwd(), dict(os.environ))
            running = asyncio.ensure_future(run_command(scope, command, output=output, cancelled=asyncio.Event()))
            if len(sys.argv) > 2:
                while not Path("self.pid").exists():
                    await asyncio.sleep(0.01)
                if os.fork() == 0:  # such a child keeps the worker's end of the guard's socket open
                    Path("fork.pid").write_text(str(os.getpid()))
                    import time
                    time.sleep(60)
            await running

    asyncio.run(main())
""")
FAMILY = (
    "echo $$ > self.pid; sleep 60 & echo $! > child.pid; "
    "(trap '' TERM HUP; echo $BASHPID > stubborn.pid; while :; do sleep 0.05; done) & "
)
DAEMON = "setsid bash -c 'unset STATEROOM_SCOPE; echo $$ > daemon.pid; exec sleep 60' & disown; "


@asynccontextmanager
async def worker(folder, *arguments):
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, *arguments, cwd=folder)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.process
async def test_commands_die_with_a_killed_worker(tmp_path):
    script = FAMILY + (DAEMON if sys.platform == "linux" else "") + "wait"
    async with worker(tmp_path, script) as process:
        pids = await pids_in(tmp_path, 4 if sys.platform == "linux" else 3)
        family = psutil.Process(process.pid).children(recursive=True)
        assert {each.pid for each in family} >= set(pids)
        process.kill()
        await process.wait()
        await until(lambda: all(gone(each.pid) for each in family), 2)


@linux
@pytest.mark.process
async def test_commands_die_with_a_killed_worker_that_had_forked(tmp_path):
    async with worker(tmp_path, FAMILY + "wait", "fork") as process:
        pids = await pids_in(tmp_path, 4)
        fork = int((tmp_path / "fork.pid").read_text())
        process.kill()
        await process.wait()
        try:
            await until(lambda: all(gone(pid) for pid in pids if pid != fork), 2)
        finally:
            os.kill(fork, signal.SIGKILL)


@linux
@pytest.mark.process
async def test_a_command_dies_with_worker_and_guard_killed_at_once(tmp_path):
    async with worker(tmp_path, "echo $$ > self.pid; exec sleep 60") as process:
        (pid,) = await pids_in(tmp_path, 1)
        guard = psutil.Process(pid).ppid()
        os.kill(guard, signal.SIGSTOP)
        process.kill()
        os.kill(guard, signal.SIGKILL)
        await process.wait()
        await until(lambda: gone(pid), 2)
