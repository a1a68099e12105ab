-- What runs and agents amount to. From run_stats, which is at most a minute behind; the record is not read for them.

-- Runs per task: how many, how they ended, and how long they took.
create or replace view stateroom.execution_stats with (security_barrier) as
select k.id as task_id, k.project_id, k.title, k.kind, s.total, s.succeeded, s.failed, s.cancelled, s.timed_out, s.skipped,
    round(s.succeeded::numeric / nullif(s.succeeded + s.failed + s.timed_out, 0), 4) as success_rate,
    s.duration_ms_sum / nullif(h.timed, 0)::double precision as mean_ms,
    stateroom.histogram_percentile(h.durations, 0.5) as p50_ms,
    stateroom.histogram_percentile(h.durations, 0.95) as p95_ms, s.first_hour, s.last_hour
from stateroom.tasks k
cross join lateral (
    select sum(r.succeeded + r.failed + r.cancelled + r.timed_out + r.skipped) as total, sum(r.succeeded) as succeeded,
        sum(r.failed) as failed, sum(r.cancelled) as cancelled, sum(r.timed_out) as timed_out, sum(r.skipped) as skipped,
        sum(r.duration_ms_sum) as duration_ms_sum, min(r.hour) as first_hour, max(r.hour) as last_hour
    from stateroom.run_stats r where r.task_id = k.id having count(*) > 0
) as s
cross join lateral (
    select array_agg(b.n order by b.no)::bigint[] as durations, sum(b.n) as timed
    from (
        select u.no, sum(u.n) as n from stateroom.run_stats r
        cross join lateral unnest(r.durations) with ordinality as u (n, no)
        where r.task_id = k.id group by u.no
    ) as b
) as h
where ((select stateroom.sees_all()) or k.project_id = any ((select stateroom.read_projects())::uuid[]))
    and (k.kind <> 'planned' or (select stateroom.sees_all() or stateroom.current_role_name() = 'admin')
        or k.project_id = any ((select stateroom.open_projects())::uuid[])
        or k.assigned_user_id = (select stateroom.current_user_id()) or k.created_by = (select stateroom.current_user_id())
        or k.assigned_role::text = (select stateroom.current_role_name()));

-- Agents with the status that their sessions and leases mean (error and draining are set), and how busy they were in the
-- last 24 and 168 hours: of all projects, since an agent that is shared is as busy as it is.
create or replace view stateroom.agent_utilization with (security_barrier) as
select a.id as agent_id, a.project_id, a.name, a.type, a.is_active,
    case when a.status in ('error', 'draining') then a.status
        when coalesce(n.sessions, 0) = 0 then 'offline'
        when n.running > 0 then 'busy' else 'idle' end::stateroom.agent_status as status,
    a.max_concurrency, coalesce(n.sessions, 0) as sessions, coalesce(n.running, 0) as running, n.last_heartbeat_at,
    coalesce(s.runs_24h, 0) as runs_24h, coalesce(s.succeeded_24h, 0) as succeeded_24h,
    coalesce(s.busy_ms_24h, 0) as busy_ms_24h,
    round(100.0 * coalesce(s.busy_ms_24h, 0) / (86400000::bigint * a.max_concurrency), 2) as utilization_percent,
    coalesce(s.runs, 0) as runs_7d, coalesce(s.succeeded, 0) as succeeded_7d, coalesce(s.failed, 0) as failed_7d,
    round(s.succeeded::numeric / nullif(s.succeeded + s.failed, 0), 4) as success_rate_7d,
    s.busy_ms / nullif(s.runs, 0)::double precision as mean_ms_7d, s.last_hour
