"""Deployments, webhooks, the outbox, and what is counted of runs."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TYPES = """
create type stateroom.deployment_environment as enum ('development', 'testing', 'staging', 'production');
create type stateroom.deployment_status as enum ('pending', 'awaiting_approval', 'running', 'succeeded', 'failed',
    'rolled_back', 'cancelled');
create type stateroom.script_type as enum ('build', 'test', 'deploy', 'rollback', 'migration', 'validation', 'cleanup');
create type stateroom.webhook_direction as enum ('in', 'out');
"""

EVENTS = """
alter table stateroom.events add column recipient_id uuid;
"""

DEPLOYMENTS = """
create table stateroom.deployments (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid not null references stateroom.projects on delete cascade,
    task_id uuid references stateroom.tasks on delete set null,
    environment stateroom.deployment_environment not null,
    version text not null check (char_length(version) between 1 and 200),
    description text check (char_length(description) <= 10000),
    status stateroom.deployment_status not null default 'pending',
    workflow_run_id uuid,
    rolls_back uuid references stateroom.deployments on delete set null,
    approved_by uuid,
    approved_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    deleted_at timestamptz,
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint deployments_approved check ((approved_by is null) or (approved_at is not null)),
    constraint deployments_not_itself check (rolls_back <> id),
    constraint deployments_started_at check (case when status in ('pending', 'awaiting_approval') then started_at is null
        when status = 'cancelled' then true else started_at is not null end),
    constraint deployments_workflow_run check ((workflow_run_id is null) = (started_at is null)),
    constraint deployments_finished_at check ((status in ('pending', 'awaiting_approval', 'running')) = (finished_at is null))
);
create index deployments_project on stateroom.deployments (project_id, id) where deleted_at is null;
create index deployments_task on stateroom.deployments (task_id) where task_id is not null;
create unique index deployments_workflow_run_key on stateroom.deployments (workflow_run_id)
    where workflow_run_id is not null;
create index deployments_rolls_back on stateroom.deployments (rolls_back) where rolls_back is not null;
create unique index deployments_rollback_key on stateroom.deployments (rolls_back)
    where rolls_back is not null and status not in ('failed', 'cancelled');

create table stateroom.deployment_scripts (
    id uuid primary key default stateroom.uuidv7(),
    deployment_id uuid not null references stateroom.deployments on delete cascade,
    script_name text not null check (char_length(script_name) between 1 and 100),
    script_type stateroom.script_type not null default 'deploy',
    script_content text not null check (char_length(script_content) between 1 and 100000),
    parameters jsonb not null default '{}' check (jsonb_typeof(parameters) = 'object'),
    execution_order integer not null default 0 check (execution_order >= 0),
    timeout_seconds integer not null default 300 check (timeout_seconds between 1 and 31536000),
    max_retries integer not null default 3 check (max_retries between 0 and 1000),
    task_run_id uuid,
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint deployment_scripts_name_key unique (deployment_id, script_name)
);
create unique index deployment_scripts_task_run_key on stateroom.deployment_scripts (task_run_id)
    where task_run_id is not null;
"""

# webhook_events is partitioned by id like the other big ones; that a delivery has one effect is kept beside it.
WEBHOOKS = """
create table stateroom.webhook_endpoints (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid not null references stateroom.projects on delete cascade,
    direction stateroom.webhook_direction not null,
    url text check (char_length(url) <= 2048 and url ~ '^https?://[^[:space:]]+$'),
    slug text unique check (slug ~ '^[A-Za-z0-9][A-Za-z0-9_-]{7,99}$'),
    secret text check (char_length(secret) between 1 and 4096),
    event_types text[] not null default '{}' check (cardinality(event_types) <= 100
        and array_to_string(event_types, ' ', '?') ~ '^([a-z][a-z_]{0,63}( [a-z][a-z_]{0,63})*)?$'),
    description text check (char_length(description) <= 10000),
    is_active boolean not null default true,
    failure_count integer not null default 0 check (failure_count >= 0),
    disabled_at timestamptz,
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint webhook_endpoints_direction check ((direction = 'in') = (slug is not null)
        and (direction = 'out') = (url is not null)),
    constraint webhook_endpoints_disabled_at check (disabled_at is null or not is_active)
);
create index webhook_endpoints_project on stateroom.webhook_endpoints (project_id);

