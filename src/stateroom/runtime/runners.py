"""Executes runs one after the other in one asyncio task, for as long as none of them waits.

A task for each run costs more than a small handler itself. So a runner takes run after run from the queue; as soon as
one waits for something, the runner is that run's task, and another takes the next from the queue. What a handler sees
is the same in both cases: a real task, and context variables of its own.
"""

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, Protocol, TypeVar, cast

SLICE_SECONDS: Final = 0.005
"""How long runs that never wait may keep the event loop from everything else, by the dozen."""


class Waiting(Protocol):
    """What wants to know that it waits."""

    def waits(self) -> None:
        """Hear that the first wait has begun."""
        ...


_Run = TypeVar("_Run", bound=Waiting)


class Runners(Generic[_Run]):
    """A queue of runs and the tasks that execute them."""

    def __init__(self, execute: Callable[[_Run], Awaitable[None]]) -> None:
        """Execute with this, which raises nothing but its task's cancellation."""
        self._execute = execute
        self._queue: deque[_Run] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._active: asyncio.Task[None] | None = None
        self._now: _Run | None = None
        self._looking = False

    @property
    def tasks(self) -> frozenset[asyncio.Task[None]]:
        """The tasks that execute something, or are about to."""
        return frozenset(self._tasks)

    def add(self, run: _Run) -> None:
        """Execute it after those that were added before; at once, as far as it takes no time."""
        self._queue.append(run)
        if not self._looking:
            self._looking = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        """Let go of a runner that waits or has ended, and begin another while there is something to do.

        It is called directly after each first step of a runner, since the loop calls in the order of its queue.
        """
        loop = asyncio.get_running_loop()
        if self._active is not None and self._now is not None:
            self._now.waits()
        self._active = self._now = None
        self._looking = bool(self._queue)
        if self._looking:
            self._active = loop.create_task(self._serve())
            self._tasks.add(self._active)
            self._active.add_done_callback(self._tasks.discard)
            loop.call_soon(self._look)

    async def _serve(self) -> None:
        task = cast("asyncio.Task[None]", asyncio.current_task())
        clean = contextvars.copy_context()
        until = time.monotonic() + SLICE_SECONDS
        while self._queue:
            self._now = run = self._queue.popleft()
            await self._execute(run)
            if self._active is not task:
                return  # it waited, and another has taken over
            self._now = None
            # the next run must not find what this one has left behind
            if task.cancelling() or contextvars.copy_context() != clean or time.monotonic() > until:
                return