from stateroom.agents a
left join (
    select x.agent_id, count(*)::integer as sessions, sum(x.running)::integer as running,
        max(x.last_heartbeat_at) as last_heartbeat_at
    from (
        select g.agent_id, g.last_heartbeat_at,
            (select count(*) from stateroom.leases l where l.session_id = g.id) as running
        from stateroom.agent_sessions g where g.expires_at > stateroom.now() and g.unplugged_at is null
    ) as x group by x.agent_id
) as n on n.agent_id = a.id
left join (
    select r.agent_id, sum(r.succeeded) as succeeded, sum(r.failed + r.timed_out) as failed,
        sum(r.succeeded + r.failed + r.timed_out + r.cancelled) as runs, sum(r.duration_ms_sum) as busy_ms,
        max(r.hour) as last_hour,
        sum(r.succeeded) filter (where r.hour > stateroom.now() - interval '24 hours') as succeeded_24h,
        sum(r.succeeded + r.failed + r.timed_out + r.cancelled)
            filter (where r.hour > stateroom.now() - interval '24 hours') as runs_24h,
        sum(r.duration_ms_sum) filter (where r.hour > stateroom.now() - interval '24 hours') as busy_ms_24h
    from stateroom.agent_stats r
    where r.hour > stateroom.now() - interval '168 hours'
    group by r.agent_id
) as s on s.agent_id = a.id
where (select stateroom.sees_all()) or (select stateroom.current_user_id()) is not null
    and (a.project_id is null or a.project_id = any ((select stateroom.read_projects())::uuid[]));

-- Planned and routine tasks in figures: how good the estimates of hours were, errors, deployments. Each is counted by itself
-- before it is joined, so that none multiplies another. Read through task_performance_summary.
drop materialized view if exists stateroom.task_performance_figures cascade;
create materialized view stateroom.task_performance_figures as
select k.id as task_id, k.estimated_hours, k.actual_hours,
    case when k.estimated_hours > 0 and k.actual_hours > 0 then round(100 * least(k.estimated_hours, k.actual_hours)
        / greatest(k.estimated_hours, k.actual_hours), 2) end as hours_accuracy_percent,
    coalesce(e.errors, 0) as errors, coalesce(e.unresolved_errors, 0) as unresolved_errors,
    coalesce(e.error_occurrences, 0) as error_occurrences, coalesce(d.deployments, 0) as deployments,
    coalesce(d.succeeded_deployments, 0) as succeeded_deployments, coalesce(s.deployment_scripts, 0) as deployment_scripts,
    coalesce(r.runs, 0) as runs, coalesce(r.succeeded_runs, 0) as succeeded_runs, stateroom.now() as refreshed_at
from stateroom.tasks k
left join (
    select e.task_id, count(*) as errors, count(*) filter (where not e.resolved) as unresolved_errors,
        sum(e.occurrences) as error_occurrences
    from stateroom.error_logs e where e.task_id is not null group by e.task_id
) as e on e.task_id = k.id
left join (
    select d.task_id, count(*) as deployments, count(*) filter (where d.status = 'succeeded') as succeeded_deployments
    from stateroom.deployments d where d.task_id is not null and d.deleted_at is null group by d.task_id
) as d on d.task_id = k.id
left join (
    select d.task_id, count(*) as deployment_scripts
    from stateroom.deployment_scripts s join stateroom.deployments d on d.id = s.deployment_id
    where d.task_id is not null and d.deleted_at is null group by d.task_id
) as s on s.task_id = k.id
left join (
    select r.task_id, sum(r.succeeded + r.failed + r.timed_out + r.cancelled) as runs, sum(r.succeeded) as succeeded_runs
    from stateroom.run_stats r group by r.task_id
) as r on r.task_id = k.id
where k.kind <> 'step' and k.deleted_at is null;
create unique index task_performance_figures_key on stateroom.task_performance_figures (task_id);

create or replace view stateroom.task_performance_summary with (security_barrier) as
select f.task_id, k.project_id, k.title, k.kind, k.number, k.status, f.estimated_hours, f.actual_hours,
    f.hours_accuracy_percent, f.errors, f.unresolved_errors, f.error_occurrences, f.deployments, f.succeeded_deployments,
    f.deployment_scripts, f.runs, f.succeeded_runs, f.refreshed_at
from stateroom.task_performance_figures f join stateroom.tasks k on k.id = f.task_id
where ((select stateroom.sees_all()) or k.project_id = any ((select stateroom.read_projects())::uuid[]))
    and k.deleted_at is null
    and (k.kind <> 'planned' or (select stateroom.sees_all() or stateroom.current_role_name() = 'admin')
        or k.project_id = any ((select stateroom.open_projects())::uuid[])
        or k.assigned_user_id = (select stateroom.current_user_id()) or k.created_by = (select stateroom.current_user_id())
        or k.assigned_role::text = (select stateroom.current_role_name()));
