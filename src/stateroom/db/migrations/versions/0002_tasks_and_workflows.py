"""What is to be done: queues, agents, workflows and their versions, tasks and what they depend on."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TYPES = """
create type stateroom.task_kind as enum ('planned', 'routine', 'step');
create type stateroom.task_status as enum ('pending', 'in_progress', 'completed', 'failed', 'cancelled');
create type stateroom.task_type as enum ('general', 'epic', 'story', 'bug', 'code_generation', 'testing', 'deployment',
    'validation', 'monitoring', 'custom');
create type stateroom.action_kind as enum ('manual', 'command', 'handler', 'http', 'agent');
create type stateroom.dependency_type as enum ('blocks', 'related', 'discovered_from', 'duplicates');
create type stateroom.edge_condition as enum ('success', 'failure', 'always');
create type stateroom.workflow_type as enum ('ci_cd', 'deployment', 'testing', 'monitoring', 'custom');
create type stateroom.workflow_status as enum ('draft', 'active', 'paused', 'archived');
create type stateroom.agent_type as enum ('worker', 'ai', 'human', 'external');
create type stateroom.agent_status as enum ('idle', 'busy', 'offline', 'error', 'draining');
"""

QUEUES_AND_AGENTS = """
create table stateroom.queues (
    id uuid primary key default stateroom.uuidv7(),
    name text not null unique check (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    paused boolean not null default false,
    max_concurrency integer check (max_concurrency >= 1),
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid
);

create table stateroom.agents (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid references stateroom.projects on delete cascade,
    name text not null check (char_length(name) between 1 and 200),
    type stateroom.agent_type not null default 'worker',
    status stateroom.agent_status not null default 'offline',
    capabilities jsonb not null default '[]' check (jsonb_typeof(capabilities) = 'array'),
    software_version text check (char_length(software_version) <= 64),
    max_concurrency integer not null default 1 check (max_concurrency >= 1),
    budget jsonb not null default '{}' check (jsonb_typeof(budget) = 'object'),
    is_active boolean not null default true,
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint agents_name_key unique nulls not distinct (project_id, name)
);
create index agents_capabilities on stateroom.agents using gin (capabilities);
"""

WORKFLOWS = """
create table stateroom.workflows (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid not null references stateroom.projects on delete cascade,
    name text not null check (char_length(name) between 1 and 200),
    description text check (char_length(description) <= 10000),
    type stateroom.workflow_type not null default 'custom',
    status stateroom.workflow_status not null default 'active',
    priority smallint not null default 0 check (priority between 0 and 10),
    configuration jsonb not null default '{}' check (jsonb_typeof(configuration) = 'object'),
    env jsonb not null default '{}' check (jsonb_typeof(env) = 'object'),
    tags text[] not null default '{}',
    parent_workflow_id uuid references stateroom.workflows on delete set null,
    timeout_seconds integer not null default 3600 check (timeout_seconds > 0),
    latest_version integer not null default 0 check (latest_version >= 0),
    next_run_number integer not null default 1 check (next_run_number >= 1),
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint workflows_name_key unique (project_id, name)
);
create index workflows_project_status on stateroom.workflows (project_id, status);
create index workflows_type on stateroom.workflows (type);
create index workflows_parent on stateroom.workflows (parent_workflow_id) where parent_workflow_id is not null;

create table stateroom.workflow_versions (
    id uuid primary key default stateroom.uuidv7(),
    workflow_id uuid not null references stateroom.workflows on delete cascade,
    version integer not null check (version >= 1),
    definition jsonb not null check (jsonb_typeof(definition) = 'object'),
    content_hash text not null check (content_hash ~ '^[0-9a-f]{64}$'),
    published_by uuid,
    created_at timestamptz not null default stateroom.now(),
    constraint workflow_versions_key unique (workflow_id, version),
    constraint workflow_versions_content_key unique (workflow_id, content_hash)
);
"""

TASKS = """
create table stateroom.tasks (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid not null references stateroom.projects on delete cascade,
    kind stateroom.task_kind not null default 'planned',
    title text not null check (char_length(title) between 1 and 255),
    description text check (char_length(description) <= 100000),
    type stateroom.task_type not null default 'general',
    priority smallint not null default 0 check (priority between 0 and 10),
    tags text[] not null default '{}',
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    revision integer not null default 1,
    deleted_at timestamptz,
    number integer check (number >= 1),
    status stateroom.task_status,
    complexity_score smallint check (complexity_score between 1 and 10),
    affected_files text[],
    requirements jsonb,
    acceptance_criteria jsonb,
    parent_task_id uuid references stateroom.tasks on delete set null,
    epic_id uuid references stateroom.tasks on delete set null,
    story_id uuid references stateroom.tasks on delete set null,
    assigned_role stateroom.user_role,
    assigned_user_id uuid references stateroom.users on delete set null,
    assigned_agent_id uuid references stateroom.agents on delete set null,
    start_date timestamptz,
    end_date timestamptz,
    estimated_hours numeric(8, 2) check (estimated_hours >= 0),
    actual_hours numeric(8, 2) check (actual_hours >= 0),
    position numeric,
    started_at timestamptz,
    completed_at timestamptz,
    is_delayed boolean,
    completed_late boolean generated always as (completed_at > end_date) stored,
    workflow_version_id uuid references stateroom.workflow_versions on delete cascade,
    step_key text check (char_length(step_key) between 1 and 100),
    step_options jsonb check (jsonb_typeof(step_options) = 'object'),
    action stateroom.action_kind not null default 'manual',
    handler text check (handler ~ '^[A-Za-z_][A-Za-z0-9_.:-]{0,199}$'),
    command text check (char_length(command) between 1 and 100000),
    parameters jsonb not null default '{}' check (jsonb_typeof(parameters) = 'object'),
    env jsonb not null default '{}' check (jsonb_typeof(env) = 'object'),
    working_directory text check (char_length(working_directory) <= 4096),
    queue text not null default 'default',
    required_capabilities text[] not null default '{}',
    execution_order integer not null default 0,
    timeout_seconds integer not null default 1800 check (timeout_seconds between 1 and 31536000),
    max_retries integer not null default 3 check (max_retries between 0 and 1000),
    retry_policy jsonb not null default '{}' check (jsonb_typeof(retry_policy) = 'object'),
    concurrency_key text check (char_length(concurrency_key) <= 200),
    estimated_duration_seconds integer check (estimated_duration_seconds >= 0),
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint tasks_end_after_start check (end_date > start_date),
    constraint tasks_kind_status check ((kind = 'planned') = (status is not null)),
    constraint tasks_kind_planned_only check (kind = 'planned' or (number is null and complexity_score is null
        and parent_task_id is null and epic_id is null and story_id is null and assigned_role is null
        and assigned_user_id is null and assigned_agent_id is null and start_date is null and end_date is null
        and started_at is null and completed_at is null and is_delayed is null)),
    constraint tasks_kind_step check ((kind = 'step') = (workflow_version_id is not null)
        and (kind = 'step') = (step_key is not null) and (kind = 'step') = (step_options is not null)),
    constraint tasks_action_handler check ((action = 'handler') = (handler is not null)),
    constraint tasks_action_command check (action = 'command' or command is null),
    constraint tasks_completed_at check (kind <> 'planned'
        or (status in ('completed', 'failed', 'cancelled')) = (completed_at is not null)),
    constraint tasks_number_key unique (project_id, number),
    constraint tasks_step_key unique (workflow_version_id, step_key)
);
create unique index tasks_handler_key on stateroom.tasks (project_id, handler)
    where kind = 'routine' and handler is not null and deleted_at is null;
create index tasks_routine_title on stateroom.tasks (project_id, title) where kind = 'routine' and deleted_at is null;
create index tasks_parent on stateroom.tasks (parent_task_id) where parent_task_id is not null;
create index tasks_epic on stateroom.tasks (epic_id) where epic_id is not null;
create index tasks_story on stateroom.tasks (story_id) where story_id is not null;
create index tasks_assigned_user on stateroom.tasks (assigned_user_id, status) where assigned_user_id is not null;
create index tasks_assigned_agent on stateroom.tasks (assigned_agent_id) where assigned_agent_id is not null;
create index tasks_project_status on stateroom.tasks (project_id, status, priority desc)
    where kind = 'planned' and deleted_at is null;

create table stateroom.task_dependencies (
    id uuid primary key default stateroom.uuidv7(),
    task_id uuid not null references stateroom.tasks on delete cascade,
    depends_on_task_id uuid not null references stateroom.tasks on delete cascade,
    dependency_type stateroom.dependency_type not null default 'blocks',
    condition stateroom.edge_condition not null default 'success',
    created_at timestamptz not null default stateroom.now(),
    created_by uuid,
    constraint task_dependencies_key unique (task_id, depends_on_task_id, dependency_type),
    constraint task_dependencies_not_itself check (task_id <> depends_on_task_id)
);
create index task_dependencies_depends_on on stateroom.task_dependencies (depends_on_task_id) include (task_id, condition);
"""


def upgrade() -> None:
    """Create definitions: what can be run, and by whom."""
    op.execute(TYPES)
    op.execute(QUEUES_AND_AGENTS)
    op.execute(WORKFLOWS)
    op.execute(TASKS)
    op.execute("insert into stateroom.queues (name) values ('default')")


def downgrade() -> None:
    """Remove it again, children first."""
    op.execute("""
        drop table stateroom.task_dependencies, stateroom.tasks, stateroom.workflow_versions, stateroom.workflows,
            stateroom.agents, stateroom.queues;
        drop type stateroom.agent_status, stateroom.agent_type, stateroom.workflow_status, stateroom.workflow_type,
            stateroom.edge_condition, stateroom.dependency_type, stateroom.action_kind, stateroom.task_type,
            stateroom.task_status, stateroom.task_kind;
    """)
