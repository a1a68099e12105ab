"""Python functions as handlers: `app = Stateroom()`, `@app.task(name=…)`, and workers that find them."""

import asyncio
import importlib
import inspect
import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeVar, cast, overload

from stateroom.errors import Conflict, InvalidInput, StateroomError

_Function = TypeVar("_Function", bound=Callable[..., Any])
_CONTEXT_NAME: Final = "ctx"
_YEAR: Final = 365 * 86_400


class Snooze(Exception):
    """Raised by a handler: run me again after a delay; uses up none of the retries."""

    def __init__(self, delay_seconds: float) -> None:
        """Say after how many seconds."""
        super().__init__(f"snoozed for {delay_seconds:g} s")
        self.delay_seconds = delay_seconds


class Fail(Exception):
    """Raised by a handler: this run has failed, and trying it again would not help."""


class Retry(Exception):
    """Raised by a handler: this attempt has failed; try again after this delay, if there are retries left."""

    def __init__(self, delay_seconds: float, message: str = "") -> None:
        """Say after how many seconds, and why."""
        super().__init__(message or f"to be tried again after {delay_seconds:g} s")
        self.delay_seconds = delay_seconds


class ContextSink(Protocol):
    """Where a worker takes what handlers say; called in the event loop's thread only."""

    def log(self, level: str, message: str, data: Mapping[str, object] | None) -> None:
        """Take a line for the run's log."""
        ...

    def progress(self, percent: float | None, message: str | None, data: Mapping[str, object] | None) -> None:
        """Take how far the run is."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler knows about the run that it executes; passed to a parameter named `ctx`.

    `run_id` stays the same over all attempts. `last_progress` is what the attempt before has reported last, as
    {"percent", "message", "data"}; None when there was none.
    """

    run_id: str
    attempt: int
    task: str
    last_progress: Mapping[str, Any] | None
    _sink: ContextSink = field(repr=False)
    _cancelled: asyncio.Event = field(repr=False)
    _loop: asyncio.AbstractEventLoop = field(repr=False)
    _thread: int = field(default_factory=threading.get_ident, repr=False)

    @property
    def key(self) -> str:
        """The same for all attempts of this run, and for no other: makes effects elsewhere idempotent."""
        return self.run_id

    @property
    def cancelled(self) -> bool:
        """Whether the run was cancelled, has timed out or is to be given back: long loops in threads should ask."""
        return self._cancelled.is_set()

    def log(self, message: str, *, level: str = "info", data: Mapping[str, object] | None = None) -> None:
        """Write a line to the run's log (debug, info, warn, error or fatal), from any thread."""
        if level not in {"debug", "info", "warn", "error", "fatal"}:
            raise ValueError(f"unknown level {level!r}: use debug, info, warn, error or fatal")
        self._in_loop(self._sink.log, level, message, data)

    def progress(
        self, percent: float | None = None, message: str | None = None, *, data: Mapping[str, object] | None = None
    ) -> None:
        """Say how far the run is (0 to 100), from any thread; `data` is for the next attempt, should there be one.

        It also says that the handler is alive, to which a heartbeat time-out listens.
        """
        if percent is not None and not 0 <= percent <= 100:
            raise ValueError(f"progress is a percentage from 0 to 100, not {percent}")
        self._in_loop(self._sink.progress, percent, message, data)

    def _in_loop(self, call: Callable[..., None], *arguments: object) -> None:
        if threading.get_ident() == self._thread:
            call(*arguments)
        else:
            self._loop.call_soon_threadsafe(call, *arguments)


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
        if not self.wants_context and values.keys() == self.accepted:
            return values
        missing = self.required - values.keys()
        extra = set[str]() if self.accepts_any else values.keys() - self.accepted
        if missing or extra or (self.wants_context and _CONTEXT_NAME in values):
            said = [f"'{name}' is missing" for name in sorted(missing)]
            said += [f"'{name}' is not a parameter" for name in sorted(extra)]
            raise InvalidInput(
                f"The input does not fit handler '{self.name}': {', '.join(said) or 'ctx is not an input'}.",
                hint=f"Its parameters are: {', '.join(sorted(self.accepted)) or 'none'}.",
            )
        return {**values, _CONTEXT_NAME: context()} if self.wants_context else values


