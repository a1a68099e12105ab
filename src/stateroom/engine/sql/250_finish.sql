-- Complete and fail: what a worker says at the end of an attempt. Every write is fenced by the lease's token: when the
-- lease is gone or another holds it, nothing is written and the run is returned as refused.
-- All lock leases in order of run, then the records, then (in advance) what waits.

-- End runs as succeeded (or skipped, when the details say so). Parallel arrays: run, token, result, and (or empty) null or
-- {"state", "output", "exit_code", "parts"}. Returns the runs that were refused.
-- Called by: workers, in batches.
create or replace function stateroom.complete(
    p_session uuid, p_runs uuid[], p_tokens bigint[], p_results jsonb[], p_details jsonb[]
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
    v_reported uuid[];
    v_workflow_runs uuid[];
    v_tasks uuid[];
    v_ok boolean[];
    v_agent uuid := (select s.agent_id from stateroom.agent_sessions s where s.id = p_session);
begin
    with i as materialized (
        select * from unnest(p_runs, p_tokens, p_results, p_details) as i (id, token, result, details)
    ), k as materialized ( -- the nested loop deletes in order of run: that is the order of its locks
        delete from stateroom.leases l using (select * from i order by i.id offset 0) as i
        where l.run_id = i.id and l.token = i.token
        returning i.*, l.claimed_at, l.attempt
    ), u as (
        update stateroom.task_runs t
        set state = coalesce((k.details ->> 'state')::stateroom.run_state, 'succeeded'), result = k.result,
            attempt = k.attempt, agent_id = v_agent, started_at = k.claimed_at, finished_at = stateroom.now(),
            output = k.details ->> 'output', exit_code = (k.details ->> 'exit_code')::integer,
            parts = nullif(k.details -> 'parts', 'null'), error_type = null, error_message = null
        from k where t.id = k.id and t.state is null
        returning t.id, t.task_id, t.project_id, t.workflow_run_id, t.state, t.started_at, k.details is not null as reported
    ), f as (
        insert into stateroom.finished_runs (slot, state, finished_at, started_at, run_id, task_id, project_id,
            workflow_run_id, agent_id)
        select stateroom.finished_slot(), u.state, stateroom.now(), u.started_at, u.id, u.task_id, u.project_id,
            u.workflow_run_id, v_agent
        from u
    )
    select array_agg(u.id), array_agg(u.id) filter (where u.reported),
        array_agg(u.workflow_run_id) filter (where u.workflow_run_id is not null),
        array_agg(u.task_id) filter (where u.workflow_run_id is not null),
        array_agg(u.state = 'succeeded') filter (where u.workflow_run_id is not null)
    into v_done, v_reported, v_workflow_runs, v_tasks, v_ok
    from u;
    if v_reported is not null then
        delete from stateroom.run_progress p where p.run_id = any (v_reported);
    end if;
    if v_workflow_runs is not null then
        perform stateroom.advance(v_workflow_runs, v_tasks, v_ok, array_fill(false, array[cardinality(v_ok)]));
    end if;
    if cardinality(v_done) is distinct from cardinality(p_runs) then
        return query select i.id from unnest(p_runs) as i (id) where i.id <> all (coalesce(v_done, '{}'));
    end if;
end
$$;

-- After records have been given a final state by another verb: publish them, drop their progress, tell their children
-- (of a run that still waits, since it was cancelled, they will be told when its own parents have ended).
create or replace function stateroom.settle(p_runs uuid[]) returns void
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
    v_workflow_runs uuid[];
    v_tasks uuid[];
    v_ok boolean[];
    v_failed boolean[];
begin
    delete from stateroom.run_progress p where p.run_id = any (p_runs);
    with r as (
        select t.id, t.task_id, t.project_id, t.workflow_run_id, t.map_index, t.state, t.started_at, t.agent_id,
            t.state = 'succeeded' or (t.state in ('failed', 'timed_out')
                and stateroom.may_fail(k.step_options, t.map_index)) as ok
        from unnest(p_runs) as i (id) join stateroom.task_runs t on t.id = i.id
        join stateroom.tasks k on k.id = t.task_id
    ), f as (
        insert into stateroom.finished_runs (slot, state, finished_at, started_at, run_id, task_id, project_id,
            workflow_run_id, agent_id)
        select stateroom.finished_slot(), r.state, stateroom.now(), r.started_at, r.id, r.task_id, r.project_id,
            r.workflow_run_id, r.agent_id
        from r
    ), e as (
        insert into stateroom.events (project_id, type, workflow_run_id, task_run_id, task_id, payload)
        select r.project_id, 'task_run_failed', r.workflow_run_id, r.id, r.task_id, jsonb_build_object('state', r.state)
        from r where r.state in ('failed', 'timed_out')
    )
    select array_agg(r.workflow_run_id), array_agg(r.task_id), array_agg(r.ok),
        array_agg(not r.ok and r.state in ('failed', 'timed_out'))
    into v_workflow_runs, v_tasks, v_ok, v_failed
    from r where r.workflow_run_id is not null and not exists (
        select from stateroom.waiting_runs w
        where w.workflow_run_id = r.workflow_run_id and w.task_id = r.task_id and w.map_index = r.map_index
    );
    if v_workflow_runs is not null then
        perform stateroom.advance(v_workflow_runs, v_tasks, v_ok, v_failed);
    end if;
end
$$;

-- How long to wait before the next attempt, in seconds: initial * factor ^ failures, at most maximum, plus or minus
-- jitter (a fraction). Defaults 1, 2, 300, 0.2: exponential back-off with jitter, so that failures do not return together.
create or replace function stateroom.retry_delay(p_policy jsonb, p_failures integer) returns double precision
    language sql volatile parallel safe
    return least(
        coalesce((p_policy ->> 'initial_seconds')::double precision, 1)
            * power(coalesce((p_policy ->> 'factor')::double precision, 2), least(p_failures, 60)),
        coalesce((p_policy ->> 'maximum_seconds')::double precision, 300)
    ) * (1 + coalesce((p_policy ->> 'jitter')::double precision, 0.2) * (2 * random() - 1));

-- End attempts that failed. Each error is {"state": "failed" | "timed_out" | "cancelled", "type", "message", "stack",
-- "exit_code", "output", "parts", "retry": false to give up at once, "delay_seconds": to say when}. A run is tried again
-- while it has failed at most max_retries times, after the delay of its task's retry policy; the attempt is recorded.
-- Not tried again: an error whose type the policy lists as non_retryable, and what would begin after the run's deadline.
-- What a run has reported as its progress is kept for the next attempt.
-- Returns for each run: 'retry' with the time, 'final' with the state in which it ended, or 'refused'.
-- Called by: workers.
create or replace function stateroom.fail(
    p_session uuid, p_runs uuid[], p_tokens bigint[], p_errors jsonb[]
) returns table (run_id uuid, outcome text, retry_at timestamptz)
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
#variable_conflict use_column
declare
    v_final uuid[];
    v_retry uuid[];
    v_retry_at timestamptz[];
    v_accepted uuid[];
    v_errors jsonb[];
    v_agent uuid := (select s.agent_id from stateroom.agent_sessions s where s.id = p_session);
begin
    with i as materialized (
        select * from unnest(p_runs, p_tokens, p_errors) as i (id, token, error)
    ), k as materialized (
        delete from stateroom.leases l using (select * from i order by i.id offset 0) as i
        where l.run_id = i.id and l.token = i.token
        returning i.id, case when l.late then i.error || '{"state": "timed_out", "type": "DeadlineExceeded", "message":
            "its deadline has passed"}' else i.error end as error, l.claimed_at, l.attempt,
            l.cancel_requested_at is not null and not l.late as cancelled, l.late
    ), x as materialized (
        select k.*, t.failures, 10 - t.priority as rank,
            stateroom.lane(t.queue, s.action, s.required_capabilities) as lane,
            case when k.cancelled then 'cancelled'
                else coalesce(k.error ->> 'state', 'failed') end::stateroom.run_state as state,
            not (k.cancelled or k.late) and coalesce(k.error ->> 'state', 'failed') <> 'cancelled'
                and coalesce((k.error ->> 'retry')::boolean, true) and t.failures < s.max_retries
                and not coalesce(s.retry_policy -> 'non_retryable' ? (k.error ->> 'type'), false)
                and (t.deadline_at is null or r.at < t.deadline_at) as again,
            r.at as retry_at
        from k join stateroom.task_runs t on t.id = k.id join stateroom.tasks s on s.id = t.task_id
        cross join lateral (
            select stateroom.now() + make_interval(secs => coalesce((k.error ->> 'delay_seconds')::double precision,
                stateroom.retry_delay(s.retry_policy, t.failures))) as at offset 0
        ) as r
        where t.state is null
    ), u as (
        update stateroom.task_runs t
        set attempt = x.attempt, agent_id = v_agent, started_at = x.claimed_at,
            failures = t.failures + (x.state <> 'cancelled')::integer,
            run_at = case when x.again then x.retry_at else t.run_at end,
            state = case when x.again then null else x.state end,
            finished_at = case when x.again then null else stateroom.now() end,
            exit_code = (x.error ->> 'exit_code')::integer, output = x.error ->> 'output',
            parts = nullif(x.error -> 'parts', 'null'), error_type = left(x.error ->> 'type', 200),
            error_message = x.error ->> 'message'
        from x where t.id = x.id and t.state is null
        returning t.id, x.again, x.retry_at, x.rank, x.lane, x.error
    ), a as (
        insert into stateroom.task_run_attempts (task_run_id, attempt, agent_id, started_at, finished_at, outcome,
            exit_code, error_type, error_message, output)
        select x.id, x.attempt, v_agent, x.claimed_at, stateroom.now(), x.state::text::stateroom.attempt_outcome,
            (x.error ->> 'exit_code')::integer, left(x.error ->> 'type', 200), x.error ->> 'message', x.error ->> 'output'
        from x where x.again
    ), r as (
        insert into stateroom.delayed_runs (run_at, run_id, rank, lane)
        select u.retry_at, u.id, u.rank, u.lane from u where u.again
    )
    select array_agg(u.id) filter (where not u.again), array_agg(u.id) filter (where u.again),
        array_agg(u.retry_at) filter (where u.again), array_agg(u.id), array_agg(u.error)
    into v_final, v_retry, v_retry_at, v_accepted, v_errors
    from u;
    perform stateroom.count_errors(v_accepted, v_errors);
    if v_final is not null then
        perform stateroom.settle(v_final);
    end if;
    perform stateroom.keep_progress(v_retry);
    return query
    select i.id, case when r.id is not null then 'retry' when i.id = any (coalesce(v_final, '{}')) then 'final'
        else 'refused' end, r.at
    from unnest(p_runs) as i (id) left join unnest(v_retry, v_retry_at) as r (id, at) on r.id = i.id;
