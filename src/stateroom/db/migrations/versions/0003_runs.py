"""The record of runs, the places where unfinished runs stand, sessions, and schedules."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TYPES = """
create type stateroom.run_state as enum ('waiting', 'scheduled', 'queued', 'running', 'succeeded', 'failed', 'cancelled',
    'timed_out', 'skipped');
create type stateroom.run_trigger as enum ('manual', 'schedule', 'webhook', 'api', 'dependency', 'rerun');
create type stateroom.attempt_outcome as enum ('failed', 'timed_out', 'cancelled', 'lost', 'snoozed', 'released');
create type stateroom.overlap_policy as enum ('skip', 'queue', 'cancel_running', 'allow');
create type stateroom.catchup_policy as enum ('none', 'latest', 'all');
"""

# Partitioned by id: a UUIDv7 bound is a bound in time. Partitions are made by stateroom.ensure_partitions().
RECORD = """
create table stateroom.workflow_runs (
    id uuid primary key,
    workflow_id uuid not null,
    project_id uuid not null,
    version_id uuid not null,
    version integer not null,
    run_number integer not null,
    state stateroom.run_state not null default 'running',
    trigger stateroom.run_trigger not null default 'api',
    trigger_data jsonb not null default '{}',
    environment text,
    env jsonb not null default '{}',
    result jsonb,
    error_message text,
    parent_run_id uuid,
    rerun_of uuid,
    started_at timestamptz,
    cancel_requested_at timestamptz,
    finished_at timestamptz,
    duration_ms bigint generated always as
        ((extract(epoch from finished_at - started_at) * 1000)::bigint) stored,
    triggered_by uuid,
    constraint workflow_runs_state check (state in ('running', 'succeeded', 'failed', 'cancelled', 'timed_out')),
    constraint workflow_runs_finished_at check ((state = 'running') = (finished_at is null))
) partition by range (id);
create index workflow_runs_workflow on stateroom.workflow_runs (workflow_id, id);
create index workflow_runs_project on stateroom.workflow_runs (project_id, id);

create table stateroom.task_runs (
    id uuid primary key,
    task_id uuid not null,
    project_id uuid not null,
    workflow_run_id uuid,
    schedule_id uuid,
    parent_run_id uuid,
    agent_id uuid,
    run_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    map_index integer,
    attempt integer not null default 0,
    exit_code integer,
    failures smallint not null default 0,
    losses smallint not null default 0,
    priority smallint not null default 0,
    state stateroom.run_state,
    queue text not null,
    input jsonb,
    result jsonb,
    parts jsonb,
    output text,
    error_type text,
    error_message text,
    constraint task_runs_state check (state in ('succeeded', 'failed', 'cancelled', 'timed_out', 'skipped')),
    constraint task_runs_finished_at check ((state is null) = (finished_at is null))
) partition by range (id);
create index task_runs_task on stateroom.task_runs (task_id, id);
create index task_runs_project on stateroom.task_runs (project_id, id);
create index task_runs_workflow_run on stateroom.task_runs (workflow_run_id, task_id, map_index)
    where workflow_run_id is not null;

create table stateroom.task_run_attempts (
    id uuid primary key default stateroom.uuidv7(),
    task_run_id uuid not null,
    attempt integer not null,
    agent_id uuid,
    started_at timestamptz,
    finished_at timestamptz not null,
    outcome stateroom.attempt_outcome not null,
    exit_code integer,
    error_type text,
    error_message text,
    output text
) partition by range (id);
create index task_run_attempts_run on stateroom.task_run_attempts (task_run_id, attempt);
"""

# Hot: no foreign keys, no triggers; autovacuum by count, since the tables are empty one second and full the next.
HOT = """
create table stateroom.waiting_runs (
    workflow_run_id uuid not null,
    task_id uuid not null,
    map_index integer not null,
    run_id uuid not null,
    step_no integer not null,
    waiting_on integer not null,
    unmet integer not null default 0,
    needs_failure boolean not null default false,
    failed_above boolean not null default false,
    cancelling boolean not null default false,
    rank smallint not null,
    lane text not null,
    primary key (workflow_run_id, task_id, map_index)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0);

