"""A supervised process ends when its supervisor is gone, however that went: kill -9 leaves nothing behind."""

import ctypes
import os
import signal
import sys
import threading
import time
from typing import Final

SUPERVISOR_PID: Final = "STATEROOM_SUPERVISOR_PID"
"""Names the supervisor to its children; a process without it lives on its own."""

_PR_SET_PDEATHSIG: Final = 1
_POLL_SECONDS: Final = 0.5


def die_with_supervisor() -> None:
    """Ask the kernel, or a thread where the kernel cannot, to kill this process once its supervisor is gone.

    Call it first and from the main thread. It does nothing in a process that was not started by a supervisor.
    """
    named = os.environ.pop(SUPERVISOR_PID, "")
    if not named.isdecimal():
        return
    supervisor = int(named)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=watch, args=(supervisor,), daemon=True, name="supervisor-watch").start()
    if os.getppid() != supervisor:  # it went before we could ask
        os.kill(os.getpid(), signal.SIGKILL)


def watch(supervisor: int, *, poll_seconds: float = _POLL_SECONDS) -> None:
    """Kill this process as soon as its parent is no longer `supervisor`; never returns before that."""
    while os.getppid() == supervisor:
        time.sleep(poll_seconds)
    os.kill(os.getpid(), signal.SIGKILL)
