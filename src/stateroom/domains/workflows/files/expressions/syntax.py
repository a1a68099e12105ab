"""What an expression is made of: its tree, and the error that points into its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from stateroom.errors import InvalidInput


class ExpressionError(InvalidInput):
    """An expression that cannot be read or evaluated; `offset` counts characters from its start."""

    def __init__(self, message: str, *, offset: int = 0, hint: str | None = None) -> None:
        """Keep the place beside the message."""
        super().__init__(message, hint=hint)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written down: null, true, 1.5, 'text'."""

    value: bool | float | str | None
    offset: int


@dataclass(frozen=True, slots=True)
class Name:
    """A context such as `matrix`."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Index:
    """`target.key` or `target[key]`; without a key it is the filter `target.*`."""

    target: Expr
    key: Expr | None
    offset: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; the name is in lower case."""

    name: str
    arguments: tuple[Expr, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Not:
    """`!operand`."""

    operand: Expr
    offset: int


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right` for one of == != < <= > >=."""

    operator: str
    left: Expr
    right: Expr
    offset: int


@dataclass(frozen=True, slots=True)
class Logic:
    """`a && b && …` or `a || b || …`: the first value that decides is the result."""

    operator: str
    operands: tuple[Expr, ...]
    offset: int


Expr: TypeAlias = Literal | Name | Index | Call | Not | Compare | Logic


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions directly inside of one."""
    match expr:
        case Literal() | Name():
            return ()
        case Index(target=target, key=key):
            return (target,) if key is None else (target, key)
        case Call(arguments=arguments):
            return arguments
        case Not(operand=operand):
            return (operand,)
        case Compare(left=left, right=right):
            return (left, right)
        case Logic(operands=operands):
            return operands
