"""Working together: notifications, chat, triage, approvals, and what search reads."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TYPES = """
create type stateroom.notification_type as enum ('task_assigned', 'task_delayed', 'task_completed', 'task_unblocked',
    'issue_reported', 'mention', 'approval_requested', 'run_failed', 'alert', 'system');
create type stateroom.message_type as enum ('text', 'system', 'file');
create type stateroom.triage_status as enum ('pending', 'in_review', 'resolved', 'rejected');
create type stateroom.triage_priority as enum ('low', 'medium', 'high', 'critical');
create type stateroom.approval_decision as enum ('approved', 'rejected');
"""

NOTIFICATIONS = """
create table stateroom.notifications (
    id uuid primary key default stateroom.uuidv7(),
    user_id uuid not null references stateroom.users on delete cascade,
    project_id uuid references stateroom.projects on delete cascade,
    type stateroom.notification_type not null,
    title text not null check (char_length(title) between 1 and 300),
    message text check (char_length(message) <= 10000),
    related_task_id uuid references stateroom.tasks on delete set null,
    is_read boolean not null default false,
    read_at timestamptz,
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint notifications_read check (is_read = (read_at is not null))
);
create index notifications_user on stateroom.notifications (user_id, id desc);
create index notifications_unread on stateroom.notifications (user_id, id desc) where not is_read;
create index notifications_read_at on stateroom.notifications (read_at) where is_read;
create index notifications_project on stateroom.notifications (project_id) where project_id is not null;
create index notifications_task on stateroom.notifications (related_task_id) where related_task_id is not null;
"""

# Nothing refers to a message by a foreign key: partitions can be dropped. A person's name is shown as long as there is one.
CHAT = """
create table stateroom.chat_messages (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid not null references stateroom.projects on delete cascade,
    sender_id uuid,
    recipient_id uuid,
    channel text not null default 'general' check (channel ~ '^[a-z0-9][a-z0-9_-]{0,63}$'),
    reply_to_id uuid,
    related_task_id uuid references stateroom.tasks on delete set null,
    message text not null check (char_length(message) between 1 and 10000),
    message_type stateroom.message_type not null default 'text',
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    created_at timestamptz not null default stateroom.now(),
    edited_at timestamptz,
    deleted_at timestamptz,
    search tsvector not null generated always as (to_tsvector('english'::regconfig, message)) stored,
    constraint chat_messages_sender check (sender_id is not null or message_type = 'system'),
    constraint chat_messages_two_people check (recipient_id <> sender_id),
    constraint chat_messages_direct_has_no_channel check (recipient_id is null or channel = 'general')
) partition by range (id);
create index chat_messages_channel on stateroom.chat_messages (project_id, channel, id) where recipient_id is null;
create index chat_messages_direct on stateroom.chat_messages
    (least(sender_id, recipient_id), greatest(sender_id, recipient_id), id) where recipient_id is not null;
create index chat_messages_task on stateroom.chat_messages (related_task_id) where related_task_id is not null;
create index chat_messages_search on stateroom.chat_messages using gin (project_id, search) where deleted_at is null;

