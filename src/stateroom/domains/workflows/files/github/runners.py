"""`runs-on`: which combinations of a job are for Linux, where Stateroom's workers are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from stateroom.domains.workflows.files.expressions import text_of
from stateroom.domains.workflows.files.nodes import Json, ListNode, MapNode, Node, scalars

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stateroom.domains.workflows.files.reader import Reader
    from stateroom.domains.workflows.files.scope import Scope
    from stateroom.domains.workflows.files.templates import Templates

ALLOWED: Final = "ubuntu-*, linux, or a list such as [self-hosted, linux]"
# These say nothing about the system, so they need a Linux label beside them.
_NEUTRAL: Final = ("self-hosted", "x64", "arm64", "arm")


class Runners:
    """Reads `runs-on` of one job."""

    def __init__(self, templates: Templates, scope: Scope, matrix: Node | None) -> None:
        """Labels that come from the matrix are reported where they stand in it."""
        self._templates = templates
        self._reader: Reader = templates.reader
        self._scope = scope
        self._matrix = matrix

    def usable(self, node: Node, combinations: Sequence[Mapping[str, Json]]) -> list[bool] | None:
        """Tell for each combination whether it can run here; None, with problems recorded, if that is unknown."""
        if isinstance(node, MapNode):
            self._reader.report.unsupported(node.mark, f"`runs-on` with runner groups is not supported; give {ALLOWED}")
            return None
        words = self._reader.words(node, "`runs-on`")
        if isinstance(node, ListNode) and len(words) < len(node.items):
            return None
        if not words:
            if isinstance(node, ListNode):
                self._reader.report.error(node.mark, f"`runs-on` is an empty list; give {ALLOWED}")
            return None
        columns = [self._templates.values(word, self._scope, combinations) for word in words]
        known = [column for column in columns if column is not None]
        if len(known) < len(columns):
            return None
        return [self._is_usable(node, row) for row in zip(*known, strict=True)]

    def _is_usable(self, node: Node, values: tuple[object, ...]) -> bool:
        labels = [text_of(label) for value in values for label in _flat(value)]
        refused = [label for label in labels if not _is_linux(label) and label.lower() not in _NEUTRAL]
        for label in refused:
            self._refuse(node, label, f"`runs-on`: `{label}` is not a Linux label; allowed are {ALLOWED}")
        if not refused and not any(_is_linux(label) for label in labels):
            label = labels[0] if labels else ""
            self._refuse(node, label, f"`runs-on`: {labels} name no system; allowed are {ALLOWED}")
            return False
        return not refused

    def _refuse(self, node: Node, label: str, message: str) -> None:
        written = (*scalars(node), *(scalars(self._matrix) if self._matrix else ()))
        place: Node = next((each for each in written if each.text == label), node)
        self._reader.report.unsupported(place.mark, message)


def _flat(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _is_linux(label: str) -> bool:
    return label.lower() == "linux" or label.lower().startswith("ubuntu-")
