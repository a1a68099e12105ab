"""A run that was enqueued, and waiting for what comes of it: one question for all that are waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, Protocol
from uuid import UUID

from stateroom.errors import DatabaseUnavailable, NotFound, RunCancelled, RunFailed, RunSkipped, RunTimedOut
from stateroom.payloads import Decode
from stateroom.programs.orders import Arguments

FIRST_SECONDS: Final = 0.005
LONGEST_SECONDS: Final = 0.5
GROWTH: Final = 1.5
RESULTS: Final = """
select run_id, state, result, error_type, error_message
from stateroom.results(cast(cast($1 as text[]) as uuid[]))"""
CANCEL: Final = "select stateroom.cancel_run(cast(cast($1 as text) as uuid))"

Fetch = Callable[[str, Arguments], Awaitable[Sequence[Sequence[Any]]]]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run has ended."""

    state: str
    result: Any
    error_type: str | None
    error_message: str | None


class Waits(Protocol):
    """Whoever can ask the database, and wait."""

    async def fetch(self, statement: str, arguments: Arguments, /) -> Sequence[Sequence[Any]]:
        """Return a statement's rows."""
        ...

    async def waiter(self) -> "Waiter":
        """Return what waits in this event loop."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """One run; `created` is False when the key, or equal dimensions, had one already."""

    id: UUID
    created: bool
    _door: "Waits" = field(repr=False, compare=False)
    _decode: Decode | None = field(default=None, repr=False, compare=False)

    async def result(self, *, timeout: float | None = None) -> Any:  # noqa: ASYNC109 (what a caller expects to give)
        """Wait until the run has ended, and return its result, as the handler's annotation says.

        What was enqueued in a transaction of yours has to be committed first.

        Args:
            timeout: seconds to wait at most; the run goes on after that.

        Raises:
            TimeoutError: it has not ended in time.
            RunFailed: it has failed for good; RunTimedOut is a kind of it.
            RunCancelled: somebody has cancelled it.
            RunSkipped: its condition did not hold.
            NotFound: there is no such run, or its transaction has not committed.
        """
        async with asyncio.timeout(timeout):
            waiter = await self._door.waiter()
            ended = await waiter.wait(self.id)
        if ended.state != "succeeded":
            _refuse(self.id, ended)
        return ended.result if self._decode is None else self._decode(ended.result)

    async def cancel(self) -> str:
        """Cancel it: "cancelled", or "cancelling" when a worker has to be told first. Conflict: it has ended."""
        return str((await self._door.fetch(CANCEL, (str(self.id),)))[0][0])


def _refuse(run: UUID, ended: Ended) -> NoReturn:
    why = ": ".join(each for each in (ended.error_type, ended.error_message) if each)
    said = f"run {run} {ended.state.replace('_', ' ')}{why and ': '}{why}"
    match ended.state:
        case "cancelled":
            raise RunCancelled(said)
        case "skipped":
            raise RunSkipped(said)
        case "timed_out":
            raise RunTimedOut(said, error_type=ended.error_type, error_message=ended.error_message)
        case _:
            raise RunFailed(said, error_type=ended.error_type, error_message=ended.error_message)


@dataclass(slots=True)
class _Wanted:
    """A run for which so many wait."""

    future: "asyncio.Future[Ended]"
    waiting: int = 0


class Waiter:
    """Asks for all runs that somebody waits for, soon at first and then less often, and only while somebody does."""

    def __init__(self, fetch: Fetch) -> None:
        """Ask with this; for one event loop."""
        self.fetch = fetch
        self._wanted: dict[UUID, _Wanted] = {}
        self._asking: asyncio.Task[None] | None = None
        self._new = asyncio.Event()

    async def wait(self, run: UUID) -> Ended:
        """Return how a run has ended. Raises NotFound."""
        if run not in self._wanted:
            self._wanted[run] = _Wanted(asyncio.get_running_loop().create_future())
            self._new.set()
        wanted = self._wanted[run]
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        wanted.waiting += 1
        try:
            return await asyncio.shield(wanted.future)
        finally:
            wanted.waiting -= 1
            if not wanted.waiting and self._wanted.get(run) is wanted:
                del self._wanted[run]

    def close(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _ask(self) -> None:
        seconds = FIRST_SECONDS
        while self._wanted:
            self._new.clear()
            try:
                await self._look(list(self._wanted))
            except DatabaseUnavailable:
                seconds = LONGEST_SECONDS  # those who wait have said how long
            except Exception as error:  # noqa: BLE001 (handed to those who wait)
                for run in list(self._wanted):
                    self._end(run, error)
            try:
                async with asyncio.timeout(seconds):
                    await self._new.wait()
                seconds = FIRST_SECONDS
            except TimeoutError:
                seconds = min(seconds * GROWTH, LONGEST_SECONDS)

    async def _look(self, asked: Sequence[UUID]) -> None:
        known: set[UUID] = set()
        for run, state, result, error_type, error_message in await self.fetch(RESULTS, ([str(run) for run in asked],)):
            known.add(run)
            if state is not None:
                self._end(run, Ended(state, result, error_type, error_message))
        for run in asked:
            if run not in known:
                hint = "What was enqueued in a transaction is there when that has committed."
                self._end(run, NotFound(f"run {run} does not exist", hint=hint))

    def _end(self, run: UUID, how: Ended | Exception) -> None:
        wanted = self._wanted.pop(run, None)
        if wanted is None or wanted.future.done():
            return
        if isinstance(how, Exception):
            wanted.future.set_exception(how)
        else:
            wanted.future.set_result(how)
