"""The process beside a worker that starts its commands, and takes them along when the worker dies.

    worker ── requests (socket; output pipes' write ends travel with them) ──▶ guard ── fork ──▶ commands
           ◀───────────────── events (pipe, one JSON object a line) ─────────

It is a program of its own (`python -I -S guard.py SOCKET WORKER_PID`), has one thread and imports little. Every
command leads its own session and process group. A command's group is killed when its scope ends, everything is killed
when the worker's end of the socket closes or the worker is gone, and the kernel kills the commands if the guard itself
is killed. On Linux it also adopts orphans: processes that left their group (`setsid`, daemons) are found by the scope's
name in their environment at the end of the scope, and without it when the worker dies. Elsewhere those escape, as do,
everywhere, processes of another user.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time
from typing import Any

SCOPE_VARIABLE = "STATEROOM_SCOPE"
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_SWEEP_SECONDS = 0.005
_KILL_SECONDS = 5.0
_LENGTH = struct.Struct("!I")
_LINUX = sys.platform == "linux"


class Command:
    """One started command; its zombie is kept until its scope ends, so that its id stays the group's."""

    __slots__ = ("exited", "number", "pid", "reaped", "scope")

    def __init__(self, number: int, pid: int, scope: str) -> None:
        """Remember a process that has just been started."""
        self.number = number
        self.pid = pid
        self.scope = scope
        self.exited = False
        self.reaped = False


