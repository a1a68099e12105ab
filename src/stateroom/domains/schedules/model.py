"""Schedules and their firings."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from stateroom.db.base import Base, CreatedAt, CreatedBy, Given, Key, Object, UpdatedAt, UpdatedBy, length
from stateroom.domains.projects.model import Project
from stateroom.domains.tasks.model import Task
from stateroom.domains.workflows.model import Workflow
from stateroom.engine.states import CatchupPolicy, FiringOutcome, OverlapPolicy


class Schedule(Base):
    """When a routine task or a workflow is to be executed."""

    __tablename__ = "schedules"
    __table_args__ = (UniqueConstraint("project_id", "name", name="schedules_name_key"),)

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey(Task.id, ondelete="CASCADE"))
    workflow_id: Mapped[UUID | None] = mapped_column(ForeignKey(Workflow.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(info=length(1, 200))
    cron_expression: Mapped[str] = mapped_column(info=length(0, 200))
    timezone: Mapped[Given[str]] = mapped_column(info=length(1, 64))
    params: Mapped[Given[Object]]
    enabled: Mapped[Given[bool]]
    overlap_policy: Mapped[Given[OverlapPolicy]]
    catchup_policy: Mapped[Given[CatchupPolicy]]
    catchup_window_seconds: Mapped[Given[int]]
    jitter_seconds: Mapped[Given[int]]
    next_run_at: Mapped[datetime | None]
    last_run_at: Mapped[datetime | None]
    last_run_id: Mapped[UUID | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]
    due_at: Mapped[Given[datetime]]

    firings: Mapped[list["ScheduleFiring"]] = relationship(
        back_populates="schedule", order_by="ScheduleFiring.fire_time", lazy="raise", passive_deletes=True
    )


class ScheduleFiring(Base):
    """One time at which a schedule was due, and what became of it."""

    __tablename__ = "schedule_firings"
    __table_args__ = (UniqueConstraint("schedule_id", "fire_time", name="schedule_firings_key"),)

    id: Mapped[Key]
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey(Schedule.id, ondelete="CASCADE"))
    fire_time: Mapped[datetime]
    run_id: Mapped[UUID | None]
    outcome: Mapped[Given[FiringOutcome]]
    detail: Mapped[str | None]
    fired_at: Mapped[CreatedAt]
    run_open: Mapped[Given[bool]]

    schedule: Mapped[Schedule] = relationship(back_populates="firings", lazy="raise")
