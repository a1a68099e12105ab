"""How ids and times look in JSON: both sides of the API use the same dictionaries, in which they are texts."""

from datetime import datetime
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, Field


def _text(value: object) -> object:
    """Turn what the database driver gives into JSON's text; leave null alone."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value if value is None else str(value)


Id: TypeAlias = Annotated[str, BeforeValidator(_text), Field(json_schema_extra={"format": "uuid"})]
Time: TypeAlias = Annotated[str, BeforeValidator(_text), Field(json_schema_extra={"format": "date-time"})]
