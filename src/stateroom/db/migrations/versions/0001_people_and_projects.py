"""People, projects, membership, and the record of every revision and object that was ever applied."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TYPES = """
create type stateroom.user_role as enum ('developer', 'designer', 'tester', 'project_manager', 'admin');
create type stateroom.project_status as enum ('active', 'paused', 'completed', 'archived');
create type stateroom.task_visibility as enum ('project', 'assigned');
create type stateroom.project_role as enum ('viewer', 'contributor', 'maintainer');
create type stateroom.schema_change as enum ('revision', 'object');
"""

TABLES = """
create table stateroom.users (
    id uuid primary key default stateroom.uuidv7(),
    username text not null check (username ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    email text check (char_length(email) <= 254 and email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    name text check (char_length(name) between 1 and 200),
    password_hash text check (char_length(password_hash) <= 255),
    github_id bigint unique,
    avatar_url text check (char_length(avatar_url) <= 2048),
    role stateroom.user_role not null default 'developer',
    is_active boolean not null default true,
    last_login_at timestamptz,
    preferences jsonb not null default '{}' check (jsonb_typeof(preferences) = 'object'),
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid
);
create unique index users_username_key on stateroom.users (lower(username));
create unique index users_email_key on stateroom.users (lower(email));

create table stateroom.projects (
    id uuid primary key default stateroom.uuidv7(),
    owner_id uuid not null references stateroom.users on delete cascade,
    name text not null check (char_length(name) between 1 and 200),
    description text check (char_length(description) <= 10000),
    status stateroom.project_status not null default 'active',
    task_visibility stateroom.task_visibility not null default 'project',
    is_personal boolean not null default false,
    tasks_count integer not null default 0 check (tasks_count >= 0),
    next_task_number integer not null default 1 check (next_task_number >= 1),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint projects_name_key unique (owner_id, name)
);
create unique index projects_personal_key on stateroom.projects (owner_id) where is_personal;

create table stateroom.project_members (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid not null references stateroom.projects on delete cascade,
    user_id uuid not null references stateroom.users on delete cascade,
    role stateroom.project_role not null default 'contributor',
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint project_members_key unique (user_id, project_id)
);
create index project_members_project_id on stateroom.project_members (project_id);

create table stateroom.schema_history (
    id uuid primary key default stateroom.uuidv7(),
    kind stateroom.schema_change not null,
    name text not null check (char_length(name) <= 200),
    version text not null check (char_length(version) <= 64),
    description text,
    checksum text check (checksum ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz not null default stateroom.now(),
    duration_ms integer not null default 0 check (duration_ms >= 0)
);
create index schema_history_name on stateroom.schema_history (kind, name, id);
"""


def upgrade() -> None:
    """Create what everything else belongs to."""
    op.execute(TYPES)
    op.execute(TABLES)


def downgrade() -> None:
    """Remove it again, children first."""
    op.execute("""
        drop table stateroom.schema_history, stateroom.project_members, stateroom.projects, stateroom.users;
        drop type stateroom.schema_change, stateroom.project_role, stateroom.task_visibility,
            stateroom.project_status, stateroom.user_role;
    """)
