"""Holds values to their JSON Schema before they are sent; the database judges again whatever it can read."""

from collections.abc import Mapping
from typing import Any, Final, cast

from jsonschema import Draft202012Validator, SchemaError, ValidationError, validators
from pydantic import JsonValue

from stateroom.errors import InvalidInput

_MOST_DEEP: Final = 25
_NOT_HERE: Final = frozenset(
    {"$ref", "$dynamicRef", "$id", "patternProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems"}
)
"""What would make the library fetch, or search with regular expressions that take for ever."""


def check_value(key: str, value: JsonValue, schema: Mapping[str, JsonValue] | None, *, sealed: bool) -> None:
    """Refuse a value that does not fit.

    Patterns are left to the database, whose regular expressions take no exponential time. It cannot read what is
    sealed: a schema of that has none.

    Raises:
        InvalidInput: the value does not fit, or the schema is not one.
    """
    if not schema:
        return
    if _deep(schema) > _MOST_DEEP:
        raise InvalidInput(f"setting {key}: schema is nested too deep")
    words = _words(schema)
    if unwanted := words & _NOT_HERE:
        raise InvalidInput(f"setting {key}: schema: {min(unwanted)} is not a keyword that is understood here")
    if sealed and "pattern" in words:
        raise InvalidInput(
            f"setting {key}: a sealed value cannot be held to a pattern", hint="Leave `pattern` out of its schema."
        )
    # The library's types know less than it does.
    validator = cast("Any", validators).extend(Draft202012Validator, {"pattern": _leave})
    try:
        Draft202012Validator.check_schema(cast("dict[str, Any]", schema))
        validator(schema).validate(value)
    except SchemaError as error:
        raise InvalidInput(f"setting {key}: its schema is not valid: {error.message}") from error
    except ValidationError as error:
        place = "".join(f"[{part!r}]" for part in error.absolute_path)
        # What the library says quotes the value, which nobody may see of a sealed one.
        said = f"does not fit {error.validator}" if sealed else error.message
        raise InvalidInput(
            f"setting {key}: value{place}: {said}", hint="Its type and its schema are shown with it."
        ) from None


def _leave(*_arguments: object) -> tuple[()]:
    """Find nothing wrong."""
    return ()


def _deep(part: object) -> int:
    """Count levels without recursion: what is sent may be nested to exhaust it."""
    depth, level = 0, [part]
    while level and depth <= _MOST_DEEP:
        depth += 1
        level = [inner for each in level for inner in _inner(each)]
    return depth


def _inner(part: object) -> list[object]:
    match part:
        case dict():
            return list(cast("dict[str, object]", part).values())
        case list():
            return cast("list[object]", part)
        case _:
            return []


def _words(part: object) -> set[str]:
    """Return all names in a schema, keywords or not."""
    inner = _inner(part)
    found = set(cast("dict[str, object]", part) if isinstance(part, dict) else ())
    return found.union(*(_words(each) for each in inner))
