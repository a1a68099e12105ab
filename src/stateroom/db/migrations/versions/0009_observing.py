"""Metrics, components, alerts, access logs, backups, upkeep, and how long the big tables keep their rows."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TYPES = """
create type stateroom.metric_category as enum ('database', 'api', 'task_processing', 'deployment', 'error_rate',
    'performance', 'security', 'resource_usage');
create type stateroom.metric_kind as enum ('counter', 'gauge', 'histogram', 'summary');
create type stateroom.aggregation_period as enum ('instant', '1min', '5min', '15min', '1hour', '1day');
create type stateroom.component_status as enum ('active', 'inactive', 'maintenance', 'error', 'unknown');
create type stateroom.health_status as enum ('healthy', 'degraded', 'unhealthy', 'unknown');
create type stateroom.alert_aggregate as enum ('avg', 'min', 'max', 'sum', 'count', 'last');
create type stateroom.alert_comparison as enum ('above', 'at_least', 'below', 'at_most');
create type stateroom.alert_severity as enum ('info', 'warning', 'critical');
create type stateroom.alert_state as enum ('firing', 'acknowledged', 'resolved');
create type stateroom.backup_kind as enum ('full', 'incremental', 'logical');
create type stateroom.backup_state as enum ('running', 'succeeded', 'failed', 'deleted');
"""

# An aggregated row keeps how many values it stands for, so that rows of the same time can be put together again.
METRICS = """
create table stateroom.system_metrics (
    id uuid primary key default stateroom.uuidv7(),
    observed_at timestamptz not null default stateroom.now(),
    value double precision not null,
    least double precision,
    greatest double precision,
    samples integer not null default 1 check (samples >= 1),
    category stateroom.metric_category not null,
    kind stateroom.metric_kind not null default 'gauge',
    aggregation_period stateroom.aggregation_period not null default 'instant',
    name text not null check (char_length(name) between 1 and 200),
    unit text check (char_length(unit) between 1 and 50),
    component_name text check (char_length(component_name) between 1 and 200),
    dimensions jsonb not null default '{}'
        check (jsonb_typeof(dimensions) = 'object' and octet_length(dimensions::text) <= 4096),
    constraint system_metrics_aggregated check ((least is null) = (greatest is null)
        and (aggregation_period = 'instant') = (least is null))
) partition by range (id);
create index system_metrics_name on stateroom.system_metrics (name, id);

create table stateroom.metric_rollups (
    id uuid primary key default stateroom.uuidv7(),
    aggregation_period stateroom.aggregation_period not null unique check (aggregation_period <> 'instant'),
    rolled_until timestamptz not null,
    position uuid not null
);

create table stateroom.api_access_logs (
    id uuid primary key default stateroom.uuidv7(),
    user_id uuid,
    api_key_id uuid,
    execution_time_ms double precision not null check (execution_time_ms >= 0),
    rate_limit_reset timestamptz,
    rate_limit_remaining integer,
    response_status smallint not null check (response_status between 100 and 599),
    method text not null check (method ~ '^[A-Z]{1,10}$'),
    endpoint text not null check (char_length(endpoint) between 1 and 500),
    request_id text check (char_length(request_id) <= 100),
    ip_address inet,
    user_agent text check (char_length(user_agent) <= 500),
    request_headers jsonb not null default '{}' check (jsonb_typeof(request_headers) = 'object'),
    response_headers jsonb not null default '{}' check (jsonb_typeof(response_headers) = 'object'),
    request_body text check (char_length(request_body) <= 8192),
    response_body text check (char_length(response_body) <= 8192)
) partition by range (id);
create index api_access_logs_key on stateroom.api_access_logs (api_key_id, id) where api_key_id is not null;
create index api_access_logs_user on stateroom.api_access_logs (user_id, id) where user_id is not null;
"""

COMPONENTS = """
create table stateroom.components (
    id uuid primary key default stateroom.uuidv7(),
    name text not null unique check (char_length(name) between 1 and 200),
    type text not null check (char_length(type) between 1 and 100),
    description text check (char_length(description) <= 10000),
    status stateroom.component_status not null default 'unknown',
    health_status stateroom.health_status not null default 'unknown',
    last_health_check timestamptz,
    software_version text check (char_length(software_version) <= 100),
    configuration jsonb not null default '{}' check (jsonb_typeof(configuration) = 'object'),
    endpoints jsonb not null default '[]' check (jsonb_typeof(endpoints) in ('array', 'object')),
    health_check_url text check (char_length(health_check_url) <= 2048),
    performance_metrics jsonb not null default '{}' check (jsonb_typeof(performance_metrics) = 'object'),
    documentation_url text check (char_length(documentation_url) <= 2048),
    repository_url text check (char_length(repository_url) <= 2048),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint components_health check (health_status = 'unknown' or last_health_check is not null)
);

