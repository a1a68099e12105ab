"""Metrics, components, alerts, access logs, backups, and how long the big tables keep their rows."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UPKEEP = """
create table stateroom.partition_policies (
    id uuid primary key default stateroom.uuidv7(),
    table_name text not null unique check (char_length(table_name) between 1 and 55),
    period text not null default 'month' check (period in ('month', 'week')),
    fillfactor integer not null default 100 check (fillfactor between 10 and 100),
    keep_days integer check (keep_days between 1 and 36500),
    archive boolean not null default false,
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid
);
"""


def upgrade() -> None:
    """Create it."""
    op.execute(UPKEEP)


def downgrade() -> None:
    """Remove it again."""
    op.execute("drop table stateroom.partition_policies")
