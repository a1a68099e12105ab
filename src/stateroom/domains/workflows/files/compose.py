"""From YAML text to nodes, in one pass over the parser's events: text → events → frames on a stack → tree."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import yaml

from stateroom.domains.workflows.files.nodes import ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from stateroom.domains.workflows.files.problems import Report
    from stateroom.domains.workflows.files.source import Mark, Source

MAX_DEPTH: Final = 50
MAX_NODES: Final = 500_000
_TAG: Final = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_BASED = re.compile(r"0x[0-9a-fA-F]{1,15}\Z|0o[0-7]{1,20}\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_UNFIT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Stop(Exception):
    """The rest of the text cannot be read."""

    def __init__(self, offset: int, message: str) -> None:
        """Keep the place."""
        super().__init__(message)
        self.offset = offset


def compose(source: Source, report: Report) -> Node | None:
    """Return the root of a file's tree; None, with a problem recorded, if it cannot be read."""
    builder = _Builder(source, report)
    try:
        _refuse_unfit(source.text)
        for event in yaml.parse(source.text, Loader=_loader()):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        offset = _index(error.problem_mark or error.context_mark)
        report.error(source.mark(offset), _syntax_message(source, error, offset))
    except yaml.YAMLError as error:
        report.error(source.mark(0), f"not YAML: {error}")
    except Stop as stop:
        report.error(source.mark(stop.offset), str(stop))
    else:
        if builder.root is None:
            report.error(source.mark(0), "the file is empty; a workflow has `jobs:`, `steps:` or `stages:`")
        return builder.root
    return None


def _refuse_unfit(text: str) -> None:
    if found := _UNFIT.search(text):
        raise Stop(found.start(), f"the character U+{ord(found[0]):04X} is not allowed in YAML")


def _loader() -> type[yaml.SafeLoader]:
    # libyaml reads a hundred times faster; PyYAML is built without it on some systems.
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Place(Protocol):
    """A mark of PyYAML's own or of libyaml's."""

    index: int


def _index(mark: _Place | None) -> int:
    return mark.index if mark else 0


def _syntax_message(source: Source, error: yaml.MarkedYAMLError, offset: int) -> str:
    if source.text[offset : offset + 1] == "\t":
        return "not YAML: a tab; indent by spaces"
    said = " ".join(part for part in (error.context, error.problem) if part)
    return f"not YAML: {said or error}"


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is still open; a mapping's nodes are its keys and values in turn."""

    mark: Mark
    anchor: str | None
    is_map: bool
    weight: int = 1
    nodes: list[Node] = field(default_factory=list[Node])


class _Builder:
    """Takes events, keeps the open frames on a stack, so that no depth of a file can exhaust ours."""

    def __init__(self, source: Source, report: Report) -> None:
        self.root: Node | None = None
        self._source = source
        self._report = report
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, int]] = {}

    def take(self, event: yaml.Event) -> None:
        offset = _index(event.start_mark)
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                raise Stop(offset, "a second document starts here; a file holds one workflow")
            case yaml.AliasEvent():
                self._put(*self._alias(event.anchor, offset))
            case yaml.ScalarEvent():
                self._put(*self._anchored(event.anchor, self._scalar(event), 1))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                if len(self._stack) == MAX_DEPTH:
                    raise Stop(offset, f"nested deeper than {MAX_DEPTH} levels")
                is_map = isinstance(event, yaml.MappingStartEvent)
                self._stack.append(_Frame(self._source.mark(offset), event.anchor, is_map))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                frame = self._stack.pop()
                node = self._mapping(frame) if frame.is_map else ListNode(frame.mark, tuple(frame.nodes))
                self._put(*self._anchored(frame.anchor, node, frame.weight))
            case _:
                pass

    def _put(self, node: Node, weight: int) -> None:
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        frame.nodes.append(node)
        frame.weight += weight
        if frame.weight > MAX_NODES:
            raise Stop(node.mark.offset, f"more than {MAX_NODES:,} values, aliases resolved")

    def _anchored(self, anchor: str | None, node: Node, weight: int) -> tuple[Node, int]:
        if anchor is not None:
            self._anchors[anchor] = (node, weight)
        return node, weight

    def _alias(self, anchor: str | None, offset: int) -> tuple[Node, int]:
        if anchor is None or anchor not in self._anchors:
            raise Stop(offset, f"`*{anchor}` refers to an anchor `&{anchor}` that does not stand before it")
        return self._anchors[anchor]

    def _scalar(self, event: yaml.ScalarEvent) -> ScalarNode:
        mark = self._source.mark(_index(event.start_mark))
        text: str = event.value
        if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
            self._report.error(mark, "the text holds a NUL or half a surrogate pair, which cannot be stored")
            text = text.replace("\0", "").encode(errors="replace").decode()
        value: bool | float | str | None = text
        if event.tag not in {None, "!", f"{_TAG}str"} or (event.tag is None and event.implicit[0]):
            value = _resolved(text)
            self._check_tag(event.tag, value, mark)
        return ScalarNode(mark, _index(event.end_mark), text, value)

    def _check_tag(self, tag: str | None, value: object, mark: Mark) -> None:
        if tag is None:
            return
        types = {"bool": bool, "int": int, "float": int | float, "null": type(None)}
        wanted = types.get(tag.removeprefix(_TAG))
        if wanted is None:
            self._report.error(mark, f"the tag `{tag.replace(_TAG, '!!')}` is not allowed")
        elif not isinstance(value, wanted):
            self._report.error(mark, f"the value is not of its tag `{tag.replace(_TAG, '!!')}`")

    def _mapping(self, frame: _Frame) -> MapNode:
        entries: dict[str, tuple[ScalarNode, Node]] = {}
        merged: list[tuple[ScalarNode, Node]] = []
        for key, value in zip(frame.nodes[::2], frame.nodes[1::2], strict=True):
            if not isinstance(key, ScalarNode):
                self._report.error(key.mark, "a key has to be a single value, not a list or a mapping")
            elif self._is_merge(key):
                merged += self._merge(value)
            elif key.text in entries:
                first = entries[key.text][0].mark.line
                self._report.error(key.mark, f"the key `{key.text}` stands here twice; it is already on line {first}")
            else:
                entries[key.text] = (key, value)
        for key, value in merged:
            entries.setdefault(key.text, (key, value))
        return MapNode(frame.mark, tuple(entries.values()))

    def _is_merge(self, key: ScalarNode) -> bool:
        # A quoted '<<' is a key like any other.
        return key.text == "<<" and self._source.text.startswith("<<", key.mark.offset)

    def _merge(self, value: Node) -> list[tuple[ScalarNode, Node]]:
        entries: list[tuple[ScalarNode, Node]] = []
        for each in value.items if isinstance(value, ListNode) else (value,):
            if isinstance(each, MapNode):
                entries += each.entries
            else:
                self._report.error(each.mark, "`<<` merges a mapping or a list of mappings, such as `<<: *defaults`")
        return entries


def _resolved(text: str) -> bool | float | str | None:
    """Read a plain scalar by YAML 1.2's core schema; numbers that JSON cannot hold stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text, 0)
    if _FLOAT.match(text) and math.isfinite(number := float(text)):
        return int(number) if number.is_integer() and abs(number) < 2**53 else number
    return text
