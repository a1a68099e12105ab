"""Keeps the processes of one `stateroom up` alive: start, log, restart with back-off, drain, end.

    up ── Supervisor ─┬─ api        stdout + stderr ──► home/log/api.log
                      ├─ scheduler                  ──► home/log/scheduler.log
                      └─ worker                     ──► home/log/worker.log

The children share one process group that is not the terminal's: Ctrl-C reaches the supervisor alone, which then sends
each of them exactly one SIGTERM, so that nobody takes the key press and the forwarded signal for a second request.
"""

import asyncio
import contextlib
import os
import signal
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from stateroom.runtime.parent import SUPERVISOR_PID

TAIL_LINES: Final = 20
LOG_LIMIT_BYTES: Final = 8 * 1024 * 1024
_CHUNK_BYTES: Final = 65536
_LINE_LIMIT_BYTES: Final = 65536
_PIPE_DRAIN_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Service:
    """One child: what to start, with which additions to our own environment, and where its lines go."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    log: Path


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before a child is started again, in seconds; a child that lived long starts from the first."""

    initial: float = 0.5
    factor: float = 2.0
    maximum: float = 30.0
    reset_after: float = 10.0

    def after(self, lived: float, previous: float | None) -> float:
        """Return the wait before the next start, given how long the child lived and the wait before."""
        if previous is None or lived >= self.reset_after:
            return self.initial
        return min(previous * self.factor, self.maximum)


@dataclass(frozen=True, slots=True)
class Ended:
    """A child ended although nobody asked it to; it is started again after `restart_in` seconds."""

    service: str
    exit_code: int
    lived: float
    restart_in: float
    restarts: int
    tail: tuple[str, ...]

    @property
    def how(self) -> str:
        """Say in words how it ended."""
        if self.exit_code >= 0:
            return f"exited with status {self.exit_code}"
        with contextlib.suppress(ValueError):
            return f"was killed by {signal.Signals(-self.exit_code).name}"
        return f"was killed by signal {-self.exit_code}"


