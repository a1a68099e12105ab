"""People's access: sessions, keys and their use, tokens, database clients, and the audit trail."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

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
    op.execute(AUDIT)


def downgrade() -> None:
    """Remove it again."""
    op.execute("drop table stateroom.audit_logs")