create table stateroom.webhook_events (
    id uuid primary key default stateroom.uuidv7(),
    endpoint_id uuid references stateroom.webhook_endpoints on delete set null,
    project_id uuid not null,
    task_id uuid,
    direction stateroom.webhook_direction not null,
    event_type text not null check (event_type ~ '^[a-z][a-z_]{0,63}$'),
    event_source text not null check (char_length(event_source) between 1 and 100),
    event_data jsonb not null default '{}',
    headers jsonb not null default '{}' check (jsonb_typeof(headers) = 'object'),
    signature text check (char_length(signature) <= 1000),
    signature_verified boolean not null default false,
    processed boolean not null default false,
    processed_at timestamptz,
    processing_attempts integer not null default 0 check (processing_attempts >= 0),
    max_processing_attempts integer not null default 3 check (max_processing_attempts >= 1),
    next_retry_at timestamptz,
    response_status integer check (response_status between 100 and 599),
    response_data jsonb,
    constraint webhook_events_attempts check (processing_attempts <= max_processing_attempts),
    constraint webhook_events_processed check (processed = (processed_at is not null)),
    constraint webhook_events_next_retry check (not (processed and next_retry_at is not null))
) partition by range (id);
create index webhook_events_due on stateroom.webhook_events (next_retry_at) where not processed;
create index webhook_events_project on stateroom.webhook_events (project_id, id);
create index webhook_events_endpoint on stateroom.webhook_events (endpoint_id, id) where endpoint_id is not null;

create table stateroom.webhook_deliveries_seen (
    id uuid primary key default stateroom.uuidv7(),
    source text not null check (char_length(source) between 1 and 100),
    delivery_id text not null check (char_length(delivery_id) between 1 and 200),
    webhook_event_id uuid not null,
    seen_at timestamptz not null default stateroom.now(),
    constraint webhook_deliveries_seen_key unique (source, delivery_id)
);
create index webhook_deliveries_seen_at on stateroom.webhook_deliveries_seen (seen_at);
"""

# Written by the engine from its own record, at most once a minute: no foreign keys, so that a task that has just been
# purged cannot hold up the statistics of all others.
STATISTICS = """
create table stateroom.run_stats (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid not null,
    task_id uuid not null,
    agent_id uuid,
    hour timestamptz not null check (hour = date_trunc('hour', hour, 'UTC')),
    succeeded integer not null default 0 check (succeeded >= 0),
    failed integer not null default 0 check (failed >= 0),
    cancelled integer not null default 0 check (cancelled >= 0),
    timed_out integer not null default 0 check (timed_out >= 0),
    skipped integer not null default 0 check (skipped >= 0),
    duration_ms_sum bigint not null default 0 check (duration_ms_sum >= 0),
    durations integer[] not null default '{}' check (cardinality(durations) <= 64),
    constraint run_stats_key unique nulls not distinct (task_id, agent_id, hour)
) with (fillfactor = 80);
create index run_stats_project on stateroom.run_stats (project_id, hour);
create index run_stats_agent on stateroom.run_stats (agent_id, hour) where agent_id is not null;
"""

EXISTING = """
alter table stateroom.approvals add foreign key (deployment_id) references stateroom.deployments on delete cascade;
alter table stateroom.queues add column rate_limit_per_minute integer check (rate_limit_per_minute >= 1);
alter table stateroom.queues add column weight smallint not null default 1 check (weight between 1 and 100);
alter table stateroom.workflow_runs add constraint workflow_runs_environment
    check (environment in ('development', 'testing', 'staging', 'production'));
create index workflow_runs_running on stateroom.workflow_runs (project_id, workflow_id) where state = 'running';
alter table stateroom.agents add constraint agents_budget_shape check (
    budget - '{tokens,cost,seconds}'::text[] = '{}' and not budget @? '$.* ? (@.type() != "object")'
    and not budget @? '$.*.keyvalue() ? (!(@.key == "limit" || @.key == "reserved" || @.key == "used")
        || @.value.type() != "number" || @.value < 0)');
"""


def upgrade() -> None:
    """Create what connects us with others."""
    for part in (TYPES, EVENTS, DEPLOYMENTS, WEBHOOKS, STATISTICS, EXISTING):
        op.execute(part)


def downgrade() -> None:
    """Remove it again, children first."""
    op.execute("""
        alter table stateroom.agents drop constraint agents_budget_shape;
        alter table stateroom.approvals drop constraint approvals_deployment_id_fkey;
        drop index stateroom.workflow_runs_running;
        alter table stateroom.workflow_runs drop constraint workflow_runs_environment;
        alter table stateroom.queues drop column weight, drop column rate_limit_per_minute;
        drop table stateroom.run_stats, stateroom.webhook_deliveries_seen, stateroom.webhook_events,
            stateroom.webhook_endpoints;
        drop table stateroom.deployment_scripts, stateroom.deployments;
        alter table stateroom.events drop column recipient_id;
        drop type stateroom.webhook_direction, stateroom.script_type, stateroom.deployment_status,
            stateroom.deployment_environment;
    """)