class Guard:
    """Serves one worker until it is gone."""

    def __init__(self, requests: socket.socket, worker: int) -> None:
        """Take the guard's end of the socket and the worker's process id."""
        self._requests = requests
        self._worker = worker
        self._buffer = bytearray()
        self._descriptors: list[int] = []
        self._commands: dict[int, Command] = {}
        self._ending: dict[str, float] = {}
        self._serving = True
        self._selector = selectors.DefaultSelector()
        self._libc = ctypes.CDLL(None)
        self._pid = os.getpid()

    def serve(self) -> None:
        """Handle requests and exits; return when the worker is gone and everything is dead."""
        if _LINUX:
            self._libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        waker, wakes = socket.socketpair()
        for end in (waker, wakes):
            end.setblocking(False)
        # Handlers, not SIG_IGN: what is ignored stays ignored in the commands, handlers do not survive exec.
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: None)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._requests, selectors.EVENT_READ, self._receive)
        self._selector.register(wakes, selectors.EVENT_READ, lambda: wakes.recv(4096))
        self._watch_worker()
        while self._serving:
            for key, _ in self._selector.select(_SWEEP_SECONDS if self._ending else None):
                key.data()
            self._reap()
            for scope in list(self._ending):
                self._sweep(scope)
        self._kill_all()

    def _watch_worker(self) -> None:
        """Notice the worker's death also while a process that it forked keeps the socket open."""
        if hasattr(os, "pidfd_open"):
            with contextlib.suppress(OSError):  # a sandbox without it: the socket's end has to do
                self._selector.register(os.pidfd_open(self._worker), selectors.EVENT_READ, self._stop)
        if os.getppid() != self._worker:
            self._stop()

    def _stop(self) -> None:
        self._serving = False

    def _emit(self, **event: object) -> None:
        try:
            view = memoryview(json.dumps(event).encode() + b"\n")
            while view:
                view = view[os.write(1, view) :]
        except OSError:
            self._stop()

    def _receive(self) -> None:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._requests, 1 << 16, 64)
        except OSError:
            data, descriptors = b"", []
        if not data:
            self._stop()
        self._descriptors += descriptors
        self._buffer += data
        while len(self._buffer) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._buffer)[0]
            if len(self._buffer) < end:
                return
            request = json.loads(self._buffer[_LENGTH.size : end])
            del self._buffer[:end]
            self._handle(request)

    def _handle(self, request: dict[str, Any]) -> None:
        if request["do"] == "start":
            self._start(request)
        elif request["do"] == "signal":
            command = self._commands.get(request["number"])
            if command is not None:
                self._signal(command, request["signal"])
        elif request["do"] == "end":
            for command in self._of(request["scope"]):
                self._signal(command, signal.SIGKILL)
            self._ending[request["scope"]] = time.monotonic() + _KILL_SECONDS

    def _start(self, request: dict[str, Any]) -> None:
        number, scope = request["number"], request["scope"]
        stdout, stderr = self._descriptors.pop(0), self._descriptors.pop(0)
        try:
            process = subprocess.Popen(
                request["argv"],
                cwd=request["cwd"],
                env={**request["env"], SCOPE_VARIABLE: scope},
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                preexec_fn=self._die_with_guard if _LINUX else None,  # noqa: PLW1509 (there is one thread)
            )
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            name = getattr(error, "filename", None)
            self._emit(
                number=number,
                refused=[getattr(error, "errno", None), getattr(error, "strerror", None) or str(error), name],
            )
        else:
            process.returncode = 0  # it is waited for here, not by Popen
            self._commands[number] = Command(number, process.pid, scope)
            self._emit(number=number, pid=process.pid)
        finally:
            os.close(stdout)
            os.close(stderr)

    def _die_with_guard(self) -> None:
        """Run in the child before exec."""
        self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != self._pid:
            os._exit(127)

    def _of(self, scope: str) -> list[Command]:
        return [command for command in self._commands.values() if command.scope == scope]

    @staticmethod
    def _signal(command: Command, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing is left, or nothing we may touch
            os.killpg(command.pid, number)

    def _reap(self) -> None:
        """Report commands that have ended, and bury adopted orphans."""
        for command in self._commands.values():
            if not command.exited:
                status = _peek(command)
                if status is not None:
                    command.exited = True
                    self._emit(number=command.number, exited=status)
        known = {command.pid for command in self._commands.values()}
        for pid in self._children():
            if pid not in known:
                _bury(pid)

    def _children(self) -> list[int]:
        try:
            with open(f"/proc/self/task/{self._pid}/children", encoding="ascii") as listing:  # noqa: PTH123 (quick to start)
                return [int(pid) for pid in listing.read().split()]
        except OSError:
            return []  # not Linux, or a kernel without this file: no orphans are adopted or found

    def _sweep(self, scope: str) -> None:
        """Kill what belongs to a scope that ends; report it when nothing is left, or when it takes too long."""
        alive = False
        commands = self._of(scope)
        for command in commands:
            if command.exited and not command.reaped:  # only what has been reported
                command.reaped = _bury(command.pid)
            alive = not command.reaped or _exists(command.pid) or alive
        known = {command.pid for command in self._commands.values()}
        for pid in self._children():
            if pid not in known and belongs_to(pid, scope):
                _kill(pid)
                alive = True
        if not alive or time.monotonic() > self._ending[scope]:
            del self._ending[scope]
            for command in commands:
                if not command.exited:
                    self._emit(number=command.number, exited=-signal.SIGKILL)
                del self._commands[command.number]
            self._emit(ended=scope)

    def _kill_all(self) -> None:
        """Kill every group and every adopted descendant, until none is left."""
        for command in self._commands.values():
            if not command.reaped:
                self._signal(command, signal.SIGKILL)
        deadline = time.monotonic() + _KILL_SECONDS
        while time.monotonic() < deadline:
            children = self._children()
            for pid in children:
                _kill(pid)
                _bury(pid)
            if not children:
                return
            time.sleep(_SWEEP_SECONDS)


def _peek(command: Command) -> int | None:
    """Return the exit status (negative: the signal) of a command that has ended, and leave its zombie if possible."""
    if hasattr(os, "waitid"):
        info = os.waitid(os.P_PID, command.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if info is None:
            return None
        return info.si_status if info.si_code == os.CLD_EXITED else -info.si_status
    pid, status = os.waitpid(command.pid, os.WNOHANG)  # macOS before Python 3.13
    command.reaped = pid != 0
    return os.waitstatus_to_exitcode(status) if pid else None


def _bury(pid: int) -> bool:
    """Take away a child's zombie; say whether it is gone."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return True


def _exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def belongs_to(pid: int, scope: str) -> bool:
    """Say whether a process, by its environment, was started in a scope or by one that was; only on Linux."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as variables:  # noqa: PTH123 (quick to start)
            return f"{SCOPE_VARIABLE}={scope}".encode() in variables.read().split(b"\0")
    except OSError:
        return False


if __name__ == "__main__":
    Guard(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2])).serve()
