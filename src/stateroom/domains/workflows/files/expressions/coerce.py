"""How values turn into numbers, text and truth, and how they compare: JavaScript's way, except that case is ignored."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import TypeGuard

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_INT32 = 2**31
_EXACT = 2**53


class Filtered(tuple[object, ...]):
    """The result of `.*`: what is indexed next is indexed in every item."""

    __slots__ = ()


def is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    """Tell whether a value has named members."""
    return isinstance(value, Mapping)


def is_array(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    """Tell whether a value is a list."""
    return isinstance(value, list | tuple)


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_primitive(value: object) -> bool:
    """Tell whether a value is null, a boolean, a number or text."""
    return value is None or isinstance(value, bool | int | float | str)


def number_from_text(text: str) -> float:
    """Read a number as expressions do: '' is 0, 0x1f and 0o17 and 1e3 are numbers, the rest is NaN."""
    word = text.strip()
    if not word:
        return 0.0
    if _DECIMAL.match(word):
        return float(word)
    if _HEX.match(word) or _OCTAL.match(word):
        number = int(word, 0)
        return float(number) if number < _INT32 else math.nan
    return {"Infinity": math.inf, "-Infinity": -math.inf}.get(word, math.nan)


def number_of(value: object) -> float:
    """Return the number that a value counts as; lists and objects are NaN."""
    match value:
        case None:
            return 0.0
        case bool():
            return float(value)
        case int() | float():
            try:
                return float(value)
            except OverflowError:
                return math.inf if value > 0 else -math.inf
        case str():
            return number_from_text(value)
        case _:
            return math.nan


def text_of(value: object) -> str:
    """Return what a value looks like inside text: null is '', numbers have 15 digits, a list is 'Array'."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return _number_text(number_of(value))
        case _:
            return "Array" if is_array(value) else "Object"


def _number_text(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return f"{number or 0.0:.15g}".upper()


def truthy(value: object) -> bool:
    """Tell whether a value counts as true: everything but null, false, 0, NaN and ''."""
    match value:
        case None:
            return False
        case bool():
            return value
        case int() | float():
            return value != 0 and not math.isnan(number_of(value))
        case str():
            return bool(value)
        case _:
            return True


def fold(text: str) -> str:
    """Return text in upper case, letter by letter, so that lengths stay as they are."""
    if text.isascii():
        return text.upper()
    return "".join(up if len(up := char.upper()) == 1 else char for char in text)


def equal(left: object, right: object) -> bool:
    """Compare loosely: text without regard to case, different kinds as numbers, lists and objects by identity."""
    if isinstance(left, str) and isinstance(right, str):
        return fold(left) == fold(right)
    if left is None and right is None:
        return True
    if is_primitive(left) and is_primitive(right):
        return number_of(left) == number_of(right)
    return left is right


def less(left: object, right: object) -> bool:
    """Tell whether `left` sorts before `right`; what cannot be compared does not."""
    if isinstance(left, str) and isinstance(right, str):
        return fold(left) < fold(right)
    if left is None and right is None:
        return False
    return number_of(left) < number_of(right)


def lookup(members: Mapping[str, object], name: str) -> object:
    """Return a member by its exact name, else by its name without regard to case, else null."""
    if name in members:
        return members[name]
    wanted = fold(name)
    return next((value for key, value in members.items() if fold(key) == wanted), None)


def jsonable(value: object) -> object:
    """Return a value as JSON has it: whole numbers without a fraction, numbers without a value as text."""
    if is_object(value):
        return {str(key): jsonable(member) for key, member in value.items()}
    if is_array(value):
        return [jsonable(item) for item in value]
    if is_number(value):
        number = number_of(value)
        if not math.isfinite(number):
            return text_of(number)
        return int(value) if number.is_integer() and (isinstance(value, int) or abs(number) < _EXACT) else value
    return value if is_primitive(value) else str(value)
