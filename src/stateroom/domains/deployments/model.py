"""Deployments: an ordered set of scripts applied to an environment, executed as a workflow run."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from stateroom.db.base import Base, CreatedAt, CreatedBy, Given, Key, Object, UpdatedAt, UpdatedBy, length
from stateroom.domains.projects.model import Project
from stateroom.domains.tasks.model import Task


class DeploymentEnvironment(StrEnum):
    """The stage that is deployed to."""

    DEVELOPMENT = "development"
    TESTING = "testing"
    STAGING = "staging"
    PRODUCTION = "production"


class DeploymentStatus(StrEnum):
    """How far a deployment is; it follows its workflow run."""

    PENDING = "pending"
    AWAITING_APPROVAL = "awaiting_approval"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    CANCELLED = "cancelled"


class ScriptType(StrEnum):
    """What a script is for; `rollback` waits for a rollback, `cleanup` runs after a failure too."""

    BUILD = "build"
    TEST = "test"
    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    MIGRATION = "migration"
    VALIDATION = "validation"
    CLEANUP = "cleanup"


class Deployment(Base):
    """A version that is brought to an environment."""

    __tablename__ = "deployments"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey(Task.id, ondelete="SET NULL"))
    environment: Mapped[DeploymentEnvironment]
    version: Mapped[str] = mapped_column(info=length(1, 200))
    description: Mapped[str | None] = mapped_column(info=length(0, 10_000))
    status: Mapped[Given[DeploymentStatus]]
    workflow_run_id: Mapped[UUID | None]
    rolls_back: Mapped[UUID | None] = mapped_column(ForeignKey("stateroom.deployments.id", ondelete="SET NULL"))
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    metadata_: Mapped[Given[Object]] = mapped_column("metadata")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]

    scripts: Mapped[list["DeploymentScript"]] = relationship(
        back_populates="deployment", lazy="raise", passive_deletes=True, order_by="DeploymentScript.execution_order"
    )

    @hybrid_property
    def is_running(self) -> bool:
        """Whether its scripts are being executed."""
        return self.status is DeploymentStatus.RUNNING

    @is_running.inplace.expression
    @classmethod
    def _is_running(cls) -> ColumnElement[bool]:
        return cls.status == DeploymentStatus.RUNNING

    @hybrid_property
    def is_over(self) -> bool:
        """Whether it has come to an end, good or bad."""
        return self.finished_at is not None

    @is_over.inplace.expression
    @classmethod
    def _is_over(cls) -> ColumnElement[bool]:
        return cls.finished_at.is_not(None)


class DeploymentScript(Base):
    """One script of a deployment; what it came to stands in the view deployment_script_results."""

    __tablename__ = "deployment_scripts"
    __table_args__ = (UniqueConstraint("deployment_id", "script_name", name="deployment_scripts_name_key"),)

    id: Mapped[Key]
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey(Deployment.id, ondelete="CASCADE"))
    script_name: Mapped[str] = mapped_column(info=length(1, 100))
    script_type: Mapped[Given[ScriptType]]
    script_content: Mapped[str] = mapped_column(info=length(1, 100_000))
    parameters: Mapped[Given[Object]]
    execution_order: Mapped[Given[int]]
    timeout_seconds: Mapped[Given[int]]
    max_retries: Mapped[Given[int]]
    task_run_id: Mapped[UUID | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]

    deployment: Mapped[Deployment] = relationship(back_populates="scripts", lazy="raise")