class LogFile:
    """A log file that moves itself to `<name>.1` when it has grown past its limit."""

    def __init__(self, path: Path, *, limit_bytes: int = LOG_LIMIT_BYTES) -> None:
        """Open the file for appending, making its folder if need be."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._limit = limit_bytes
        self._file = path.open("ab")

    def write(self, line: str) -> None:
        """Append one line behind the time; a full disk must not end the service whose line this is."""
        with contextlib.suppress(OSError):
            if self._file.tell() >= self._limit:
                self._file.close()
                self._path.replace(self._path.with_name(self._path.name + ".1"))
                self._file = self._path.open("ab")
            stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._file.write(f"{stamp} {line}\n".encode())
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@dataclass(slots=True)
class _Child:
    service: Service
    log: LogFile
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=TAIL_LINES))
    process: asyncio.subprocess.Process | None = None
    keeper: asyncio.Task[None] | None = None
    restarts: int = 0

    @property
    def alive(self) -> asyncio.subprocess.Process | None:
        return self.process if self.process is not None and self.process.returncode is None else None

    def say(self, line: str) -> None:
        self.tail.append(line)
        self.log.write(f"{self.service.name} | {line}")


class Supervisor:
    """Starts services as child processes and keeps them until `stop` or `kill`.

    Must be used from the main thread: the kernel ties a parent-death signal to the thread that forked.
    """

    def __init__(self, on_ended: Callable[[Ended], None], *, backoff: Backoff | None = None) -> None:
        """Call `on_ended` from the event loop each time a service ends by itself."""
        self._on_ended = on_ended
        self._backoff = backoff or Backoff()
        self._children: dict[str, _Child] = {}
        self._stopping = asyncio.Event()
        self._starting = asyncio.Lock()

    def start(self, service: Service) -> None:
        """Start a service and keep it; its name must be new."""
        if service.name in self._children:
            raise ValueError(f"a service named {service.name} is already kept")
        child = _Child(service, LogFile(service.log))
        self._children[service.name] = child
        child.keeper = asyncio.create_task(self._keep(child), name=f"keep-{service.name}")

    def pid(self, name: str) -> int | None:
        """Return the process id of a service that runs now."""
        process = self._children[name].alive
        return process.pid if process else None

    def restarts(self, name: str) -> int:
        """Return how often a service ended by itself."""
        return self._children[name].restarts

    def tail(self, name: str) -> tuple[str, ...]:
        """Return the last lines that a service printed."""
        return tuple(self._children[name].tail)

    async def stop(self, *, grace_seconds: float) -> None:
        """Ask all to drain (SIGTERM), wait for them, and kill what is left after the grace."""
        self._stopping.set()
        self._signal(signal.SIGTERM)
        keepers = [child.keeper for child in self._children.values() if child.keeper is not None]
        if keepers:
            _, late = await asyncio.wait(keepers, timeout=grace_seconds)
            if late:
                self.kill()
                await asyncio.wait(late)
        for child in self._children.values():
            child.log.close()

    def kill(self) -> None:
        """End all at once; `stop` still has to be awaited."""
        self._stopping.set()
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for child in self._children.values():
            if process := child.alive:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(number)

    async def _keep(self, child: _Child) -> None:
        loop = asyncio.get_running_loop()
        wait: float | None = None
        while not self._stopping.is_set():
            began = loop.time()
            exit_code = await self._run(child)
            if self._stopping.is_set():
                return
            lived = loop.time() - began
            wait = self._backoff.after(lived, wait)
            child.restarts += 1
            ended = Ended(child.service.name, exit_code, lived, wait, child.restarts, tuple(child.tail))
            child.log.write(f"supervisor | {ended.service} {ended.how}, starts again in {wait:g} s")
            self._on_ended(ended)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)

    async def _run(self, child: _Child) -> int:
        """Start the child once and return its exit status, negative for a signal."""
        # A pipe of our own: asyncio's counts a process as ended only when all have closed its pipe, orphans included.
        receiver, sender = os.pipe()
        async with _lines_from(receiver, child.say):
            try:
                async with self._starting:  # one after the other, so that the second finds the group of the first
                    process = child.process = await self._fork(child.service, sender)
            except OSError as error:
                child.say(f"cannot start {child.service.argv[0]}: {error}")
                return 127
            finally:
                os.close(sender)
            if self._stopping.is_set():  # asked to stop between the fork and here
                process.terminate()
            return await process.wait()

    async def _fork(self, service: Service, output: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *service.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **service.env, SUPERVISOR_PID: str(os.getpid())},
            process_group=self._group(),
        )

    def _group(self) -> int:
        """Return the group that the living children are in, or 0 for a new one."""
        for child in self._children.values():
            if process := child.alive:
                with contextlib.suppress(ProcessLookupError):
                    return os.getpgid(process.pid)
        return 0


@asynccontextmanager
async def _lines_from(descriptor: int, say: Callable[[str], None]) -> AsyncGenerator[None]:
    """Hand over the lines that arrive meanwhile; what an orphan writes into the pipe afterwards is not waited for."""
    stream = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(descriptor, "rb", buffering=0)
    )
    reader = asyncio.create_task(_read_lines(stream, say))
    try:
        yield
        await asyncio.wait([reader], timeout=_PIPE_DRAIN_SECONDS)
    finally:
        reader.cancel()
        transport.close()


async def _read_lines(stream: asyncio.StreamReader, say: Callable[[str], None]) -> None:
    """Hand over whole lines; one that never ends is cut, so that memory stays bounded."""
    rest = b""
    while chunk := await stream.read(_CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LINE_LIMIT_BYTES:
            lines.append(rest)
            rest = b""
        for line in lines:
            say(line.decode(errors="replace").rstrip("\r"))
    if rest:
        say(rest.decode(errors="replace"))
