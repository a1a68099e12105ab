"""The places where unfinished runs stand, and what is kept beside them. Only the engine's functions write here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, Big, Given, Key, Small, UpdatedAt, Xid, XidValue, length
from stateroom.engine.states import KeyHold, RunLimit, RunState


class WaitingRun(Base):
    """A run that waits for others."""

    __tablename__ = "waiting_runs"

    workflow_run_id: Mapped[UUID] = mapped_column(primary_key=True)
    task_id: Mapped[UUID] = mapped_column(primary_key=True)
    map_index: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[UUID]
    step_no: Mapped[int]
    waiting_on: Mapped[int]
    unmet: Mapped[Given[int]]
    needs_failure: Mapped[Given[bool]]
    failed_above: Mapped[Given[bool]]
    cancelling: Mapped[Given[bool]]
    rank: Mapped[Small]
    lane: Mapped[str]


class DelayedRun(Base):
    """A run whose time has not come."""

    __tablename__ = "delayed_runs"

    run_at: Mapped[datetime] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    rank: Mapped[Small]
    lane: Mapped[str]


class ReadyRun(Base):
    """A run that can be claimed."""

    __tablename__ = "ready_runs"

    lane: Mapped[str] = mapped_column(primary_key=True)
    rank: Mapped[Small] = mapped_column(primary_key=True)
    xid: Mapped[Xid] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)


class Lease(Base):
    """A run that a session executes; late writes are refused by the token."""

    __tablename__ = "leases"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    session_id: Mapped[UUID]
    token: Mapped[Big]
    claimed_at: Mapped[datetime]
    cancel_requested_at: Mapped[datetime | None]
    attempt: Mapped[int]
    late: Mapped[Given[bool]]


class RunProgress(Base):
    """What a running run says about itself."""

    __tablename__ = "run_progress"

    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt: Mapped[int]
    updated_at: Mapped[datetime]
    progress: Mapped[object | None]
    parts: Mapped[object | None]
    last_line: Mapped[str | None]


class RunLimitRow(Base):
    """By when a run must have begun or ended; enforce_limits takes the row when its time has come."""

    __tablename__ = "run_limits"

    at: Mapped[datetime] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[RunLimit] = mapped_column(primary_key=True)


class FinishedRun(Base):
    """A run that has just ended, for those who count and watch. The table has no key: a run ends once."""

    __tablename__ = "finished_runs"
    __mapper_args__ = {"primary_key": ["slot", "run_id"]}  # noqa: RUF012 -- SQLAlchemy asks for a dictionary

    slot: Mapped[Small]
    state: Mapped[RunState]
    xid: Mapped[Xid]
    finished_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    run_id: Mapped[UUID]
    task_id: Mapped[UUID]
    project_id: Mapped[UUID]
    workflow_run_id: Mapped[UUID | None]
    agent_id: Mapped[UUID | None]


class FinishedRunReader(Base):
    """How far somebody has read the runs that ended."""

    __tablename__ = "finished_run_readers"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True, info=length(1, 100))
    read_below: Mapped[XidValue]
    updated_at: Mapped[UpdatedAt]


class RunKey(Base):
    """A caller's word for a run, so that asking twice starts one."""

    __tablename__ = "run_keys"

    project_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True, info=length(1, 255))
    run_id: Mapped[UUID]
    expires_at: Mapped[datetime]
    held_while: Mapped[Given[KeyHold]]