create table stateroom.chat_message_edits (
    id uuid primary key default stateroom.uuidv7(),
    message_id uuid not null,
    project_id uuid not null references stateroom.projects on delete cascade,
    earlier_message text not null check (char_length(earlier_message) between 1 and 10000),
    edited_at timestamptz not null default stateroom.now(),
    edited_by uuid
);
create index chat_message_edits_message on stateroom.chat_message_edits (message_id, id);
create index chat_message_edits_project on stateroom.chat_message_edits (project_id);
"""

TRIAGE = """
create table stateroom.triage_items (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid not null references stateroom.projects on delete cascade,
    reporter_id uuid,
    title text not null check (char_length(title) between 1 and 255),
    description text check (char_length(description) <= 100000),
    status stateroom.triage_status not null default 'pending',
    assigned_to uuid references stateroom.users on delete set null,
    priority stateroom.triage_priority not null default 'medium',
    category text not null default 'issue' check (category ~ '^[a-z][a-z0-9_-]{0,63}$'),
    resolution text check (char_length(resolution) <= 10000),
    resolved_at timestamptz,
    task_id uuid references stateroom.tasks on delete set null,
    fingerprint text not null check (char_length(fingerprint) between 1 and 64),
    occurrences integer not null default 1 check (occurrences >= 1),
    metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    deleted_at timestamptz,
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    search tsvector not null generated always as (setweight(to_tsvector('english'::regconfig, title), 'A')
        || setweight(to_tsvector('english'::regconfig, coalesce(description, '')), 'B')) stored,
    constraint triage_items_resolved check ((status in ('resolved', 'rejected')) = (resolved_at is not null))
);
create index triage_items_project on stateroom.triage_items (project_id, status, priority) where deleted_at is null;
create index triage_items_assigned on stateroom.triage_items (assigned_to) where assigned_to is not null;
create index triage_items_reporter on stateroom.triage_items (reporter_id, id);
create index triage_items_task on stateroom.triage_items (task_id) where task_id is not null;
create index triage_items_fingerprint on stateroom.triage_items (project_id, fingerprint);
create index triage_items_search on stateroom.triage_items using gin (project_id, search) where deleted_at is null;
create index triage_items_title on stateroom.triage_items using gin (title gin_trgm_ops) where deleted_at is null;
"""

# Deployments come with the next revision; runs are dropped by the partition: both are plain ids.
APPROVALS = """
create table stateroom.approvals (
    id uuid primary key default stateroom.uuidv7(),
    project_id uuid not null references stateroom.projects on delete cascade,
    task_run_id uuid,
    deployment_id uuid,
    title text not null check (char_length(title) between 1 and 255),
    requested_from uuid[] not null default '{}' check (cardinality(requested_from) <= 100),
    requested_role stateroom.user_role,
    form jsonb not null default '{}' check (jsonb_typeof(form) = 'object'),
    due_at timestamptz,
    default_answer stateroom.approval_decision,
    decision stateroom.approval_decision,
    decided_by uuid,
    decided_at timestamptz,
    answers jsonb not null default '{}' check (jsonb_typeof(answers) = 'object'),
    comment text check (char_length(comment) <= 10000),
    created_at timestamptz not null default stateroom.now(),
    updated_at timestamptz not null default stateroom.now(),
    created_by uuid,
    updated_by uuid,
    constraint approvals_subject check (num_nonnulls(task_run_id, deployment_id) = 1),
    constraint approvals_decided check ((decision is null) = (decided_at is null)
        and (decision is not null or decided_by is null)),
    constraint approvals_default_is_due check (default_answer is null or due_at is not null)
);
create unique index approvals_open_task_run_key on stateroom.approvals (task_run_id) where decision is null;
create unique index approvals_open_deployment_key on stateroom.approvals (deployment_id) where decision is null;
create index approvals_project on stateroom.approvals (project_id, id);
create index approvals_task_run on stateroom.approvals (task_run_id) where task_run_id is not null;
create index approvals_deployment on stateroom.approvals (deployment_id) where deployment_id is not null;
create index approvals_due on stateroom.approvals (due_at) where decision is null and default_answer is not null;
create index approvals_asked on stateroom.approvals using gin (requested_from) where decision is null;
"""

WORKFLOWS = """
alter table stateroom.workflows add column search tsvector not null generated always as
    (setweight(to_tsvector('english'::regconfig, name), 'A')
        || setweight(to_tsvector('english'::regconfig, coalesce(description, '')), 'B')) stored;
create index workflows_search on stateroom.workflows using gin (project_id, search);
create index workflows_name_words on stateroom.workflows using gin (name gin_trgm_ops);
"""


def upgrade() -> None:
    """Create it, children last."""
    for statements in (TYPES, NOTIFICATIONS, CHAT, TRIAGE, APPROVALS, WORKFLOWS):
        op.execute(statements)


def downgrade() -> None:
    """Remove it again; workflows stay."""
    op.execute("""
        drop index stateroom.workflows_name_words;
        alter table stateroom.workflows drop column search;
        drop table stateroom.approvals, stateroom.triage_items, stateroom.chat_message_edits, stateroom.chat_messages,
            stateroom.notifications;
        drop type stateroom.approval_decision, stateroom.triage_priority, stateroom.triage_status,
            stateroom.message_type, stateroom.notification_type;
    """)
