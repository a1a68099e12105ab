"""Settings: one value for a key, an environment and a project."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, CreatedAt, CreatedBy, Given, Key, Object, UpdatedAt, UpdatedBy, length
from stateroom.domains.projects.model import Project


class SettingEnvironment(StrEnum):
    """Where a setting counts."""

    ALL = "all"
    DEVELOPMENT = "development"
    TESTING = "testing"
    STAGING = "staging"
    PRODUCTION = "production"


class SettingType(StrEnum):
    """What a setting's value is; an encrypted one is any value, sealed before it comes to the database."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json"
    ARRAY = "array"
    ENCRYPTED = "encrypted"


class Setting(Base):
    """A value, the one before it, and what it has to look like. Changed by functions only."""

    __tablename__ = "settings"
    __table_args__ = (
        UniqueConstraint(
            "key", "environment", "project_id", name="settings_key_unique", postgresql_nulls_not_distinct=True
        ),
    )

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(info=length(0, 200))
    environment: Mapped[Given[SettingEnvironment]]
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    value: Mapped[object]
    value_type: Mapped[SettingType]
    description: Mapped[str | None] = mapped_column(info=length(0, 2000))
    is_encrypted: Mapped[Given[bool]]
    is_sensitive: Mapped[Given[bool]]
    is_readonly: Mapped[Given[bool]]
    validation_schema: Mapped[Object | None]
    revision: Mapped[Given[int]]
    previous_value: Mapped[object] = mapped_column(nullable=True)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]
