"""Typed reading of nodes: each method returns the value, or None after recording what is wrong and what is allowed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.nodes import ListNode, MapNode, Node, ScalarNode, described
from stateroom.domains.workflows.files.problems import Report, meant, names
from stateroom.domains.workflows.files.values import FOREIGN_SHELLS, ID_RULE, MAX_SECONDS, SHELLS, duration, is_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stateroom.domains.workflows.files.source import Source

MAX_TITLE: Final = 255
MAX_COMMAND: Final = 100_000
MAX_DIRECTORY: Final = 4096


class Reader:
    """Reads nodes of one file and reports into one report; `what` names the place in messages."""

    def __init__(self, source: Source, report: Report) -> None:
        """Read from `source`, report into `report`."""
        self.source = source
        self.report = report

    def mapping(self, node: Node, what: str) -> MapNode | None:
        """Read a mapping."""
        return node if isinstance(node, MapNode) else self._wrong(node, what, "a mapping")

    def items(self, node: Node, what: str) -> tuple[Node, ...]:
        """Read a list with at least one item; () if it is none."""
        if not isinstance(node, ListNode):
            self._wrong(node, what, "a list")
            return ()
        if not node.items:
            self.report.error(node.mark, f"{what} is an empty list; give at least one item")
        return node.items

    def keys(self, node: MapNode, owner: str, allowed: Iterable[str]) -> None:
        """Report keys that are not allowed, with the nearest allowed one, or with all of them."""
        known = tuple(allowed)
        for key, _ in node.entries:
            if key.text not in known:
                near = meant(key.text, known) or f"; allowed are {names(known)}"
                self.report.error(key.mark, f"`{key.text}` is not a key of {owner}{near}")

    def one_of(self, node: MapNode, owner: str, pair: tuple[str, str]) -> bool:
        """Require exactly one of two keys; if none is there, one that looks like a misspelling is what is reported."""
        count = sum(node.get(key) is not None for key in pair)
        keys = [key for key, _ in node.entries] if count == 0 else []
        if misspelled := next((key for key in keys if meant(key.text, pair)), None):
            message = f"`{misspelled.text}` is not a key of {owner}{meant(misspelled.text, pair)}"
            self.report.error(misspelled.mark, message)
        elif count != 1:
            said = "both" if count else "neither"
            joint = "and" if count else "nor"
            message = f"{owner} has {said} `{pair[0]}` {joint} `{pair[1]}`; it has to have one of them"
            self.report.error(node.mark, message)
        return count == 1

    def text(self, node: Node, what: str, *, longest: int | None = None, empty: bool = False) -> str | None:
        """Read a text; numbers and booleans are taken as they are written."""
        if not isinstance(node, ScalarNode) or (node.value is None and not empty):
            return self._wrong(node, what, "a text")
        if not node.text.strip() and not empty:
            return self._wrong(node, what, "a text that is not empty")
        if longest is not None and len(node.text) > longest:
            self.report.error(node.mark, f"{what} has {len(node.text):,} characters; at most {longest:,} are allowed")
            return None
        return node.text

    def boolean(self, node: Node, what: str) -> bool | None:
        """Read true or false."""
        if isinstance(node, ScalarNode) and isinstance(node.value, bool):
            return node.value
        return self._wrong(node, what, "`true` or `false`")

    def integer(self, node: Node, what: str, *, low: int, high: int) -> int | None:
        """Read a whole number between two bounds, both included."""
        if isinstance(node, ScalarNode) and isinstance(node.value, int) and not isinstance(node.value, bool):
            if low <= node.value <= high:
                return node.value
            self.report.error(node.mark, f"{what} is {node.value}; allowed are {low} to {high}")
            return None
        return self._wrong(node, what, f"a whole number from {low} to {high}")

    def number(self, node: Node, what: str, *, low: float, high: float) -> float | None:
        """Read a number between two bounds, both included."""
        if isinstance(node, ScalarNode) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
            if low <= node.value <= high:
                return node.value
            self.report.error(node.mark, f"{what} is {node.text}; allowed are {low:g} to {high:g}")
            return None
        return self._wrong(node, what, f"a number from {low:g} to {high:g}")

    def seconds(self, node: Node, what: str, *, low: float = 1) -> float | None:
        """Read a duration: a number of seconds, or text such as '10m' or '1h 30m'."""
        wanted = "seconds or a text such as '90s', '10m' or '1h 30m'"
        if not isinstance(node, ScalarNode) or isinstance(node.value, bool) or node.value is None:
            return self._wrong(node, what, wanted)
        seconds = duration(node.text)
        if seconds is None:
            return self._wrong(node, what, wanted)
        if not low <= seconds <= MAX_SECONDS:
            self.report.error(node.mark, f"{what} is {node.text}; allowed are {low:g} seconds to 365 days")
            return None
        return seconds

    def timeout(self, node: Node, what: str) -> int | None:
        """Read a duration of whole seconds, rounded up."""
        seconds = self.seconds(node, what)
        return None if seconds is None else math.ceil(seconds)

    def words(self, node: Node, what: str) -> tuple[ScalarNode, ...]:
        """Read a text, or a list of texts, as the nodes that hold them."""
        found: list[ScalarNode] = []
        for each in node.items if isinstance(node, ListNode) else (node,):
            if not isinstance(each, ScalarNode):
                self._wrong(each, what, "a text or a list of texts")
            elif self.text(each, what) is not None:
                found.append(each)
        return tuple(found)

    def env(self, node: Node, what: str) -> dict[str, ScalarNode]:
        """Read environment variables as the nodes that hold their values."""
        found = self.mapping(node, what)
        variables: dict[str, ScalarNode] = {}
        for key, value in found.entries if found else ():
            if not key.text or "=" in key.text or "\n" in key.text:
                self.report.error(key.mark, f"{key.text!r} cannot name an environment variable; it has no `=` in it")
            elif isinstance(value, ScalarNode):
                variables[key.text] = value
            else:
                self._wrong(value, f"{what}.{key.text}", "a text, a number, true or false")
        return variables

    def identifier(self, node: ScalarNode, what: str) -> str | None:
        """Read an id."""
        if is_id(node.text):
            return node.text
        self.report.error(node.mark, f"{what} is {node.text[:120]!r}; an id has {ID_RULE}")
        return None

    def shell(self, node: Node, what: str) -> str | None:
        """Read a shell: bash, sh, python, or a command line with {0} where the script's file goes."""
        text = self.text(node, what)
        if text is None or text in SHELLS or "{0}" in text:
            return text
        if text in FOREIGN_SHELLS:
            message = f"{what} is `{text}`, which Stateroom does not run; it runs {names(SHELLS)}"
            self.report.unsupported(node.mark, message)
            return None
        near = meant(text, SHELLS) or f"; allowed are {names(SHELLS)}, or a command with {{0}} for the script's file"
        self.report.error(node.mark, f"{what} is `{text}`{near}")
        return None

    def missing(self, node: Node, owner: str, key: str, example: str) -> None:
        """Record that a key has to be there."""
        self.report.error(node.mark, f"{owner} has no `{key}`; give one, such as `{key}: {example}`")

    def _wrong(self, node: Node, what: str, wanted: str) -> None:
        self.report.error(node.mark, f"{what} has to be {wanted}, not {described(node)}")
