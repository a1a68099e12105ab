"""Reads a `matrix` and returns its combinations; both dialects write it the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from stateroom.domains.workflows.files.expressions.coerce import fold, jsonable
from stateroom.domains.workflows.files.matrix import MAX_COMBINATIONS, expand, product_size
from stateroom.domains.workflows.files.nodes import Json, ListNode, MapNode, Node, ScalarNode
from stateroom.domains.workflows.files.scope import Scope

if TYPE_CHECKING:
    from stateroom.domains.workflows.files.templates import Templates

# What is still worth multiplying out before `exclude` has its say.
_MAX_PRODUCT: Final = 100 * MAX_COMBINATIONS
_UNREADABLE: Final = object()


class Matrices:
    """Reads the matrices of one file."""

    def __init__(self, templates: Templates, *, strict: bool) -> None:
        """Expressions have to be constant: nothing else is known before the workflow runs."""
        self._templates = templates
        self._report = templates.reader.report
        self._reader = templates.reader
        self._scope = Scope("a matrix", (), strict=strict, elsewhere="error" if strict else "unsupported")

    def read(self, node: Node) -> list[dict[str, Json]] | None:
        """Return the combinations, at least one; None, with problems recorded, if they cannot be known."""
        if isinstance(node, ScalarNode) and self._templates.is_template(node):
            return self._constant_matrix(node)
        found = self._reader.mapping(node, "`matrix`")
        if found is None:
            return None
        vectors: dict[str, list[Json]] = {}
        fine = True
        for key, value in found.entries:
            if key.text not in {"include", "exclude"}:
                values = self._list(value, f"`matrix.{key.text}`")
                fine = fine and values is not None
                vectors[key.text] = values or []
        include = self._entries(found.get("include"), "`matrix.include`")
        exclude = self._entries(found.get("exclude"), "`matrix.exclude`")
        fine = self._known_keys(found.get("exclude"), vectors) and fine
        if not fine or include is None or exclude is None:
            return None
        if not vectors and not include:
            message = "`matrix` is empty; give lists of values, such as `os: [ubuntu-latest]`, or `include`"
            self._report.error(node.mark, message)
            return None
        return self._expanded(node, vectors, include, exclude)

    def _expanded(
        self,
        node: Node,
        vectors: dict[str, list[Json]],
        include: list[dict[str, Json]],
        exclude: list[dict[str, Json]],
    ) -> list[dict[str, Json]] | None:
        size = product_size(vectors)
        found = expand(vectors, include, exclude) if size <= _MAX_PRODUCT else []
        if 0 < len(found) <= MAX_COMBINATIONS:
            return found
        count = max(len(found), size) if size > _MAX_PRODUCT else len(found)
        if count:
            message = f"`matrix` makes {count:,} combinations; at most {MAX_COMBINATIONS} are allowed"
        else:
            message = "`matrix` leaves no combination: `exclude` takes them all"
        self._report.error(node.mark, message)
        return None

    def _constant_matrix(self, node: ScalarNode) -> list[dict[str, Json]] | None:
        value = self._scalar(node)
        if value is _UNREADABLE:
            return None
        if not isinstance(value, dict):
            self._report.error(node.mark, "`matrix` has to be a mapping, and this expression is none")
            return None
        return self._computed(node, cast("dict[str, Json]", value))

    def _computed(self, node: Node, value: dict[str, Json]) -> list[dict[str, Json]] | None:
        """Read a matrix that fromJSON has made; its mistakes are found at the expression."""
        lists = {key: each for key, each in value.items() if isinstance(each, list)}
        vectors = {key: each for key, each in lists.items() if key not in {"include", "exclude"}}
        entries = [each for key in ("include", "exclude") for each in lists.get(key, [])]
        if len(lists) < len(value) or not all(lists.values()) or not all(isinstance(each, dict) for each in entries):
            message = "`matrix` has to hold lists that are not empty, those of `include` and `exclude` of mappings"
            self._report.error(node.mark, message)
            return None
        include, exclude = (cast("list[dict[str, Json]]", lists.get(key, [])) for key in ("include", "exclude"))
        return self._expanded(node, vectors, include, exclude)

    def _list(self, node: Node, what: str) -> list[Json] | None:
        if isinstance(node, ScalarNode) and self._templates.is_template(node):
            value = self._scalar(node)
            if value is _UNREADABLE:
                return None
            if isinstance(value, list) and value:
                return cast("list[Json]", value)
            self._report.error(node.mark, f"{what} has to be a list that is not empty, and this expression is none")
            return None
        values = [self._value(item) for item in self._reader.items(node, what)]
        return None if not values or _UNREADABLE in values else cast("list[Json]", values)

    def _entries(self, node: Node | None, what: str) -> list[dict[str, Json]] | None:
        if node is None:
            return []
        if isinstance(node, ScalarNode) and self._templates.is_template(node):
            value = self._list(node, what)
            if value is None or all(isinstance(each, dict) for each in value):
                return cast("list[dict[str, Json]] | None", value)
            self._report.error(node.mark, f"{what} has to be a list of mappings")
            return None
        found: list[dict[str, Json]] = []
        items = self._reader.items(node, what)
        for item in items:
            entry = self._reader.mapping(item, f"an entry of {what}")
            value = self._value(entry) if entry else _UNREADABLE
            if value == {}:
                self._report.error(item.mark, f"an entry of {what} is empty")
            elif isinstance(value, dict):
                found.append(cast("dict[str, Json]", value))
        return found if items and len(found) == len(items) else None

    def _known_keys(self, exclude: Node | None, vectors: dict[str, list[Json]]) -> bool:
        """Report keys of `exclude` that no list of the matrix has; they would never match."""
        folded = {fold(key) for key in vectors}
        fine = True
        for entry in exclude.items if isinstance(exclude, ListNode) else ():
            for key, _ in entry.entries if isinstance(entry, MapNode) else ():
                if fold(key.text) not in folded:
                    fine = False
                    known = ", ".join(vectors) or "none"
                    message = f"`exclude` speaks of `{key.text}`, which is no list of this matrix; its lists: {known}"
                    self._report.error(key.mark, message)
        return fine

    def _value(self, node: Node) -> object:
        match node:
            case ScalarNode():
                return self._scalar(node)
            case ListNode(items=items):
                values = [self._value(item) for item in items]
                return _UNREADABLE if _UNREADABLE in values else values
            case MapNode(entries=entries):
                members = {key.text: self._value(value) for key, value in entries}
                return _UNREADABLE if _UNREADABLE in members.values() else members

    def _scalar(self, node: ScalarNode) -> object:
        if isinstance(node.value, int | float) and "." in node.text and node.text.endswith("0"):
            self._report.note(node.mark, f"{node.text} is read as the number {node.value:g}; quote it to keep the zero")
        values = self._templates.values(node, self._scope, [{}])
        return _UNREADABLE if values is None else jsonable(values[0])
