"""What `if` and `when` mean for the engine: a condition on each need, and an expression that is left for the worker."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import TypeAlias, cast

from stateroom.domains.workflows.files.expressions import functions, truthy, uses_status
from stateroom.domains.workflows.files.expressions.syntax import Call, Expr, Literal, Logic

Condition: TypeAlias = OneOf["success", "failure", "always"]
GATES = ("success", "failure", "always")
_CALL = re.compile(r"\w+\s*\(\s*\)")


@dataclass(frozen=True, slots=True)
class Gate:
    """When a step may start.

    The engine holds it back until its needs have ended as `condition` says; then the worker evaluates `when` and skips
    the step if it is false. With `ancestors` the worker has to know the results of all that comes before, not only of
    the direct needs, because failure() speaks of all of them.
    """

    condition: Condition = "success"
    when: str | None = None
    ancestors: bool = False


def gate(text: str, expr: Expr, *, has_needs: bool) -> Gate:
    """Return the gate of an expression; without needs there is nothing that the engine could wait for."""
    if not uses_status(expr):
        constant = isinstance(expr, Literal) and truthy(expr.value)
        return Gate(when=None if constant else text.strip())
    found = _plain_status(expr)
    if found is None or (found.name == "failure" and not has_needs):
        return Gate("always", text.strip(), ancestors=any(call.name == "failure" for call in functions(expr)))
    condition = cast("Condition", found.name)
    if expr is found:
        return Gate(condition)
    # The engine has decided this part of the conjunction already, and looks further up than the worker can.
    rest = _CALL.sub("true", text[found.offset :], count=1)
    return Gate(condition, (text[: found.offset] + rest).strip())


def _plain_status(expr: Expr) -> Call | None:
    """Return success(), failure() or always() if it is the expression, or the one such part of a conjunction."""
    parts = expr.operands if isinstance(expr, Logic) and expr.operator == "&&" else (expr,)
    with_status = [part for part in parts if uses_status(part)]
    if len(with_status) == 1 and isinstance(with_status[0], Call) and with_status[0].name in GATES:
        return with_status[0]
    return None
