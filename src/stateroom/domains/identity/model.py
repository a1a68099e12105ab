"""People."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, Big, CreatedAt, CreatedBy, Given, Key, Object, UpdatedAt, UpdatedBy, length


class UserRole(StrEnum):
    """What somebody is everywhere; what they may do in a project is their role there."""

    DEVELOPER = "developer"
    DESIGNER = "designer"
    TESTER = "tester"
    PROJECT_MANAGER = "project_manager"
    ADMIN = "admin"


class User(Base):
    """A person. Somebody who left is not active; their rows stay."""

    __tablename__ = "users"

    id: Mapped[Key]
    username: Mapped[str]
    email: Mapped[str | None] = mapped_column(info=length(0, 254))
    name: Mapped[str | None] = mapped_column(info=length(1, 200))
    password_hash: Mapped[str | None] = mapped_column(info=length(0, 255), deferred=True, deferred_raiseload=True)
    github_id: Mapped[Big | None] = mapped_column(unique=True)
    avatar_url: Mapped[str | None] = mapped_column(info=length(0, 2048))
    role: Mapped[Given[UserRole]]
    is_active: Mapped[Given[bool]]
    last_login_at: Mapped[datetime | None]
    preferences: Mapped[Given[Object]]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]
