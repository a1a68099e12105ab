"""What was said and what went wrong: logs, errors, and the outbox of changes that people care about."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TYPES = """
create type stateroom.log_level as enum ('debug', 'info', 'warn', 'error', 'fatal');
create type stateroom.error_category as enum ('validation', 'compilation', 'runtime', 'network', 'database',
    'authentication', 'authorization', 'timeout', 'resource', 'configuration');
create type stateroom.error_severity as enum ('debug', 'info', 'warning', 'error', 'critical', 'fatal');
"""

TABLES = """
create table stateroom.logs (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid,
    workflow_run_id uuid,
    task_run_id uuid,
    task_id uuid,
    user_id uuid,
    logged_at timestamptz not null,
    attempt integer,
    part_no integer,
    line_no integer,
    source_line integer,
    level stateroom.log_level not null default 'info',
    stream text check (stream in ('stdout', 'stderr', 'system')),
    message text not null,
    component_name text,
    data jsonb,
    stack_trace text,
    request_id text,
    session_id text,
    source_file text,
    source_function text
) partition by range (id);
create index logs_task_run on stateroom.logs (task_run_id, attempt, line_no) where task_run_id is not null;
create index logs_workflow_run on stateroom.logs (workflow_run_id, id) where workflow_run_id is not null;
create index logs_component on stateroom.logs (component_name, level, id) where component_name is not null;
create index logs_request on stateroom.logs (request_id) where request_id is not null;

create table stateroom.error_logs (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid references stateroom.projects on delete cascade,
    task_id uuid references stateroom.tasks on delete set null,
    task_run_id uuid,
    last_task_run_id uuid,
    attempt integer,
    error_category stateroom.error_category not null default 'runtime',
    error_type text not null check (char_length(error_type) <= 200),
    error_code text check (char_length(error_code) <= 100),
    error_message text not null,
    error_details jsonb,
    stack_trace text,
    context jsonb not null default '{}' check (jsonb_typeof(context) = 'object'),
    severity stateroom.error_severity not null default 'error',
    source_component text,
    source_file text,
    source_line integer,
    user_id uuid,
    session_id text,
    request_id text,
    fingerprint text not null check (char_length(fingerprint) <= 64),
    day date not null,
    occurrences integer not null default 1 check (occurrences >= 1),
    last_seen_at timestamptz not null default stateroom.now(),
    resolved boolean not null default false,
    resolved_at timestamptz,
    resolved_by uuid,
    resolution_notes text check (char_length(resolution_notes) <= 10000),
    created_at timestamptz not null default stateroom.now(),
    constraint error_logs_resolved check (resolved = (resolved_at is not null)),
    constraint error_logs_fingerprint_key unique nulls not distinct (fingerprint, day, project_id)
);
create index error_logs_project on stateroom.error_logs (project_id, resolved, id);
create index error_logs_task on stateroom.error_logs (task_id) where task_id is not null;

create table stateroom.events (
    id uuid primary key default stateroom.uuidv7(),
    xid xid8 not null default pg_current_xact_id(),
    project_id uuid not null,
    type text not null check (type ~ '^[a-z][a-z_]{0,63}$'),
    task_id uuid,
    workflow_run_id uuid,
    task_run_id uuid,
    actor_id uuid,
    payload jsonb not null default '{}' check (jsonb_typeof(payload) = 'object')
) partition by range (id);
create index events_position on stateroom.events (xid, id);
create index events_project on stateroom.events (project_id, id);
"""


def upgrade() -> None:
    """Create what is appended and read, and dropped by the partition."""
    op.execute(TYPES)
    op.execute(TABLES)


def downgrade() -> None:
    """Remove it again."""
    op.execute("""
        drop table stateroom.events, stateroom.error_logs, stateroom.logs;
        drop type stateroom.error_severity, stateroom.error_category, stateroom.log_level;
    """)
