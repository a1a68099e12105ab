"""A recursive descent parser for expressions.

|| binds least, then &&, == and !=, < <= > >=, ! and finally . [] and ()
"""

from __future__ import annotations

from typing import Final

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
    children,
)
from stateroom.domains.workflows.files.expressions.tokens import Token, tokens

MAX_LENGTH: Final = 21_000
MAX_DEPTH: Final = 50
_CONSTANTS: Final = {"null": None, "true": True, "false": False, "NaN": float("nan"), "Infinity": float("inf")}


def parse(text: str) -> Expr:
    """Read one expression without its `${{ }}`; raises ExpressionError with the offset of what is wrong."""
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression may have {MAX_LENGTH:,} characters, this one has {len(text):,}")
    parser = _Parser(tuple(tokens(text)))
    expr = parser.whole()
    if _depth(expr) > MAX_DEPTH:
        raise _too_deep(0)
    return expr


def _depth(root: Expr) -> int:
    depth, level = 0, [root]
    while level:
        depth += 1
        level = [child for expr in level for child in children(expr)]
    return depth


def _too_deep(offset: int) -> ExpressionError:
    return ExpressionError(f"the expression is nested deeper than {MAX_DEPTH} levels", offset=offset)


class _Parser:
    """A cursor over tokens; each method reads one level of precedence."""

    def __init__(self, words: tuple[Token, ...]) -> None:
        self._words = words
        self._at = 0
        self._open = 0

    def whole(self) -> Expr:
        if len(self._words) == 1:
            raise ExpressionError("the expression is empty", offset=self._next.offset)
        expr = self._or()
        if self._next.kind != "end":
            raise self._unexpected("an operator or the end")
        return expr

    @property
    def _next(self) -> Token:
        return self._words[self._at]

    def _take(self) -> Token:
        word = self._next
        self._at += 1
        return word

    def _accept(self, *texts: str) -> Token | None:
        if self._next.kind in {"mark", "operator"} and self._next.text in texts:
            return self._take()
        return None

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._unexpected(f"`{text}`")

    def _unexpected(self, wanted: str) -> ExpressionError:
        found = f"`{self._next.text}`" if self._next.text else "the end"
        return ExpressionError(f"{wanted} is expected here, not {found}", offset=self._next.offset)

    def _or(self) -> Expr:
        operands = [self._and()]
        while self._accept("||"):
            operands.append(self._and())
        return operands[0] if len(operands) == 1 else Logic("||", tuple(operands), operands[0].offset)

    def _and(self) -> Expr:
        operands = [self._equality()]
        while self._accept("&&"):
            operands.append(self._equality())
        return operands[0] if len(operands) == 1 else Logic("&&", tuple(operands), operands[0].offset)

    def _equality(self) -> Expr:
        left = self._relation()
        while word := self._accept("==", "!="):
            left = Compare(word.text, left, self._relation(), left.offset)
        return left

    def _relation(self) -> Expr:
        left = self._unary()
        while word := self._accept("<", "<=", ">", ">="):
            left = Compare(word.text, left, self._unary(), left.offset)
        return left

    def _unary(self) -> Expr:
        # The one way down for everything that nests, so this is where depth is held.
        self._open += 1
        if self._open > MAX_DEPTH:
            raise _too_deep(self._next.offset)
        bang = self._accept("!")
        expr = Not(self._unary(), bang.offset) if bang else self._postfix()
        self._open -= 1
        return expr

    def _postfix(self) -> Expr:
        expr = self._primary()
        while not isinstance(expr, Literal) and (word := self._accept(".", "[")):
            expr = Index(expr, self._property() if word.text == "." else self._subscript(), word.offset)
        return expr

    def _property(self) -> Expr | None:
        if self._accept("*"):
            return None
        word = self._next
        if word.kind != "name":
            raise self._unexpected("the name of a property, or `*`,")
        self._take()
        return Literal(word.text, word.offset)

    def _subscript(self) -> Expr | None:
        key = None if self._accept("*") else self._or()
        self._expect("]")
        return key

    def _primary(self) -> Expr:
        word = self._next
        if self._accept("("):
            expr = self._or()
            self._expect(")")
            return expr
        if word.kind in {"number", "string"}:
            self._take()
            return Literal(word.value, word.offset)
        if word.kind != "name":
            raise self._unexpected("a value")
        self._take()
        if word.text in _CONSTANTS:
            return Literal(_CONSTANTS[word.text], word.offset)
        if self._accept("("):
            return Call(word.text.lower(), self._arguments(), word.offset)
        return Name(word.text, word.offset)

    def _arguments(self) -> tuple[Expr, ...]:
        if self._accept(")"):
            return ()
        arguments = [self._or()]
        while self._accept(","):
            arguments.append(self._or())
        self._expect(")")
        return tuple(arguments)
