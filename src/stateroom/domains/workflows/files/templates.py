"""Expressions where they stand in a file: reads them, checks them against a scope, reports at their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stateroom.domains.workflows.files.expressions import (
    Expr,
    ExpressionError,
    Hole,
    evaluate,
    holes,
    interpolate,
    parse,
    split,
)
from stateroom.domains.workflows.files.expressions.template import OPENING
from stateroom.domains.workflows.files.scope import Scope, check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stateroom.domains.workflows.files.nodes import ScalarNode
    from stateroom.domains.workflows.files.reader import Reader
    from stateroom.domains.workflows.files.source import Mark


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression, and the text to which its offsets belong."""

    text: str
    expr: Expr


class Templates:
    """Checks the expressions of one file."""

    def __init__(self, reader: Reader) -> None:
        """Report through a reader."""
        self.reader = reader

    def text(self, node: ScalarNode, scope: Scope) -> bool:
        """Check a text with `${{ }}` in it; False if something in it is wrong or not supported."""
        # Every hole is looked at, also behind a wrong one.
        found = self._holes(node)
        return found is not None and None not in [self._checked(node, hole, start, scope) for hole, start in found]

    def values(
        self, node: ScalarNode, scope: Scope, combinations: Sequence[Mapping[str, object]]
    ) -> list[object] | None:
        """Return what a value is in each combination of a matrix; None if that cannot be said."""
        if not self.is_template(node):
            return [node.value for _ in combinations]
        if not self.text(node, scope):
            return None
        pieces = split(node.text.strip())
        expr = parse(pieces[0].expression) if len(pieces) == 1 and isinstance(pieces[0], Hole) else None
        try:
            return [
                interpolate(node.text, {"matrix": each}) if expr is None else evaluate(expr, {"matrix": each})
                for each in combinations
            ]
        except ExpressionError as error:
            self.reader.report.error(node.mark, f"in an expression: {error}")
            return None

    def condition(self, node: ScalarNode, what: str, scope: Scope) -> Parsed | None:
        """Read an expression that may stand with or without `${{ }}`."""
        if OPENING not in node.text:
            bare = node.text.strip()
            at = self.reader.source.text.find(bare, node.mark.offset, node.end)
            # As if it stood in a hole, whose expression begins three characters behind its start.
            return self._checked(node, Hole(bare, bare, 0), at - len(OPENING) if at >= 0 else None, scope)
        found = self._holes(node) or []
        if len(found) == 1 and found[0][0].raw == node.text.strip():
            return self._checked(node, *found[0], scope)
        if found:
            message = "text outside of `${{ }}`, which makes it always true; put all of it inside, or use none"
            self.reader.report.error(node.mark, f"{what} has {message}")
        return None

    def is_template(self, node: ScalarNode) -> bool:
        """Tell whether a value has expressions in it."""
        return isinstance(node.value, str) and OPENING in node.text

    def _holes(self, node: ScalarNode) -> list[tuple[Hole, int | None]] | None:
        """Return the holes of a value with their offsets in the file, None where escapes hide them."""
        if not self.is_template(node):
            return []
        text = self.reader.source.text
        try:
            found = holes(node.text)
        except ExpressionError as error:
            # Only the last one can be without an end.
            at = text.rfind(OPENING, node.mark.offset, node.end)
            self.reader.report.error(self.reader.source.mark(at) if at >= 0 else node.mark, str(error))
            return None
        places: list[int | None] = []
        cursor = node.mark.offset
        for _ in found:
            at = text.find(OPENING, cursor, node.end)
            places.append(at if at >= 0 else None)
            cursor = at + len(OPENING) if at >= 0 else node.end
        return list(zip(found, places, strict=True))

    def _checked(self, node: ScalarNode, hole: Hole, start: int | None, scope: Scope) -> Parsed | None:
        report = self.reader.report
        try:
            expr = parse(hole.expression)
        except ExpressionError as error:
            report.error(self._mark(node, hole, start, error.offset), f"in an expression: {error}")
            return None
        fine = True
        for finding in check(expr, scope):
            report.add(finding.kind, self._mark(node, hole, start, finding.offset), finding.message)
            fine = fine and finding.kind not in {"error", "unsupported"}
        return Parsed(hole.expression, expr) if fine else None

    def _mark(self, node: ScalarNode, hole: Hole, start: int | None, offset: int) -> Mark:
        source = self.reader.source
        if start is None:
            return node.mark
        inside = start + len(OPENING)
        # Folded lines and doubled quotes make the file's text longer than the value: then point at the start.
        same = source.text.startswith(hole.expression, inside)
        return source.mark(inside + offset if same else start)
