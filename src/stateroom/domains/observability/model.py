"""What was said and what went wrong: logs, errors, and the outbox of changes."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, CreatedAt, Given, Key, Object, Xid, length
from stateroom.domains.deployments.model import DeploymentScript
from stateroom.domains.projects.model import Project
from stateroom.domains.tasks.model import Task


class LogLevel(StrEnum):
    """How much a line matters."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"
    FATAL = "fatal"


class ErrorCategory(StrEnum):
    """What sort of thing went wrong."""

    VALIDATION = "validation"
    COMPILATION = "compilation"
    RUNTIME = "runtime"
    NETWORK = "network"
    DATABASE = "database"
    AUTHENTICATION = "authentication"
    AUTHORIZATION = "authorization"
    TIMEOUT = "timeout"
    RESOURCE = "resource"
    CONFIGURATION = "configuration"


class ErrorSeverity(StrEnum):
    """How bad it is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"
    FATAL = "fatal"


class Log(Base):
    """One line that a run or a component wrote."""

    __tablename__ = "logs"

    id: Mapped[Key]
    project_id: Mapped[UUID | None]
    workflow_run_id: Mapped[UUID | None]
    task_run_id: Mapped[UUID | None]
    task_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    logged_at: Mapped[datetime]
    attempt: Mapped[int | None]
    part_no: Mapped[int | None]
    line_no: Mapped[int | None]
    source_line: Mapped[int | None]
    level: Mapped[Given[LogLevel]]
    stream: Mapped[str | None]
    message: Mapped[str] = mapped_column(info=length(0, 100_000))
    component_name: Mapped[str | None] = mapped_column(info=length(0, 200))
    data: Mapped[object | None]
    stack_trace: Mapped[str | None] = mapped_column(info=length(0, 200_000))
    request_id: Mapped[str | None] = mapped_column(info=length(0, 100))
    session_id: Mapped[str | None] = mapped_column(info=length(0, 200))
    source_file: Mapped[str | None] = mapped_column(info=length(0, 1000))
    source_function: Mapped[str | None] = mapped_column(info=length(0, 500))


class ErrorLog(Base):
    """An error, once for each day and fingerprint, with how often it happened."""

    __tablename__ = "error_logs"
    __table_args__ = (
        UniqueConstraint(
            "fingerprint",
            "day",
            "project_id",
            name="error_logs_fingerprint_key",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[Key]
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey(Task.id, ondelete="SET NULL"))
    task_run_id: Mapped[UUID | None]
    last_task_run_id: Mapped[UUID | None]
    attempt: Mapped[int | None]
    deployment_script_id: Mapped[UUID | None] = mapped_column(ForeignKey(DeploymentScript.id, ondelete="SET NULL"))
    error_category: Mapped[Given[ErrorCategory]]
    error_type: Mapped[str] = mapped_column(info=length(0, 200))
    error_code: Mapped[str | None] = mapped_column(info=length(0, 100))
    error_message: Mapped[str] = mapped_column(info=length(0, 100_000))
    error_details: Mapped[object | None]
    stack_trace: Mapped[str | None] = mapped_column(info=length(0, 200_000))
    context: Mapped[Given[Object]]
    severity: Mapped[Given[ErrorSeverity]]
    source_component: Mapped[str | None] = mapped_column(info=length(0, 200))
    source_file: Mapped[str | None] = mapped_column(info=length(0, 1000))
    source_line: Mapped[int | None]
    user_id: Mapped[UUID | None]
    session_id: Mapped[str | None] = mapped_column(info=length(0, 200))
    request_id: Mapped[str | None] = mapped_column(info=length(0, 100))
    fingerprint: Mapped[str] = mapped_column(info=length(0, 64))
    day: Mapped[date]
    occurrences: Mapped[Given[int]]
    last_seen_at: Mapped[CreatedAt]
    resolved: Mapped[Given[bool]]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None]
    resolution_notes: Mapped[str | None] = mapped_column(info=length(0, 10_000))
    created_at: Mapped[CreatedAt]


class Event(Base):
    """A change that people care about, written in the transaction of the change."""

    __tablename__ = "events"

    id: Mapped[Key]
    xid: Mapped[Xid]
    project_id: Mapped[UUID]
    type: Mapped[str]
    task_id: Mapped[UUID | None]
    workflow_run_id: Mapped[UUID | None]
    task_run_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    recipient_id: Mapped[UUID | None]
    payload: Mapped[Given[Object]]
