"""What became of each firing of a schedule, which of their runs go on, and when a schedule is due, jitter included."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

FIRINGS = """
create type stateroom.firing_outcome as enum ('started', 'refused', 'skipped', 'queued');
alter table stateroom.schedule_firings drop constraint schedule_firings_outcome_check;
alter table stateroom.schedule_firings alter column outcome drop default;
alter table stateroom.schedule_firings alter column outcome type stateroom.firing_outcome
    using outcome::stateroom.firing_outcome;
alter table stateroom.schedule_firings alter column outcome set default 'started',
    add column run_open boolean not null default false;
create index schedule_firings_open on stateroom.schedule_firings (schedule_id) where run_open;
create index schedule_firings_queued on stateroom.schedule_firings (schedule_id, fire_time) where outcome = 'queued';
"""
SCHEDULES = """
alter table stateroom.schedules add column due_at timestamptz not null default '-infinity';
update stateroom.schedules set due_at = next_run_at where next_run_at is not null;
drop index stateroom.schedules_due;
create index schedules_due on stateroom.schedules (due_at) where enabled;
"""


def upgrade() -> None:
    """Create it."""
    op.execute(FIRINGS)
    op.execute(SCHEDULES)


def downgrade() -> None:
    """Remove it again; firings that did not start are then all refused."""
    op.execute("""
        drop index stateroom.schedules_due;
        alter table stateroom.schedules drop column due_at;
        create index schedules_due on stateroom.schedules (next_run_at) where enabled;
        drop index stateroom.schedule_firings_queued, stateroom.schedule_firings_open;
        alter table stateroom.schedule_firings drop column run_open;
        alter table stateroom.schedule_firings alter column outcome drop default;
        alter table stateroom.schedule_firings alter column outcome type text
            using case outcome when 'started' then 'started' else 'refused' end;
        alter table stateroom.schedule_firings alter column outcome set default 'started',
            add constraint schedule_firings_outcome_check check (outcome in ('started', 'refused'));
        drop type stateroom.firing_outcome;
    """)
