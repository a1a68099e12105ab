-- Time limits that no worker keeps: how long a run may wait for its start, and by when it has to have ended.
-- (How long an attempt may take, and how long a handler may be silent, is kept by the worker that executes it.)

-- Note the limits of runs that were just enqueued; tasks without limits cost nothing here.
-- Called by: enqueue_runs, when one of its tasks has a limit.
create or replace function stateroom.note_limits(p_runs uuid[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    with r as (
        select t.id, coalesce(t.run_at, stateroom.now()) + make_interval(secs => k.start_timeout_seconds) as start_by,
            stateroom.now() + make_interval(secs => k.deadline_seconds) as end_by
        from unnest(p_runs) as i (id) join stateroom.task_runs t on t.id = i.id join stateroom.tasks k on k.id = t.task_id
        where t.state is null and (k.start_timeout_seconds is not null or k.deadline_seconds is not null)
    ), u as (
        update stateroom.task_runs t set deadline_at = r.end_by from r where t.id = r.id and r.end_by is not null
    )
    insert into stateroom.run_limits (at, run_id, kind)
    select r.start_by, r.id, 'start'::stateroom.run_limit from r where r.start_by is not null
    union all
    select r.end_by, r.id, 'deadline' from r where r.end_by is not null;
end
$$;

-- Keep the limits that have come: a run that has not begun in time, or not ended by its deadline, times out. What runs
-- is told to stop and ends as timed out; a workflow run ends with the last of its steps. Returns how many ran out.
-- Called by: schedulers. Locks run_limits with SKIP LOCKED in order of time, then what cancel_run locks.
create or replace function stateroom.enforce_limits(p_limit integer default 1000) returns integer
    language plpgsql volatile
    set search_path = pg_catalog
    set plan_cache_mode = force_generic_plan
    set jit = off
    set enable_seqscan = off
as $$
declare
    v_due record;
    v_count integer := 0;
begin
    for v_due in
        with c as materialized (
            select l.ctid as tid from stateroom.run_limits l where l.at <= stateroom.now()
            order by l.at, l.run_id limit p_limit for update skip locked
        )
        delete from stateroom.run_limits l where l.ctid = any (array(select c.tid from c))
        returning l.run_id, l.kind
    loop
        if v_due.kind = 'start' then
            v_count := v_count + stateroom.end_late(v_due.run_id, 'StartTimedOut', true)::integer;
            continue;
        end if;
        update stateroom.workflow_runs w set late = w.cancel_requested_at is null
        where w.id = v_due.run_id and w.state = 'running' and w.deadline_at <= stateroom.now();
        if found then
            perform stateroom.cancel_workflow_run(v_due.run_id);
            v_count := v_count + 1;
        else
            v_count := v_count + stateroom.end_late(v_due.run_id, 'DeadlineExceeded', false)::integer;
        end if;
    end loop;
    return v_count;
end
$$;

-- End a task run whose time is up, unless it has ended, or (a start was asked for) has begun; false: nothing to do.
-- What runs now is told to stop: its worker ends it, and fail() says that it timed out.
create or replace function stateroom.end_late(p_run uuid, p_type text, p_only_unstarted boolean) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_row record;
begin
    if p_only_unstarted then
        perform from stateroom.leases l where l.run_id = p_run;
        if found then
            return false;
        end if;
    else
        update stateroom.leases l set cancel_requested_at = coalesce(l.cancel_requested_at, stateroom.now()), late = true
        from stateroom.task_runs t where l.run_id = p_run and t.id = p_run and t.deadline_at <= stateroom.now();
        if found then
            perform pg_notify('stateroom_cancel', '');
            return true;
        end if;
    end if;
    update stateroom.task_runs t set state = 'timed_out', finished_at = stateroom.now(), error_type = p_type,
        error_message = case when p_only_unstarted then 'it was not started in time' else 'its deadline has passed' end
    where t.id = p_run and t.state is null
        and case when p_only_unstarted then t.attempt = 0 else t.deadline_at <= stateroom.now() end
    returning t.run_at into v_row;
    if not found then
        return false;
    end if;
    delete from stateroom.delayed_runs d where d.run_at = v_row.run_at and d.run_id = p_run;
    perform stateroom.settle(array[p_run]);
    return true;
end
$$;
