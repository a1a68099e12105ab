"""What expressions may speak of in each place of a file, checked without evaluating them."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from stateroom.domains.workflows.files.expressions.functions import (
    FUNCTIONS,
    STATUS_FUNCTIONS,
    UNSUPPORTED_FUNCTIONS,
)
from stateroom.domains.workflows.files.expressions.references import Reference, functions, references
from stateroom.domains.workflows.files.problems import meant, names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stateroom.domains.workflows.files.expressions.syntax import Call, Expr
    from stateroom.domains.workflows.files.problems import Kind

# What a context holds as far as the file tells; for a need that is the names of its outputs, None if unknown.
Members: TypeAlias = "Mapping[str, tuple[str, ...] | None]"

# What each context has to offer; None: whatever the file puts there.
PROPERTIES: Final[Mapping[str, tuple[str, ...] | None]] = MappingProxyType(
    {
        "env": None,
        "github": ("sha", "ref", "ref_name", "repository", "workspace", "event_name"),
        "matrix": None,
        "needs": ("outputs", "result"),
        "runner": ("os", "temp"),
        "steps": ("outputs", "outcome", "conclusion"),
    }
)
UNSUPPORTED_CONTEXTS: Final = ("secrets", "vars", "inputs", "strategy", "job", "jobs")
_OF_OTHERS: Final = ("needs", "steps")


@dataclass(frozen=True, slots=True)
class Scope:
    """One place of a file: which contexts are known there, and what they hold as far as the file tells."""

    place: str
    contexts: tuple[str, ...]
    status: bool = False
    # By context: ids of needs and steps, keys of the matrix.
    members: Mapping[str, Members] = field(default_factory=dict[str, "Members"])
    # In our own language a reference to nothing is a mistake; in GitHub's it is empty text, which is worth a note.
    strict: bool = False
    # What is known to the language, but not in this place: a mistake, unless GitHub would know it there.
    elsewhere: Kind = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong inside an expression, at an offset of its text."""

    kind: Kind
    message: str
    offset: int


def check(expr: Expr, scope: Scope) -> Iterator[Finding]:
    """Yield what an expression must not use in a place."""
    for call in functions(expr):
        yield from _check_call(call, scope)
    for reference in references(expr):
        yield from _check_reference(reference, scope)


def _check_call(call: Call, scope: Scope) -> Iterator[Finding]:
    given = len(call.arguments)
    if call.name in STATUS_FUNCTIONS:
        if not scope.status:
            message = f"`{call.name}()` is known in `if` only, not in {scope.place}"
            yield Finding("error", message, call.offset)
        elif given:
            yield Finding("error", f"`{call.name}()` takes no values, {given} given", call.offset)
    elif call.name in UNSUPPORTED_FUNCTIONS:
        yield Finding("unsupported", f"the function `{UNSUPPORTED_FUNCTIONS[call.name]}` is not supported", call.offset)
    elif (function := FUNCTIONS.get(call.name)) is None:
        known = [*(each.spelling for each in FUNCTIONS.values()), *STATUS_FUNCTIONS]
        near = meant(call.name, known) or f"; there are {names(known)}"
        yield Finding("error", f"there is no function `{call.name}`{near}", call.offset)
    elif not function.least <= given <= function.most:
        wanted = f"{function.least}" if function.least == function.most else f"{function.least} to {function.most}"
        yield Finding("error", f"`{function.spelling}` takes {wanted} values, {given} given", call.offset)


def _check_reference(reference: Reference, scope: Scope) -> Iterator[Finding]:
    context, offset = reference.context, reference.offset
    if context in scope.contexts:
        yield from _check_path(reference, scope)
    elif context in PROPERTIES:
        yield Finding(scope.elsewhere, _not_here(reference, scope), offset)
    elif context in UNSUPPORTED_CONTEXTS and not scope.strict:
        here = f"; supported here are {names(scope.contexts)}" if scope.contexts else ""
        yield Finding("unsupported", f"`{reference}`: the context `{context}` is not supported{here}", offset)
    else:
        near = meant(context, scope.contexts) or f"; known here are {names(scope.contexts)}"
        yield Finding("error", f"there is no context `{context}`{near}", offset)


def _not_here(reference: Reference, scope: Scope) -> str:
    if scope.elsewhere == "unsupported":
        return f"`{reference}` is known only while the workflow runs; {scope.place} has to be known before"
    known = names(scope.contexts) if scope.contexts else "none"
    return f"`{reference}`: `{reference.context}` is not known in {scope.place}; known there are {known}"


def _check_path(reference: Reference, scope: Scope) -> Iterator[Finding]:
    context = reference.context
    offered = PROPERTIES[context]
    members = scope.members.get(context)
    if offered is None:
        yield from _check_member(reference, members, scope, 0)
    elif context not in _OF_OTHERS:
        if reference.step(0) not in offered:
            message = f"`{reference}` is not supported; of `{context}` there are {names(offered)}"
            yield Finding("error" if scope.strict else "unsupported", message, reference.offset)
    else:
        yield from _check_member(reference, members, scope, 0)
        prop = reference.step(1)
        if prop is not None and prop not in {*offered, "*"}:
            message = f"`{reference}` is not supported; of each of `{context}` there are {names(offered)}"
            yield Finding("error" if scope.strict else "unsupported", message, reference.offset)
        elif (
            prop == "outputs" and members is not None and (outputs := members.get(reference.path[0] or "")) is not None
        ):
            yield from _check_member(reference, dict.fromkeys(outputs), scope, 2)


def _check_member(
    reference: Reference, members: Mapping[str, object] | None, scope: Scope, place: int
) -> Iterator[Finding]:
    name = reference.path[place] if place < len(reference.path) else None
    if members is None or name is None or name == "*" or name.lower() in {each.lower() for each in members}:
        return
    before = Reference(reference.context, reference.path[:place], reference.offset)
    near = meant(name, members) or (f"; there are {names(members)}" if members else "")
    message = f"`{before}` has no `{name}` here, so this is always empty{near}"
    yield Finding("error" if scope.strict else "note", message, reference.offset)
