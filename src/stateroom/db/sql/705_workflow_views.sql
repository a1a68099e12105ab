-- How workflows, deployments and agents stand, and what has happened. Security-barrier views, as in 700.

-- The steps of workflow runs with their status. Asked for one run, one workflow or one project.
create or replace view stateroom.workflow_states with (security_barrier) as
select w.project_id, w.workflow_id, f.name as workflow_name, w.id as workflow_run_id, w.run_number, w.version,
    w.state as workflow_state, t.id as task_run_id, t.task_id, k.step_key, k.title as step_title, k.execution_order,
    t.map_index,
    coalesce(t.state, case
        when l.run_id is not null then 'running'
        when n.run_id is not null then 'waiting'
        when d.run_id is not null then 'scheduled'
        else 'queued' end::stateroom.run_state) as status,
    t.result, t.exit_code, t.error_type, t.error_message, coalesce(l.claimed_at,
        case when t.state is not null then t.started_at end) as started_at, t.finished_at,
    (extract(epoch from t.finished_at - t.started_at) * 1000)::bigint as duration_ms,
    greatest(coalesce(l.attempt, t.attempt) - 1, 0) as retry_count
from stateroom.workflow_runs w
join stateroom.workflows f on f.id = w.workflow_id
join stateroom.task_runs t on t.workflow_run_id = w.id
join stateroom.tasks k on k.id = t.task_id
left join stateroom.leases l on l.run_id = t.id and t.state is null
left join stateroom.waiting_runs n on n.workflow_run_id = t.workflow_run_id and n.task_id = t.task_id
    and n.map_index = t.map_index and t.state is null
left join stateroom.delayed_runs d on d.run_at = t.run_at and d.run_id = t.id and t.state is null
where (select stateroom.sees_all()) or w.project_id = any ((select stateroom.read_projects())::uuid[]);

-- Workflows that can be started or still run: how many runs are under way, how far they are, and the last one.
create or replace view stateroom.active_workflows_summary with (security_barrier) as
select f.id as workflow_id, f.project_id, f.name, f.type, f.status, f.priority, f.latest_version,
    r.running_runs, r.total_steps, r.done_steps, r.failed_steps, r.running_since,
    case when r.total_steps > 0 then 100 * r.done_steps / r.total_steps end as percent,
    o.id as last_run_id, o.run_number as last_run_number, o.state as last_state, o.finished_at as last_finished_at
from stateroom.workflows f
cross join lateral (
    select count(*)::integer as running_runs, coalesce(sum(c.total), 0)::integer as total_steps,
        coalesce(sum(c.done), 0)::integer as done_steps, coalesce(sum(c.failed), 0)::integer as failed_steps,
        min(w.started_at) as running_since
    from stateroom.workflow_runs w
    cross join lateral (
        select count(*) as total, count(t.state) as done,
            count(*) filter (where t.state in ('failed', 'timed_out')) as failed
        from stateroom.task_runs t where t.workflow_run_id = w.id
    ) as c
    where w.project_id = f.project_id and w.workflow_id = f.id and w.state = 'running'
) as r
left join lateral (
    select w.id, w.run_number, w.state, w.finished_at from stateroom.workflow_runs w
    where w.workflow_id = f.id order by w.id desc limit 1
) as o on true
where (f.status = 'active' or r.running_runs > 0)
    and ((select stateroom.sees_all()) or f.project_id = any ((select stateroom.read_projects())::uuid[]));

-- What each script of a deployment came to. The logs are the last 1,000 lines of the last attempt; all of them are in logs.
create or replace view stateroom.deployment_script_results with (security_barrier) as
select s.id, s.deployment_id, d.project_id, d.environment, s.script_name, s.script_type, s.execution_order, s.task_run_id,
    case when s.task_run_id is null then 'pending' else coalesce(t.state, case
        when l.run_id is not null then 'running'
        when n.run_id is not null then 'waiting'
        when o.run_id is not null then 'scheduled'
        else 'queued' end::stateroom.run_state)::text end as status,
    coalesce(l.claimed_at, t.started_at) as executed_at,
    (extract(epoch from t.finished_at - t.started_at) * 1000)::bigint as execution_duration_ms, t.exit_code,
    (select string_agg(g.message, E'\n' order by g.line_no) from (
        select g.message, g.line_no from stateroom.logs g where g.task_run_id = s.task_run_id
            and g.attempt = coalesce(l.attempt, t.attempt) and g.stream = 'stdout' order by g.line_no desc limit 1000
    ) as g) as stdout_log,
    (select string_agg(g.message, E'\n' order by g.line_no) from (
        select g.message, g.line_no from stateroom.logs g where g.task_run_id = s.task_run_id
            and g.attempt = coalesce(l.attempt, t.attempt) and g.stream = 'stderr' order by g.line_no desc limit 1000
    ) as g) as stderr_log,
    greatest(coalesce(l.attempt, t.attempt) - 1, 0) as retry_count, t.error_type, t.error_message
from stateroom.deployment_scripts s
join stateroom.deployments d on d.id = s.deployment_id
left join stateroom.tasks k on k.id = d.task_id
left join stateroom.task_runs t on t.id = s.task_run_id
left join stateroom.leases l on l.run_id = t.id and t.state is null
left join stateroom.waiting_runs n on n.workflow_run_id = t.workflow_run_id and n.task_id = t.task_id
    and n.map_index = t.map_index and t.state is null
left join stateroom.delayed_runs o on o.run_at = t.run_at and o.run_id = t.id and t.state is null
where ((select stateroom.sees_all()) or d.project_id = any ((select stateroom.read_projects())::uuid[]))
    and d.deleted_at is null
    and ((select stateroom.sees_all() or stateroom.current_role_name() = 'admin')
        or d.project_id = any ((select stateroom.open_projects())::uuid[])
        or d.created_by = (select stateroom.current_user_id()) or k.created_by = (select stateroom.current_user_id())
        or k.assigned_user_id = (select stateroom.current_user_id())
        or k.assigned_role::text = (select stateroom.current_role_name()));

-- What has happened, newest when ordered by id, with the names of who did it: the events that the caller may see.
create or replace view stateroom.recent_activity with (security_barrier) as
select e.id, stateroom.uuid_timestamp(e.id) as created_at, e.project_id, p.name as project_name, e.type, e.actor_id,
    coalesce(u.name, u.username) as actor_name, e.task_id, k.number as task_number, k.title as task_title,
    e.workflow_run_id, e.task_run_id, e.payload
from stateroom.events e
join stateroom.projects p on p.id = e.project_id
left join stateroom.users u on u.id = e.actor_id
left join stateroom.tasks k on k.id = e.task_id
where ((select stateroom.sees_all()) or e.project_id = any ((select stateroom.read_projects())::uuid[]))
    and (e.recipient_id is null or e.recipient_id = (select stateroom.current_user_id())
        or e.actor_id = (select stateroom.current_user_id()))
    and ((select stateroom.sees_all() or stateroom.current_role_name() = 'admin')
        or e.project_id = any ((select stateroom.open_projects())::uuid[])
        or e.actor_id = (select stateroom.current_user_id())
        or case when e.task_id is null then e.type ~ '^(run|message|agent|member|project|workflow|schedule)_'
            else k.kind <> 'planned' or k.created_by = (select stateroom.current_user_id())
                or k.assigned_user_id = (select stateroom.current_user_id())
                or k.assigned_role::text = (select stateroom.current_role_name()) end);
