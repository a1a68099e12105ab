"""What is known of a running PostgreSQL from the outside: its pid file and its processes."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What postmaster.pid says: `status` is ready, starting, stopping or standby."""

    pid: int
    port: int
    status: str


def running(data: Path) -> Postmaster | None:
    """Return the server that runs on a data folder; a stale pid file counts as none."""
    found = _read(data)
    return found if found is not None and is_server_of(found.pid, data) else None


def remove_stale_pid_file(data: Path) -> None:
    """Remove a pid file whose number now belongs to another program; PostgreSQL would take that for itself.

    Any other stale file is left to PostgreSQL, which also finds backends that are still there.
    """
    found = _read(data)
    if found is not None and exists(found.pid) and not is_server_of(found.pid, data):
        (data / "postmaster.pid").unlink(missing_ok=True)


def _read(data: Path) -> Postmaster | None:
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    if not lines or not lines[0].strip().isdigit():
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].strip().isdigit() else 0
    return Postmaster(pid=int(lines[0]), port=port, status=lines[7].strip() if len(lines) > 7 else "starting")


def exists(pid: int) -> bool:
    """Tell whether there is a process of this number, whoever it belongs to."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_server_of(pid: int, data: Path) -> bool:
    """Tell whether a process is a PostgreSQL of this data folder: it has made that its working folder."""
    if not PROC.joinpath("self").exists():
        return _is_postgres(pid)
    try:
        # a zombie has no working folder any more
        return PROC.joinpath(str(pid), "cwd").samefile(data)
    except OSError:
        return False


def _is_postgres(pid: int) -> bool:
    done = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "postgres" in done.stdout


def orphans(data: Path) -> Iterator[int]:
    """Yield backends that have outlived their postmaster, where the operating system lets us look."""
    if running(data) is not None or not PROC.joinpath("self").exists():
        return
    for folder in PROC.iterdir():
        if folder.name.isdigit() and is_server_of(int(folder.name), data):
            yield int(folder.name)


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is gone already is fine."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def reap(pid: int) -> bool:
    """Take note of the end of a child, so that no zombie stays; return whether it is gone."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def dying_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Return what a child has to call so that it gets a signal when its parent dies; None where there is no such thing.

    Linux ties this to the *thread* that forks, so children have to be started from one that lasts: the main thread.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)

    return ask
