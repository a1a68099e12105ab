"""What limits a run's time besides its attempts, who made it, and how long a key keeps others away."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LIMITS = """
alter table stateroom.tasks
    add column start_timeout_seconds integer check (start_timeout_seconds between 1 and 31536000),
    add column heartbeat_timeout_seconds integer check (heartbeat_timeout_seconds between 1 and 31536000),
    add column deadline_seconds integer check (deadline_seconds between 1 and 31536000);
alter table stateroom.task_runs add column deadline_at timestamptz;
alter table stateroom.workflow_runs add column deadline_at timestamptz, add column late boolean not null default false;
alter table stateroom.leases add column late boolean not null default false;
create type stateroom.run_limit as enum ('start', 'deadline');
create table stateroom.run_limits (
    at timestamptz not null,
    run_id uuid not null,
    kind stateroom.run_limit not null,
    primary key (at, run_id, kind)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, autovacuum_vacuum_cost_delay = 0);
"""
KEYS = """
create type stateroom.key_hold as enum ('expiry', 'unfinished', 'unstarted');
alter table stateroom.run_keys add column held_while stateroom.key_hold not null default 'expiry';
create index task_runs_parent on stateroom.task_runs (parent_run_id) where parent_run_id is not null;
"""


def upgrade() -> None:
    """Create it."""
    op.execute(LIMITS)
    op.execute(KEYS)


def downgrade() -> None:
    """Remove it again; keys are then held until they expire."""
    op.execute("""
        drop index stateroom.task_runs_parent;
        alter table stateroom.run_keys drop column held_while;
        drop type stateroom.key_hold;
        drop table stateroom.run_limits;
        drop type stateroom.run_limit;
        alter table stateroom.leases drop column late;
        alter table stateroom.workflow_runs drop column deadline_at, drop column late;
        alter table stateroom.task_runs drop column deadline_at;
        alter table stateroom.tasks drop column start_timeout_seconds, drop column heartbeat_timeout_seconds,
            drop column deadline_seconds;
    """)
