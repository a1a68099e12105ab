"""What people are told of."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, CreatedAt, CreatedBy, Given, Key, UpdatedAt, UpdatedBy, length
from stateroom.domains.identity.model import User
from stateroom.domains.projects.model import Project
from stateroom.domains.tasks.model import Task


class NotificationType(StrEnum):
    """What happened; people can turn each of them off."""

    TASK_ASSIGNED = "task_assigned"
    TASK_DELAYED = "task_delayed"
    TASK_COMPLETED = "task_completed"
    TASK_UNBLOCKED = "task_unblocked"
    ISSUE_REPORTED = "issue_reported"
    MENTION = "mention"
    APPROVAL_REQUESTED = "approval_requested"
    RUN_FAILED = "run_failed"
    ALERT = "alert"
    SYSTEM = "system"


class Notification(Base):
    """One thing that one person is told of; `created_by` is who did it."""

    __tablename__ = "notifications"

    id: Mapped[Key]
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    type: Mapped[NotificationType]
    title: Mapped[str] = mapped_column(info=length(1, 300))
    message: Mapped[str | None] = mapped_column(info=length(0, 10_000))
    related_task_id: Mapped[UUID | None] = mapped_column(ForeignKey(Task.id, ondelete="SET NULL"))
    is_read: Mapped[Given[bool]]
    read_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]
