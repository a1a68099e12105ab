"""The settings that this program itself asks for: what they mean, what they may be, and what counts without them."""

from dataclasses import dataclass
from typing import Final, cast

from pydantic import JsonValue

from stateroom.domains.settings_store.schema import Known as KnownShown


@dataclass(frozen=True, slots=True)
class Known:
    """A key with its meaning; a value that is set has to fit the schema."""

    key: str
    default: JsonValue
    schema: dict[str, JsonValue]
    description: str

    def shown(self) -> KnownShown:
        """Return what the API says of it."""
        return {
            "key": self.key,
            "default": self.default,
            "validation_schema": self.schema,
            "description": self.description,
        }


def _days(key: str, default: int, what: str) -> Known:
    schema = {"type": "integer", "minimum": 1, "maximum": 36_500}
    return Known(key, default, cast("dict[str, JsonValue]", schema), f"Days after which {what}.")


KNOWN: Final = {
    each.key: each
    for each in (
        _days("retention.resolved-errors-days", 90, "errors that are resolved are deleted"),
        _days("retention.read-notifications-days", 30, "notifications that have been read are deleted"),
        _days("retention.deleted-tasks-days", 30, "deleted tasks are gone for good"),
    )
}
