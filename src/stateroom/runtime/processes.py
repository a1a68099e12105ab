"""The worker's side of the guard: scopes, in which processes are started, and with which all of them end."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from uuid import uuid4

from stateroom.errors import StateroomError
from stateroom.runtime import guard as guard_program

_T = TypeVar("_T")
_LENGTH: Final = struct.Struct("!I")
_SEND_SECONDS: Final = 10.0
_END_SECONDS: Final = 10.0


class GuardLost(StateroomError):
    """The guard process ended while it was needed; commands that it had started were killed."""

    code = "guard_lost"


class CommandNotStarted(StateroomError):
    """The operating system refused to start a program; `exit_code` is what a shell would say (126, 127)."""

    code = "command_not_started"

    def __init__(self, message: str, *, exit_code: int) -> None:
        """Keep the exit code for the record."""
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(slots=True, eq=False)
class Process:
    """One started command, leader of its own process group."""

    number: int
    pid: int
    exited: asyncio.Future[int]
    """The exit status once it has ended; negative: the signal that ended it."""
    channel: "_Channel"

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole group; nothing happens if nothing is left of it."""
        self.channel.send(do="signal", number=self.number, signal=int(number))


class Scope:
    """Processes that end together: leaving the scope kills their groups and waits until they are gone."""

    def __init__(self, guard: "Guard") -> None:
        """Use `Guard.scope()` instead."""
        self._guard = guard
        self._channel: _Channel | None = None
        self._stack = contextlib.AsyncExitStack()
        self.name: Final = uuid4().hex

    async def start(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdout: int, stderr: int
    ) -> Process:
        """Start a program with /dev/null as its input; raise `CommandNotStarted` if that is not possible."""
        self._channel = self._channel or self._guard.channel()
        return await self._channel.start(
            (stdout, stderr), scope=self.name, argv=list(argv), cwd=str(cwd), env=dict(env)
        )

    def at_end(self, resource: contextlib.AbstractContextManager[object]) -> None:
        """Close a resource when the scope has ended and its processes are gone."""
        self._stack.enter_context(resource)

    async def __aenter__(self) -> Self:
        """Open the scope."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill what is left, whatever happened; a guard that is lost has taken it along."""
        async with self._stack:
            if self._channel is not None:
                with contextlib.suppress(GuardLost, TimeoutError):
                    await asyncio.wait_for(self._channel.end(self.name), _END_SECONDS)


class Guard:
    """Starts commands in a process of its own, which kills them when this process dies. One per worker.

    The guard process is started with the first command, and again should it get lost.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._channel: _Channel | None = None

    def scope(self) -> Scope:
        """Return a new scope, to be entered with `async with`."""
        return Scope(self)

    def channel(self) -> "_Channel":
        """Return the connection to a living guard process."""
        if self._channel is None or self._channel.lost.done():
            self._channel = _Channel(asyncio.get_running_loop())
        return self._channel

    async def __aenter__(self) -> Self:
        """Nothing is needed before the first command."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill everything that was started here and wait for the guard's end."""
        if self._channel is not None:
            await self._channel.close()


class _Channel:
    """The connection to one guard process."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._number = 0
        self._buffer = b""
        self._starting: dict[int, asyncio.Future[Process]] = {}
        self._running: dict[int, Process] = {}
        self._ending: dict[str, asyncio.Future[None]] = {}
        self._scopes: set[str] = set()
        self.lost: asyncio.Future[None] = loop.create_future()
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(_SEND_SECONDS)
        with theirs:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-S", guard_program.__file__, str(theirs.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # a Ctrl-C for the worker is the worker's to handle
            )
        assert self._popen.stdout is not None  # noqa: S101 (PIPE was asked for)
        self._events = self._popen.stdout.fileno()
        os.set_blocking(self._events, False)
        loop.add_reader(self._events, self._read)

    def send(self, descriptors: Sequence[int] = (), **request: object) -> None:
        if self.lost.done():
            raise GuardLost("The process that guards this worker's commands has ended.")
        body = json.dumps(request).encode()
        try:
            socket.send_fds(self._socket, [_LENGTH.pack(len(body))], descriptors)
            self._socket.sendall(body)
        except OSError as error:
            raise GuardLost(f"The process that guards this worker's commands does not answer: {error}.") from error

    async def start(self, descriptors: Sequence[int], *, scope: str, **request: object) -> Process:
        self._number += 1
        number = self._number
        self._scopes.add(scope)
        self.send(descriptors, do="start", number=number, scope=scope, **request)
        started: asyncio.Future[Process] = self._loop.create_future()
        self._starting[number] = started
        try:
            return await started
        finally:
            self._starting.pop(number, None)

    async def end(self, scope: str) -> None:
        if not self.lost.done():
            self.send(do="end", scope=scope)
            self._ending[scope] = self._loop.create_future()
            await self._ending[scope]

    async def close(self) -> None:
        self._socket.close()
        await asyncio.wait([self.lost], timeout=_END_SECONDS)
        if not self.lost.done():
            self._popen.kill()
            self._lose()

    def _read(self) -> None:
        try:
            data = os.read(self._events, 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._lose()
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._handle(json.loads(line))

    def _handle(self, event: dict[str, Any]) -> None:
        match event:
            case {"number": int(number), "pid": int(pid)}:
                process = Process(number, pid, self._loop.create_future(), self)
                self._running[number] = process
                _resolve(self._starting.pop(number, None), process)
            case {"number": int(number), "refused": [code, str(reason), name]}:
                _fail(self._starting.pop(number, None), _refused(code, reason, name))
            case {"number": int(number), "exited": int(status)}:
                _resolve(self._running.pop(number).exited, status)
            case {"ended": str(scope)}:
                self._scopes.discard(scope)
                _resolve(self._ending.pop(scope, None), None)
            case _:
                raise AssertionError(event)

    def _lose(self) -> None:
        """Let nobody wait in vain, and kill what is left of the groups whose leaders the kernel has killed."""
        self._loop.remove_reader(self._events)
        self._socket.close()
        with self._popen:  # its output has ended, so it has as good as ended itself
            pass
        lost = GuardLost("The process that guards this worker's commands has ended, and the commands with it.")
        for process in self._running.values():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            _fail(process.exited, lost)
        _kill_strays(self._scopes)
        for waiting in (*self._starting.values(), *self._ending.values()):
            _fail(waiting, lost)
        _resolve(self.lost, None)


def _kill_strays(scopes: Collection[str]) -> None:
    """Kill what a lost guard had not reported yet, or had adopted; only Linux lets us find it."""
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir("/proc") if scopes else ():  # noqa: PTH208 (names are wanted)
            if name.isdecimal() and any(guard_program.belongs_to(int(name), scope) for scope in scopes):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(int(name), signal.SIGKILL)


def _refused(code: int | None, reason: str, name: str | None) -> CommandNotStarted:
    what = f"'{name}': {reason}" if name else reason
    return CommandNotStarted(f"The command cannot be started: {what}.", exit_code=127 if code == 2 else 126)


def _resolve(future: asyncio.Future[_T] | None, value: _T) -> None:
    if future is not None and not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any] | None, error: Exception) -> None:
    if future is not None and not future.done():
        future.set_exception(error)
        future.exception()  # nobody needs to be waiting for it
