"""The audit trail."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, Key, Object, length


class AuditLog(Base):
    """Who did what to which row, and how the row changed. The id says when; nobody changes or deletes one."""

    __tablename__ = "audit_logs"

    id: Mapped[Key]
    project_id: Mapped[UUID | None]
    entity_type: Mapped[str] = mapped_column(info=length(0, 100))
    entity_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(info=length(0, 64))
    old_values: Mapped[Object | None]
    new_values: Mapped[Object | None]
    user_id: Mapped[UUID | None]
    api_key_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    ip_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None] = mapped_column(info=length(0, 1000))
    request_id: Mapped[str | None] = mapped_column(info=length(0, 200))
