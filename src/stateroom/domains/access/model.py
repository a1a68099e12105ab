"""What lets people and programs in, and what each role may do."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, FetchedValue, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import CIDR, INET
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, CreatedAt, CreatedBy, Given, Key, Object, UpdatedAt, UpdatedBy, length
from stateroom.domains.identity.model import User
from stateroom.domains.projects.model import Project


class Permission(StrEnum):
    """What a role may do, and a key besides."""

    READ_TASKS = "read:tasks"
    WRITE_TASKS = "write:tasks"
    RUN_WORK = "run:work"
    MANAGE_PROJECTS = "manage:projects"
    READ_METRICS = "read:metrics"
    ADMIN = "admin"


class PermissionScope(StrEnum):
    """Where somebody has a role: everywhere, or in one project."""

    GLOBAL = "global"
    PROJECT = "project"


class TokenPurpose(StrEnum):
    """What a token that works once is for."""

    PASSWORD_RESET = "password_reset"  # noqa: S105  a word, not a secret
    FIRST_ADMIN = "first_admin"
    EMAIL_CHANGE = "email_change"


class RolePermissions(Base):
    """One line of the permission matrix."""

    __tablename__ = "role_permissions"

    scope: Mapped[PermissionScope] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True, info=length(0, 64))
    permissions: Mapped[list[str]]


class UserSession(Base):
    """A sign-in of somebody with one browser."""

    __tablename__ = "user_sessions"

    id: Mapped[Key]
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True, deferred=True, deferred_raiseload=True)
    user_agent: Mapped[str | None] = mapped_column(info=length(0, 1000))
    ip_address: Mapped[str | None] = mapped_column(INET)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class AuthToken(Base):
    """What a link in a mail proves, once."""

    __tablename__ = "auth_tokens"

    id: Mapped[Key]
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    purpose: Mapped[TokenPurpose]
    token_hash: Mapped[str] = mapped_column(unique=True, deferred=True, deferred_raiseload=True)
    new_email: Mapped[str | None] = mapped_column(info=length(0, 254))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class ApiKey(Base):
    """A key of a program, with permissions and limits of its own; the database knows its hash only."""

    __tablename__ = "api_keys"

    id: Mapped[Key]
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    key_name: Mapped[str] = mapped_column(info=length(1, 100))
    key_prefix: Mapped[str]
    key_hash: Mapped[str] = mapped_column(deferred=True, deferred_raiseload=True)
    permissions: Mapped[list[str]]
    project_id: Mapped[UUID | None] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    rate_limit_per_hour: Mapped[Given[int]]
    rate_limit_per_day: Mapped[Given[int]]
    allowed_ips: Mapped[list[str]] = mapped_column(ARRAY(CIDR), server_default=FetchedValue())
    allowed_endpoints: Mapped[Given[list[str]]]
    expires_at: Mapped[Given[datetime]]
    is_active: Mapped[Given[bool]]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]


class ApiKeyUsage(Base):
    """How often a key was used in one hour; empty after a crash of the server."""

    __tablename__ = "api_key_usage"

    api_key_id: Mapped[UUID] = mapped_column(ForeignKey(ApiKey.id, ondelete="CASCADE"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[Given[int]]
    last_used_at: Mapped[Given[datetime]]


class ClientGrant(Base):
    """A login of the database that may enqueue in a project from its own transactions."""

    __tablename__ = "client_grants"
    __table_args__ = (UniqueConstraint("database_user", "project_id", name="client_grants_key"),)

    id: Mapped[Key]
    database_user: Mapped[str]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    permissions: Mapped[Given[list[str]]]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]


class HttpIdempotency(Base):
    """A request that may be sent again, and the answer that it gets then."""

    __tablename__ = "http_idempotency"
    __table_args__ = (UniqueConstraint("user_id", "key", name="http_idempotency_key"),)

    id: Mapped[Key]
    user_id: Mapped[UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(info=length(1, 255))
    request_hash: Mapped[str]
    answer: Mapped[Object | None] = mapped_column(deferred=True, deferred_raiseload=True)
    expires_at: Mapped[Given[datetime]]
    created_at: Mapped[CreatedAt]
