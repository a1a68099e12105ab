"""Tasks and what they depend on."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FetchedValue,
    ForeignKey,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    and_,
    func,
    not_,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from stateroom.db.base import (
    STAMPED,
    Base,
    CreatedAt,
    CreatedBy,
    Filled,
    Generated,
    Given,
    GivenSmall,
    Key,
    Object,
    UpdatedAt,
    UpdatedBy,
    length,
)
from stateroom.domains.agents.model import Agent
from stateroom.domains.identity.model import User, UserRole
from stateroom.domains.projects.model import Project
from stateroom.domains.workflows.model import WorkflowVersion
from stateroom.engine.states import ActionKind, EdgeCondition


class TaskKind(StrEnum):
    """Planned: done once, has a status. Routine: executed any number of times. Step: of a workflow's version."""

    PLANNED = "planned"
    ROUTINE = "routine"
    STEP = "step"


class TaskStatus(StrEnum):
    """How a planned task stands; the last three are final."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = (TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED)


class TaskType(StrEnum):
    """What sort of work a task is."""

    GENERAL = "general"
    EPIC = "epic"
    STORY = "story"
    BUG = "bug"
    CODE_GENERATION = "code_generation"
    TESTING = "testing"
    DEPLOYMENT = "deployment"
    VALIDATION = "validation"
    MONITORING = "monitoring"
    CUSTOM = "custom"


class DependencyType(StrEnum):
    """What an edge between two tasks means; only `blocks` holds the later one back."""

    BLOCKS = "blocks"
    RELATED = "related"
    DISCOVERED_FROM = "discovered_from"
    DUPLICATES = "duplicates"


class ContextType(StrEnum):
    """What a context tells of its task; status changes and releases are written by the database."""

    REQUIREMENT = "requirement"
    CODEBASE = "codebase"
    AI_INTERACTION = "ai_interaction"
    VALIDATION = "validation"
    WORKFLOW = "workflow"
    STATUS_CHANGE = "status_change"
    COMPLETION = "completion"
    DEPENDENCY_PARENT = "dependency_parent"
    DEPENDENCY_CHILD = "dependency_child"
    ERROR = "error"
    PERFORMANCE = "performance"


class Priority(IntEnum):
    """The words for priorities; any number from 0 to 10 is one."""

    NONE = 0
    LOW = 2
    MEDIUM = 5
    HIGH = 8
    CRITICAL = 10


class Task(Base):
    """Something to be done: by people once (planned), by code again and again (routine), or as a workflow's step."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("project_id", "number", name="tasks_number_key"),
        UniqueConstraint("workflow_version_id", "step_key", name="tasks_step_key"),
    )

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    kind: Mapped[Given[TaskKind]]
    title: Mapped[str] = mapped_column(info=length(1, 255))
    description: Mapped[str | None] = mapped_column(info=length(0, 100_000))
    type: Mapped[Given[TaskType]]
    priority: Mapped[GivenSmall]
    tags: Mapped[Given[list[str]]]
    metadata_: Mapped[Given[Object]] = mapped_column("metadata")
    revision: Mapped[Given[int]]
    deleted_at: Mapped[datetime | None]

    # planned tasks only
    number: Mapped[Filled[int | None]]
    status: Mapped[Filled[TaskStatus | None]]
    complexity_score: Mapped[int | None] = mapped_column(SmallInteger, server_default=FetchedValue(), info=STAMPED)
    affected_files: Mapped[list[str] | None]
    requirements: Mapped[object | None]
    acceptance_criteria: Mapped[object | None]
    parent_task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    epic_id: Mapped[Filled[UUID | None]] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    story_id: Mapped[Filled[UUID | None]] = mapped_column(ForeignKey("tasks.id", ondelete="SET NULL"))
    assigned_role: Mapped[UserRole | None]
    assigned_user_id: Mapped[UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    assigned_agent_id: Mapped[UUID | None] = mapped_column(ForeignKey(Agent.id, ondelete="SET NULL"))
    start_date: Mapped[datetime | None]
    end_date: Mapped[datetime | None]
    estimated_hours: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    actual_hours: Mapped[Decimal | None] = mapped_column(Numeric(8, 2))
    position: Mapped[Filled[Decimal | None]]
    started_at: Mapped[Filled[datetime | None]]
    completed_at: Mapped[Filled[datetime | None]]
    is_delayed: Mapped[Filled[bool | None]]
    completed_late: Mapped[Generated[bool | None]]
    search: Mapped[str | None] = mapped_column(TSVECTOR, server_default=FetchedValue(), info=STAMPED, deferred=True)

    # how it is executed
    workflow_version_id: Mapped[UUID | None] = mapped_column(ForeignKey(WorkflowVersion.id, ondelete="CASCADE"))
    step_key: Mapped[str | None] = mapped_column(info=length(1, 100))
    step_options: Mapped[Object | None]
    action: Mapped[Given[ActionKind]]
    handler: Mapped[str | None]
    command: Mapped[str | None] = mapped_column(info=length(1, 100_000))
    parameters: Mapped[Given[Object]]
    env: Mapped[Given[Object]]
    working_directory: Mapped[str | None] = mapped_column(info=length(0, 4096))
    queue: Mapped[Given[str]]
    required_capabilities: Mapped[Given[list[str]]]
    execution_order: Mapped[Given[int]]
    timeout_seconds: Mapped[Given[int]]
    start_timeout_seconds: Mapped[int | None]
    heartbeat_timeout_seconds: Mapped[int | None]
    deadline_seconds: Mapped[int | None]
    max_retries: Mapped[Given[int]]
    retry_policy: Mapped[Given[Object]]
    concurrency_key: Mapped[str | None] = mapped_column(info=length(0, 200))
    estimated_duration_seconds: Mapped[int | None]

    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]

    parent: Mapped["Task | None"] = relationship(
        back_populates="children", foreign_keys=parent_task_id, remote_side="Task.id", lazy="raise"
    )
    children: Mapped[list["Task"]] = relationship(
        back_populates="parent", foreign_keys=parent_task_id, lazy="raise", passive_deletes=True
    )
    dependencies: Mapped[list["TaskDependency"]] = relationship(
        back_populates="task", foreign_keys="TaskDependency.task_id", lazy="raise", passive_deletes=True
    )
    dependents: Mapped[list["TaskDependency"]] = relationship(
        back_populates="depends_on",
        foreign_keys="TaskDependency.depends_on_task_id",
        lazy="raise",
        passive_deletes=True,
    )

    @hybrid_property
    def is_final(self) -> bool:
        """Whether nothing more will be done; never true of what has no status."""
        return self.status in FINAL

    @is_final.inplace.expression
    @classmethod
    def _is_final(cls) -> ColumnElement[bool]:
        return func.coalesce(cls.status.in_(FINAL), False)

    @hybrid_property
    def is_overdue(self) -> bool:
        """Whether the end date has passed and it is not done: `is_delayed`, which a sweep keeps, as of this moment."""
        return self.end_date is not None and self.end_date < datetime.now(UTC) and not self.is_final

    @is_overdue.inplace.expression
    @classmethod
    def _is_overdue(cls) -> ColumnElement[bool]:
        return and_(func.coalesce(cls.end_date < func.stateroom.now(), False), not_(cls.is_final))

    @hybrid_property
    def is_deleted(self) -> bool:
        """Whether somebody has deleted it; the row goes later."""
        return self.deleted_at is not None

    @is_deleted.inplace.expression
    @classmethod
    def _is_deleted(cls) -> ColumnElement[bool]:
        return cls.deleted_at.is_not(None)


