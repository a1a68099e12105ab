-- Proof that the engine's tables, which have no foreign keys, agree with each other.

-- One row for each contradiction, none when all is well: what is wrong, the run, and details. Reads everything that is
-- unfinished and the whole record; for tests and for the doctor, not for every minute.
-- Called by: the maintenance role.
create or replace function stateroom.check_integrity() returns table (problem text, run_id uuid, detail text)
    language sql stable
    set search_path = pg_catalog
as $$
    with places as (
        select w.run_id, 'waiting' as place from stateroom.waiting_runs w
        where w.run_id <> w.workflow_run_id and not w.cancelling
        union all select d.run_id, 'scheduled' from stateroom.delayed_runs d
        union all select r.run_id, 'queued' from stateroom.ready_runs r
        union all select l.run_id, 'running' from stateroom.leases l
    ), counted as (
        select p.run_id, count(*) as places, string_agg(p.place, ', ' order by p.place) as names from places p group by 1
    )
    select 'an unfinished run stands in no place or in several', t.id, coalesce(c.names, 'none')
    from stateroom.task_runs t left join counted c on c.run_id = t.id
    where t.state is null and coalesce(c.places, 0) <> 1
    union all
    select 'a place without a record', c.run_id, c.names
    from counted c where not exists (select from stateroom.task_runs t where t.id = c.run_id)
    union all
    select 'a finished run still waits or is scheduled', t.id, c.names
    from counted c join stateroom.task_runs t on t.id = c.run_id
    where t.state is not null and (c.names like '%waiting%' or c.names like '%scheduled%')
    union all
    select 'a lease without a session', l.run_id, l.session_id::text
    from stateroom.leases l where not exists (select from stateroom.agent_sessions s where s.id = l.session_id)
    union all
    select 'an unfinished workflow run has no end, or a finished one has', w.id, w.state::text
    from stateroom.workflow_runs w
    where (w.state = 'running') <> exists (
        select from stateroom.waiting_runs e where e.workflow_run_id = w.id and e.task_id = w.id)
    union all
    select 'a finished workflow run has unfinished steps', w.id, count(*)::text
    from stateroom.workflow_runs w join stateroom.task_runs t on t.workflow_run_id = w.id
    where w.state <> 'running' and t.state is null group by w.id
    union all
    select 'progress of a run that does not run', p.run_id, p.updated_at::text
    from stateroom.run_progress p where not exists (select from stateroom.leases l where l.run_id = p.run_id)
        and not (p.progress is not null and exists ( -- kept for its next attempt
            select from stateroom.task_runs t where t.id = p.run_id and t.state is null))
$$;
