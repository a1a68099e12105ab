"""What a handler is given beside its input, and what it may raise."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    from stateroom.programs.orders import Task
    from stateroom.programs.runs import Run


class Snooze(Exception):
    """Raised by a handler: run me again after a delay; uses up none of the retries."""

    def __init__(self, delay_seconds: float) -> None:
        """Say after how many seconds."""
        super().__init__(f"snoozed for {delay_seconds:g} s")
        self.delay_seconds = delay_seconds


class Fail(Exception):
    """Raised by a handler: this run has failed, and trying it again would not help."""


class Retry(Exception):
    """Raised by a handler: this attempt has failed; try again after this delay, if there are retries left."""

    def __init__(self, delay_seconds: float, message: str = "") -> None:
        """Say after how many seconds, and why."""
        super().__init__(message or f"to be tried again after {delay_seconds:g} s")
        self.delay_seconds = delay_seconds


class ContextSink(Protocol):
    """Where a worker takes what handlers say; called in the event loop's thread only."""

    def log(self, level: str, message: str, data: Mapping[str, object] | None) -> None:
        """Take a line for the run's log."""
        ...

    def progress(self, percent: float | None, message: str | None, data: Mapping[str, object] | None) -> None:
        """Take how far the run is."""
        ...

    @property
    def connection(self) -> "PoolConnectionProxy | None":
        """The transaction in which the run is completed, if its handler asked for one."""
        ...

    async def enqueue(self, task: "Task", payloads: Sequence[object], **options: Any) -> "list[Run]":
        """Enqueue runs that belong to this one."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler knows about the run that it executes; passed to a parameter named `ctx`.

    `run_id` stays the same over all attempts. `last_progress` is what the attempt before has reported last, as
    {"percent", "message", "data"}; None when there was none.
    """

    run_id: str
    attempt: int
    task: str
    last_progress: Mapping[str, Any] | None
    _sink: ContextSink = field(repr=False)
    _cancelled: asyncio.Event = field(repr=False)
    _loop: asyncio.AbstractEventLoop = field(repr=False)
    _thread: int = field(default_factory=threading.get_ident, repr=False)

    @property
    def key(self) -> str:
        """The same for all attempts of this run, and for no other: makes effects elsewhere idempotent."""
        return self.run_id

    @property
    def cancelled(self) -> bool:
        """Whether the run was cancelled, has timed out or is to be given back: long loops in threads should ask."""
        return self._cancelled.is_set()

    def log(self, message: str, *, level: str = "info", data: Mapping[str, object] | None = None) -> None:
        """Write a line to the run's log (debug, info, warn, error or fatal), from any thread."""
        if level not in {"debug", "info", "warn", "error", "fatal"}:
            raise ValueError(f"unknown level {level!r}: use debug, info, warn, error or fatal")
        self._in_loop(self._sink.log, level, message, data)

    def progress(
        self, percent: float | None = None, message: str | None = None, *, data: Mapping[str, object] | None = None
    ) -> None:
        """Say how far the run is (0 to 100), from any thread; `data` is for the next attempt, should there be one.

        It also says that the handler is alive, to which a heartbeat time-out listens.
        """
        if percent is not None and not 0 <= percent <= 100:
            raise ValueError(f"progress is a percentage from 0 to 100, not {percent}")
        self._in_loop(self._sink.progress, percent, message, data)

    @property
    def connection(self) -> "PoolConnectionProxy":
        """The transaction of a handler with `transaction=True`: what is written here commits with its completion.

        Raises:
            RuntimeError: the handler did not ask for one.
        """
        connection = self._sink.connection
        if connection is None:
            raise RuntimeError("there is no transaction: declare the handler with @app.task(transaction=True)")
        return connection

    async def enqueue(
        self,
        task: "Task",
        payload: object = None,
        *,
        priority: int | None = None,
        run_at: datetime | None = None,
        delay: float | None = None,
        key: str | None = None,
        unique: Mapping[str, object] | None = None,
    ) -> "Run":
        """Enqueue a run that belongs to this one: it stands in the same project, and cancelling reaches it.

        Its key is made of this run's and of `key`, or of the number of this call: an attempt that begins anew and asks
        in the same order gets the same runs. In a handler with `transaction=True` it commits with the completion.

        Raises:
            NotFound: nobody has registered the task.
            Conflict: this run is not ours any more.
        """
        options = {"priority": priority, "run_at": run_at, "delay": delay, "unique": unique}
        (run,) = await self._sink.enqueue(task, [payload], keys=key and [key], **options)
        return run

    def _in_loop(self, call: Callable[..., None], *arguments: object) -> None:
        if threading.get_ident() == self._thread:
            call(*arguments)
        else:
            self._loop.call_soon_threadsafe(call, *arguments)
