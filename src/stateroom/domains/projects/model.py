"""Projects and their members."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from stateroom.db.base import Base, CreatedAt, CreatedBy, Given, Key, Object, SearchVector, UpdatedAt, UpdatedBy, length
from stateroom.domains.identity.model import User


class ProjectStatus(StrEnum):
    """How a project stands; only an active one hands out work."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    ARCHIVED = "archived"


class TaskVisibility(StrEnum):
    """Which tasks of a project its members see: all, or those that are theirs."""

    PROJECT = "project"
    ASSIGNED = "assigned"


class ProjectRole(StrEnum):
    """What a member may do in a project."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    MAINTAINER = "maintainer"


class Project(Base):
    """What tasks, workflows and everything else belong to."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("owner_id", "name", name="projects_name_key"),)

    id: Mapped[Key]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(info=length(1, 200))
    description: Mapped[str | None] = mapped_column(info=length(0, 10_000))
    status: Mapped[Given[ProjectStatus]]
    task_visibility: Mapped[Given[TaskVisibility]]
    is_personal: Mapped[Given[bool]]
    tasks_count: Mapped[Given[int]]
    next_task_number: Mapped[Given[int]]
    metadata_: Mapped[Given[Object]] = mapped_column("metadata")
    search: Mapped[SearchVector | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]

    members: Mapped[list["ProjectMember"]] = relationship(back_populates="project", lazy="raise", passive_deletes=True)


class ProjectMember(Base):
    """Somebody who takes part in a project."""

    __tablename__ = "project_members"
    __table_args__ = (UniqueConstraint("user_id", "project_id", name="project_members_key"),)

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    role: Mapped[Given[ProjectRole]]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]

    project: Mapped[Project] = relationship(back_populates="members", lazy="raise")
