"""People's access: sessions, keys and their use, tokens, database clients, and the audit trail."""

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""


def downgrade() -> None:
    """Remove it again."""
