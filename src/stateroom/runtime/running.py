"""A run between its claim and its ending: what it says, and what makes it stop."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from stateroom.engine.types import Claim, LogLine, Report
from stateroom.handlers import Stateroom
from stateroom.programs.drivers import fetch
from stateroom.programs.orders import ENQUEUE_CHILDREN, Order, Task
from stateroom.programs.runs import Run
from stateroom.runtime.completer import Completer
from stateroom.runtime.output import clean

Stop = Literal["cancelled", "lost", "released"]


@dataclass(slots=True, eq=False)
class Running:
    """A claimed run while it is executed; its output and progress pass through here. Is the RunIO of commands."""

    claim: Claim
    completer: Completer
    app: Stateroom
    stop: Stop | None = None
    late: str | None = None
    lines: int = 0
    reported: bool = False
    children: int = 0
    connection: PoolConnectionProxy | None = None
    _waits: bool = False
    _limits: tuple[float, float | None] | None = None
    _cancelled: asyncio.Event | None = None
    _call: "asyncio.Task[Any] | None" = None
    _timer: asyncio.TimerHandle | None = None
    _silence: asyncio.TimerHandle | None = None

    @property
    def cancelled(self) -> asyncio.Event:
        """Set when it has to stop; made when somebody asks, since most runs end before."""
        if self._cancelled is None:
            self._cancelled = asyncio.Event()
            if self.stop is not None:
                self._cancelled.set()
        return self._cancelled

    def end(self, why: Stop) -> None:
        """Tell it to stop; the first reason stays, but a lost lease is stronger than all others."""
        if self.stop is None or why == "lost":
            self.stop = why
        self._end()

    def waits(self) -> None:
        """Hear that it waits: from now on its time is limited."""
        self._waits = True
        if self._limits is not None and self._timer is None:
            seconds, _ = self._limits
            said = f"The handler took longer than {seconds:g} s."
            self._timer = asyncio.get_running_loop().call_later(seconds, self._expire, said)
            self._heard()

    def calls(self, seconds: float, silence: float | None) -> None:
        """Call a handler in this task, which is cancelled when the run has to stop, is late, or silent for too long."""
        self._call, self._limits = asyncio.current_task(), (seconds, silence)
        if self._waits:
            self.waits()

    def called(self) -> None:
        """Have called it: the task is not this run's any more."""
        self._call = None
        for timer in (self._timer, self._silence):
            if timer is not None:
                timer.cancel()

    def _heard(self) -> None:
        """Measure the handler's silence from now on."""
        if self._silence is not None:
            self._silence.cancel()
        if self._timer is not None and self._limits is not None and (seconds := self._limits[1]) is not None:
            said = f"The handler did not report progress for {seconds:g} s."
            self._silence = asyncio.get_running_loop().call_later(seconds, self._expire, said)

    def _expire(self, said: str) -> None:
        self.late = said
        self._end()

    def _end(self) -> None:
        if self._cancelled is not None:
            self._cancelled.set()
        if self._call is not None:
            self._call.cancel()

    def line(self, stream: str, part_no: int | None, text: str, level: str = "info") -> None:
        """Take a line of output."""
        self.lines += 1
        self.reported = True
        run, token = self.claim.run, self.claim.token
        at = datetime.now(UTC)
        self.completer.line(LogLine(run, token, part_no, self.lines, stream, level, at, text))
        self.completer.report(Report(run, token, None, None, text))

    def parts(self, parts: Sequence[Mapping[str, Any]]) -> None:
        """Take the state of all parts."""
        self.completer.report(Report(self.claim.run, self.claim.token, None, json.dumps(parts), None))

    def log(self, level: str, message: str, data: Mapping[str, object] | None) -> None:
        """Take a line that a handler logs."""
        said = message if not data else f"{message} {json.dumps(data, default=str)}"
        for line in clean(said).splitlines() or [""]:
            self.line("system", None, line, level)

    def progress(self, percent: float | None, message: str | None, data: Mapping[str, object] | None) -> None:
        """Take how far a handler is."""
        self.reported = True
        self._heard()
        message = None if message is None else clean(message)
        said = json.dumps({"percent": percent, "message": message, **({} if data is None else {"data": data})})
        self.completer.report(Report(self.claim.run, self.claim.token, said, None, message))

    async def enqueue(
        self, task: Task, payloads: Sequence[object], *, keys: Sequence[str] | None = None, **options: Any
    ) -> list[Run]:
        """Enqueue runs for a handler; what it names no key gets the number of its question."""
        name, inputs = self.app.inputs(task, payloads)
        self.children += 1
        if options.get("unique") is None:
            made = keys or [f"{self.children}.{no}" for no in range(len(inputs))]
            keys = [f"child:{self.claim.run}:{each}" for each in made]
        order = Order(task=name, inputs=inputs, keys=keys, **options)
        arguments = (*order.arguments(), str(self.claim.run), str(self.claim.token))
        return self.app.runs(task, await fetch(self.connection or self.completer.db, ENQUEUE_CHILDREN, arguments))


def held(running: Mapping[UUID, Running]) -> list[tuple[UUID, int]]:
    """Return runs and tokens, as heartbeats name them."""
    return [(each.claim.run, each.claim.token) for each in running.values()]
