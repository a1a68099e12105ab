"""What goes in and out of the API for settings."""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from typing_extensions import TypedDict

from stateroom.core.wire import Id, Time

Environment: TypeAlias = Literal["all", "development", "testing", "staging", "production"]
ValueType: TypeAlias = Literal["string", "number", "boolean", "json", "array", "encrypted"]


class Setting(TypedDict):
    """One value. `value` and `previous_value` are null when it is sensitive: revealing it is a call of its own."""

    id: Id
    key: str
    environment: Environment
    project_id: Id | None
    value: JsonValue
    value_type: ValueType
    description: str | None
    is_encrypted: bool
    is_sensitive: bool
    is_readonly: bool
    validation_schema: dict[str, JsonValue] | None
    revision: int
    previous_value: JsonValue
    is_revertible: bool
    created_at: Time
    updated_at: Time
    created_by: Id | None
    updated_by: Id | None


class Settings(TypedDict):
    """Settings by key, environment and project."""

    items: list[Setting]


class Known(TypedDict):
    """A setting that this program itself asks for, with what counts when nobody has set it."""

    key: str
    default: JsonValue
    validation_schema: dict[str, JsonValue]
    description: str


class KnownSettings(TypedDict):
    """All settings that this program asks for, by key."""

    items: list[Known]


class Revealed(TypedDict):
    """The value of one sensitive setting."""

    id: Id
    key: str
    value: JsonValue
    revision: int


class SetSetting(BaseModel):
    """A new value, or new words about it; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    value: JsonValue = Field(default=None, description="Left out: the value stays.")
    value_type: ValueType | None = Field(
        default=None, description="Default: the type it has, for a new one that of its value. `encrypted` seals it."
    )
    description: str | None = Field(default=None, max_length=2000)
    is_sensitive: bool | None = Field(default=None, description="Sensitive values are shown one by one, and audited.")
    is_readonly: bool | None = Field(default=None, description="For administrators.")
    validation_schema: dict[str, JsonValue] | None = Field(
        default=None, description="JSON Schema that values are held to; `{}` removes it."
    )
    revision: int | None = Field(
        default=None, ge=0, le=2**31 - 1, description="The revision that you have seen; 0: there must be none yet."
    )
