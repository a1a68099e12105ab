"""Threads for plain handlers: as many as are needed, and none keeps the process alive when it is told to end."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Threads(Executor):
    """Starts a thread whenever none is idle; how many run at once is the caller's affair.

    The standard library's pool waits for its threads when Python exits: a handler that never returns would keep a
    worker from ending. It also has a fixed size, which handlers that go on after their time-out would use up.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._idle = Semaphore(0)
        self._started = 0

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Call a function in a thread."""
        future: Future[_T] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 (handed to whoever waits)
                future.set_exception(error)
            else:
                future.set_result(result)

        self._work.put(call)
        if not self._idle.acquire(blocking=False):
            self._started += 1
            Thread(target=self._serve, name=f"stateroom-handler-{self._started}", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002 (as declared by Executor)
        """Let idle threads end now and busy ones when they are done; waits for none."""
        for _ in range(self._started):
            self._work.put(None)

    def _serve(self) -> None:
        while (call := self._work.get()) is not None:
            call()
            self._idle.release()
