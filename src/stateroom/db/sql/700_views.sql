-- What people read of the engine's tables. Security-barrier views owned by the maintenance role, which row policies do not
-- hold back: each filters by the projects of the caller by itself. A planned task's run is seen by whoever sees the task,
-- every other run, and workflow runs, by members.

-- Task runs with their state: the record, the place in which an unfinished one stands, and what it last reported.
create or replace view stateroom.task_run_states with (security_barrier) as
select t.id, t.task_id, t.project_id, t.workflow_run_id, t.schedule_id, t.parent_run_id, t.map_index, k.title, k.step_key,
    k.action, k.handler, k.command, k.execution_order, t.queue, t.priority,
    coalesce(t.state, case
        when l.run_id is not null then 'running'
        when w.run_id is not null then 'waiting'
        when d.run_id is not null then 'scheduled'
        else 'queued' end::stateroom.run_state) as state,
    coalesce(l.attempt, t.attempt) as attempt, k.max_retries, t.failures, t.losses, coalesce(d.run_at, t.run_at) as run_at,
    w.waiting_on, t.input, t.result, t.output, t.exit_code, coalesce(s.agent_id, t.agent_id) as agent_id,
    a.name as agent_name, t.error_type, t.error_message, coalesce(p.parts, t.parts) as parts, p.progress, p.last_line,
    case when t.map_index is not null then k.step_options -> 'matrix' -> t.map_index end as matrix,
    l.cancel_requested_at, stateroom.uuid_timestamp(t.id) as created_at,
    coalesce(l.claimed_at, case when t.state is not null then t.started_at end) as started_at, t.finished_at,
    (extract(epoch from t.finished_at - t.started_at) * 1000)::bigint as duration_ms
from stateroom.task_runs t
join stateroom.tasks k on k.id = t.task_id
left join stateroom.leases l on l.run_id = t.id and t.state is null
left join stateroom.agent_sessions s on s.id = l.session_id
left join stateroom.agents a on a.id = coalesce(s.agent_id, t.agent_id)
left join stateroom.waiting_runs w on w.workflow_run_id = t.workflow_run_id and w.task_id = t.task_id
    and w.map_index = t.map_index and t.state is null
left join stateroom.delayed_runs d on d.run_at = t.run_at and d.run_id = t.id and t.state is null
left join stateroom.run_progress p on p.run_id = t.id
where ((select stateroom.sees_all()) or t.project_id = any ((select stateroom.read_projects())::uuid[]))
    and (k.kind <> 'planned' or (select stateroom.sees_all() or stateroom.current_role_name() = 'admin')
        or t.project_id = any ((select stateroom.open_projects())::uuid[])
        or k.assigned_user_id = (select stateroom.current_user_id()) or k.created_by = (select stateroom.current_user_id())
        or k.assigned_role::text = (select stateroom.current_role_name()));

-- The attempts of a task run that were not its last.
create or replace view stateroom.task_run_attempt_states with (security_barrier) as
select a.id, a.task_run_id, t.project_id, t.workflow_run_id, a.attempt, a.agent_id, g.name as agent_name, a.started_at,
    a.finished_at, a.outcome, a.exit_code, a.error_type, a.error_message, a.output
from stateroom.task_run_attempts a
join stateroom.task_runs t on t.id = a.task_run_id
join stateroom.tasks k on k.id = t.task_id
left join stateroom.agents g on g.id = a.agent_id
where ((select stateroom.sees_all()) or t.project_id = any ((select stateroom.read_projects())::uuid[]))
    and (k.kind <> 'planned' or (select stateroom.sees_all() or stateroom.current_role_name() = 'admin')
        or t.project_id = any ((select stateroom.open_projects())::uuid[])
        or k.assigned_user_id = (select stateroom.current_user_id()) or k.created_by = (select stateroom.current_user_id())
        or k.assigned_role::text = (select stateroom.current_role_name()));

-- How far workflow runs are, counted when read.
create or replace view stateroom.workflow_progress with (security_barrier) as
select w.id as workflow_run_id, w.project_id, c.total, c.done, c.succeeded, c.failed, c.cancelled, c.skipped, c.running,
    c.total - c.done - c.running as waiting, case c.total when 0 then 100 else 100 * c.done / c.total end as percent
from stateroom.workflow_runs w
cross join lateral (
    select count(*)::integer as total, count(t.state)::integer as done,
        (count(*) filter (where t.state = 'succeeded'))::integer as succeeded,
        (count(*) filter (where t.state in ('failed', 'timed_out')))::integer as failed,
        (count(*) filter (where t.state = 'cancelled'))::integer as cancelled,
        (count(*) filter (where t.state = 'skipped'))::integer as skipped,
        (count(l.run_id))::integer as running
    from stateroom.task_runs t left join stateroom.leases l on l.run_id = t.id and t.state is null
    where t.workflow_run_id = w.id
) as c
where (select stateroom.sees_all()) or w.project_id = any ((select stateroom.read_projects())::uuid[]);

-- The live processes that do work, with how much each does now. Those of shared agents are shown to everybody who is signed
-- in, those of a project's agent to its members.
create or replace view stateroom.live_workers with (security_barrier) as
select s.id as session_id, s.agent_id, a.name as agent_name, s.host, s.pid, s.started_at, s.last_heartbeat_at,
    s.expires_at, s.capacity, s.queues, s.handlers,
    (select count(*) from stateroom.leases l where l.session_id = s.id)::integer as running
from stateroom.agent_sessions s join stateroom.agents a on a.id = s.agent_id
where s.expires_at > stateroom.now() and s.unplugged_at is null
    and ((select stateroom.sees_all()) or (select stateroom.current_user_id()) is not null
        and (a.project_id is null or a.project_id = any ((select stateroom.read_projects())::uuid[])));
