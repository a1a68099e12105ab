"""Runs: the record of workflow runs, task runs and their attempts.

No foreign keys: the tables are hot or partitioned. The engine's functions keep them whole, stateroom.check_integrity()
proves it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, FetchedValue, Integer, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, Big, GeneratedBig, Given, GivenSmall, Key, MintedKey, Object
from stateroom.engine.states import AttemptOutcome, RunState, RunTrigger


class WorkflowRun(Base):
    """One execution of one version of a workflow."""

    __tablename__ = "workflow_runs"

    id: Mapped[MintedKey]
    workflow_id: Mapped[UUID]
    project_id: Mapped[UUID]
    version_id: Mapped[UUID]
    version: Mapped[int]
    run_number: Mapped[int]
    state: Mapped[Given[RunState]]
    trigger: Mapped[Given[RunTrigger]]
    trigger_data: Mapped[Given[Object]]
    environment: Mapped[str | None]
    env: Mapped[Given[Object]]
    result: Mapped[object | None]
    error_message: Mapped[str | None]
    parent_run_id: Mapped[UUID | None]
    rerun_of: Mapped[UUID | None]
    started_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    late: Mapped[Given[bool]]
    finished_at: Mapped[datetime | None]
    duration_ms: Mapped[GeneratedBig | None]
    triggered_by: Mapped[UUID | None]

    @hybrid_property
    def is_running(self) -> bool:
        """Whether some of its steps have not ended."""
        return self.state is RunState.RUNNING

    @is_running.inplace.expression
    @classmethod
    def _is_running(cls) -> ColumnElement[bool]:
        return cls.state == RunState.RUNNING

    @hybrid_property
    def is_final(self) -> bool:
        """Whether all has ended."""
        return self.state.is_final

    @is_final.inplace.expression
    @classmethod
    def _is_final(cls) -> ColumnElement[bool]:
        return cls.state != RunState.RUNNING


class TaskRun(Base):
    """One execution of one task. The record is written when it begins to wait and when it has ended.

    `state` is null in between: then the table in which the run stands says it, and people read it in task_run_states.
    """

    __tablename__ = "task_runs"

    id: Mapped[MintedKey]
    task_id: Mapped[UUID]
    project_id: Mapped[UUID]
    workflow_run_id: Mapped[UUID | None]
    schedule_id: Mapped[UUID | None]
    parent_run_id: Mapped[UUID | None]
    deadline_at: Mapped[datetime | None]
    agent_id: Mapped[UUID | None]
    run_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    map_index: Mapped[int | None]
    attempt: Mapped[Given[int]]
    exit_code: Mapped[int | None]
    failures: Mapped[GivenSmall]
    losses: Mapped[GivenSmall]
    priority: Mapped[GivenSmall]
    state: Mapped[RunState | None]
    queue: Mapped[str]
    input: Mapped[object | None]
    result: Mapped[object | None]
    parts: Mapped[object | None]
    output: Mapped[str | None]
    error_type: Mapped[str | None]
    error_message: Mapped[str | None]

    @hybrid_property
    def is_final(self) -> bool:
        """Whether it has ended for good."""
        return self.state is not None

    @is_final.inplace.expression
    @classmethod
    def _is_final(cls) -> ColumnElement[bool]:
        return cls.state.is_not(None)


class TaskRunAttempt(Base):
    """A try of a task run that was not the last."""

    __tablename__ = "task_run_attempts"

    id: Mapped[Key]
    task_run_id: Mapped[UUID]
    attempt: Mapped[int]
    agent_id: Mapped[UUID | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime]
    outcome: Mapped[AttemptOutcome]
    exit_code: Mapped[int | None]
    error_type: Mapped[str | None]
    error_message: Mapped[str | None]
    output: Mapped[str | None]


class RunStats(Base):
    """What the runs of a task by an agent in an hour came to; rollup_run_stats says which buckets `durations` has."""

    __tablename__ = "run_stats"
    __table_args__ = (
        UniqueConstraint("task_id", "agent_id", "hour", name="run_stats_key", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Key]
    project_id: Mapped[UUID]
    task_id: Mapped[UUID]
    agent_id: Mapped[UUID | None]
    hour: Mapped[datetime]
    succeeded: Mapped[Given[int]]
    failed: Mapped[Given[int]]
    cancelled: Mapped[Given[int]]
    timed_out: Mapped[Given[int]]
    skipped: Mapped[Given[int]]
    duration_ms_sum: Mapped[Big] = mapped_column(server_default=FetchedValue())
    durations: Mapped[list[int]] = mapped_column(ARRAY(Integer), server_default=FetchedValue())


class AgentStats(Base):
    """What the runs of an agent in an hour came to, whatever their tasks."""

    __tablename__ = "agent_stats"

    agent_id: Mapped[UUID] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    succeeded: Mapped[Given[int]]
    failed: Mapped[Given[int]]
    cancelled: Mapped[Given[int]]
    timed_out: Mapped[Given[int]]
    skipped: Mapped[Given[int]]
    duration_ms_sum: Mapped[Big] = mapped_column(server_default=FetchedValue())