create table stateroom.component_dependencies (
    id uuid primary key default stateroom.uuidv7(),
    component_id uuid not null references stateroom.components on delete cascade,
    depends_on_component_id uuid not null references stateroom.components on delete cascade,
    created_at timestamptz not null default stateroom.now(),
    created_by uuid,
    constraint component_dependencies_key unique (component_id, depends_on_component_id),
    constraint component_dependencies_self check (component_id <> depends_on_component_id)
);
create index component_dependencies_depends_on on stateroom.component_dependencies (depends_on_component_id);
"""

ALERTS = """
create table stateroom.alert_rules (
    id uuid primary key default stateroom.uuidv7(),
    name text not null unique check (char_length(name) between 1 and 200),
    description text check (char_length(description) <= 10000),
    metric_name text not null check (char_length(metric_name) between 1 and 200),
    component_name text check (char_length(component_name) between 1 and 200),
    dimensions jsonb not null default '{}' check (jsonb_typeof(dimensions) = 'object'),
    aggregate stateroom.alert_aggregate not null default 'avg',
    comparison stateroom.alert_comparison not null default 'above',
    threshold double precision not null,
    window_seconds integer not null default 300 check (window_seconds between 10 and 604800),
    severity stateroom.alert_severity not null default 'warning',
    fires_without_data boolean not null default false,
    enabled boolean not null default true,
    last_evaluated_at timestamptz,
    last_value double precision,
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid
);

create table stateroom.alerts (
    id uuid primary key default stateroom.uuidv7(),
    rule_id uuid references stateroom.alert_rules on delete set null,
    name text not null check (char_length(name) between 1 and 200),
    severity stateroom.alert_severity not null,
    state stateroom.alert_state not null default 'firing',
    message text not null check (char_length(message) <= 2000),
    value double precision,
    last_value double precision,
    opened_at timestamptz not null default stateroom.now(),
    acknowledged_at timestamptz,
    acknowledged_by uuid,
    closed_at timestamptz,
    closed_by uuid,
    notes text check (char_length(notes) <= 10000),
    constraint alerts_closed_at check ((state = 'resolved') = (closed_at is not null)),
    constraint alerts_acknowledged_at check (state <> 'acknowledged' or acknowledged_at is not null)
);
create unique index alerts_open_key on stateroom.alerts (rule_id) where state <> 'resolved';
create index alerts_rule on stateroom.alerts (rule_id, id);
create index alerts_closed on stateroom.alerts (closed_at) where state = 'resolved';
"""

UPKEEP = """
create table stateroom.backups (
    id uuid primary key default stateroom.uuidv7(),
    kind stateroom.backup_kind not null,
    state stateroom.backup_state not null default 'running',
    parent_backup_id uuid references stateroom.backups on delete set null,
    started_at timestamptz not null default stateroom.now(),
    finished_at timestamptz,
    size_bytes bigint check (size_bytes >= 0),
    start_lsn pg_lsn,
    end_lsn pg_lsn,
    location text not null check (char_length(location) between 1 and 2000),
    encrypted boolean not null default false,
    verified_at timestamptz,
    verification jsonb not null default '{}' check (jsonb_typeof(verification) = 'object'),
    error_message text check (char_length(error_message) <= 10000),
    constraint backups_finished_at check ((state = 'running') = (finished_at is null)),
    constraint backups_finished_after_start check (finished_at >= started_at),
    constraint backups_lsn_range check (end_lsn >= start_lsn),
    constraint backups_incremental check (kind = 'incremental' or parent_backup_id is null)
);
create index backups_parent on stateroom.backups (parent_backup_id) where parent_backup_id is not null;

create table stateroom.partition_policies (
    id uuid primary key default stateroom.uuidv7(),
    table_name text not null unique check (char_length(table_name) between 1 and 50),
    period text not null default 'month' check (period in ('month', 'week')),
    fillfactor integer not null default 100 check (fillfactor between 10 and 100),
    keep_days integer check (keep_days between 1 and 36500),
    archive boolean not null default false,
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid
);

