-- Explain: why a run does not go on, each condition with the row that causes it.

-- The conditions of one unfinished task run, met and unmet. Called by: explain_run.
create or replace function stateroom.explain_task_run(p_run uuid) returns table (
    condition text, met boolean, subject_id uuid, subject text, detail text, until timestamptz
)
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_run record;
    v_ready record;
    v_ahead bigint;
    v_slots bigint;
    v_busy bigint;
begin
    select t.*, k.title, k.handler, stateroom.lane(t.queue, k.action, k.required_capabilities) as lane into v_run
    from stateroom.task_runs t join stateroom.tasks k on k.id = t.task_id where t.id = p_run;
    if v_run.state is not null then
        return query select 'finished', true, p_run, v_run.title, format('it %s%s', replace(v_run.state::text, '_', ' '),
            coalesce(': ' || v_run.error_message, '')), v_run.finished_at;
        return;
    end if;
    return query
    select 'lease', true, l.session_id, a.name, format('running on %s (process %s on %s), attempt %s, since %s%s', a.name,
        s.pid, s.host, l.attempt, l.claimed_at, case when l.cancel_requested_at is null then ''
        else '; it has been told to stop' end), s.expires_at
    from stateroom.leases l left join stateroom.agent_sessions s on s.id = l.session_id
    left join stateroom.agents a on a.id = s.agent_id where l.run_id = p_run;
    if found then
        return;
    end if;
    return query
    select 'dependency', p.state is not null and v.run_id is null, p.id, k.step_key,
        format('waits for %s of %s, which is %s%s', d.condition, k.step_key, coalesce(p.state::text, 'not finished'),
            case when p.state is not null and v.run_id is not null then ', but what that one needs is not finished'
            else '' end), p.finished_at
    from stateroom.waiting_runs w
    join stateroom.task_dependencies d on d.task_id = w.task_id and d.dependency_type = 'blocks'
    join stateroom.tasks k on k.id = d.depends_on_task_id
    join stateroom.task_runs p on p.workflow_run_id = w.workflow_run_id and p.task_id = k.id
    left join stateroom.waiting_runs v on v.workflow_run_id = w.workflow_run_id and v.task_id = k.id
        and v.map_index = p.map_index
    where w.workflow_run_id = v_run.workflow_run_id and w.task_id = v_run.task_id and w.map_index = v_run.map_index
    order by p.state is not null and v.run_id is null, k.execution_order, p.map_index limit 100;
    if found then
        return;
    end if;
    return query
    select 'handler', false, v_run.task_id, v_run.handler, format('no live worker has handler %s; start one with: '
        || 'stateroom worker --handlers package.module:app', v_run.handler), null::timestamptz
    where v_run.handler is not null and not exists (
        select from stateroom.agent_sessions s
        where v_run.handler = any (s.handlers) and s.expires_at > stateroom.now() and s.unplugged_at is null);
    return query
    select 'time', false, p_run, v_run.title, format('not before %s%s', d.run_at,
        case when v_run.failures > 0 then format(' (retry %s after a failure)', v_run.failures) else '' end), d.run_at
    from stateroom.delayed_runs d where d.run_at = v_run.run_at and d.run_id = p_run;
    if found then
        return;
    end if;
    select r.* into v_ready from stateroom.ready_runs r
    where r.lane = v_run.lane and r.rank = 10 - v_run.priority and r.run_id = p_run;
    return query select 'queue', not coalesce(q.paused, false), q.id, v_run.queue,
        format('queue %s is %s', v_run.queue, case when q.paused then 'paused' else 'open' end), null::timestamptz
    from (select v_run.queue as name) as n left join stateroom.queues q on q.name = n.name;
    select count(*) into v_ahead from (
        select from stateroom.ready_runs r
        where r.lane = v_run.lane and (r.rank < v_ready.rank
            or (r.rank = v_ready.rank and (r.xid, r.run_id) < (v_ready.xid, v_ready.run_id)))
        limit 100000
    ) as ahead;
    return query select 'position', v_ahead = 0, null::uuid, v_run.queue, case v_ahead when 0 then 'it is the next one'
        else format('%s are ahead of it in queue %s', v_ahead, v_run.queue) end, null::timestamptz;
    select coalesce(sum(s.capacity), 0), coalesce(sum(l.busy), 0) into v_slots, v_busy
    from stateroom.agent_sessions s
    left join lateral (select count(*) as busy from stateroom.leases l where l.session_id = s.id) as l on true
    where v_run.queue = any (s.queues) and s.expires_at > stateroom.now() and s.unplugged_at is null;
    return query select 'worker', v_slots > v_busy, null::uuid, v_run.queue, case when v_slots = 0
        then format('no live worker serves queue %s; start one with: stateroom worker --queue %1$s', v_run.queue)
        else format('%s of %s slots of the workers of queue %s are busy', v_busy, v_slots, v_run.queue) end,
        null::timestamptz;
end
$$;

-- Why a task run or a workflow run does not go on (its first hundred unfinished task runs), for those who may see it.
-- One row for each condition: its name (dependency, handler, time, queue, position, worker, lease, finished), whether it is met,
-- the row that causes it, words, and the time that it is about. Raises SR404.
-- Called by: people. Security definer: the places of runs are read by nobody directly.
create or replace function stateroom.explain_run(p_run uuid) returns table (
    run_id uuid, condition text, met boolean, subject_id uuid, subject text, detail text, until timestamptz
)
    language plpgsql stable security definer
    set search_path = pg_catalog
as $$
begin
    if stateroom.find_run(p_run, 'read') = 'task_run' then
        return query select p_run, e.* from stateroom.explain_task_run(p_run) as e;
        return;
    end if;
    return query
    select t.id, e.* from (
        select t.id from stateroom.task_runs t join stateroom.tasks k on k.id = t.task_id
        where t.workflow_run_id = p_run and t.state is null
        order by k.execution_order, t.map_index limit 100
    ) as t cross join lateral stateroom.explain_task_run(t.id) as e;
    if not found then
        return query select p_run, 'finished', true, p_run, format('run %s', w.run_number), format('it %s', w.state),
            w.finished_at
        from stateroom.workflow_runs w where w.id = p_run;
    end if;
end
$$;
