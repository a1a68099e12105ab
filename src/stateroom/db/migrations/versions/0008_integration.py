"""Deployments, webhooks, the outbox, and what is counted of runs."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

EVENTS = """
alter table stateroom.events add column recipient_id uuid;
"""


def upgrade() -> None:
    """Create what connects us with others."""
    op.execute(EVENTS)


def downgrade() -> None:
    """Remove it again."""
    op.execute("alter table stateroom.events drop column recipient_id")
