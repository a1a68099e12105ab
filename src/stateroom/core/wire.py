"""How ids and times look in JSON: both sides of the API use the same dictionaries, in which they are texts."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from pydantic import Field

Id: TypeAlias = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Time: TypeAlias = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


def plain(row: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Turn a row of the database driver into what JSON can say; values that were JSON stay as they are."""
    return {name: _plain(value) for name, value in row}


def time_text(at: datetime) -> str:
    """Write a time in ISO 8601."""
    return at.isoformat().replace("+00:00", "Z")


def _plain(value: object) -> object:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return time_text(value)
        case Decimal():
            return float(value)
        case _:
            return value
