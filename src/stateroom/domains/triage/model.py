"""Issues that people report, until it is decided what becomes of them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, FetchedValue, ForeignKey
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import (
    STAMPED,
    Base,
    CreatedAt,
    CreatedBy,
    Given,
    Key,
    Object,
    SearchVector,
    UpdatedAt,
    UpdatedBy,
    length,
)
from stateroom.domains.identity.model import User
from stateroom.domains.projects.model import Project
from stateroom.domains.tasks.model import Task


class TriageStatus(StrEnum):
    """Where an issue stands; the last two are final."""

    PENDING = "pending"
    IN_REVIEW = "in_review"
    RESOLVED = "resolved"
    REJECTED = "rejected"


class TriagePriority(StrEnum):
    """How much an issue matters to who reported it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class TriageItem(Base):
    """A reported issue; reports of the same one, by fingerprint, are counted while it is open."""

    __tablename__ = "triage_items"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    reporter_id: Mapped[UUID | None] = mapped_column(server_default=FetchedValue(), info=STAMPED)
    title: Mapped[str] = mapped_column(info=length(1, 255))
    description: Mapped[str | None] = mapped_column(info=length(0, 100_000))
    status: Mapped[Given[TriageStatus]]
    assigned_to: Mapped[UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    priority: Mapped[Given[TriagePriority]]
    category: Mapped[Given[str]]
    resolution: Mapped[str | None] = mapped_column(info=length(0, 10_000))
    resolved_at: Mapped[datetime | None]
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey(Task.id, ondelete="SET NULL"))
    fingerprint: Mapped[str] = mapped_column(server_default=FetchedValue(), info={**STAMPED, **length(1, 64)})
    occurrences: Mapped[Given[int]]
    metadata_: Mapped[Given[Object]] = mapped_column("metadata")
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]
    search: Mapped[SearchVector]

    @hybrid_property
    def is_open(self) -> bool:
        """Whether it is still to be decided what becomes of it."""
        return self.status in (TriageStatus.PENDING, TriageStatus.IN_REVIEW)

    @is_open.inplace.expression
    @classmethod
    def _is_open_in_sql(cls) -> ColumnElement[bool]:
        return cls.status.in_((TriageStatus.PENDING, TriageStatus.IN_REVIEW))
