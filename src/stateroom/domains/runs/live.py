"""What happens to a run, as it happens: a snapshot, then only changes, at last the end.

look ── run ── steps that may have changed ── new lines ── events ── wait 0.25 … 1 s ── look …
(one short transaction; between two looks no connection is held)
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from uuid import UUID

from asyncpg.pool import PoolConnectionProxy

from stateroom.domains.runs import queries
from stateroom.domains.runs.graph import Graph
from stateroom.domains.runs.position import START, Line, Position, Reading
from stateroom.domains.runs.schema import Event, Layer, LogLine, Logs, Progress, Run, Step
from stateroom.domains.runs.service import FINAL, Loaded, load_layers, load_run, load_summary, log_line, steps_of
from stateroom.errors import DatabaseUnavailable, NotReady

Begin: TypeAlias = Callable[[], AbstractAsyncContextManager[PoolConnectionProxy]]

FASTEST: Final = 0.25
SLOWEST: Final = 1.0
SHARE: Final = 9
"""A look may take at most one part in so many of the time, however large the run is."""
KEEP_ALIVE: Final = 15.0
CHUNK: Final = 50
LINES: Final = 200
LATE: Final = timedelta(seconds=5)
"""Commits may become visible this much later than the time that stands in them."""


class Streams:
    """All streams of one server: how many there are, and whether the server is going."""

    def __init__(self, most: int = 200) -> None:
        """Allow at most so many at once."""
        self.stopping = asyncio.Event()
        self._most = most
        self._now = 0

    def require_room(self) -> None:
        """Raise NotReady when there are too many already."""
        if self._now >= self._most:
            raise NotReady(f"{self._now} runs are being followed already", hint="Close some pages, or try again later.")

    @contextmanager
    def entered(self) -> Generator[None]:
        """Count one more for as long as it lasts."""
        self._now += 1
        try:
            yield
        finally:
            self._now -= 1


class Watch:
    """One reader of one run: knows what the reader has been told, and looks for what is new."""

    def __init__(self, run: UUID, *, steps: int, logs: Logs, resumed: Position | None) -> None:
        """Watch at most so many steps of a run; with logs `none` no lines are read."""
        self._id = run
        self._limit = steps
        self._logs: Logs = logs
        self._reading = Reading(resumed)
        self._resumed = resumed is not None
        self._graph = Graph({}, {}, {})
        self._at = datetime.now(UTC)
        self._run: Run | None = None
        self._steps: dict[str, Step] = {}
        self._layers: list[Layer] = []
        self._whole = True
        self.behind = False
        """There are more lines than one look reads."""

    @property
    def ended(self) -> bool:
        """The run is final, and all has been told."""
        return self._run is not None and self._run["state"] in FINAL and not self.behind

    def end(self) -> list[Event]:
        """Say goodbye."""
        return [] if self._run is None else [{"event": "end", "id": "", "data": self._run}]

    async def open(self, connection: PoolConnectionProxy) -> list[Event]:
        """Read the whole run. Raises NotFound."""
        loaded = await load_run(connection, self._id, steps=self._limit)
        self._remember(loaded)
        if self._logs == "new" and not self._resumed:
            await self._skip_old_lines(connection)
        lines = await self._read_lines(connection)
        return [{"event": "snapshot", "id": "" if lines else self._position(), "data": loaded.detail}, *lines]

    async def look(self, connection: PoolConnectionProxy) -> list[Event]:
        """Read what may have changed, and return what did."""
        if self._run is None:
            return await self.open(connection)
        since = self._at - LATE
        run, self._at = await load_summary(connection, self._id)
        if _went_back(self._run["progress"], run["progress"]):
            # Somebody has retried it: what was final is not any more.
            return await self.open(connection)
        events: list[Event] = []
        steps = await self._changed_steps(connection, since)
        if steps:
            events.append({"event": "steps", "id": "", "data": steps})
        if not self._whole:
            layers = await load_layers(connection, self._id, self._graph)
            if layers != self._layers:
                self._layers = layers
                events.append({"event": "layers", "id": "", "data": layers})
        events += await self._read_lines(connection)
        if run != self._run:
            self._run = run
            events.append({"event": "run", "id": "", "data": run})
        return events

    def _remember(self, loaded: Loaded) -> None:
        detail = loaded.detail
        self._run, self._graph, self._at = loaded.run, loaded.graph, loaded.at
        self._steps = {step["id"]: step for step in detail["steps"]}
        self._layers = detail["layers"]
        self._whole = detail["steps_total"] == len(detail["steps"])
        self._meet(detail["steps"])

    async def _changed_steps(self, connection: PoolConnectionProxy, since: datetime) -> list[Step]:
        tracked = [UUID(step["id"]) for step in self._steps.values() if step["state"] not in FINAL]
        if self._whole:
            rows = await connection.fetch(queries.KNOWN_STEPS, tracked)
        else:
            if self._logs != "none":
                writers = await connection.fetch(queries.RECENT_WRITERS, self._id, since)
                tracked += self._reading.reopen(row["task_run_id"] for row in writers)
            rows = await connection.fetch(queries.CHANGED_STEPS, self._id, tracked, since, len(tracked) + self._limit)
        steps = [step for step in steps_of(rows, self._graph) if step != self._steps.get(step["id"])]
        self._steps |= {step["id"]: step for step in steps}
        self._meet(steps)
        return steps

    def _meet(self, steps: list[Step]) -> None:
        if self._logs == "none":
            return
        for step in steps:
            if step["attempt"] > 0:
                self._reading.meet(UUID(step["id"]), step["attempt"], _finished(step))

    async def _skip_old_lines(self, connection: PoolConnectionProxy) -> None:
        rows = await connection.fetch(queries.LOG_ENDS, self._id, list(self._reading.open))
        ends: dict[UUID, Line] = {row["task_run_id"]: (row["attempt"], row["line_no"]) for row in rows}
        for run in list(self._reading.open):
            self._reading.skip(run, ends.get(run, START), _finished(self._steps[str(run)]))

    async def _read_lines(self, connection: PoolConnectionProxy) -> list[Event]:
        """Read at most so many new lines of each task run, and close those that are final and have no more."""
        found: list[LogLine] = []
        self.behind = False
        waiting = list(self._reading.open.items())
        for start in range(0, len(waiting), CHUNK):
            chunk = waiting[start : start + CHUNK]
            runs, lines = zip(*chunk, strict=True)
            attempts, numbers = zip(*lines, strict=True)
            rows = await connection.fetch(queries.NEW_LOGS, self._id, runs, attempts, numbers, LINES)
            counts = dict.fromkeys(runs, 0)
            for row in rows:
                run: UUID = row["task_run_id"]
                counts[run] += 1
                self._reading.read(run, (row["attempt"], row["line_no"]))
                step = self._steps[str(run)]
                line = log_line(row)
                line["step_key"], line["map_index"] = step["step_key"], step["map_index"]
                found.append(line)
            for run, count in counts.items():
                finished_at = _finished(self._steps[str(run)])
                if count == LINES:
                    self.behind = True
                elif finished_at is not None:
                    self._reading.finish(run, finished_at)
        return [{"event": "logs", "id": self._position(), "data": found}] if found else []

    def _position(self) -> str:
        return "" if self._logs == "none" else str(self._reading.position(self._at))


async def follow(
    watch: Watch, begin: Begin, opened: list[Event], stopping: asyncio.Event
) -> AsyncGenerator[Event | None]:
    """Yield the events of an opened watch until the run has ended or the server stops; None means: still here."""
    for event in opened:
        yield event
    interval, said = FASTEST, time.monotonic()
    while not watch.ended:
        took = 0.0
        began = time.monotonic()
        try:
            if not watch.behind and await _stopped(stopping, interval):
                return
            began = time.monotonic()
            async with begin() as connection:
                events = await watch.look(connection)
            took = time.monotonic() - began
        except DatabaseUnavailable:
            # A restart of the server is not the end of the run.
            events, took = [], SLOWEST
        for event in events:
            yield event
        if events:
            said = time.monotonic()
        elif time.monotonic() - said > KEEP_ALIVE:
            yield None
            said = time.monotonic()
        interval = max(FASTEST if events else min(interval * 1.5, SLOWEST), took * SHARE)
    for event in watch.end():
        yield event


async def _stopped(stopping: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await stopping.wait()
    except TimeoutError:
        return False


def _went_back(before: Progress, after: Progress) -> bool:
    return any(
        then > now
        for then, now in (
            (before["succeeded"], after["succeeded"]),
            (before["failed"], after["failed"]),
            (before["cancelled"], after["cancelled"]),
            (before["skipped"], after["skipped"]),
        )
    )


def _finished(step: Step) -> datetime | None:
    return None if step["finished_at"] is None else datetime.fromisoformat(step["finished_at"])
