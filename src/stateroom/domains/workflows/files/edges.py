"""Checks what steps need of each other: it exists, is not the step itself, and does not lead back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stateroom.domains.workflows.files.graph import cycles
from stateroom.domains.workflows.files.problems import Report, meant, names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stateroom.domains.workflows.files.nodes import ScalarNode
    from stateroom.domains.workflows.files.source import Mark

_MANY = 12


class Edges:
    """The needs of all steps, as they are written."""

    def __init__(self, report: Report, noun: str, needs: Mapping[str, tuple[ScalarNode, Sequence[ScalarNode]]]) -> None:
        """Take for each id the node that names it and the nodes of its needs."""
        self._report = report
        self._noun = noun
        self._needs = needs

    def are_fine(self) -> bool:
        """Record unknown needs, needs of oneself and cycles, each once; True if there are none."""
        known: dict[str, list[str]] = {}
        fine = True
        for key, (_, wanted) in self._needs.items():
            known[key] = []
            for need in wanted:
                if need.text in self._needs and need.text != key:
                    known[key].append(need.text)
                else:
                    self._report.error(need.mark, self._wrong(key, need.text))
                    fine = False
        for path in map(self._turned, cycles(known)):
            self._report.error(self._place(path), self._circle(path))
            fine = False
        return fine

    def _wrong(self, key: str, need: str) -> str:
        if need == key:
            return f"{self._noun} `{key}` needs itself"
        others = [each for each in self._needs if each != key]
        near = meant(need, others)
        if not near and len(others) <= _MANY:
            near = f"; there are {names(others)}" if others else f"; there is no other {self._noun}"
        return f"{self._noun} `{key}` needs `{need}`, which does not exist{near}"

    def _turned(self, path: list[str]) -> list[str]:
        """Let a circle begin with the step that stands first in the file."""
        order = list(self._needs)
        start = min(range(len(path)), key=lambda index: order.index(path[index]))
        return path[start:] + path[:start]

    def _place(self, path: list[str]) -> Mark:
        """Return where the first step of a circle names the next."""
        key, wanted = self._needs[path[0]]
        return next((need for need in wanted if need.text == path[1]), key).mark

    def _circle(self, path: list[str]) -> str:
        steps = " → ".join([*path, path[0]])
        return f"the needs run in a circle: {steps} (each needs the next)"
