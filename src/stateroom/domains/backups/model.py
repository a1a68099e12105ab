"""Backups, and what becomes of the big tables' old partitions."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import FetchedValue, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from stateroom.db.base import Base, Big, CreatedAt, CreatedBy, Given, Key, Object, UpdatedAt, UpdatedBy, length


class Lsn(UserDefinedType[str]):
    """A place in the write-ahead log."""

    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        """Return PostgreSQL's name of it."""
        del kw
        return "pg_lsn"


class BackupKind(StrEnum):
    """What a backup holds."""

    FULL = "full"
    INCREMENTAL = "incremental"
    LOGICAL = "logical"


class BackupState(StrEnum):
    """What has become of a backup."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DELETED = "deleted"


class Backup(Base):
    """One backup, and the proof that it can be restored."""

    __tablename__ = "backups"

    id: Mapped[Key]
    kind: Mapped[BackupKind]
    state: Mapped[Given[BackupState]]
    parent_backup_id: Mapped[UUID | None] = mapped_column(ForeignKey("stateroom.backups.id", ondelete="SET NULL"))
    started_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]
    size_bytes: Mapped[Big | None]
    start_lsn: Mapped[str | None] = mapped_column(Lsn)
    end_lsn: Mapped[str | None] = mapped_column(Lsn)
    location: Mapped[str] = mapped_column(info=length(1, 2000))
    encrypted: Mapped[Given[bool]]
    verified_at: Mapped[datetime | None]
    verification: Mapped[Given[Object]]
    error_message: Mapped[str | None] = mapped_column(info=length(0, 10_000))


class PartitionPolicy(Base):
    """How wide the partitions of a big table are, and how long its rows are kept."""

    __tablename__ = "partition_policies"
    __table_args__ = (UniqueConstraint("table_name"),)

    id: Mapped[Key]
    table_name: Mapped[str] = mapped_column(info=length(1, 50))
    period: Mapped[Given[str]]
    fillfactor: Mapped[Given[int]]
    keep_days: Mapped[int | None]
    archive: Mapped[Given[bool]]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]


class PartitionArchive(Base):
    """A partition that was written to a file, and perhaps loaded back for a while."""

    __tablename__ = "partition_archives"
    __table_args__ = (UniqueConstraint("partition_name"),)

    id: Mapped[Key]
    partition_name: Mapped[str] = mapped_column(info=length(1, 63))
    table_name: Mapped[str] = mapped_column(info=length(1, 50))
    low: Mapped[UUID]
    high: Mapped[UUID]
    row_count: Mapped[Big]
    size_bytes: Mapped[Big]
    sha256: Mapped[str]
    location: Mapped[str] = mapped_column(info=length(1, 4096))
    archived_at: Mapped[CreatedAt]
    dropped_at: Mapped[datetime | None]
    loaded_until: Mapped[datetime | None]


class UpkeepJob(Base):
    """When a job of the upkeep last ran, and what came of it."""

    __tablename__ = "upkeep_jobs"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(info=length(1, 100))
    last_started_at: Mapped[datetime]
    last_finished_at: Mapped[datetime | None]
    last_succeeded_at: Mapped[datetime | None]
    last_rows: Mapped[Big | None]
    last_duration_ms: Mapped[float | None]
    last_error: Mapped[str | None] = mapped_column(info=length(0, 2000))
    runs: Mapped[Big] = mapped_column(server_default=FetchedValue())
    failures: Mapped[Big] = mapped_column(server_default=FetchedValue())
