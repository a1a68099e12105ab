"""One handler: a function, what is known about its parameters, and the options of its runs."""

import inspect
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from stateroom.context import Context
from stateroom.errors import InvalidInput
from stateroom.payloads import Signature, complaint

_CONTEXT_NAME: Final = "ctx"
_YEAR: Final = 365 * 86_400


@dataclass(frozen=True, slots=True)
class HandlerOptions:
    """How runs of a handler are treated unless the enqueuing says otherwise."""

    title: str
    timeout_seconds: float
    start_timeout_seconds: float | None
    heartbeat_timeout_seconds: float | None
    deadline_seconds: float | None
    max_retries: int
    retry_policy: Mapping[str, object]
    queue: str
    priority: int
    transaction: bool = False


@dataclass(frozen=True, slots=True)
class Handler:
    """A registered function, and what is known about its parameters."""

    name: str
    function: Callable[..., Any]
    is_async: bool
    wants_context: bool
    accepted: frozenset[str]
    required: frozenset[str]
    accepts_any: bool
    options: HandlerOptions
    place: str
    signature: Signature

    def registration(self) -> dict[str, object]:
        """Return what the database is told about it (`register_handlers`)."""
        options = self.options
        return {
            "handler": self.name,
            "title": options.title,
            "timeout_seconds": options.timeout_seconds,
            "start_timeout_seconds": options.start_timeout_seconds,
            "heartbeat_timeout_seconds": options.heartbeat_timeout_seconds,
            "deadline_seconds": options.deadline_seconds,
            "max_retries": options.max_retries,
            "retry_policy": dict(options.retry_policy),
            "queue": options.queue,
            "priority": options.priority,
        }

    def arguments(self, values: dict[str, object], context: Callable[[], Context]) -> dict[str, object]:
        """Return the call's keyword arguments, or raise `InvalidInput` if they do not fit the function."""
        if self.wants_context or values.keys() != self.accepted:
            self.check(values.keys())
        if types := self.signature.inputs:
            values = self._decoded(values, types)
        return {**values, _CONTEXT_NAME: context()} if self.wants_context else values

    def check(self, given: Iterable[object]) -> None:
        """Raise `InvalidInput` if these are not the names of the inputs."""
        names = set(given)
        missing = self.required - names
        extra = set[object]() if self.accepts_any else names - self.accepted
        if missing or extra or (self.wants_context and _CONTEXT_NAME in names):
            said = [f"'{name}' is missing" for name in sorted(missing)]
            said += [f"'{name}' is not a parameter" for name in sorted(extra, key=str)]
            raise InvalidInput(
                f"The input does not fit handler '{self.name}': {', '.join(said) or 'ctx is not an input'}.",
                hint=f"Its parameters are: {', '.join(sorted(self.accepted)) or 'none'}.",
            )

    def _decoded(self, values: dict[str, object], types: Mapping[str, Callable[[Any], Any]]) -> dict[str, object]:
        """Make of JSON what the annotations ask for."""
        decoded = dict(values)
        for name in types.keys() & values.keys():
            try:
                decoded[name] = types[name](values[name])
            except ValueError as error:
                raise InvalidInput(
                    f"The input does not fit handler '{self.name}': {complaint(name, error)}."
                ) from error
        return decoded


def make_handler(name: str, function: Callable[..., Any], options: HandlerOptions) -> Handler:
    """Look at a function, and return it as a handler. Raises InvalidInput for what cannot be called."""
    place = _place(function)
    if wrong := _wrong(name, function, options):
        raise InvalidInput(f"The handler '{name}' ({place}) cannot be used: {wrong}.")
    parameters = inspect.signature(function).parameters
    by_name = {
        key: each for key, each in parameters.items() if each.kind in {each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY}
    }
    if any(each.kind is each.POSITIONAL_ONLY and each.default is each.empty for each in parameters.values()):
        raise InvalidInput(f"The handler '{name}' ({place}) has positional-only parameters; inputs have names.")
    inputs = {key: each for key, each in by_name.items() if key != _CONTEXT_NAME}
    return Handler(
        name=name,
        function=function,
        is_async=_is_async(function),
        wants_context=_CONTEXT_NAME in by_name,
        accepted=frozenset(inputs),
        required=frozenset(key for key, each in inputs.items() if each.default is each.empty),
        signature=Signature(function, frozenset(inputs)),
        accepts_any=any(each.kind is each.VAR_KEYWORD for each in parameters.values()),
        options=options,
        place=place,
    )


def _is_async(function: Callable[..., Any]) -> bool:
    called = getattr(function, "__call__", None)  # noqa: B004 (of an object with async __call__)
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)


def _wrong(name: str, function: Callable[..., Any], options: HandlerOptions) -> str | None:
    if not 0 < len(name) <= 255:
        return "its name must have 1 to 255 characters"
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return "it is a generator; return a value instead of yielding"
    if options.transaction and not _is_async(function):
        return "transaction=True is for async functions: a connection cannot be shared with a thread"
    limits = {
        "timeout": options.timeout_seconds,
        "start_timeout": options.start_timeout_seconds,
        "heartbeat_timeout": options.heartbeat_timeout_seconds,
        "deadline": options.deadline_seconds,
    }
    for limit, seconds in limits.items():
        if seconds is not None and not 0 < seconds <= _YEAR:
            return f"{limit} must be a positive number of seconds, at most a year"
    if not 0 <= options.priority <= 10 or options.max_retries < 0:
        return "priority must be from 0 to 10, and max_retries 0 or more"
    return _wrong_policy(options.retry_policy)


def _wrong_policy(policy: Mapping[str, object]) -> str | None:
    numbers = {"initial_seconds", "factor", "maximum_seconds", "jitter"}
    if unknown := policy.keys() - numbers - {"non_retryable"}:
        return f"retry_policy does not know {', '.join(sorted(unknown))}"
    for name in sorted(numbers & policy.keys()):
        value = policy[name]
        if not isinstance(value, int | float) or not 0 <= value < float("inf"):
            return f"retry_policy: {name} must be a number from 0, not {value!r}"
    names = policy.get("non_retryable", [])
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in cast("list[object]", names)):
        return "retry_policy: non_retryable must be a list of names of exceptions"
    return None


def _place(function: Callable[..., Any]) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return f"{os.path.relpath(code.co_filename)}:{code.co_firstlineno}" if code is not None else repr(function)
