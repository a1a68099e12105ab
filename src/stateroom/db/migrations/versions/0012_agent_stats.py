"""How busy agents are, by the hour: so that it is read without adding up every task."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLE = """
create table stateroom.agent_stats (
    agent_id uuid not null,
    hour timestamptz not null check (hour = date_trunc('hour', hour, 'UTC')),
    succeeded integer not null default 0 check (succeeded >= 0),
    failed integer not null default 0 check (failed >= 0),
    cancelled integer not null default 0 check (cancelled >= 0),
    timed_out integer not null default 0 check (timed_out >= 0),
    skipped integer not null default 0 check (skipped >= 0),
    duration_ms_sum bigint not null default 0 check (duration_ms_sum >= 0),
    primary key (agent_id, hour)
) with (fillfactor = 80);
"""
# no context, and yet all rows: the owner is subject to row security too
FILL = """
alter table stateroom.run_stats disable row level security;
insert into stateroom.agent_stats (agent_id, hour, succeeded, failed, cancelled, timed_out, skipped, duration_ms_sum)
select agent_id, hour, sum(succeeded), sum(failed), sum(cancelled), sum(timed_out), sum(skipped), sum(duration_ms_sum)
from stateroom.run_stats where agent_id is not null group by agent_id, hour;
alter table stateroom.run_stats enable row level security;
"""


def upgrade() -> None:
    """Create it, with what has been counted so far."""
    op.execute(TABLE)
    op.execute(FILL)


def downgrade() -> None:
    """Remove it again; what it was added up from stays."""
    op.execute("drop table stateroom.agent_stats")
