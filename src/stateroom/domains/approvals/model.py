"""What goes on only when somebody who was asked says so."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, FetchedValue, ForeignKey, Uuid
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, CreatedAt, CreatedBy, Given, Key, Object, UpdatedAt, UpdatedBy, length
from stateroom.domains.deployments.model import Deployment
from stateroom.domains.identity.model import UserRole
from stateroom.domains.projects.model import Project


class ApprovalDecision(StrEnum):
    """What was decided."""

    APPROVED = "approved"
    REJECTED = "rejected"


class Approval(Base):
    """A task run or a deployment that waits for somebody: the people named, a role, or else the maintainers."""

    __tablename__ = "approvals"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    task_run_id: Mapped[UUID | None]
    deployment_id: Mapped[UUID | None] = mapped_column(ForeignKey(Deployment.id, ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(info=length(1, 255))
    requested_from: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=FetchedValue())
    requested_role: Mapped[UserRole | None]
    form: Mapped[Given[Object]]
    due_at: Mapped[datetime | None]
    default_answer: Mapped[ApprovalDecision | None]
    decision: Mapped[ApprovalDecision | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    answers: Mapped[Given[Object]]
    comment: Mapped[str | None] = mapped_column(info=length(0, 10_000))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]

    @hybrid_property
    def is_open(self) -> bool:
        """Whether it is still to be decided."""
        return self.decision is None

    @is_open.inplace.expression
    @classmethod
    def _is_open_in_sql(cls) -> ColumnElement[bool]:
        return cls.decision.is_(None)
