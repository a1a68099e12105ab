-- Graphs: what waits for what. The cost of a finished run is its out-degree, never the size of the graph.
--
-- Each waiting run counts the runs that it still waits for (waiting_on), the parents that ended otherwise than a
-- 'success' edge asks (unmet), and whether anything above it failed. The workflow run itself waits in the same table,
-- as a row whose task is the workflow run, for the last steps of the graph. A run that is cancelled while it waits goes
-- on counting (cancelling): what stands below it, and the end of the workflow run, must not overtake what it waits for.
-- Locks are taken in order of step_no, which is topological: releases walk down the graph and cannot deadlock.

-- Whether a failure of this run of a step counts as a success: continue_on_error is true, or a list of the combinations
-- (map_index) of which it is.
create or replace function stateroom.may_fail(p_options jsonb, p_map_index integer) returns boolean
    language sql immutable parallel safe
    return coalesce(p_options -> 'continue_on_error' = 'true'
        or p_options -> 'continue_on_error' @> to_jsonb(p_map_index), false);

-- Put every unfinished run of a workflow run that stands nowhere into its place: ready, or waiting for its parents; one
-- whose parents have all ended, and otherwise than it needs, is skipped.
-- Called by: start (all runs are unfinished) and retry (some are), which hold the workflow run's row.
create or replace function stateroom.place_runs(p_workflow_run uuid, p_version uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog
    set plan_cache_mode = force_custom_plan
    set jit = off
    set enable_seqscan = off
    set enable_nestloop = off -- the rows are new, so their numbers are unknown; what is looked up is said by lateral
as $$
declare
    v_skipped uuid[];
    v_failed boolean[];
begin
    with recursive s as materialized (
        select r.id, r.task_id, r.project_id, r.map_index, r.state, 10 - r.priority as rank, t.execution_order, t.lane,
            r.state = 'skipped' and r.started_at is null as unreached,
            r.state in ('failed', 'timed_out') and not t.continues as failed,
            r.state <> 'succeeded' and (r.state not in ('failed', 'timed_out') or not t.continues) as missed
        from stateroom.task_runs r cross join lateral (
            select t.execution_order, stateroom.lane(r.queue, t.action, t.required_capabilities) as lane,
                stateroom.may_fail(t.step_options, r.map_index) as continues
            from stateroom.tasks t where t.id = r.task_id offset 0
        ) as t
        where r.workflow_run_id = p_workflow_run
    ), p as materialized (
        select s.task_id, count(*) filter (where s.state is null) as open,
            count(*) filter (where s.missed) as missed, coalesce(bool_or(s.failed), false) as failed,
            coalesce(bool_or(s.unreached), false) as unreached
        from s group by s.task_id
    ), e as materialized (
        select d.task_id, d.depends_on_task_id, d.condition
        from stateroom.tasks t cross join lateral (
            select d.task_id, d.depends_on_task_id, d.condition from stateroom.task_dependencies d
            where d.task_id = t.id and d.dependency_type = 'blocks' offset 0
        ) as d
        where t.workflow_version_id = p_version
    ), f (task_id) as ( -- what failed, and what was skipped below it
        select p.task_id from p where p.failed
        union
        select e.task_id from f join e on e.depends_on_task_id = f.task_id join p on p.task_id = e.task_id
        where p.unreached
    ), g as materialized (
        select e.task_id, sum(p.open)::integer as waiting_on, bool_or(f.task_id is not null) as failed_above,
            coalesce(sum(p.missed) filter (where e.condition = 'success'), 0)::integer as unmet,
            bool_or(e.condition = 'failure') as needs_failure
        from e join p on p.task_id = e.depends_on_task_id left join f on f.task_id = e.depends_on_task_id
        group by e.task_id
    ), h as materialized (
        select s.id, s.task_id, s.project_id, s.lane, s.rank, g.failed_above,
            coalesce(g.unmet = 0 and (g.failed_above or not g.needs_failure), true) as goes
        from s left join g on g.task_id = s.task_id
        where s.state is null and coalesce(g.waiting_on, 0) = 0
    ), r as (
        insert into stateroom.ready_runs (lane, rank, run_id) select h.lane, h.rank, h.id from h where h.goes
    ), k as (
        update stateroom.task_runs t set state = 'skipped', finished_at = stateroom.now()
        from h where t.id = h.id and not h.goes
        returning t.id, t.task_id, t.project_id, h.failed_above
    ), o as (
        insert into stateroom.finished_runs (slot, state, finished_at, run_id, task_id, project_id, workflow_run_id)
        select stateroom.finished_slot(), 'skipped', stateroom.now(), k.id, k.task_id, k.project_id, p_workflow_run
        from k
    ), w as (
        insert into stateroom.waiting_runs (workflow_run_id, task_id, map_index, run_id, step_no, waiting_on, unmet,
            needs_failure, failed_above, rank, lane)
        select p_workflow_run, s.task_id, s.map_index, s.id, s.execution_order, g.waiting_on, g.unmet,
            g.needs_failure, g.failed_above, s.rank, s.lane
        from s join g on g.task_id = s.task_id
        where s.state is null and g.waiting_on > 0
    ), z as (
        insert into stateroom.waiting_runs (workflow_run_id, task_id, map_index, run_id, step_no, waiting_on, rank, lane)
        select p_workflow_run, p_workflow_run, 0, p_workflow_run, 2147483647, sum(p.open), 0, ''
        from p where not exists (select from e where e.depends_on_task_id = p.task_id)
    )
    select array_agg(k.task_id), array_agg(k.failed_above) into v_skipped, v_failed from k;
    if v_skipped is not null then
        perform stateroom.advance(array_fill(p_workflow_run, array[cardinality(v_skipped)]), v_skipped,
            array_fill(false, array[cardinality(v_skipped)]), v_failed);
    end if;
    perform stateroom.hint_ready();
end
$$;

-- Tell the children of finished runs: count down, release what has nothing left to wait for, skip what cannot run any
-- more and go on below it, and finish the workflow run when its last steps are done. Parallel arrays: the workflow run,
-- the step's task, whether it counts as a success, and whether a failure stands in it or above it.
-- Called by: whatever ends a run, after the record says so. Locks waiting_runs in topological order.
create or replace function stateroom.advance(
    p_workflow_runs uuid[], p_tasks uuid[], p_ok boolean[], p_failed boolean[]
) returns void
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
    v_ended uuid[];
    v_ended_run uuid;
    v_released boolean := false;
    v_any boolean;
begin
    loop
        perform from (
            select distinct f.workflow_run_id, coalesce(d.task_id, f.workflow_run_id) as child
            from unnest(p_workflow_runs, p_tasks) as f (workflow_run_id, task_id)
            left join lateral (
                select d.task_id from stateroom.task_dependencies d
                where d.depends_on_task_id = f.task_id and d.dependency_type = 'blocks' offset 0
            ) as d on true
            union
            select f.workflow_run_id, f.workflow_run_id
            from (select distinct unnest(p_workflow_runs) as workflow_run_id) as f
            cross join lateral (
                select from stateroom.waiting_runs c where c.workflow_run_id = f.workflow_run_id
                    and c.task_id = f.workflow_run_id and c.map_index = 0 and c.cancelling offset 0
            ) as c
        ) as n
        join stateroom.waiting_runs w on w.workflow_run_id = n.workflow_run_id and w.task_id = n.child
        order by w.workflow_run_id, w.step_no, w.map_index
        for update of w;
        with f as materialized (
            select * from unnest(p_workflow_runs, p_tasks, p_ok, p_failed) as f (workflow_run_id, task_id, ok, failed)
        ), n as materialized (
            select f.workflow_run_id, coalesce(d.task_id, f.workflow_run_id) as child, count(*)::integer as done,
                count(*) filter (where not f.ok and d.condition = 'success')::integer as unmet,
                bool_or(f.failed) as failed
            from f left join lateral (
                select d.task_id, d.condition from stateroom.task_dependencies d
                where d.depends_on_task_id = f.task_id and d.dependency_type = 'blocks' offset 0
            ) as d on true
            group by 1, 2
        ), c as materialized (
            select n.workflow_run_id, n.child, w.map_index, w.ctid as tid, n.unmet, n.failed, n.done
            from n join stateroom.waiting_runs w on w.workflow_run_id = n.workflow_run_id and w.task_id = n.child
            where not (w.cancelling and w.task_id = w.workflow_run_id)
            union all
            select w.workflow_run_id, w.task_id, w.map_index, w.ctid, 0, false, a.done
            from (select f.workflow_run_id, count(*)::integer as done from f group by 1) as a
            join stateroom.waiting_runs w on w.workflow_run_id = a.workflow_run_id
                and w.task_id = a.workflow_run_id and w.cancelling
        ), u as (
            update stateroom.waiting_runs w set waiting_on = w.waiting_on - c.done, unmet = w.unmet + c.unmet,
                failed_above = w.failed_above or c.failed
            from c where w.ctid = c.tid and w.waiting_on > c.done
        ), z as (
            delete from stateroom.waiting_runs w using c where w.ctid = c.tid and w.waiting_on <= c.done
            returning w.workflow_run_id, w.task_id, w.run_id, w.lane, w.rank, w.failed_above or c.failed as failed_above,
                w.task_id = w.workflow_run_id as is_end, w.cancelling as was_cancelled, not w.cancelling
                    and w.unmet + c.unmet = 0 and (not w.needs_failure or w.failed_above or c.failed) as goes
        ), r as (
            insert into stateroom.ready_runs (lane, rank, run_id)
            select z.lane, z.rank, z.run_id from z where z.goes and not z.is_end returning 1
        ), k as (
            update stateroom.task_runs t set state = 'skipped', finished_at = stateroom.now()
            from z where t.id = z.run_id and not z.goes and not z.is_end and t.state is null
            returning t.id, t.task_id, t.project_id, t.workflow_run_id, z.failed_above
        ), o as (
            insert into stateroom.finished_runs (slot, state, finished_at, run_id, task_id, project_id, workflow_run_id)
            select stateroom.finished_slot(), 'skipped', stateroom.now(), k.id, k.task_id, k.project_id, k.workflow_run_id
            from k
        ), q as (
            select k.workflow_run_id, k.task_id, k.failed_above from k
            union all
            select z.workflow_run_id, z.task_id, false from z where z.was_cancelled and not z.is_end
        )
        select (select array_agg(z.workflow_run_id order by z.workflow_run_id) from z where z.is_end),
            exists (select from r), array_agg(q.workflow_run_id), array_agg(q.task_id),
            array_agg(false), array_agg(q.failed_above)
        into v_ended, v_any, p_workflow_runs, p_tasks, p_ok, p_failed
        from q;
        v_released := v_released or v_any;
        foreach v_ended_run in array coalesce(v_ended, '{}') loop
            perform stateroom.finish_workflow_run(v_ended_run);
        end loop;
        exit when p_tasks is null;
    end loop;
    if v_released then
        perform stateroom.hint_ready();
    end if;
end
$$;

-- Give a workflow run its final state: timed out if its deadline made it stop, cancelled if that was asked for, failed
-- if a step failed that may not, else succeeded. Called by: advance and cancel_run, once nothing of it is left. Writes its event.
create or replace function stateroom.finish_workflow_run(p_workflow_run uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_state stateroom.run_state;
    v_row record;
begin
    select case
        when bool_or(r.state in ('failed', 'timed_out') and not stateroom.may_fail(t.step_options, r.map_index))
            then 'failed'
        when bool_or(r.state = 'cancelled') then 'cancelled'
        else 'succeeded' end::stateroom.run_state
    into v_state
    from stateroom.task_runs r join stateroom.tasks t on t.id = r.task_id
    where r.workflow_run_id = p_workflow_run and r.state not in ('succeeded', 'skipped');
    update stateroom.workflow_runs w set finished_at = stateroom.now(),
        state = case when w.cancel_requested_at is null then coalesce(v_state, 'succeeded')
            when w.late then 'timed_out' else 'cancelled' end,
        error_message = case when w.late then 'its deadline has passed' end
    where w.id = p_workflow_run and w.state = 'running'
    returning w.id, w.project_id, w.workflow_id, w.run_number, w.version, w.state, w.environment into v_row;
    if found then
        insert into stateroom.events (project_id, type, workflow_run_id, actor_id, payload)
        values (v_row.project_id, case v_row.state when 'succeeded' then 'run_completed' when 'failed' then
            'run_failed' when 'timed_out' then 'run_failed' else 'run_cancelled' end, v_row.id, stateroom.current_user_id(), jsonb_build_object(
            'state', v_row.state, 'workflow_id', v_row.workflow_id, 'run_number', v_row.run_number, 'version', v_row.version));
        if v_row.environment is not null then
            perform stateroom.follow_deployment(v_row.id);
        end if;
    end if;
end
$$;