class Stateroom:
    """A collection of handlers; workers load it as `package.module:app`."""

    def __init__(self) -> None:
        """Start without handlers."""
        self._handlers: dict[str, Handler] = {}

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """All handlers by name."""
        return MappingProxyType(self._handlers)

    def registrations(self) -> list[dict[str, object]]:
        """Return what the database is told about the handlers (`register_handlers`)."""
        return [handler.registration() for handler in self._handlers.values()]

    @overload
    def task(self, function: _Function, /) -> _Function: ...
    @overload
    def task(
        self,
        function: None = None,
        /,
        *,
        name: str | None = None,
        title: str | None = None,
        max_retries: int = 3,
        retry_policy: Mapping[str, object] | None = None,
        timeout: float = 3600,
        start_timeout: float | None = None,
        heartbeat_timeout: float | None = None,
        deadline: float | None = None,
        queue: str = "default",
        priority: int = 0,
    ) -> Callable[[_Function], _Function]: ...
    def task(  # noqa: PLR0913 (as above)
        self,
        function: _Function | None = None,
        /,
        *,
        name: str | None = None,
        title: str | None = None,
        max_retries: int = 3,
        retry_policy: Mapping[str, object] | None = None,
        timeout: float = 3600,
        start_timeout: float | None = None,
        heartbeat_timeout: float | None = None,
        deadline: float | None = None,
        queue: str = "default",
        priority: int = 0,
    ) -> _Function | Callable[[_Function], _Function]:
        """Register a function, plain or async, as the handler `name` (default: the function's name).

        It is called with the run's input as keyword arguments; what it returns must be JSON and becomes the result.
        All times are in seconds: an attempt may take `timeout`, be silent (without `ctx.progress`) for
        `heartbeat_timeout`, and the run has to begin within `start_timeout` and to end, retries included, within
        `deadline`. `retry_policy` may give initial_seconds, factor, maximum_seconds, jitter (a fraction) and
        non_retryable (names of exceptions). A `priority` of 10 goes first. Plain functions run in threads, where a
        time-out cannot stop them.

        Raises:
            InvalidInput: an option or the function is of no use.
            Conflict: the name is taken.
        """

        def register(registered: _Function) -> _Function:
            own_name = name or getattr(registered, "__name__", "")
            options = HandlerOptions(
                title=title or own_name,
                timeout_seconds=float(timeout),
                start_timeout_seconds=start_timeout,
                heartbeat_timeout_seconds=heartbeat_timeout,
                deadline_seconds=deadline,
                max_retries=max_retries,
                retry_policy=dict(retry_policy or {}),
                queue=queue,
                priority=priority,
            )
            self._add(_handler(own_name, registered, options))
            return registered

        return register if function is None else register(function)

    def _add(self, handler: Handler) -> None:
        other = self._handlers.get(handler.name)
        if other is not None:
            raise Conflict(
                f"Two handlers are named '{handler.name}': {other.place} and {handler.place}.",
                hint="Give one of them another name: @app.task(name=…).",
            )
        self._handlers[handler.name] = handler


def _handler(name: str, function: Callable[..., Any], options: HandlerOptions) -> Handler:
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
        is_async=inspect.iscoroutinefunction(function)
        or inspect.iscoroutinefunction(getattr(function, "__call__", None)),  # noqa: B004 (of an object with async __call__)
        wants_context=_CONTEXT_NAME in by_name,
        accepted=frozenset(inputs),
        required=frozenset(key for key, each in inputs.items() if each.default is each.empty),
        accepts_any=any(each.kind is each.VAR_KEYWORD for each in parameters.values()),
        options=options,
        place=place,
    )


def _wrong(name: str, function: Callable[..., Any], options: HandlerOptions) -> str | None:
    if not 0 < len(name) <= 255:
        return "its name must have 1 to 255 characters"
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return "it is a generator; return a value instead of yielding"
    if options.max_retries < 0:
        return "max_retries must be 0 or more"
    limits = {
        "timeout": options.timeout_seconds,
        "start_timeout": options.start_timeout_seconds,
        "heartbeat_timeout": options.heartbeat_timeout_seconds,
        "deadline": options.deadline_seconds,
    }
    for limit, seconds in limits.items():
        if seconds is not None and not 0 < seconds <= _YEAR:
            return f"{limit} must be a positive number of seconds, at most a year"
    if not 0 <= options.priority <= 10:
        return "priority must be from 0 to 10"
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


def load_app(spec: str) -> Stateroom:
    """Import `package.module:app` (the current directory counts as a place for modules) and return the app.

    Raises:
        InvalidInput: the module, the attribute or its type is wrong, or the module raises while it is imported.
    """
    module_name, colon, attribute = spec.partition(":")
    if not colon or not module_name or not attribute:
        raise InvalidInput(f"'{spec}' does not name handlers.", hint="Write package.module:app.")
    if os.getcwd() not in sys.path:  # noqa: PTH109 (sys.path has strings)
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 (as above)
    try:
        found: object = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise InvalidInput(
                f"The module '{module_name}' needs the module '{error.name}', which is missing."
            ) from error
        raise InvalidInput(
            f"There is no module '{error.name}' for the handlers '{spec}'.",
            hint=f"Modules are looked for in {os.getcwd()} and where Python finds its packages.",  # noqa: PTH109 (as it stands in sys.path)
        ) from error
    except StateroomError:
        raise
    except Exception as error:
        raise InvalidInput(
            f"The module '{module_name}' fails while it is imported: {type(error).__name__}: {error}"
        ) from error
    for name in attribute.split("."):
        if not hasattr(found, name):
            raise InvalidInput(f"The module '{module_name}' has no '{attribute}'.", hint=_suggest(module_name))
        found = getattr(found, name)
    if not isinstance(found, Stateroom):
        raise InvalidInput(
            f"'{spec}' is a {type(found).__name__}, not a collection of handlers.", hint=_suggest(module_name)
        )
    return found


def _suggest(module_name: str) -> str:
    names = [name for name, value in vars(sys.modules[module_name]).items() if isinstance(value, Stateroom)]
    if names:
        return f"Perhaps {' or '.join(f'{module_name}:{name}' for name in names)}?"
    return "It needs `app = Stateroom()` at module level (from stateroom import Stateroom)."
