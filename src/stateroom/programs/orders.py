"""What is to be enqueued or started, as one SQL statement whose parameters are texts: every driver can send those."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from uuid import UUID

from stateroom.errors import InvalidInput
from stateroom.payloads import ENCODER, encode

if TYPE_CHECKING:
    from stateroom.handlers import Handler

Task: TypeAlias = Callable[..., Any] | str
"""A handler's function or name; a name, title or id serves for tasks that other programs know."""

Arguments: TypeAlias = tuple[str | list[str] | None, ...]

# cast() and not ::, since SQLAlchemy reads a colon as a parameter
ENQUEUE: Final = """
select run_id, created from stateroom.enqueue_many(p_task => cast($1 as text),
  p_inputs => cast(cast($2 as text[]) as jsonb[]), p_priority => cast(cast($3 as text) as integer),
  p_run_at => cast(cast($4 as text) as timestamptz), p_delay => cast(cast($5 as text) as double precision),
  p_keys => cast($6 as text[]), p_unique => cast(cast($7 as text) as jsonb),
  p_project => cast(cast($8 as text) as uuid))"""
ENQUEUE_CHILDREN: Final = """
select run_id, created from stateroom.enqueue_children(p_task => cast($1 as text),
  p_inputs => cast(cast($2 as text[]) as jsonb[]), p_priority => cast(cast($3 as text) as integer),
  p_run_at => cast(cast($4 as text) as timestamptz), p_delay => cast(cast($5 as text) as double precision),
  p_keys => cast($6 as text[]), p_unique => cast(cast($7 as text) as jsonb),
  p_run => cast(cast($8 as text) as uuid), p_token => cast(cast($9 as text) as bigint))"""
START: Final = """
select stateroom.start_workflow(w.id, p_version => cast(cast($2 as text) as integer),
  p_env => cast(cast($3 as text) as jsonb), p_key => cast($4 as text)), true
from stateroom.workflows w
where w.name = $1 and w.project_id = coalesce(cast(cast($5 as text) as uuid), stateroom.personal_project())"""
REGISTER: Final = """
select stateroom.register_handlers(coalesce(cast(cast($1 as text) as uuid), stateroom.personal_project()),
  cast(cast($2 as text) as jsonb))"""
PUBLISH: Final = """
select version, created from stateroom.publish_workflow(
  coalesce(cast(cast($1 as text) as uuid), stateroom.personal_project()), cast($2 as text),
  cast(cast($3 as text) as jsonb))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Runs of one task, in one go; a priority of 10 goes first, `delay` is in seconds."""

    task: str
    inputs: Sequence[str]
    priority: int | None = None
    run_at: datetime | None = None
    delay: float | None = None
    keys: Sequence[str] | None = None
    unique: Mapping[str, object] | None = None

    def arguments(self) -> Arguments:
        """Return the first seven parameters of ENQUEUE and ENQUEUE_CHILDREN.

        Raises:
            InvalidInput: two ways to say when, or a time without a zone.
        """
        if self.run_at is not None and (self.delay is not None or self.run_at.tzinfo is None):
            wrong = "has no time zone" if self.delay is None else "and delay both say when"
            raise InvalidInput(f"run_at {wrong}.", hint="Give one of them; datetime.now(UTC) has a zone.")
        return (
            self.task,
            list(self.inputs),
            None if self.priority is None else str(self.priority),
            None if self.run_at is None else self.run_at.isoformat(),
            None if self.delay is None else str(float(self.delay)),
            list(self.keys or ()),
            None if self.unique is None else ENCODER.encode(self.unique),
        )


def text_of(project: UUID | str | None) -> str | None:
    """Return a project's id as a parameter."""
    return None if project is None else str(project)


def input_of(payload: object, handler: "Handler | None", name: str) -> str:
    """Return a run's input as JSON text.

    A mapping holds inputs by name. Any other object is the handler's only input, whose name the app has to know.

    Raises:
        InvalidInput: it does not fit the handler, or JSON.
    """
    if payload is None:
        values: Mapping[str, object] = {}
    elif isinstance(payload, Mapping):
        values = payload  # pyright: ignore[reportUnknownVariableType]  what its keys are, the handler's check says
    else:
        values = {_only_input(payload, handler, name): payload}
    if handler is not None:
        handler.check(values.keys())
    return encode(values, f"input of '{name}'")


def _only_input(payload: object, handler: "Handler | None", name: str) -> str:
    kind = type(payload).__name__
    if handler is None:
        raise InvalidInput(
            f"'{name}' is no handler of this app, so nobody knows which of its inputs the {kind} is.",
            hint="Give a mapping of names and values.",
        )
    inputs = handler.required or handler.accepted
    if len(inputs) != 1:
        raise InvalidInput(
            f"The handler '{name}' has {len(inputs)} inputs, so nobody knows which of them the {kind} is.",
            hint=f"Give a mapping of names and values; the names are {', '.join(sorted(handler.accepted)) or 'none'}.",
        )
    return next(iter(inputs))
