"""The functions of expressions; each takes evaluated arguments."""

from __future__ import annotations

import json
import math
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from stateroom.domains.workflows.files.expressions.coerce import (
    equal,
    fold,
    is_array,
    is_object,
    is_primitive,
    jsonable,
    text_of,
)
from stateroom.domains.workflows.files.expressions.syntax import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_PLACE = re.compile(r"\{\{|\}\}|\{([0-9]+)\}|[{}]")
MAX_ARGUMENTS: Final = 255
MAX_JSON_DEPTH: Final = 50
MAX_TEXT: Final = 1024 * 1024


class Function(NamedTuple):
    """How a function is spelled, how many arguments it takes, and what it does."""

    spelling: str
    least: int
    most: int
    apply: Callable[..., object]


def _check_budget(function: str, budget: int) -> None:
    """Nested calls double a text with each level, so that a short expression could fill all memory."""
    if budget < 0:
        raise ExpressionError(f"{function}: the text would be longer than {MAX_TEXT:,} characters")


def contains(searched: object, item: object) -> bool:
    """Tell whether text holds other text, or a list an item."""
    if is_primitive(searched):
        return is_primitive(item) and fold(text_of(item)) in fold(text_of(searched))
    return is_array(searched) and any(equal(item, each) for each in searched)


def starts_with(text: object, start: object) -> bool:
    """Tell whether text starts with other text."""
    return is_primitive(text) and is_primitive(start) and fold(text_of(text)).startswith(fold(text_of(start)))


def ends_with(text: object, end: object) -> bool:
    """Tell whether text ends with other text."""
    return is_primitive(text) and is_primitive(end) and fold(text_of(text)).endswith(fold(text_of(end)))


def format_text(template: object, *values: object) -> str:
    """Replace {0}, {1}, … by values; {{ and }} stand for braces."""
    budget = MAX_TEXT

    def place(found: re.Match[str]) -> str:
        nonlocal budget
        if found[0] in {"{{", "}}"}:
            return found[0][0]
        if found[1] is None:
            raise ExpressionError("format: a single brace; write {{ or }} for a brace, {0} for the first value")
        if len(found[1]) > len(str(MAX_ARGUMENTS)) or int(found[1]) >= len(values):
            raise ExpressionError(f"format: {found[0]} has no value, {len(values)} are given")
        text = text_of(values[int(found[1])])
        budget -= len(text)
        _check_budget("format", budget)
        return text

    return _PLACE.sub(place, text_of(template))


def join(items: object, separator: object = ",") -> str:
    """Put the items of a list together."""
    if is_array(items):
        between = text_of(separator) if is_primitive(separator) else ","
        _check_budget("join", MAX_TEXT - sum(len(text_of(item)) + len(between) for item in items))
        return between.join(text_of(item) for item in items)
    return text_of(items) if is_primitive(items) else ""


def to_json(value: object) -> str:
    """Write a value as indented JSON."""
    text = json.dumps(jsonable(value), indent=2, ensure_ascii=False)
    _check_budget("toJSON", MAX_TEXT - len(text))
    return text


def from_json(text: object) -> object:
    """Read a value from JSON."""
    try:
        value = json.loads(text_of(text), parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ExpressionError(f"fromJSON: this is not JSON: {error}") from None
    level: list[object] = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [inner for each in level for inner in _inside(each)]
    if level:
        raise ExpressionError(f"fromJSON: nested deeper than {MAX_JSON_DEPTH} levels")
    return value


def _inside(value: object) -> Iterable[object]:
    if is_object(value):
        return value.values()
    return value if is_array(value) else ()


def _refuse(number: str) -> float:
    message = f"the number {number} cannot be stored"
    raise ValueError(message)


def _finite(text: str) -> float:
    return number if math.isfinite(number := float(text)) else _refuse(text)


FUNCTIONS: Final[Mapping[str, Function]] = MappingProxyType(
    {
        function.spelling.lower(): function
        for function in (
            Function("contains", 2, 2, contains),
            Function("startsWith", 2, 2, starts_with),
            Function("endsWith", 2, 2, ends_with),
            Function("format", 1, MAX_ARGUMENTS, format_text),
            Function("join", 1, 2, join),
            Function("toJSON", 1, 1, to_json),
            Function("fromJSON", 1, 1, from_json),
        )
    }
)
STATUS_FUNCTIONS: Final = ("success", "failure", "always", "cancelled")
# GitHub has these too; Stateroom does not evaluate them.
UNSUPPORTED_FUNCTIONS: Final = MappingProxyType({"hashfiles": "hashFiles", "case": "case"})
