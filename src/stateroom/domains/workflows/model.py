"""Workflows and the versions of their definitions."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from stateroom.db.base import (
    Base,
    CreatedAt,
    CreatedBy,
    Given,
    GivenSmall,
    Key,
    Object,
    SearchVector,
    UpdatedAt,
    UpdatedBy,
    length,
)
from stateroom.domains.projects.model import Project


class WorkflowType(StrEnum):
    """What a workflow is for."""

    CI_CD = "ci_cd"
    DEPLOYMENT = "deployment"
    TESTING = "testing"
    MONITORING = "monitoring"
    CUSTOM = "custom"


class WorkflowStatus(StrEnum):
    """Whether a workflow can be started."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class Workflow(Base):
    """Steps that are executed together, again and again."""

    __tablename__ = "workflows"
    __table_args__ = (UniqueConstraint("project_id", "name", name="workflows_name_key"),)

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(info=length(1, 200))
    description: Mapped[str | None] = mapped_column(info=length(0, 10_000))
    type: Mapped[Given[WorkflowType]]
    status: Mapped[Given[WorkflowStatus]]
    priority: Mapped[GivenSmall]
    configuration: Mapped[Given[Object]]
    env: Mapped[Given[Object]]
    tags: Mapped[Given[list[str]]]
    parent_workflow_id: Mapped[UUID | None] = mapped_column(ForeignKey("workflows.id", ondelete="SET NULL"))
    timeout_seconds: Mapped[Given[int]]
    latest_version: Mapped[Given[int]]
    next_run_number: Mapped[Given[int]]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]
    search: Mapped[SearchVector]

    versions: Mapped[list["WorkflowVersion"]] = relationship(
        back_populates="workflow", order_by="WorkflowVersion.version", lazy="raise", passive_deletes=True
    )


class WorkflowVersion(Base):
    """A definition that never changes; a run pins the one that it executes."""

    __tablename__ = "workflow_versions"
    __table_args__ = (
        UniqueConstraint("workflow_id", "version", name="workflow_versions_key"),
        UniqueConstraint("workflow_id", "content_hash", name="workflow_versions_content_key"),
    )

    id: Mapped[Key]
    workflow_id: Mapped[UUID] = mapped_column(ForeignKey(Workflow.id, ondelete="CASCADE"))
    version: Mapped[int]
    definition: Mapped[Object]
    content_hash: Mapped[str]
    published_by: Mapped[UUID | None]
    created_at: Mapped[CreatedAt]

    workflow: Mapped[Workflow] = relationship(back_populates="versions", lazy="raise")
