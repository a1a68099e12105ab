"""How far a reader of a run's lines has come; as a text it is the id of an event, with which reading resumes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self, TypeAlias
from uuid import UUID

Line: TypeAlias = tuple[int, int]
"""Attempt and number of the last line that was read."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START: Line = (0, 0)
LAST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Position:
    """All lines are read of what was final at `at`, and so far of these task runs; nothing of any other."""

    at: datetime
    lines: dict[UUID, Line]

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what __str__ wrote; None when it is something else."""
        at, *entries = text.split("_")
        try:
            lines = {UUID(run): (int(attempt), int(line)) for run, attempt, line in (e.split(".") for e in entries)}
            return cls(EPOCH + timedelta(microseconds=int(at)), lines)
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        """Write microseconds since 1970 and a triple for each task run."""
        entries = (f"{run.hex}.{attempt}.{line}" for run, (attempt, line) in self.lines.items())
        return "_".join((str((self.at - EPOCH) // timedelta(microseconds=1)), *entries))


class Reading:
    """The positions in all task runs of one run: those that are still read, and those whose lines are all read."""

    def __init__(self, resumed: Position | None) -> None:
        """Begin, or resume where an earlier reader stopped."""
        self._resumed = resumed
        self._open: dict[UUID, Line] = {}
        self._done: dict[UUID, tuple[Line, datetime]] = {}

    @property
    def open(self) -> dict[UUID, Line]:
        """The task runs that may have unread lines, and how far they are read."""
        return self._open

    def meet(self, run: UUID, attempt: int, finished_at: datetime | None) -> None:
        """Take note of a task run that has been claimed at least once."""
        if run in self._open or (run in self._done and finished_at == self._done[run][1]):
            return
        if run in self._done:
            self._open[run] = self._done.pop(run)[0]
        elif self._resumed and run in self._resumed.lines:
            self._open[run] = self._resumed.lines[run]
        elif self._resumed and finished_at is not None and finished_at <= self._resumed.at:
            self._done[run] = (attempt, LAST), finished_at
        else:
            self._open[run] = START

    def skip(self, run: UUID, line: Line, finished_at: datetime | None) -> None:
        """Leave out what a task run wrote up to a line."""
        if finished_at is None:
            self._open[run] = line
        else:
            self._done[run] = line, finished_at

    def read(self, run: UUID, line: Line) -> None:
        """Go on to a line."""
        self._open[run] = line

    def finish(self, run: UUID, finished_at: datetime) -> None:
        """Close a task run that is final and has no more lines."""
        self._done[run] = self._open.pop(run), finished_at

    def reopen(self, runs: Iterable[UUID]) -> list[UUID]:
        """Read these again from where they were left; return those that were never met."""
        found = set(runs)
        for run in found & self._done.keys():
            self._open[run] = self._done.pop(run)[0]
        return [run for run in found if run not in self._open]

    def position(self, at: datetime) -> Position:
        """Say how far all is read, for somebody who resumes later. `at` is when the last look began."""
        late = {run: line for run, (line, finished_at) in self._done.items() if finished_at > at}
        return Position(at, {**self._open, **late})
