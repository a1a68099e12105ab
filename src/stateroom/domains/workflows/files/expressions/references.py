"""What an expression speaks of, found without evaluating it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stateroom.domains.workflows.files.expressions.functions import STATUS_FUNCTIONS
from stateroom.domains.workflows.files.expressions.syntax import Call, Expr, Index, Literal, Name, children

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Reference:
    """A context and the way into it: `needs.*.outputs[x]` is ('needs', ('*', 'outputs', None)), None is computed."""

    context: str
    path: tuple[str | None, ...]
    offset: int

    def step(self, place: int) -> str | None:
        """Return the name at a place of the path in lower case, None if it is computed or not there."""
        name = self.path[place] if place < len(self.path) else None
        return name.lower() if name is not None else None

    def __str__(self) -> str:
        """Return it as it would be written."""
        return ".".join([self.context, *("[…]" if name is None else name for name in self.path)])


def references(expr: Expr) -> Iterator[Reference]:
    """Yield every reference to a context, in the order of the text."""
    path: list[str | None] = []
    node = expr
    while isinstance(node, Index):
        path.append(_key(node.key))
        if node.key is not None and not isinstance(node.key, Literal):
            yield from references(node.key)
        node = node.target
    if isinstance(node, Name):
        yield Reference(node.name.lower(), tuple(reversed(path)), node.offset)
    else:
        for child in children(node):
            yield from references(child)


def _key(key: Expr | None) -> str | None:
    if key is None:
        return "*"
    return key.value if isinstance(key, Literal) and isinstance(key.value, str) else None


def functions(expr: Expr) -> Iterator[Call]:
    """Yield every call of a function."""
    if isinstance(expr, Call):
        yield expr
    for child in children(expr):
        yield from functions(child)


def uses_status(expr: Expr) -> bool:
    """Tell whether success(), failure(), always() or cancelled() is called."""
    return any(call.name in STATUS_FUNCTIONS for call in functions(expr))