class TaskDependency(Base):
    """An edge: the task comes after the one it depends on."""

    __tablename__ = "task_dependencies"
    __table_args__ = (
        UniqueConstraint("task_id", "depends_on_task_id", "dependency_type", name="task_dependencies_key"),
    )

    id: Mapped[Key]
    task_id: Mapped[UUID] = mapped_column(ForeignKey(Task.id, ondelete="CASCADE"))
    depends_on_task_id: Mapped[UUID] = mapped_column(ForeignKey(Task.id, ondelete="CASCADE"))
    dependency_type: Mapped[Given[DependencyType]]
    condition: Mapped[Given[EdgeCondition]]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[CreatedBy]

    task: Mapped[Task] = relationship(back_populates="dependencies", foreign_keys=task_id, lazy="raise")
    depends_on: Mapped[Task] = relationship(back_populates="dependents", foreign_keys=depends_on_task_id, lazy="raise")


class TaskContext(Base):
    """Something that belongs to a task: a requirement, a conversation, a measurement, a change of its state."""

    __tablename__ = "task_contexts"

    id: Mapped[Key]
    task_id: Mapped[UUID] = mapped_column(ForeignKey(Task.id, ondelete="CASCADE"))
    context_type: Mapped[ContextType]
    context_data: Mapped[Given[Object]]
    created_at: Mapped[CreatedAt]
    created_by: Mapped[CreatedBy]


class StateTransition(Base):
    """One change of state that a machine allows; without a state to come from: how it begins."""

    __tablename__ = "state_transitions"
    __table_args__ = (UniqueConstraint("machine", "from_state", "to_state", name="state_transitions_key"),)

    id: Mapped[Key]
    machine: Mapped[str]
    from_state: Mapped[str | None] = mapped_column(info=length(1, 63))
    to_state: Mapped[str] = mapped_column(info=length(1, 63))
    verb: Mapped[str] = mapped_column(info=length(1, 63))
    description: Mapped[str | None] = mapped_column(info=length(0, 1000))