end
$$;

-- Count failures in error_logs: one row for each kind of failure (task, type, first line without numbers) and day.
-- Cancelled attempts are no errors. Called by: fail, which has checked the tokens.
create or replace function stateroom.count_errors(p_runs uuid[], p_errors jsonb[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    insert into stateroom.error_logs as e (project_id, task_id, task_run_id, last_task_run_id, attempt, error_category,
        error_type, error_message, stack_trace, source_component, fingerprint, day, occurrences)
    select g.project_id, g.task_id, g.first_run, g.last_run, g.attempt, g.category, g.error_type, g.message, g.stack,
        'worker', g.fingerprint, (stateroom.now() at time zone 'UTC')::date, g.n
    from (
        select t.project_id, (array_agg(t.task_id))[1] as task_id, (array_agg(t.id order by t.id))[1] as first_run,
            (array_agg(t.id order by t.id desc))[1] as last_run, max(t.attempt) as attempt,
            case when x.error ->> 'state' = 'timed_out' then 'timeout' else 'runtime' end::stateroom.error_category
                as category,
            left(coalesce(x.error ->> 'type', 'Error'), 200) as error_type,
            left((array_agg(coalesce(x.error ->> 'message', '')))[1], 100000) as message,
            left((array_agg(x.error ->> 'stack'))[1], 100000) as stack,
            md5(t.task_id::text || coalesce(x.error ->> 'type', '') || regexp_replace(
                split_part(coalesce(x.error ->> 'message', ''), E'\n', 1), '[0-9a-f-]{36}|[0-9]+', '#', 'g')) as fingerprint,
            count(*) as n
        from unnest(p_runs, p_errors) as x (id, error) join stateroom.task_runs t on t.id = x.id
        where coalesce(x.error ->> 'state', 'failed') <> 'cancelled'
        group by t.project_id, x.error ->> 'state', x.error ->> 'type', fingerprint, error_type
        order by fingerprint
    ) as g
    on conflict (fingerprint, day, project_id) do update set occurrences = e.occurrences + excluded.occurrences,
        last_task_run_id = excluded.last_task_run_id, last_seen_at = stateroom.now(), resolved = false, resolved_at = null,
        resolved_by = null;
end
$$;
