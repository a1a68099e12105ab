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

# What rows from before this revision need for the new constraints; there are few: nothing made planned tasks yet.
FILL = """
alter table stateroom.tasks add column search tsvector;
alter table stateroom.tasks disable row level security;
with numbered as (
    select t.id, (select coalesce(max(o.number), 0) from stateroom.tasks o where o.project_id = t.project_id)
        + row_number() over (partition by t.project_id order by t.id) as number
    from stateroom.tasks t where t.kind = 'planned' and t.number is null
) update stateroom.tasks t set number = n.number from numbered n where n.id = t.id;
update stateroom.tasks set complexity_score = coalesce(complexity_score, 5), is_delayed = coalesce(is_delayed, false),
    position = coalesce(position, number), search = setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', coalesce(description, '')), 'B'),
    started_at = case status when 'pending' then null when 'in_progress' then coalesce(started_at, created_at)
        else started_at end
where kind = 'planned';
alter table stateroom.tasks enable row level security;
"""
CHECKS = """
alter table stateroom.tasks
    add constraint tasks_kind_planned_only_too check (kind = 'planned' or (affected_files is null
        and requirements is null and acceptance_criteria is null and estimated_hours is null and actual_hours is null
        and position is null and search is null)),
    add constraint tasks_kind_planned check (kind <> 'planned' or (number is not null and complexity_score is not null
        and is_delayed is not null and position is not null)),
    add constraint tasks_started_at check (kind <> 'planned' or status not in ('pending', 'in_progress')
        or (status = 'in_progress') = (started_at is not null)),
    add constraint tasks_not_its_own_parent check (parent_task_id <> id),
    add constraint tasks_tags_length check (cardinality(tags) <= 50 and char_length(array_to_string(tags, '')) <= 2500),
    add constraint tasks_affected_files_length check (cardinality(affected_files) <= 1000
        and char_length(array_to_string(affected_files, '')) <= 100000),
    add constraint tasks_revision_positive check (revision >= 1);
"""

# The parent, epic, story, person and agent are found for their own deletion too, so these do not leave deleted tasks out.
INDEXES = """
create index tasks_assigned_role on stateroom.tasks (assigned_role, status)
    where kind = 'planned' and deleted_at is null and assigned_role is not null;
create index tasks_dates on stateroom.tasks (start_date, end_date) where kind = 'planned' and deleted_at is null;
create index tasks_delayed on stateroom.tasks (end_date) where kind = 'planned' and deleted_at is null and is_delayed;
create index tasks_due on stateroom.tasks (end_date) where kind = 'planned' and deleted_at is null and not is_delayed
    and status in ('pending', 'in_progress');
create index tasks_tags on stateroom.tasks using gin (tags) where kind = 'planned' and deleted_at is null;
create index tasks_requirements on stateroom.tasks using gin (requirements jsonb_path_ops)
    where kind = 'planned' and deleted_at is null and requirements is not null;
create index tasks_search on stateroom.tasks using gin (search) where kind = 'planned' and deleted_at is null;
create index tasks_title on stateroom.tasks using gin (title gin_trgm_ops) where kind = 'planned' and deleted_at is null;
create index tasks_deleted on stateroom.tasks (deleted_at) where deleted_at is not null;
"""

CONTEXTS = """
create type stateroom.context_type as enum ('requirement', 'codebase', 'ai_interaction', 'validation', 'workflow',
    'status_change', 'completion', 'dependency_parent', 'dependency_child', 'error', 'performance');
create table stateroom.task_contexts (
    id uuid primary key default stateroom.uuidv7(),
    task_id uuid not null references stateroom.tasks on delete cascade,
    context_type stateroom.context_type not null,
    context_data jsonb not null default '{}' check (jsonb_typeof(context_data) = 'object'),
    created_at timestamptz not null default stateroom.now(),
    created_by uuid,
    constraint task_contexts_length check (pg_column_size(context_data) <= 1000000)
);
create index task_contexts_task on stateroom.task_contexts (task_id, id);
"""


def upgrade() -> None:
    """Create it."""
    op.execute(TRANSITIONS)
    op.execute(FILL)
    op.execute(CHECKS)
    op.execute(INDEXES)
    op.execute(CONTEXTS)


def downgrade() -> None:
    """Remove it again; tasks stay."""
    op.execute("""
        drop table stateroom.task_contexts;
        drop type stateroom.context_type;
        drop index stateroom.tasks_assigned_role, stateroom.tasks_dates, stateroom.tasks_delayed, stateroom.tasks_due,
            stateroom.tasks_tags, stateroom.tasks_requirements, stateroom.tasks_search, stateroom.tasks_title,
            stateroom.tasks_deleted;
        alter table stateroom.tasks
            drop constraint tasks_kind_planned_only_too, drop constraint tasks_kind_planned,
            drop constraint tasks_started_at, drop constraint tasks_not_its_own_parent,
            drop constraint tasks_tags_length, drop constraint tasks_affected_files_length,
            drop constraint tasks_revision_positive,
            drop column search;
        drop table stateroom.state_transitions;
    """)