create table stateroom.delayed_runs (
    run_at timestamptz not null,
    run_id uuid not null,
    rank smallint not null,
    lane text not null,
    primary key (run_at, run_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);

create table stateroom.ready_runs (
    lane text not null,
    rank smallint not null,
    xid xid8 not null default pg_current_xact_id(),
    run_id uuid not null,
    primary key (lane, rank, xid, run_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50000, autovacuum_vacuum_cost_delay = 0);

create table stateroom.leases (
    run_id uuid primary key,
    session_id uuid not null,
    token bigint not null,
    claimed_at timestamptz not null,
    cancel_requested_at timestamptz,
    attempt integer not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
create index leases_session on stateroom.leases (session_id);
create sequence stateroom.lease_tokens cache 100;

create table stateroom.run_progress (
    run_id uuid primary key,
    attempt integer not null,
    updated_at timestamptz not null,
    progress jsonb,
    parts jsonb,
    last_line text
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

create table stateroom.finished_runs (
    slot smallint not null,
    state stateroom.run_state not null,
    xid xid8 not null default pg_current_xact_id(),
    finished_at timestamptz not null,
    started_at timestamptz,
    run_id uuid not null,
    task_id uuid not null,
    project_id uuid not null,
    workflow_run_id uuid,
    agent_id uuid
) partition by list (slot);
create table stateroom.finished_runs_0 partition of stateroom.finished_runs for values in (0);
create table stateroom.finished_runs_1 partition of stateroom.finished_runs for values in (1);
create table stateroom.finished_runs_2 partition of stateroom.finished_runs for values in (2);
create table stateroom.finished_runs_3 partition of stateroom.finished_runs for values in (3);

create table stateroom.finished_run_readers (
    id uuid primary key default stateroom.uuidv7(),
    name text not null unique check (char_length(name) between 1 and 100),
    read_below xid8 not null,
    updated_at timestamptz not null default stateroom.now()
);

create table stateroom.run_keys (
    project_id uuid not null,
    key text not null check (char_length(key) between 1 and 255),
    run_id uuid not null,
    expires_at timestamptz not null,
    primary key (project_id, key)
);
create index run_keys_expires on stateroom.run_keys (expires_at);

create table stateroom.agent_sessions (
    id uuid primary key,
    agent_id uuid not null,
    host text not null,
    pid integer not null,
    backend_pid integer,
    backend_start timestamptz,
    started_at timestamptz not null,
    last_heartbeat_at timestamptz not null,
    expires_at timestamptz not null,
    unplugged_at timestamptz,
    is_idle boolean not null default false,
    capacity integer not null default 1,
    queues text[] not null default '{}',
    handlers text[] not null default '{}'
) with (fillfactor = 50);
create index agent_sessions_agent on stateroom.agent_sessions (agent_id);
"""

SCHEDULES = """
create table stateroom.schedules (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid not null references stateroom.projects on delete cascade,
    task_id uuid references stateroom.tasks on delete cascade,
    workflow_id uuid references stateroom.workflows on delete cascade,
    name text not null check (char_length(name) between 1 and 200),
    cron_expression text not null check (char_length(cron_expression) <= 200),
    timezone text not null default 'UTC' check (char_length(timezone) between 1 and 64),
    params jsonb not null default '{}' check (jsonb_typeof(params) = 'object'),
    enabled boolean not null default true,
    overlap_policy stateroom.overlap_policy not null default 'allow',
    catchup_policy stateroom.catchup_policy not null default 'latest',
    catchup_window_seconds integer not null default 3600 check (catchup_window_seconds >= 0),
    jitter_seconds integer not null default 0 check (jitter_seconds between 0 and 3600),
    next_run_at timestamptz,
    last_run_at timestamptz,
    last_run_id uuid,
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint schedules_name_key unique (project_id, name),
    constraint schedules_one_subject check (num_nonnulls(task_id, workflow_id) = 1),
    constraint schedules_cron_grammar check (stateroom.is_cron(cron_expression))
);
create index schedules_due on stateroom.schedules (next_run_at) where enabled;
create index schedules_task on stateroom.schedules (task_id) where task_id is not null;
create index schedules_workflow on stateroom.schedules (workflow_id) where workflow_id is not null;

create table stateroom.schedule_firings (
    id uuid primary key default stateroom.uuidv7(),
    schedule_id uuid not null references stateroom.schedules on delete cascade,
    fire_time timestamptz not null,
    run_id uuid,
    outcome text not null default 'started' check (outcome in ('started', 'refused')),
    detail text,
    fired_at timestamptz not null default stateroom.now(),
    constraint schedule_firings_key unique (schedule_id, fire_time)
);
"""


def upgrade() -> None:
    """Create the record, the hot tables and the schedules."""
    op.execute(TYPES)
    op.execute(RECORD)
    op.execute(HOT)
    op.execute(SCHEDULES)


def downgrade() -> None:
    """Remove it again, children first."""
    op.execute("""
        drop table stateroom.schedule_firings, stateroom.schedules, stateroom.agent_sessions, stateroom.run_keys,
            stateroom.finished_run_readers, stateroom.finished_runs, stateroom.run_progress, stateroom.leases,
            stateroom.ready_runs, stateroom.delayed_runs, stateroom.waiting_runs, stateroom.task_run_attempts,
            stateroom.task_runs, stateroom.workflow_runs;
        drop sequence stateroom.lease_tokens;
        drop type stateroom.catchup_policy, stateroom.overlap_policy, stateroom.attempt_outcome,
            stateroom.run_trigger, stateroom.run_state;
    """)
