"""The expression language of `${{ … }}`, with GitHub's semantics: parse, check, evaluate, interpolate."""

from stateroom.domains.workflows.files.expressions.coerce import text_of, truthy
from stateroom.domains.workflows.files.expressions.evaluate import Status, evaluate
from stateroom.domains.workflows.files.expressions.parser import parse
from stateroom.domains.workflows.files.expressions.references import Reference, functions, references, uses_status
from stateroom.domains.workflows.files.expressions.syntax import Expr, ExpressionError
from stateroom.domains.workflows.files.expressions.template import Hole, holes, interpolate, split

__all__ = [
    "Expr",
    "ExpressionError",
    "Hole",
    "Reference",
    "Status",
    "evaluate",
    "functions",
    "holes",
    "interpolate",
    "parse",
    "references",
    "split",
    "text_of",
    "truthy",
    "uses_status",
]
