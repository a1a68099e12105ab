"""The record of every revision and object that was ever applied."""

from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, CreatedAt, Given, Key, length


class SchemaChange(StrEnum):
    """What was applied: a revision of the tables, or a file of replaceable objects."""

    REVISION = "revision"
    OBJECT = "object"


class SchemaHistory(Base):
    """One application of a revision or object."""

    __tablename__ = "schema_history"

    id: Mapped[Key]
    kind: Mapped[SchemaChange]
    name: Mapped[str] = mapped_column(info=length(0, 200))
    version: Mapped[str] = mapped_column(info=length(0, 64))
    description: Mapped[str | None]
    checksum: Mapped[str | None]
    applied_at: Mapped[CreatedAt]
    duration_ms: Mapped[Given[int]]
