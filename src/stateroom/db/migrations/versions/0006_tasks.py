"""Tasks in full: contexts, checked transitions, hierarchy, search."""

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""


def downgrade() -> None:
    """Remove it again."""
