"""Webhooks: endpoints, what went through them, and which deliveries have been seen."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, CreatedAt, CreatedBy, Given, Key, Object, UpdatedAt, UpdatedBy, length
from stateroom.domains.projects.model import Project


class WebhookDirection(StrEnum):
    """Whether others send to us, or we to others."""

    IN = "in"
    OUT = "out"


class WebhookEndpoint(Base):
    """Where deliveries arrive (`slug`), or go to (`url`). The secret is sealed; people may write it, not read it."""

    __tablename__ = "webhook_endpoints"

    id: Mapped[Key]
    project_id: Mapped[UUID] = mapped_column(ForeignKey(Project.id, ondelete="CASCADE"))
    direction: Mapped[WebhookDirection]
    url: Mapped[str | None] = mapped_column(info=length(0, 2048))
    slug: Mapped[str | None] = mapped_column(unique=True)
    secret: Mapped[str | None] = mapped_column(info=length(1, 4096), deferred=True)
    event_types: Mapped[Given[list[str]]]
    description: Mapped[str | None] = mapped_column(info=length(0, 10_000))
    is_active: Mapped[Given[bool]]
    failure_count: Mapped[Given[int]]
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]


class WebhookEvent(Base):
    """One delivery."""

    __tablename__ = "webhook_events"

    id: Mapped[Key]
    endpoint_id: Mapped[UUID | None] = mapped_column(ForeignKey(WebhookEndpoint.id, ondelete="SET NULL"))
    project_id: Mapped[UUID]
    task_id: Mapped[UUID | None]
    direction: Mapped[WebhookDirection]
    event_type: Mapped[str]
    event_source: Mapped[str] = mapped_column(info=length(1, 100))
    event_data: Mapped[Given[object]]
    headers: Mapped[Given[Object]]
    signature: Mapped[str | None] = mapped_column(info=length(0, 1000), deferred=True)
    signature_verified: Mapped[Given[bool]]
    processed: Mapped[Given[bool]]
    processed_at: Mapped[datetime | None]
    processing_attempts: Mapped[Given[int]]
    max_processing_attempts: Mapped[Given[int]]
    next_retry_at: Mapped[datetime | None]
    response_status: Mapped[int | None]
    response_data: Mapped[object | None]


class WebhookDeliverySeen(Base):
    """A delivery that has had its effect: the same one again has none."""

    __tablename__ = "webhook_deliveries_seen"
    __table_args__ = (UniqueConstraint("source", "delivery_id", name="webhook_deliveries_seen_key"),)

    id: Mapped[Key]
    source: Mapped[str] = mapped_column(info=length(1, 100))
    delivery_id: Mapped[str] = mapped_column(info=length(1, 200))
    webhook_event_id: Mapped[UUID]
    seen_at: Mapped[CreatedAt]
