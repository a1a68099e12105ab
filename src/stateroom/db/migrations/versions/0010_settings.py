"""Settings: typed, per environment and project, versioned, sealed."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TYPES = """
create type stateroom.setting_environment as enum ('all', 'development', 'testing', 'staging', 'production');
create type stateroom.setting_type as enum ('string', 'number', 'boolean', 'json', 'array', 'encrypted');
"""

TABLE = r"""
create table stateroom.settings (
    id uuid primary key default stateroom.uuidv7(),
    key text not null check (char_length(key) <= 200 and key ~ '^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$'),
    environment stateroom.setting_environment not null default 'all',
    project_id uuid references stateroom.projects on delete cascade,
    value jsonb not null check (char_length(value::text) <= 100000),
    value_type stateroom.setting_type not null,
    description text check (char_length(description) <= 2000),
    is_encrypted boolean not null default false,
    is_sensitive boolean not null default false,
    is_readonly boolean not null default false,
    validation_schema jsonb check (char_length(validation_schema::text) <= 10000),
    revision integer not null default 1 check (revision >= 1),
    previous_value jsonb,
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint settings_key_unique unique nulls not distinct (key, environment, project_id),
    constraint settings_sealed check (is_encrypted = (value_type = 'encrypted') and (is_sensitive or not is_encrypted)),
    constraint settings_value_type check (value_type = 'json'
        or (value_type <> 'encrypted' and jsonb_typeof(value) = value_type::text)
        or (value_type = 'encrypted' and jsonb_typeof(value) = 'string'
            and value #>> '{}' ~ '^sr1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{38,}$')),
    constraint settings_schema check (validation_schema is null
        or stateroom.schema_problem(validation_schema) is null),
    constraint settings_value_fits check (validation_schema is null or is_encrypted
        or stateroom.value_problem(value, validation_schema) is null)
);
create index settings_project on stateroom.settings (project_id) where project_id is not null;
"""


def upgrade() -> None:
    """Create the table; what a value has to look like is checked for every writer."""
    op.execute(TYPES)
    op.execute(TABLE)


def downgrade() -> None:
    """Remove it again."""
    op.execute("""
        drop table stateroom.settings;
        drop type stateroom.setting_type, stateroom.setting_environment;
    """)
