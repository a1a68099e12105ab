"""Measures and parts of the whole: metrics, components, alerts, access logs."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.orm import Mapped, mapped_column

from stateroom.db.base import Base, CreatedAt, CreatedBy, Given, Key, Object, Small, UpdatedAt, UpdatedBy, length


class MetricCategory(StrEnum):
    """What a metric is about."""

    DATABASE = "database"
    API = "api"
    TASK_PROCESSING = "task_processing"
    DEPLOYMENT = "deployment"
    ERROR_RATE = "error_rate"
    PERFORMANCE = "performance"
    SECURITY = "security"
    RESOURCE_USAGE = "resource_usage"


class MetricKind(StrEnum):
    """What sort of value a metric has; counters are written as what was added."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"
    SUMMARY = "summary"


class AggregationPeriod(StrEnum):
    """How much time a value stands for."""

    INSTANT = "instant"
    MINUTE = "1min"
    FIVE_MINUTES = "5min"
    QUARTER = "15min"
    HOUR = "1hour"
    DAY = "1day"


class ComponentStatus(StrEnum):
    """What a component is meant to do now."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    MAINTENANCE = "maintenance"
    ERROR = "error"
    UNKNOWN = "unknown"


class HealthStatus(StrEnum):
    """How a component says that it is."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


class AlertAggregate(StrEnum):
    """How the values of a window become one."""

    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    LAST = "last"


class AlertComparison(StrEnum):
    """On which side of its threshold a metric is wrong."""

    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"


class AlertSeverity(StrEnum):
    """How urgent an alert is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AlertState(StrEnum):
    """What has become of an alert."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class SystemMetric(Base):
    """A value that was observed, or what many of one slice of time come to."""

    __tablename__ = "system_metrics"

    id: Mapped[Key]
    observed_at: Mapped[CreatedAt]
    value: Mapped[float]
    least: Mapped[float | None]
    greatest: Mapped[float | None]
    samples: Mapped[Given[int]]
    category: Mapped[MetricCategory]
    kind: Mapped[Given[MetricKind]]
    aggregation_period: Mapped[Given[AggregationPeriod]]
    name: Mapped[str] = mapped_column(info=length(1, 200))
    unit: Mapped[str | None] = mapped_column(info=length(1, 50))
    component_name: Mapped[str | None] = mapped_column(info=length(1, 200))
    dimensions: Mapped[Given[Object]]


class MetricRollup(Base):
    """Up to where metrics of a period have been made from the finer ones."""

    __tablename__ = "metric_rollups"
    __table_args__ = (UniqueConstraint("aggregation_period"),)

    id: Mapped[Key]
    aggregation_period: Mapped[AggregationPeriod]
    rolled_until: Mapped[datetime]
    position: Mapped[UUID]


class ApiAccessLog(Base):
    """A request that the API has answered; without secrets."""

    __tablename__ = "api_access_logs"

    id: Mapped[Key]
    user_id: Mapped[UUID | None]
    api_key_id: Mapped[UUID | None]
    execution_time_ms: Mapped[float]
    rate_limit_reset: Mapped[datetime | None]
    rate_limit_remaining: Mapped[int | None]
    response_status: Mapped[Small]
    method: Mapped[str]
    endpoint: Mapped[str] = mapped_column(info=length(1, 500))
    request_id: Mapped[str | None] = mapped_column(info=length(0, 100))
    ip_address: Mapped[str | None] = mapped_column(INET)
    user_agent: Mapped[str | None] = mapped_column(info=length(0, 500))
    request_headers: Mapped[Given[Object]]
    response_headers: Mapped[Given[Object]]
    request_body: Mapped[str | None] = mapped_column(info=length(0, 8192))
    response_body: Mapped[str | None] = mapped_column(info=length(0, 8192))


class Component(Base):
    """A part of the whole, and how it says that it is."""

    __tablename__ = "components"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(info=length(1, 200))
    type: Mapped[str] = mapped_column(info=length(1, 100))
    description: Mapped[str | None] = mapped_column(info=length(0, 10_000))
    status: Mapped[Given[ComponentStatus]]
    health_status: Mapped[Given[HealthStatus]]
    last_health_check: Mapped[datetime | None]
    software_version: Mapped[str | None] = mapped_column(info=length(0, 100))
    configuration: Mapped[Given[Object]]
    endpoints: Mapped[Given[object]]
    health_check_url: Mapped[str | None] = mapped_column(info=length(0, 2048))
    performance_metrics: Mapped[Given[Object]]
    documentation_url: Mapped[str | None] = mapped_column(info=length(0, 2048))
    repository_url: Mapped[str | None] = mapped_column(info=length(0, 2048))
    # "metadata" means something else on a model
    metadata_: Mapped[Given[Object]] = mapped_column("metadata")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]


class ComponentDependency(Base):
    """One component cannot do without another."""

    __tablename__ = "component_dependencies"
    __table_args__ = (UniqueConstraint("component_id", "depends_on_component_id", name="component_dependencies_key"),)

    id: Mapped[Key]
    component_id: Mapped[UUID] = mapped_column(ForeignKey(Component.id, ondelete="CASCADE"))
    depends_on_component_id: Mapped[UUID] = mapped_column(ForeignKey(Component.id, ondelete="CASCADE"))
    created_at: Mapped[CreatedAt]
    created_by: Mapped[UUID | None]


class AlertRule(Base):
    """A metric, a window and a threshold."""

    __tablename__ = "alert_rules"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(info=length(1, 200))
    description: Mapped[str | None] = mapped_column(info=length(0, 10_000))
    metric_name: Mapped[str] = mapped_column(info=length(1, 200))
    component_name: Mapped[str | None] = mapped_column(info=length(1, 200))
    dimensions: Mapped[Given[Object]]
    aggregate: Mapped[Given[AlertAggregate]]
    comparison: Mapped[Given[AlertComparison]]
    threshold: Mapped[float]
    window_seconds: Mapped[Given[int]]
    severity: Mapped[Given[AlertSeverity]]
    fires_without_data: Mapped[Given[bool]]
    enabled: Mapped[Given[bool]]
    last_evaluated_at: Mapped[datetime | None]
    last_value: Mapped[float | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    created_by: Mapped[CreatedBy]
    updated_by: Mapped[UpdatedBy]


class Alert(Base):
    """A rule that was broken: at most one of a rule is open."""

    __tablename__ = "alerts"

    id: Mapped[Key]
    rule_id: Mapped[UUID | None] = mapped_column(ForeignKey(AlertRule.id, ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(info=length(1, 200))
    severity: Mapped[AlertSeverity]
    state: Mapped[Given[AlertState]]
    message: Mapped[str] = mapped_column(info=length(0, 2000))
    value: Mapped[float | None]
    last_value: Mapped[float | None]
    opened_at: Mapped[CreatedAt]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UUID | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    notes: Mapped[str | None] = mapped_column(info=length(0, 10_000))
