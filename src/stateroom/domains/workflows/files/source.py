"""The text of a file and the places in it."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass

# YAML's own line breaks, so that lines are counted as the parser counts them.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file: line and column for people (from 1), offset for slicing (from 0)."""

    line: int
    column: int
    offset: int


class Source:
    """The text of one file."""

    def __init__(self, file: str, text: str) -> None:
        """Index the starts of the lines."""
        self.file = file
        self.text = text
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def mark(self, offset: int) -> Mark:
        """Return the place of a character."""
        at = max(0, min(offset, len(self.text)))
        line = bisect.bisect_right(self._starts, at)
        return Mark(line, at - self._starts[line - 1] + 1, at)

    def line(self, number: int) -> str:
        """Return one line without its break, '' if there is none of that number."""
        if not 1 <= number <= len(self._starts):
            return ""
        return _BREAK.split(self.text[self._starts[number - 1] :], maxsplit=1)[0]
