-- Planned tasks as people read them. These show what row policies let the caller see.

-- What is to be done: pending or in progress, in projects that are not archived.
create or replace view stateroom.active_tasks with (security_invoker) as
select t.id, t.project_id, p.name as project_name, t.number, t.title, t.type, t.status, t.priority, t.complexity_score,
    t.tags, t.parent_task_id, t.epic_id, t.story_id, t.assigned_role, t.assigned_user_id, t.assigned_agent_id,
    t.start_date, t.end_date, t.is_delayed, t.estimated_hours, t.actual_hours, t.position, t.revision, t.started_at,
    t.created_at, t.updated_at
from stateroom.tasks t join stateroom.projects p on p.id = t.project_id
where t.kind = 'planned' and t.deleted_at is null and t.status in ('pending', 'in_progress') and p.status <> 'archived';

-- What can be taken up now: pending, begun by nobody, its date has come, its project is active, and nothing holds it back.
create or replace view stateroom.ready_tasks with (security_invoker) as
select t.id, t.project_id, p.name as project_name, t.number, t.title, t.type, t.priority, t.complexity_score, t.tags,
    t.parent_task_id, t.epic_id, t.story_id, t.assigned_role, t.assigned_user_id, t.assigned_agent_id, t.action,
    t.start_date, t.end_date, t.is_delayed, t.estimated_hours, t.position, t.revision, t.created_at
from stateroom.tasks t join stateroom.projects p on p.id = t.project_id
where t.kind = 'planned' and t.deleted_at is null and t.status = 'pending' and p.status = 'active'
    and (t.start_date is null or t.start_date <= stateroom.now()) and not stateroom.is_blocked(t.id);

-- Each planned task with what hangs on it. Every number is counted by itself: two errors and three contexts stay two and three.
create or replace view stateroom.task_summary with (security_invoker) as
select t.id, t.project_id, t.number, t.title, t.type, t.status, t.priority, t.assigned_user_id, t.start_date, t.end_date,
    t.is_delayed, t.completed_late, t.estimated_hours, t.actual_hours, t.started_at, t.completed_at,
    (extract(epoch from t.completed_at - t.started_at) * 1000)::bigint as duration_ms,
    (select count(*) from stateroom.tasks c where c.parent_task_id = t.id and c.deleted_at is null) as subtasks,
    (select count(*) from stateroom.tasks c where c.parent_task_id = t.id and c.deleted_at is null
        and c.status = 'completed') as subtasks_completed,
    (select count(*) from stateroom.task_dependencies d where d.task_id = t.id and d.dependency_type = 'blocks')
        as prerequisites,
    (select count(*) from stateroom.task_dependencies d where d.depends_on_task_id = t.id
        and d.dependency_type = 'blocks') as dependents,
    (select count(*) from stateroom.task_contexts c where c.task_id = t.id) as contexts,
    (select count(*) from stateroom.error_logs e where e.task_id = t.id) as errors
from stateroom.tasks t where t.kind = 'planned' and t.deleted_at is null;
