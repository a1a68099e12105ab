"""People's access: sessions, keys and their use, tokens, database clients, and the audit trail."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PEOPLE = """
alter table stateroom.users add constraint users_preferences_shape check (stateroom.is_preferences(preferences));
alter table stateroom.projects add search tsvector generated always as (
    setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', coalesce(description, '')), 'B')
) stored;
create index projects_search on stateroom.projects using gin (search);
create index projects_name_trigram on stateroom.projects using gin (name gin_trgm_ops);

create type stateroom.permission_scope as enum ('global', 'project');
create table stateroom.role_permissions (
    scope stateroom.permission_scope not null,
    role text not null check (char_length(role) <= 64),
    permissions text[] not null check (stateroom.are_permissions(permissions)),
    constraint role_permissions_pkey primary key (scope, role)
);
"""

SIGN_IN = """
create type stateroom.token_purpose as enum ('password_reset', 'first_admin', 'email_change');

create table stateroom.user_sessions (
    id uuid primary key default stateroom.uuidv7(),
    user_id uuid not null references stateroom.users on delete cascade,
    token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
    user_agent text check (char_length(user_agent) <= 1000),
    ip_address inet,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    created_at timestamptz not null default stateroom.now(),
    constraint user_sessions_expires check (expires_at > created_at)
);
create index user_sessions_user on stateroom.user_sessions (user_id);
create index user_sessions_expires on stateroom.user_sessions (expires_at);

create table stateroom.auth_tokens (
    id uuid primary key default stateroom.uuidv7(),
    user_id uuid not null references stateroom.users on delete cascade,
    purpose stateroom.token_purpose not null,
    token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
    new_email text check (char_length(new_email) <= 254 and new_email ~ '^[^@[:space:]]+@[^@[:space:]]+$'),
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null default stateroom.now(),
    constraint auth_tokens_new_email check ((purpose = 'email_change') = (new_email is not null)),
    constraint auth_tokens_expires check (expires_at > created_at)
);
create index auth_tokens_user on stateroom.auth_tokens (user_id);
create index auth_tokens_expires on stateroom.auth_tokens (expires_at);
"""

# What a check of a key reads stands in the index of its hash, so the lists are short enough for one.
KEYS = """
create table stateroom.api_keys (
    id uuid primary key default stateroom.uuidv7(),
    user_id uuid not null references stateroom.users on delete cascade,
    key_name text not null check (char_length(key_name) between 1 and 100),
    key_prefix text not null check (key_prefix ~ '^sr_[A-Za-z0-9_-]{4,12}$'),
    key_hash text not null check (key_hash ~ '^[0-9a-f]{64}$'),
    permissions text[] not null check (stateroom.are_permissions(permissions)),
    project_id uuid references stateroom.projects on delete cascade,
    rate_limit_per_hour integer not null default 1000 check (rate_limit_per_hour >= 1),
    rate_limit_per_day integer not null default 10000 check (rate_limit_per_day >= 1),
    allowed_ips cidr[] not null default '{}' check (cardinality(allowed_ips) <= 20),
    allowed_endpoints text[] not null default '{}' check (octet_length(allowed_endpoints::text) <= 1200),
    expires_at timestamptz not null default stateroom.now() + interval '1 year',
    is_active boolean not null default true,
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid
);
create unique index api_keys_key_hash on stateroom.api_keys (key_hash) include (id, user_id, permissions, project_id,
    rate_limit_per_hour, rate_limit_per_day, allowed_ips, allowed_endpoints, expires_at, is_active);
create index api_keys_user on stateroom.api_keys (user_id);
create index api_keys_project on stateroom.api_keys (project_id) where project_id is not null;
create index api_keys_expires on stateroom.api_keys (expires_at);

create unlogged table stateroom.api_key_usage (
    api_key_id uuid not null references stateroom.api_keys on delete cascade,
    hour timestamptz not null,
    count integer not null default 1 check (count >= 1),
    last_used_at timestamptz not null default stateroom.now(),
    constraint api_key_usage_pkey primary key (api_key_id, hour)
) with (fillfactor = 50);

create table stateroom.client_grants (
    id uuid primary key default stateroom.uuidv7(),
    database_user text not null check (octet_length(database_user) between 1 and 63),
    project_id uuid not null references stateroom.projects on delete cascade,
    permissions text[] not null default '{read:tasks,run:work}'
        check (permissions <@ '{read:tasks,run:work}'::text[] and cardinality(permissions) between 1 and 2),
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint client_grants_key unique (database_user, project_id)
);
create index client_grants_project on stateroom.client_grants (project_id);

create table stateroom.http_idempotency (
    id uuid primary key default stateroom.uuidv7(),
    user_id uuid not null references stateroom.users on delete cascade,
    key text not null check (char_length(key) between 1 and 255),
    request_hash text not null check (request_hash ~ '^[0-9a-f]{64}$'),
    answer jsonb,
    expires_at timestamptz not null default stateroom.now() + interval '1 day',
    created_at timestamptz not null default stateroom.now(),
    constraint http_idempotency_key unique (user_id, key)
);
create index http_idempotency_expires on stateroom.http_idempotency (expires_at);
"""

# No foreign keys: what is audited may go, and what was written about it stays.
AUDIT = """
create table stateroom.audit_logs (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid,
    entity_type text not null check (char_length(entity_type) <= 100),
    entity_id uuid,
    action text not null check (char_length(action) <= 64),
    old_values jsonb,
    new_values jsonb,
    user_id uuid,
    api_key_id uuid,
    session_id uuid,
    ip_address inet,
    user_agent text check (char_length(user_agent) <= 1000),
    request_id text check (char_length(request_id) <= 200)
) partition by range (id);
create index audit_logs_entity on stateroom.audit_logs (entity_type, entity_id, id);
create index audit_logs_user on stateroom.audit_logs (user_id, id);
create index audit_logs_project on stateroom.audit_logs (project_id, id);
revoke update, delete, truncate on stateroom.audit_logs from stateroom_owner;
"""


def upgrade() -> None:
    """Create what lets people in, and what they are seen to have done."""
    for script in (PEOPLE, SIGN_IN, KEYS, AUDIT):
        op.execute(script)


def downgrade() -> None:
    """Remove it again."""
    op.execute("""
        drop table stateroom.audit_logs, stateroom.http_idempotency, stateroom.client_grants, stateroom.api_key_usage,
            stateroom.api_keys, stateroom.auth_tokens, stateroom.user_sessions, stateroom.role_permissions;
        drop type stateroom.token_purpose, stateroom.permission_scope;
        alter table stateroom.projects drop search;
        drop index if exists stateroom.projects_name_trigram;
        alter table stateroom.users drop constraint users_preferences_shape;
    """)
