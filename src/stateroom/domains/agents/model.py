"""Agents, their sessions, and the queues that they serve."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import (
    Base,
    CreatedAt,
    CreatedBy,
    Given,
    GivenSmall,
    Key,
    MintedKey,
    Object,
    UpdatedAt,
    UpdatedBy,
    length,
)
from stateroom.domains.projects.model import Project


class AgentType(StrEnum):
    """What executes."""

    WORKER = "worker"
    AI = "ai"
    HUMAN = "human"
    EXTERNAL = "external"


class AgentStatus(StrEnum):
    """Whether an agent takes work."""

    IDLE = "idle"
    BUSY = "busy"
    OFFLINE = "offline"
    ERROR = "error"
    DRAINING = "draining"


class Queue(Base):
    """A named line in which runs wait for somebody to execute them."""

    __tablename__ = "queues"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    paused: Mapped[Given[bool]]
    max_concurrency: Mapped[int | None]
    rate_limit_per_minute: Mapped[int | None]
    weight: Mapped[GivenSmall]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]


class Agent(Base):
    """Somebody or something that executes tasks; without a project it is shared."""

    __tablename__ = "agents"
    __table_args__ = (
        UniqueConstraint("project_id", "name", name="agents_name_key", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[Key]
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(info=length(1, 200))
    type: Mapped[Given[AgentType]]
    status: Mapped[Given[AgentStatus]]
    capabilities: Mapped[Given[list[Any]]]
    software_version: Mapped[str | None] = mapped_column(info=length(0, 64))
    max_concurrency: Mapped[Given[int]]
    budget: Mapped[Given[Object]]
    is_active: Mapped[Given[bool]]
    metadata_: Mapped[Given[Object]] = mapped_column("metadata")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]


class AgentSession(Base):
    """One life of an agent's process; `agent_id` has no foreign key, since the table is hot."""

    __tablename__ = "agent_sessions"

    id: Mapped[MintedKey]
    agent_id: Mapped[UUID]
    host: Mapped[str]
    pid: Mapped[int]
    backend_pid: Mapped[int | None]
    backend_start: Mapped[datetime | None]
    started_at: Mapped[datetime]
    last_heartbeat_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    unplugged_at: Mapped[datetime | None]
    is_idle: Mapped[Given[bool]]
    capacity: Mapped[Given[int]]
    queues: Mapped[Given[list[str]]]
    handlers: Mapped[Given[list[str]]]
