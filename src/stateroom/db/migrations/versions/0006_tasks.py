"""Tasks in full: contexts, checked transitions, hierarchy, search."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TRANSITIONS = """
create table stateroom.state_transitions (
    id uuid primary key default stateroom.uuidv7(),
    machine text not null check (machine ~ '^[a-z][a-z_]{0,62}$'),
    from_state text check (char_length(from_state) between 1 and 63),
    to_state text not null check (char_length(to_state) between 1 and 63),
    verb text not null check (char_length(verb) between 1 and 63),
    description text check (char_length(description) <= 1000),
    constraint state_transitions_key unique nulls not distinct (machine, from_state, to_state)
);
"""


def upgrade() -> None:
    """Create it."""
    op.execute(TRANSITIONS)


def downgrade() -> None:
    """Remove it again."""
    op.execute("drop table stateroom.state_transitions;")
