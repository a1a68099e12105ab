"""From the text of an expression to its tokens."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stateroom.domains.workflows.files.expressions.coerce import number_from_text
from stateroom.domains.workflows.files.expressions.syntax import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["number", "string", "name", "mark", "operator", "end"]

_WORD = re.compile(r"[^\s()\[\],.!<>=&|]+")
_NUMBER = re.compile(r"[^\s()\[\],!<>=&|]+")
_KEYWORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_STRING = re.compile(r"'((?:[^']|'')*+)'")
_OPERATOR = re.compile(r"==|!=|<=|>=|&&|\|\||[!<>]")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of an expression."""

    kind: Kind
    text: str
    offset: int
    value: float | str | None = None

    @property
    def ends_operand(self) -> bool:
        """Whether a dot behind this token dereferences, rather than starts a number such as `.5`."""
        return self.kind in {"name", "string", "number"} or self.text in {")", "]", "*"}


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of `text`, the last one of kind `end`; raises ExpressionError."""
    position, last = 0, Token("end", "", 0)
    while True:
        while position < len(text) and text[position].isspace():
            position += 1
        if position == len(text):
            yield Token("end", "", position)
            return
        last = _token(text, position, last)
        position += len(last.text)
        yield last


def _token(text: str, at: int, last: Token) -> Token:
    char = text[at]
    if char == "'":
        return _string(text, at)
    if char in "()[],*":
        return Token("mark", char, at)
    if char == "." and last.ends_operand:
        return Token("mark", char, at)
    if char in "!<>=&|":
        return _operator(text, at)
    if char in "+-." or char.isdecimal():
        return _number(text, at)
    return _name(text, at)


def _string(text: str, at: int) -> Token:
    if found := _STRING.match(text, at):
        return Token("string", found[0], at, found[1].replace("''", "'"))
    message = "the text that starts here has no closing quote; text stands in single quotes, a quote inside is doubled"
    raise ExpressionError(message, offset=at)


def _operator(text: str, at: int) -> Token:
    if found := _OPERATOR.match(text, at):
        return Token("operator", found[0], at)
    single = text[at]
    message = f"`{single}` is not an operator; allowed are == != < <= > >= && || !"
    if single in "=&|":
        message = f"`{single}` is not an operator; did you mean `{single * 2}`?"
    raise ExpressionError(message, offset=at)


def _number(text: str, at: int) -> Token:
    found = _NUMBER.match(text, at)
    word = found[0] if found else text[at]
    value = number_from_text(word)
    if math.isnan(value):
        raise ExpressionError(f"`{word}` is neither a number nor a name; text needs single quotes", offset=at)
    return Token("number", word, at, value)


def _name(text: str, at: int) -> Token:
    found = _WORD.match(text, at)
    word = found[0] if found else text[at]
    if _KEYWORD.match(word):
        return Token("name", word, at)
    if '"' in word:
        raise ExpressionError("text in expressions stands in single quotes, not in double ones", offset=at)
    raise ExpressionError(f"`{word}` is not a name; names are letters, digits, - and _", offset=at)
