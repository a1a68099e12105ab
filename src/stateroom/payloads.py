"""Typed payloads: what programs give becomes JSON, and JSON becomes what a handler's annotations ask for.

Annotations that JSON knows by itself (str, dict[str, int], Any, …) cost nothing. Dataclasses, Pydantic models, times,
UUIDs and the like are read by Pydantic, and whatever holds a msgspec Struct by msgspec, which is not needed otherwise.
"""

import functools
import inspect
import json
import re
import sys
import typing
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, Final, Union, cast, get_args, get_origin

from stateroom.errors import InvalidInput

Decode = Callable[[Any], Any]

_PLAIN: Final = frozenset({str, int, float, bool, NoneType, object, dict, list, Any, inspect.Parameter.empty})
_CONTAINERS: Final = (dict, list, Mapping, Union, UnionType)
_AMBIGUOUS: Final = frozenset({set, frozenset, bytes, bytearray})
"""Nobody has said how these are meant: Pydantic would make lists and texts of them."""

_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def jsonable(value: object) -> object:
    """Say as JSON what json.dumps does not know; to be its `default`. Raises TypeError for what cannot be said."""
    if _is_struct(type(value)):
        return _of_struct(value)
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        if type(value) in _AMBIGUOUS:
            raise _unsayable(value)
        return to_jsonable_python(value, fallback=_of_struct)
    except PydanticSerializationError as error:
        raise _unsayable(value) from error


def _of_struct(value: object) -> object:
    if not _is_struct(type(value)):
        raise _unsayable(value)
    import msgspec

    return msgspec.to_builtins(value)


def _unsayable(value: object) -> TypeError:
    return TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


ENCODER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=jsonable)


def encode(value: object, what: str) -> str:
    """Return JSON text that PostgreSQL takes.

    Raises:
        InvalidInput: it is none; `what` is its name in the message, such as "result".
    """
    try:
        text = ENCODER.encode(value)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"The {what} cannot be stored as JSON: {error}.") from error
    if "\\u0000" in text and _NUL.search(text):
        raise InvalidInput(f"The {what} cannot be stored as JSON: it holds a NUL character.")
    return text


class Signature:
    """The types of a function's inputs and result, looked up when they are first needed.

    A module may define below a function what the function's annotations name.
    """

    __slots__ = ("_function", "_inputs", "_names", "_result")

    def __init__(self, function: Callable[..., Any], names: frozenset[str]) -> None:
        """Remember the function and those of its parameters that are inputs."""
        self._function = function
        self._names = names
        self._inputs: Mapping[str, Decode] | None = None
        self._result: Decode | None = None

    @property
    def inputs(self) -> Mapping[str, Decode]:
        """What turns JSON into inputs, for those that need it.

        Raises:
            InvalidInput: an annotation names what does not exist, or is of no use.
        """
        if self._inputs is None:
            self._resolve()
        return cast("Mapping[str, Decode]", self._inputs)

    @property
    def result(self) -> Decode:
        """What turns JSON into the result. Raises as inputs."""
        if self._inputs is None:
            self._resolve()
        return self._result or _as_it_is

    def _resolve(self) -> None:
        function: Any = inspect.unwrap(self._function)
        if not inspect.isroutine(function):
            function = function.func if isinstance(function, functools.partial) else type(function).__call__
        try:
            hints = typing.get_type_hints(function, include_extras=True)
        except (NameError, TypeError) as error:
            raise InvalidInput(
                f"The annotations of {getattr(function, '__qualname__', function)} cannot be read: {error}.",
                hint="Import what they name at the module's top level, and not only for type checkers.",
            ) from error
        found = {name: decoder(hint) for name, hint in hints.items() if name in self._names}
        self._result = decoder(hints.get("return", Any))
        self._inputs = {name: decode for name, decode in found.items() if decode is not None}


def decoder(annotation: Any) -> Decode | None:
    """Return what makes a value of this type from JSON; None when JSON's own value is one.

    The function that is returned raises ValueError (Pydantic's and msgspec's own), which names the field.
    """
    if _is_plain(annotation):
        return None
    if _holds_struct(annotation):
        import msgspec

        return lambda value: msgspec.convert(value, annotation)
    from pydantic import TypeAdapter
    from pydantic.errors import PydanticUserError

    try:
        adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    except PydanticUserError:
        return None  # a type that nobody can read from JSON: the value is passed as it is
    return lambda value: adapter.validate_json(json.dumps(value))  # in JSON a time is a text, even for strict models


def complaint(name: str, error: Exception) -> str:
    """Say which field of an input is wrong, and how."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        where = ".".join(str(each) for each in (name, *first["loc"]))
        return f"'{where}': {first['msg']}"
    said = str(error)  # msgspec: Expected `int`, got `str` - at `$.items[0].price`
    message, _, path = said.partition(" - at `$")
    return f"'{name}{path.rstrip('`')}': {message}"


def _as_it_is(value: Any) -> Any:
    return value


def _is_plain(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin is None:
        return isinstance(annotation, typing.TypeVar) or annotation in _PLAIN
    return origin in _CONTAINERS and all(_is_plain(each) for each in get_args(annotation))


def _is_struct(kind: object) -> bool:
    """Whoever has a Struct has imported msgspec; nobody else has to."""
    msgspec = sys.modules.get("msgspec")
    return msgspec is not None and isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _holds_struct(annotation: Any) -> bool:
    return _is_struct(annotation) or any(_holds_struct(each) for each in get_args(annotation))
