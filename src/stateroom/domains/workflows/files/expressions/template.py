"""Text with `${{ … }}` in it: where the holes are, and what fills them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.expressions.coerce import text_of
from stateroom.domains.workflows.files.expressions.evaluate import ALL_WELL, Status, evaluate
from stateroom.domains.workflows.files.expressions.syntax import ExpressionError

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENING: Final = "${{"
CLOSING: Final = "}}"


@dataclass(frozen=True, slots=True)
class Hole:
    """One `${{ … }}`: its whole text, the expression inside, and its offset in the text around it."""

    raw: str
    expression: str
    offset: int


def split(text: str) -> tuple[str | Hole, ...]:
    """Return the pieces of a text, plain ones and holes in turn; raises ExpressionError at a hole without an end."""
    pieces: list[str | Hole] = []
    position = 0
    while (start := text.find(OPENING, position)) >= 0:
        end = _closing(text, start)
        if start > position:
            pieces.append(text[position:start])
        raw = text[start : end + len(CLOSING)]
        pieces.append(Hole(raw, raw[len(OPENING) : -len(CLOSING)], start))
        position = end + len(CLOSING)
    if position < len(text):
        pieces.append(text[position:])
    return tuple(pieces)


def holes(text: str) -> tuple[Hole, ...]:
    """Return the holes of a text."""
    return tuple(piece for piece in split(text) if isinstance(piece, Hole))


def _closing(text: str, start: int) -> int:
    quoted = False
    for at in range(start + len(OPENING), len(text)):
        if text[at] == "'":
            quoted = not quoted
        elif not quoted and text.startswith(CLOSING, at):
            return at
    raise ExpressionError("`${{` has no closing `}}`", offset=start)


def interpolate(text: str, contexts: Mapping[str, object], status: Status = ALL_WELL) -> str:
    """Replace every `${{ … }}` in a text by its value; raises ExpressionError."""
    if OPENING not in text:
        return text
    return "".join(
        text_of(evaluate(piece.expression, contexts, status)) if isinstance(piece, Hole) else piece
        for piece in split(text)
    )
