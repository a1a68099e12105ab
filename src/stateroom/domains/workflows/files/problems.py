"""What is wrong with a file, or not done as it says: one problem for one mistake, with its place."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stateroom.domains.workflows.files.source import Mark

# Looking for near words costs time for each; a file may have thousands of steps, and as many typing mistakes.
MAX_GUESSES: Final = 200

Kind: TypeAlias = Literal["error", "unsupported", "not_applied", "note"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    An `error` is a mistake, `unsupported` is right but not done here; both keep the file from running. `not_applied`
    is accepted and has no effect, a `note` is worth knowing.
    """

    kind: Kind
    message: str
    file: str
    line: int
    column: int


class Report:
    """Collects the problems of one file."""

    def __init__(self, file: str) -> None:
        """Start without any."""
        self._file = file
        self._problems: dict[Problem, None] = {}
        self._said: set[str] = set()
        self.unsupported_seen = 0

    def add(self, kind: Kind, at: Mark, message: str) -> None:
        """Record a problem; the same one twice (an anchor read through two aliases) is listed once."""
        self.unsupported_seen += kind == "unsupported"
        self._problems[Problem(kind, message, self._file, at.line, at.column)] = None

    def error(self, at: Mark, message: str) -> None:
        """Record a mistake."""
        self.add("error", at, message)

    def unsupported(self, at: Mark, message: str) -> None:
        """Record something that is right, but not done here."""
        self.add("unsupported", at, message)

    def not_applied(self, subject: str, at: Mark, message: str) -> None:
        """Record that something is accepted without effect, once for each subject."""
        if subject not in self._said:
            self._said.add(subject)
            self.add("not_applied", at, f"`{subject}` {message}")

    def note(self, at: Mark, message: str) -> None:
        """Record something worth knowing."""
        self.add("note", at, message)

    def has(self, *kinds: Kind) -> bool:
        """Tell whether there is a problem of one of these kinds."""
        return any(problem.kind in kinds for problem in self._problems)

    def sorted(self) -> tuple[Problem, ...]:
        """Return the problems in the order of the file."""
        return tuple(sorted(self._problems, key=lambda problem: (problem.line, problem.column)))


def names(words: Iterable[str]) -> str:
    """Write names for a message: `a`, `b` and `c`."""
    quoted = [f"`{word}`" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}" if quoted else "nothing"


def meant(word: str, allowed: Iterable[str]) -> str:
    """Return '; did you mean `x`?' if one of the allowed words is near, else ''."""
    by_fold = {each.lower(): each for each in islice(allowed, MAX_GUESSES)}
    near = difflib.get_close_matches(word.lower(), by_fold, n=1, cutoff=0.6)
    return f"; did you mean `{by_fold[near[0]]}`?" if near else ""