create table stateroom.partition_archives (
    id uuid primary key default stateroom.uuidv7(),
    partition_name text not null unique check (char_length(partition_name) between 1 and 63),
    table_name text not null check (char_length(table_name) between 1 and 50),
    low uuid not null,
    high uuid not null,
    row_count bigint not null check (row_count >= 0),
    size_bytes bigint not null check (size_bytes >= 0),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    location text not null check (char_length(location) between 1 and 4096),
    archived_at timestamptz not null default stateroom.now(),
    dropped_at timestamptz,
    loaded_until timestamptz,
    constraint partition_archives_range check (low < high)
);
create index partition_archives_loaded on stateroom.partition_archives (table_name) where loaded_until is not null;

create table stateroom.upkeep_jobs (
    id uuid primary key default stateroom.uuidv7(),
    name text not null unique check (char_length(name) between 1 and 100),
    last_started_at timestamptz not null,
    last_finished_at timestamptz,
    last_succeeded_at timestamptz,
    last_rows bigint,
    last_duration_ms double precision,
    last_error text check (char_length(last_error) <= 2000),
    runs bigint not null default 0,
    failures bigint not null default 0
);
"""

RECORDS = """
alter table stateroom.error_logs
    add column deployment_script_id uuid references stateroom.deployment_scripts on delete set null,
    add constraint error_logs_error_message_check check (char_length(error_message) <= 100000),
    add constraint error_logs_stack_trace_check check (char_length(stack_trace) <= 200000),
    add constraint error_logs_source_component_check check (char_length(source_component) <= 200),
    add constraint error_logs_source_file_check check (char_length(source_file) <= 1000),
    add constraint error_logs_session_id_check check (char_length(session_id) <= 200),
    add constraint error_logs_request_id_check check (char_length(request_id) <= 100);
create index error_logs_deployment_script on stateroom.error_logs (deployment_script_id)
    where deployment_script_id is not null;
create index error_logs_resolved_at on stateroom.error_logs (resolved_at) where resolved;
alter table stateroom.logs
    add constraint logs_message_check check (char_length(message) <= 100000),
    add constraint logs_component_name_check check (char_length(component_name) <= 200),
    add constraint logs_stack_trace_check check (char_length(stack_trace) <= 200000),
    add constraint logs_request_id_check check (char_length(request_id) <= 100),
    add constraint logs_session_id_check check (char_length(session_id) <= 200),
    add constraint logs_source_file_check check (char_length(source_file) <= 1000),
    add constraint logs_source_function_check check (char_length(source_function) <= 500);
"""


def upgrade() -> None:
    """Create what tells how the whole is, and what keeps it so."""
    for statements in (TYPES, METRICS, COMPONENTS, ALERTS, UPKEEP, RECORDS):
        op.execute(statements)


def downgrade() -> None:
    """Remove it again."""
    op.execute("""
        alter table stateroom.logs drop constraint logs_message_check, drop constraint logs_component_name_check,
            drop constraint logs_stack_trace_check, drop constraint logs_request_id_check,
            drop constraint logs_session_id_check, drop constraint logs_source_file_check,
            drop constraint logs_source_function_check;
        alter table stateroom.error_logs drop constraint error_logs_error_message_check,
            drop constraint error_logs_stack_trace_check, drop constraint error_logs_source_component_check,
            drop constraint error_logs_source_file_check, drop constraint error_logs_session_id_check,
            drop constraint error_logs_request_id_check, drop column deployment_script_id;
        drop index stateroom.error_logs_resolved_at;
        drop table stateroom.upkeep_jobs, stateroom.partition_archives, stateroom.partition_policies,
            stateroom.backups, stateroom.alerts, stateroom.alert_rules, stateroom.component_dependencies,
            stateroom.components, stateroom.api_access_logs, stateroom.metric_rollups, stateroom.system_metrics;
        drop type stateroom.backup_state, stateroom.backup_kind, stateroom.alert_state, stateroom.alert_severity,
            stateroom.alert_comparison, stateroom.alert_aggregate, stateroom.health_status,
            stateroom.component_status, stateroom.aggregation_period, stateroom.metric_kind, stateroom.metric_category;
    """)
