-- Giving runs back: attempts that end without a verdict (snoozed, released, lost) use up no retries.

-- End attempts without a result: the attempt is recorded and the run waits again, after its delay (seconds; 0: now).
-- A run whose cancellation was asked for ends as cancelled, one whose deadline has passed as timed out; one that is lost
-- for the third time fails as worker_lost.
-- Returns the runs that were refused because their lease is gone or another's.
-- Called by: snooze, release, rescue. Locks leases in order of run.
create or replace function stateroom.give_back(
    p_runs uuid[], p_tokens bigint[], p_delays double precision[], p_outcome stateroom.attempt_outcome, p_reason text
) returns setof uuid
    language plpgsql volatile
    set search_path = pg_catalog
    set plan_cache_mode = force_generic_plan
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_material = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    v_done uuid[];
    v_final uuid[];
begin
    with i as materialized (
        select * from unnest(p_runs, p_tokens, p_delays) as i (id, token, delay)
    ), k as materialized (
        select i.id, i.delay, l.*
        from (select * from i order by i.id) as i
        cross join lateral (
            select l.ctid as tid, l.claimed_at, l.attempt, l.session_id, l.late,
                l.cancel_requested_at is not null and not l.late as cancelled
            from stateroom.leases l where l.run_id = i.id and l.token = i.token for update
        ) as l
    ), d as (
        delete from stateroom.leases l where l.ctid = any (array(select k.tid from k))
    ), x as materialized (
        select k.*, a.agent_id, 10 - t.priority as rank, t.losses + (p_outcome = 'lost')::integer as losses,
            stateroom.lane(t.queue, s.action, s.required_capabilities) as lane,
            k.cancelled or k.late or (p_outcome = 'lost' and t.losses >= 2) as final,
            stateroom.now() + make_interval(secs => coalesce(k.delay, 0)) as run_at
        from k join stateroom.task_runs t on t.id = k.id join stateroom.tasks s on s.id = t.task_id
        left join stateroom.agent_sessions a on a.id = k.session_id
        where t.state is null
    ), u as (
        update stateroom.task_runs t
        set attempt = x.attempt, losses = x.losses, agent_id = x.agent_id, started_at = x.claimed_at,
            run_at = case when x.delay > 0 then x.run_at else t.run_at end,
            state = case when not x.final then null when x.cancelled then 'cancelled' when x.late then 'timed_out'
                else 'failed' end::stateroom.run_state,
            finished_at = case when x.final then stateroom.now() end,
            error_type = case when not x.final or x.cancelled then null when x.late then 'DeadlineExceeded'
                else 'worker_lost' end,
            error_message = case when not x.final or x.cancelled then null when x.late then 'its deadline has passed'
                else format('its worker was lost %s times; the last one: %s', x.losses, p_reason) end
        from x where t.id = x.id and t.state is null
        returning t.id, x.final
    ), a as (
        insert into stateroom.task_run_attempts (task_run_id, attempt, agent_id, started_at, finished_at, outcome,
            error_message)
        select x.id, x.attempt, x.agent_id, x.claimed_at, stateroom.now(), p_outcome, p_reason from x where not x.final
    ), r as (
        insert into stateroom.ready_runs (lane, rank, run_id)
        select x.lane, x.rank, x.id from x where not x.final and coalesce(x.delay, 0) <= 0
    ), w as (
        insert into stateroom.delayed_runs (run_at, run_id, rank, lane)
        select x.run_at, x.id, x.rank, x.lane from x where not x.final and x.delay > 0
    )
    select array_agg(u.id), array_agg(u.id) filter (where u.final) into v_done, v_final from u;
    if v_final is not null then
        perform stateroom.settle(v_final);
    end if;
    perform stateroom.keep_progress(v_done);
    perform stateroom.hint_ready();
    return query select i.id from unnest(p_runs) as i (id) where i.id <> all (coalesce(v_done, '{}'));
end
$$;

-- Put runs off, as their handlers asked: not before the delay (seconds) is over. Returns the refused runs.
-- Called by: workers.
create or replace function stateroom.snooze(p_runs uuid[], p_tokens bigint[], p_delays double precision[]) returns setof uuid
    language sql volatile
    set search_path = pg_catalog
as $$
    select stateroom.give_back(p_runs, p_tokens, p_delays, 'snoozed', 'put off by its handler')
$$;

-- Give back what is not finished, for others to claim after the delay (seconds, for all). Returns the refused runs.
-- Called by: workers that drain, or that lack a handler.
create or replace function stateroom.release(
    p_runs uuid[], p_tokens bigint[], p_reason text, p_delay double precision default 0
) returns setof uuid
    language sql volatile
    set search_path = pg_catalog
as $$
    select stateroom.give_back(p_runs, p_tokens, array_fill(p_delay, array[cardinality(p_runs)]), 'released', p_reason)
$$;

-- Notice dead sessions and give their runs to others; returns how many runs were taken over. A session is dead when
--   * its time has run out (partition, pooler, HTTP agents), or
--   * it was plugged in (plug_session), its connection's lock has been gone for p_grace, and its server connection was
--     not ended by a restart of the server itself (then it has until its time runs out to come back).
-- Called by: schedulers, several times a second; one at a time, the others return 0 at once.
-- Locks agent_sessions with SKIP LOCKED, then leases in order of run.
create or replace function stateroom.rescue_expired(p_grace interval default '750 milliseconds') returns integer
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_session record;
    v_runs uuid[];
    v_tokens bigint[];
    v_count integer := 0;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('stateroom.rescue_expired', 0)) then
        return 0;
    end if;
    perform stateroom.watch_plugs();
    for v_session in
        select s.id, s.agent_id, s.host, s.pid from stateroom.agent_sessions s
        where s.expires_at <= stateroom.now()
            or (s.unplugged_at <= stateroom.now() - p_grace and s.backend_start >= pg_postmaster_start_time())
        order by s.id for update skip locked
    loop
        select array_agg(l.run_id), array_agg(l.token) into v_runs, v_tokens
        from (select * from stateroom.leases l where l.session_id = v_session.id order by l.run_id limit 5000) as l;
        if v_runs is not null then
            perform stateroom.give_back(v_runs, v_tokens, array_fill(0::double precision, array[cardinality(v_runs)]),
                'lost', format('worker %s on %s is gone', v_session.pid, v_session.host));
            v_count := v_count + cardinality(v_runs);
        end if;
        if coalesce(cardinality(v_runs), 0) < 5000 then
            perform stateroom.forget_session(v_session.id);
        end if;
    end loop;
    return v_count;
end
$$;
