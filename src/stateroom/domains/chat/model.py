"""What people say to each other, and what they said before they changed it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, FetchedValue, ForeignKey
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import STAMPED, Base, CreatedAt, Given, Key, Object, SearchVector, length
from stateroom.domains.projects.model import Project
from stateroom.domains.tasks.model import Task


class MessageType(StrEnum):
    """Who speaks and how; `system` is nobody."""

    TEXT = "text"
    SYSTEM = "system"
    FILE = "file"


class ChatMessage(Base):
    """A message in a channel of a project, or, with a recipient, between two of its members alone."""

    __tablename__ = "chat_messages"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    sender_id: Mapped[UUID | None] = mapped_column(server_default=FetchedValue(), info=STAMPED)
    recipient_id: Mapped[UUID | None]
    channel: Mapped[Given[str]]
    reply_to_id: Mapped[UUID | None]
    related_task_id: Mapped[UUID | None] = mapped_column(ForeignKey(Task.id, ondelete="SET NULL"))
    message: Mapped[str] = mapped_column(info=length(1, 10_000))
    message_type: Mapped[Given[MessageType]]
    metadata_: Mapped[Given[Object]] = mapped_column("metadata")
    created_at: Mapped[CreatedAt]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    search: Mapped[SearchVector]

    @hybrid_property
    def is_direct(self) -> bool:
        """Whether it is for one person alone."""
        return self.recipient_id is not None

    @is_direct.inplace.expression
    @classmethod
    def _is_direct_in_sql(cls) -> ColumnElement[bool]:
        return cls.recipient_id.is_not(None)


class ChatMessageEdit(Base):
    """What a message said before it was changed. No key refers to messages: their partitions can be dropped."""

    __tablename__ = "chat_message_edits"

    id: Mapped[Key]
    message_id: Mapped[UUID]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    earlier_message: Mapped[str] = mapped_column(info=length(1, 10_000))
    edited_at: Mapped[CreatedAt]
    edited_by: Mapped[UUID | None]
