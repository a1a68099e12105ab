-- Enqueue for programs: many runs of one task in one statement, and the runs that a handler asks for while it runs.

-- The project of those who name none: a person's personal one, or the only one that a service was granted.
-- Raises SR422 when a service was granted more than one, SR404 without a context. Called by: the verbs below, enqueue.
create or replace function stateroom.home_project() returns uuid
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_granted uuid[] := case when stateroom.current_user_id() is null then stateroom.client_projects() end;
begin
    if cardinality(v_granted) = 1 then
        return v_granted[1];
    elsif cardinality(v_granted) > 1 then
        raise exception using errcode = 'SR422', message = format('project: %s was granted %s projects', session_user,
            cardinality(v_granted)), hint = 'Name one of them: p_project => its id.';
    end if;
    return stateroom.personal_project();
end
$$;

-- The routine task of a project with this handler, title or id. Raises SR404.
create or replace function stateroom.routine_task(p_project uuid, p_task text) returns uuid
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_task uuid;
begin
    select t.id into v_task from stateroom.tasks t
    where t.project_id = p_project and t.kind = 'routine' and t.deleted_at is null
        and (t.handler = p_task or t.title = p_task or t.id::text = p_task)
    order by t.handler = p_task desc nulls last, t.id::text = p_task desc, t.id
    limit 1;
    if v_task is null then
        raise exception using errcode = 'SR404',
            message = format('project %s has no routine task with the handler, title or id %L', p_project, p_task),
            hint = 'Start a worker with --handlers package.module:app, which registers its handlers.';
    end if;
    return v_task;
end
$$;

-- Refuse a priority that is none (SR422). Null is the task's own.
create or replace function stateroom.check_priority(p_priority integer) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if p_priority not between 0 and 10 then
        raise exception using errcode = 'SR422', message = format('priority: %s is not between 0 and 10', p_priority),
            hint = '10 runs first, 0 last.';
    end if;
end
$$;

-- Enqueue a run of one routine task for each input, in order: the run, and whether this call created it (a key or equal
-- dimensions that are taken give the run that has them). p_keys: one for each input, or none at all. p_delay: seconds.
-- Raises as enqueue; then nothing is enqueued. Called by: people and their services, in their own transactions.
-- Security definer: the record and the hot tables are written by nobody directly.
create or replace function stateroom.enqueue_many(
    p_task text, p_inputs jsonb[], p_project uuid default null, p_priority integer default null,
    p_run_at timestamptz default null, p_delay double precision default null, p_keys text[] default '{}',
    p_unique jsonb default null
) returns table (run_id uuid, created boolean)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project uuid := coalesce(p_project, stateroom.home_project());
begin
    perform stateroom.require_project(v_project, 'run');
    return query select * from stateroom.enqueue_batch(stateroom.routine_task(v_project, p_task), p_inputs, p_priority,
        p_run_at, p_delay, p_keys, p_unique, null);
end
$$;

-- The same for a run that asks for others while it is executed: they stand in its project, and its cancellation reaches
-- them. Raises SR409 when the lease with this token is gone: another attempt may be asking already.
-- Called by: workers (ctx.enqueue). Holds the lease to the end of the transaction. Security definer: as above.
create or replace function stateroom.enqueue_children(
    p_run uuid, p_token bigint, p_task text, p_inputs jsonb[], p_priority integer default null,
    p_run_at timestamptz default null, p_delay double precision default null, p_keys text[] default '{}',
    p_unique jsonb default null
) returns table (run_id uuid, created boolean)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project uuid;
begin
    perform from stateroom.leases l where l.run_id = p_run and l.token = p_token for key share;
    if not found then
        raise exception using errcode = 'SR409', message = format('run %s is not leased by this worker any more', p_run),
            hint = 'Stop: another attempt has begun, or will.';
    end if;
    select t.project_id into v_project from stateroom.task_runs t where t.id = p_run;
    return query select * from stateroom.enqueue_batch(stateroom.routine_task(v_project, p_task), p_inputs, p_priority,
        p_run_at, p_delay, p_keys, p_unique, p_run);
end
$$;

-- What both have in common. Called by: enqueue_many and enqueue_children, which have checked the caller's rights.
create or replace function stateroom.enqueue_batch(
    p_task uuid, p_inputs jsonb[], p_priority integer, p_run_at timestamptz, p_delay double precision, p_keys text[],
    p_unique jsonb, p_parent uuid
) returns table (run_id uuid, created boolean)
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_count integer := cardinality(p_inputs);
    v_run_at timestamptz := case when p_delay is null then p_run_at else stateroom.now() + make_interval(secs => p_delay) end;
begin
    perform stateroom.check_priority(p_priority);
    perform stateroom.check_unique(p_keys[1], p_unique);
    if cardinality(p_keys) not in (0, v_count) then
        raise exception using errcode = 'SR422', message = format('keys: %s for %s inputs', cardinality(p_keys), v_count),
            hint = 'Give one key for each input, or none.';
    end if;
    return query select * from stateroom.enqueue_runs(array_fill(p_task, array[v_count]), p_inputs,
        case when p_priority is null then '{}' else array_fill(p_priority, array[v_count]) end::smallint[],
        case when v_run_at is null then '{}' else array_fill(v_run_at, array[v_count]) end,
        p_keys, p_unique => p_unique, p_parent => p_parent);
end
$$;

-- How runs of tasks and of workflows stand that the caller may see; state is null until it is final. Unknown ids are left
-- out. Called by: those who wait for results, people and services alike, again and again.
-- Security definer: the record is read by nobody directly.
create or replace function stateroom.results(p_runs uuid[]) returns table (
    run_id uuid, state text, result jsonb, error_type text, error_message text
)
    language plpgsql stable security definer
    set search_path = pg_catalog
as $$
begin
    return query
    select t.id, t.state::text, t.result, t.error_type, t.error_message
    from unnest(p_runs) as i (id) join stateroom.task_runs t on t.id = i.id
    where t.project_id = any (stateroom.client_projects('read:tasks'))
        or exists (select from stateroom.task_run_states s where s.id = t.id)
    union all
    select w.id, nullif(w.state, 'running')::text, w.result, null, w.error_message
    from unnest(p_runs) as i (id) join stateroom.workflow_runs w on w.id = i.id
    where w.project_id = any (stateroom.client_projects('read:tasks')) or w.project_id = any (stateroom.read_projects())
        or stateroom.sees_all();
end
$$;
