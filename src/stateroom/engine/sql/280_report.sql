-- What running work says about itself. Fenced: a worker that has lost its lease writes nothing.

-- Report how far runs are. Parallel arrays: run, token, anything (handlers), parts (see task_runs.parts), last line of
-- output; null leaves what was reported before. Returns the refused runs. Called by: workers, when something changed.
create or replace function stateroom.progress(
    p_runs uuid[], p_tokens bigint[], p_progress jsonb[], p_parts jsonb[], p_last_lines text[]
) returns setof uuid
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_done uuid[];
begin
    with u as (
        insert into stateroom.run_progress as p (run_id, attempt, updated_at, progress, parts, last_line)
        select i.id, l.attempt, stateroom.now(), i.progress, i.parts, left(i.last_line, 500)
        from unnest(p_runs, p_tokens, p_progress, p_parts, p_last_lines) as i (id, token, progress, parts, last_line)
        join stateroom.leases l on l.run_id = i.id and l.token = i.token
        order by i.id
        on conflict (run_id) do update set attempt = excluded.attempt, updated_at = excluded.updated_at,
            progress = coalesce(excluded.progress, p.progress), parts = coalesce(excluded.parts, p.parts),
            last_line = coalesce(excluded.last_line, p.last_line)
        returning p.run_id
    )
    select array_agg(u.run_id) into v_done from u;
    return query select i.id from unnest(p_runs) as i (id) where i.id <> all (coalesce(v_done, '{}'));
end
$$;

-- Between two attempts only what a handler itself has reported stays, for the next one.
create or replace function stateroom.keep_progress(p_runs uuid[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    delete from stateroom.run_progress p where p.run_id = any (p_runs) and p.progress is null;
    update stateroom.run_progress p set parts = null, last_line = null where p.run_id = any (p_runs);
end
$$;

-- What the attempt before has reported, or null. Called by: workers, for attempts after the first.
create or replace function stateroom.last_progress(p_run uuid) returns jsonb
    language sql stable
    set search_path = pg_catalog
as $$
    select p.progress from stateroom.run_progress p where p.run_id = p_run
$$;

-- Append log lines. p_runs and p_tokens name the runs; the other arrays are parallel to each other, one element a line,
-- and p_nos says to which run (1-based) a line belongs. Returns the refused runs, whose lines are dropped.
-- Called by: workers, in batches.
create or replace function stateroom.log(
    p_runs uuid[], p_tokens bigint[], p_nos integer[], p_part_nos integer[], p_line_nos integer[], p_streams text[],
    p_levels stateroom.log_level[], p_times timestamptz[], p_messages text[]
) returns setof uuid
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_refused uuid[];
begin
    with r as materialized (
        select i.no, i.id, l.attempt, t.project_id, t.workflow_run_id, t.task_id
        from unnest(p_runs, p_tokens) with ordinality as i (id, token, no)
        left join stateroom.leases l on l.run_id = i.id and l.token = i.token
        left join stateroom.task_runs t on t.id = i.id
    ), w as (
        insert into stateroom.logs (logged_at, level, message, component_name, project_id, workflow_run_id, task_run_id,
            task_id, attempt, part_no, line_no, stream)
        select l.at, l.level, l.message, 'worker', r.project_id, r.workflow_run_id, r.id, r.task_id, r.attempt, l.part_no,
            l.line_no, l.stream
        from unnest(p_nos, p_part_nos, p_line_nos, p_streams, p_levels, p_times, p_messages)
            as l (no, part_no, line_no, stream, level, at, message)
        join r on r.no = l.no
        where r.attempt is not null
    )
    select array_agg(r.id) into v_refused from r where r.attempt is null;
    return query select unnest(v_refused);
end
$$;

-- What workers need to know of tasks in order to execute them. Steps never change; routines may.
create or replace function stateroom.task_definitions(p_tasks uuid[]) returns table (
    id uuid, project_id uuid, title text, action text, handler text, command text, parameters jsonb, env jsonb,
    working_directory text, queue text, timeout_seconds integer, heartbeat_timeout_seconds integer, max_retries integer,
    step_key text, options jsonb
)
    language sql stable
    set search_path = pg_catalog
as $$
    select t.id, t.project_id, t.title, t.action::text, t.handler, t.command, t.parameters, t.env, t.working_directory,
        t.queue, t.timeout_seconds, t.heartbeat_timeout_seconds, t.max_retries, t.step_key, coalesce(t.step_options, '{}')
    from stateroom.tasks t where t.id = any (p_tasks)
$$;

-- What surrounds a run of a workflow: the workflow's env, the run's own, its trigger data, and for each step that this one needs
-- its result (success, failure, cancelled, skipped: the words of GitHub's expressions) and outputs.
create or replace function stateroom.run_context(p_run uuid) returns jsonb
    language sql stable
    set search_path = pg_catalog
as $$
    select jsonb_build_object('workflow_env', f.env || coalesce(v.definition -> 'env', '{}'),
        'run_env', w.env, 'trigger', w.trigger, 'trigger_data', w.trigger_data, 'workflow', f.name,
        'run_number', w.run_number, 'needs', coalesce((
            select jsonb_object_agg(n.step_key, jsonb_build_object('result', n.result, 'outputs', n.outputs))
            from (
                select p.step_key, case
                        when bool_or(x.state in ('failed', 'timed_out')
                            and not stateroom.may_fail(p.step_options, x.map_index)) then 'failure'
                        when bool_or(x.state = 'cancelled') then 'cancelled'
                        when bool_and(x.state = 'skipped') then 'skipped'
                        else 'success' end as result,
                    coalesce((
                        select jsonb_object_agg(o.key, o.value)
                        from stateroom.task_runs y
                        cross join lateral jsonb_each(coalesce(nullif(y.result -> 'outputs', 'null'), '{}')) as o
                        where y.workflow_run_id = r.workflow_run_id and y.task_id = p.id
                            and jsonb_typeof(y.result) = 'object'
                    ), '{}') as outputs
                from stateroom.task_dependencies d
                join stateroom.tasks p on p.id = d.depends_on_task_id
                join stateroom.task_runs x on x.workflow_run_id = r.workflow_run_id and x.task_id = p.id
                where d.task_id = r.task_id and d.dependency_type = 'blocks'
                group by p.id, p.step_key, p.step_options, r.workflow_run_id
            ) as n
        ), '{}'))
    from stateroom.task_runs r
    join stateroom.workflow_runs w on w.id = r.workflow_run_id
    join stateroom.workflows f on f.id = w.workflow_id
    join stateroom.workflow_versions v on v.id = w.version_id
    where r.id = p_run
$$;
