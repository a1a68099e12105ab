"""The value of an expression, given its contexts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.expressions.coerce import (
    Filtered,
    equal,
    is_array,
    is_object,
    is_primitive,
    less,
    lookup,
    number_of,
    text_of,
    truthy,
)
from stateroom.domains.workflows.files.expressions.functions import FUNCTIONS, STATUS_FUNCTIONS
from stateroom.domains.workflows.files.expressions.parser import parse
from stateroom.domains.workflows.files.expressions.syntax import (
    Call,
    Compare,
    Expr,
    ExpressionError,
    Index,
    Literal,
    Logic,
    Name,
    Not,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Status:
    """What success(), failure() and cancelled() say; always() is always true."""

    success: bool = True
    failure: bool = False
    cancelled: bool = False


ALL_WELL: Final = Status()


def evaluate(expression: str | Expr, contexts: Mapping[str, object], status: Status = ALL_WELL) -> object:
    """Return the value of an expression (null, boolean, number, text, list or mapping); raises ExpressionError."""
    expr = parse(expression) if isinstance(expression, str) else expression
    return _Evaluator(contexts, status).value(expr)


class _Evaluator:
    """Walks a tree with one set of contexts."""

    def __init__(self, contexts: Mapping[str, object], status: Status) -> None:
        self._contexts = {name.lower(): value for name, value in contexts.items()}
        self._status = status

    def value(self, expr: Expr) -> object:
        match expr:
            case Literal(value=value):
                return value
            case Name():
                return self._context(expr)
            case Index():
                target = self.value(expr.target)
                return _filter(target) if expr.key is None else _member(target, self.value(expr.key))
            case Call():
                return self._call(expr)
            case Not() | Compare() | Logic():
                return self._operation(expr)

    def _operation(self, expr: Not | Compare | Logic) -> object:
        match expr:
            case Not():
                return not truthy(self.value(expr.operand))
            case Compare():
                return _compare(expr.operator, self.value(expr.left), self.value(expr.right))
            case Logic():
                return self._logic(expr)

    def _context(self, name: Name) -> object:
        try:
            return self._contexts[name.name.lower()]
        except KeyError:
            known = ", ".join(sorted(self._contexts)) or "none"
            message = f"`{name.name}` is not known here; known are: {known}"
            raise ExpressionError(message, offset=name.offset) from None

    def _call(self, call: Call) -> object:
        if call.name in STATUS_FUNCTIONS:
            return call.name == "always" or bool(getattr(self._status, call.name))
        function = FUNCTIONS.get(call.name)
        if function is None:
            raise ExpressionError(f"there is no function `{call.name}`", offset=call.offset)
        arguments = [self.value(argument) for argument in call.arguments]
        if not function.least <= len(arguments) <= function.most:
            raise ExpressionError(f"`{function.spelling}` does not take {len(arguments)} values", offset=call.offset)
        return function.apply(*arguments)

    def _logic(self, logic: Logic) -> object:
        result: object = None
        for operand in logic.operands:
            result = self.value(operand)
            if truthy(result) == (logic.operator == "||"):
                break
        return result


def _compare(operator: str, left: object, right: object) -> bool:
    match operator:
        case "==":
            return equal(left, right)
        case "!=":
            return not equal(left, right)
        case "<":
            return less(left, right)
        case "<=":
            return equal(left, right) or less(left, right)
        case ">":
            return less(right, left)
        case _:
            return equal(left, right) or less(right, left)


def _filter(target: object) -> Filtered:
    if isinstance(target, Filtered):
        return Filtered(item for each in target for item in _filter(each))
    if is_object(target):
        return Filtered(target.values())
    return Filtered(target) if is_array(target) else Filtered()


def _member(target: object, key: object) -> object:
    if isinstance(target, Filtered):
        return Filtered(found[0] for item in target if (found := _found(item, key)))
    found = _found(target, key)
    return found[0] if found else None


def _found(target: object, key: object) -> tuple[object] | None:
    """Return the member in a tuple, because null may be one."""
    if is_object(target) and is_primitive(key):
        name = text_of(key)
        value = lookup(target, name)
        return (value,) if value is not None or name in target else None
    if is_array(target):
        place = number_of(key)
        # NaN fails both comparisons.
        if 0 <= place < len(target):
            return (target[math.floor(place)],)
    return None
