"""The tree of a YAML file: every node knows its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from stateroom.domains.workflows.files.source import Mark

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A single value: `text` as it is written, `value` as YAML 1.2 reads it (`on` and `yes` are text)."""

    mark: Mark
    end: int
    text: str
    value: bool | float | str | None


@dataclass(frozen=True, slots=True)
class ListNode:
    """A list."""

    mark: Mark
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapNode:
    """A mapping, its keys unique, with anchors and merge keys resolved."""

    mark: Mark
    entries: tuple[tuple[ScalarNode, Node], ...]

    def get(self, key: str) -> Node | None:
        """Return the value of a key."""
        return next((value for each, value in self.entries if each.text == key), None)

    def key(self, key: str) -> ScalarNode | None:
        """Return a key's own node."""
        return next((each for each, _ in self.entries if each.text == key), None)


Node: TypeAlias = ScalarNode | ListNode | MapNode


def plain(node: Node) -> Json:
    """Return a node as JSON."""
    match node:
        case ScalarNode(value=value):
            return value
        case ListNode(items=items):
            return [plain(item) for item in items]
        case MapNode(entries=entries):
            return {key.text: plain(value) for key, value in entries}


def scalars(node: Node) -> tuple[ScalarNode, ...]:
    """Return every single value in a node, keys aside."""
    match node:
        case ScalarNode():
            return (node,)
        case ListNode(items=items):
            return tuple(scalar for item in items for scalar in scalars(item))
        case MapNode(entries=entries):
            return tuple(scalar for _, value in entries for scalar in scalars(value))


def described(node: Node) -> str:
    """Say what a node is, for messages."""
    match node:
        case ListNode():
            return "a list"
        case MapNode():
            return "a mapping"
        case ScalarNode(value=None):
            return "nothing"
        case ScalarNode(value=bool()):
            return f"`{node.text}`"
        case ScalarNode(value=str(), text=text):
            return f"the text {text[:40]!r}" if text else "an empty text"
        case ScalarNode():
            return f"the number {node.text[:40]}"
