"""Writes down what runs say and how they end, in batches: never one round trip for one run."""

import asyncio
import contextlib
import sys
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

import asyncpg

from stateroom.engine import calls
from stateroom.engine.types import Failure, LogLine, Report
from stateroom.runtime.patience import patiently

LINGER_SECONDS: Final = 0.002
"""How long the first ending of a batch waits for others."""

REPORT_SECONDS: Final = 0.1
"""How long output and progress wait for more, unless their run ends."""

BATCH: Final = 1000
"""Endings in one statement; also so many pending ones are written without waiting for more."""

LOG_BATCH: Final = 5000
_T = TypeVar("_T")


class Done(NamedTuple):
    """A run that ended well; result and details are JSON text."""

    run: UUID
    token: int
    result: str | None
    details: str | None


class Returned(NamedTuple):
    """A run that is given back; with a reason it is released, without one it was snoozed."""

    run: UUID
    token: int
    delay: float
    reason: str | None


@dataclass(slots=True)
class _Pending:
    """What waits to be written."""

    lines: list[LogLine] = field(default_factory=list[LogLine])
    reports: dict[UUID, Report] = field(default_factory=dict[UUID, Report])
    done: list[Done] = field(default_factory=list[Done])
    failed: list[Failure] = field(default_factory=list[Failure])
    returned: list[Returned] = field(default_factory=list[Returned])

    @property
    def endings(self) -> int:
        return len(self.done) + len(self.failed) + len(self.returned)

    def __bool__(self) -> bool:
        return bool(self.endings or self.lines or self.reports)


class Completer:
    """Takes what happens without waiting; one task of the worker writes it.

    Within a batch logs come first, then endings, since an ending takes away the lease that fences the logs. When the
    server is away, everything is kept and tried again until it is back: a write that went through although its answer
    was lost is refused the second time, which is then right.
    """

    def __init__(self, db: calls.Executor, written: Callable[[], None]) -> None:
        """Write with these connections, and say when something has been written."""
        self.db = db
        self._written = written
        self._pending = _Pending()
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._unwritten: set[UUID] = set()
        self._flushed: list[asyncio.Event] = []
        self.session: UUID | None = None

    @property
    def unwritten(self) -> AbstractSet[UUID]:
        """Runs that have ended here, and of which the database may not know it yet."""
        return self._unwritten

    def line(self, line: LogLine) -> None:
        """Take a line of output."""
        self._pending.lines.append(line)
        self._touch(urgent=len(self._pending.lines) >= LOG_BATCH)

    def report(self, report: Report) -> None:
        """Take how far a run is; what an earlier, unwritten report said and this one does not, stays."""
        earlier = self._pending.reports.get(report.run)
        if earlier is not None:
            report = Report(
                run=report.run,
                token=report.token,
                progress=report.progress if report.progress is not None else earlier.progress,
                parts=report.parts if report.parts is not None else earlier.parts,
                last_line=report.last_line if report.last_line is not None else earlier.last_line,
            )
        self._pending.reports[report.run] = report
        self._touch(urgent=False)

    def done(self, done: Done) -> None:
        """Take a run that ended well."""
        self._pending.reports.pop(done.run, None)
        self._pending.done.append(done)
        self._ended(done.run)

    def failed(self, failure: Failure) -> None:
        """Take an attempt that failed; what it has reported is for the next one."""
        self._pending.failed.append(failure)
        self._ended(failure.run)

    def returned(self, returned: Returned) -> None:
        """Take a run that is given back."""
        self._pending.returned.append(returned)
        self._ended(returned.run)

    async def drain(self) -> None:
        """Wait until everything taken so far is written."""
        await self._idle.wait()

    async def flush(self) -> None:
        """Wait until what was taken so far is written, whatever comes meanwhile."""
        written = asyncio.Event()
        self._flushed.append(written)
        self._touch(urgent=True)
        await written.wait()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._wake.wait()
            if not self._urgent.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(REPORT_SECONDS):
                        await self._urgent.wait()
            if self._pending.endings < BATCH:
                await asyncio.sleep(LINGER_SECONDS)
            batch, self._pending = self._pending, _Pending()
            flushed, self._flushed = self._flushed, []
            self._wake.clear()
            self._urgent.clear()
            await self._write(batch)
            self._written()
            for each in flushed:
                each.set()
            if not self._pending:
                self._idle.set()

    def _ended(self, run: UUID) -> None:
        self._unwritten.add(run)
        self._touch(urgent=True)

    def _touch(self, *, urgent: bool) -> None:
        self._idle.clear()
        self._wake.set()
        if urgent:
            self._urgent.set()

    async def _write(self, batch: _Pending) -> None:
        await self._each(batch.lines, lambda lines: calls.log(self.db, lines), LOG_BATCH)
        await self._each(list(batch.reports.values()), lambda reports: calls.progress(self.db, reports))
        await self._each(batch.done, self._complete)
        await self._each(batch.failed, self._fail)
        await self._each(batch.returned, self._give_back)
        later = self._pending
        self._unwritten = {each.run for ended in (later.done, later.failed, later.returned) for each in ended}

    async def _complete(self, batch: Sequence[Done]) -> None:
        runs, tokens, results, details = zip(*batch, strict=True)
        # most say nothing about themselves, and nothing costs least
        await calls.complete(self.db, self.session_id, runs, tokens, results, details if any(details) else ())

    async def _fail(self, batch: Sequence[Failure]) -> None:
        await calls.fail(self.db, self.session_id, batch)

    async def _give_back(self, batch: Sequence[Returned]) -> None:
        snoozed = [each for each in batch if each.reason is None]
        if snoozed:
            held = [(each.run, each.token) for each in snoozed]
            await calls.snooze(self.db, held, [each.delay for each in snoozed])
        for each in batch:
            if each.reason is not None:
                await calls.release(self.db, [(each.run, each.token)], each.reason, delay=each.delay)

    @property
    def session_id(self) -> UUID:
        """The worker's session."""
        assert self.session is not None  # noqa: S101 (the worker opens its session before it claims)
        return self.session

    async def _each(
        self, items: Sequence[_T], write: Callable[[Sequence[_T]], Awaitable[object]], size: int = BATCH
    ) -> None:
        """Write items in batches; one that the server refuses for what it holds does not take the others along."""
        for start in range(0, len(items), size):
            batch = items[start : start + size]
            try:
                await patiently(lambda batch=batch: write(batch))
            except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                if len(batch) > 1:
                    await self._each(batch, write, (len(batch) + 1) // 2)
                else:
                    self._refuse(batch[0], error)

    def _refuse(self, item: object, error: Exception) -> None:
        """Fail a run whose result the database cannot hold; other things that it cannot hold are only said."""
        print(f"stateroom worker: PostgreSQL refused {type(item).__name__}: {error}", file=sys.stderr)  # noqa: T201 (a worker's log is its stderr)
        if isinstance(item, Done):
            said = '{"type": "InvalidResult", "retry": false, "message": "the result could not be stored"}'
            self.failed(Failure(item.run, item.token, said))
        elif isinstance(item, Failure) and "could not be stored" not in item.error:
            said = '{"type": "InvalidError", "message": "the error could not be stored"}'
            self.failed(Failure(item.run, item.token, said))
