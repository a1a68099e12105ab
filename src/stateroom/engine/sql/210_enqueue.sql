-- Enqueue: from now on the run exists, exactly once per key, and stands in one of the four places.

-- The lane in which a run waits: its queue, or, where not every worker can serve it, a lane of its own.
create or replace function stateroom.lane(p_queue text, p_action stateroom.action_kind, p_capabilities text[]) returns text
    language sql immutable parallel safe
    return case when p_action in ('command', 'handler') and cardinality(p_capabilities) = 0 then p_queue
        else p_queue || '/' || md5(p_action::text || ':' || (
            select coalesce(string_agg(c, ',' order by c), '') from unnest(p_capabilities) as c)) end;

-- Tell idle workers that there is work; says nothing while nobody is idle, since NOTIFY locks the database at commit.
create or replace function stateroom.hint_ready() returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    if exists (select from stateroom.agent_sessions s where s.is_idle) then
        perform pg_notify('stateroom_ready', '');
    end if;
end
$$;

-- Take the keys of a batch: after this, run_keys says which run each key stands for. Expired keys are taken over.
-- Locks rows of run_keys in order of key, so that two batches with the same keys wait instead of deadlocking.
create or replace function stateroom.take_keys(p_tasks uuid[], p_keys text[], p_ids uuid[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    insert into stateroom.run_keys as k (project_id, key, run_id, expires_at)
    select distinct on (t.project_id, i.key) t.project_id, i.key, i.id, stateroom.now() + interval '30 days'
    from unnest(p_tasks, p_keys, p_ids) with ordinality as i (task, key, id, no)
    join stateroom.tasks t on t.id = i.task
    where i.key is not null
    order by t.project_id, i.key, i.no
    on conflict (project_id, key) do update set run_id = excluded.run_id, expires_at = excluded.expires_at
        where k.expires_at <= stateroom.now();
end
$$;

-- Enqueue many. Arrays in, one row out for each, in order: the run, and whether this call created it (a key that is
-- taken gives the run that has it). Null elements mean: the task's priority, now, no key, a new id. Raises SR404 for
-- a task that does not exist, SR409 for one that cannot be enqueued; then nothing is enqueued.
-- Called by: enqueue, the engine's Python API, schedules. Locks keys first, then only rows that it inserts.
create or replace function stateroom.enqueue_runs(
    p_tasks uuid[], p_inputs jsonb[], p_priorities smallint[] default '{}', p_run_ats timestamptz[] default '{}',
    p_keys text[] default '{}', p_ids uuid[] default null, p_schedule uuid default null
) returns table (run_id uuid, created boolean)
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
    v_ids uuid[] := coalesce(p_ids, array(select stateroom.uuidv7() from generate_series(1, cardinality(p_tasks))));
    v_keyed boolean := cardinality(p_keys) > 0;
    v_known integer;
begin
    select count(*) into v_known
    from unnest(p_tasks) as i (task) join stateroom.tasks t on t.id = i.task
    where t.kind = 'routine' and t.action not in ('manual', 'http') and t.deleted_at is null;
    if v_known <> cardinality(p_tasks) then
        perform stateroom.refuse_tasks(p_tasks);
    end if;
    if v_keyed then
        perform stateroom.take_keys(p_tasks, p_keys, v_ids);
    end if;
    return query
    with i as materialized (
        select i.no, i.id, t.id as task_id, t.project_id, t.queue, coalesce(i.priority, t.priority) as priority,
            i.run_at, i.input, stateroom.lane(t.queue, t.action, t.required_capabilities) as lane,
            coalesce((select k.run_id from stateroom.run_keys k
                where v_keyed and k.project_id = t.project_id and k.key = i.key), i.id) as run
        from unnest(p_tasks, p_inputs, p_priorities, p_run_ats, p_keys, v_ids) with ordinality
            as i (task, input, priority, run_at, key, id, no)
        join stateroom.tasks t on t.id = i.task
    ), n as (
        insert into stateroom.task_runs (id, task_id, project_id, schedule_id, run_at, priority, queue, input)
        select i.id, i.task_id, i.project_id, p_schedule, i.run_at, i.priority, i.queue, i.input
        from i where i.run = i.id
    ), r as (
        insert into stateroom.ready_runs (lane, rank, run_id)
        select i.lane, 10 - i.priority, i.id from i
        where i.run = i.id and (i.run_at is null or i.run_at <= stateroom.now())
    ), d as (
        insert into stateroom.delayed_runs (run_at, run_id, rank, lane)
        select i.run_at, i.id, 10 - i.priority, i.lane from i
        where i.run = i.id and i.run_at > stateroom.now()
    )
    select i.run, i.run = i.id from i order by i.no;
    perform stateroom.hint_ready();
end
$$;

-- Say what is wrong with the first task of a batch that cannot be enqueued.
create or replace function stateroom.refuse_tasks(p_tasks uuid[]) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_bad record;
begin
    select i.task, t.id, t.kind, t.action, t.title into v_bad
    from unnest(p_tasks) as i (task) left join stateroom.tasks t on t.id = i.task and t.deleted_at is null
    where t.id is null or t.kind <> 'routine' or t.action in ('manual', 'http')
    limit 1;
    if v_bad.id is null then
        raise exception using errcode = 'SR404', message = format('task %s does not exist', v_bad.task),
            hint = 'Give the id of a routine task, or the name of a registered handler.';
    end if;
    raise exception using errcode = 'SR409',
        message = format('task %s (%s) is a %s task with action %s', v_bad.id, v_bad.title, v_bad.kind, v_bad.action),
        hint = 'Only routine tasks whose action is command, handler or agent can be enqueued.';
end
$$;

-- Enqueue one run of a routine task, named by its handler, title or id, in a project (null: the caller's personal one).
-- Returns the run's id; the same key gives the same run. Raises SR404 and SR403 as the caller's rights say.
-- Called by: people and their services, in their own transactions. Security definer: the record and the hot tables
-- are written by nobody directly.
create or replace function stateroom.enqueue(
    p_task text, p_input jsonb default '{}', p_project uuid default null, p_priority integer default null,
    p_run_at timestamptz default null, p_key text default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project uuid := coalesce(p_project, stateroom.personal_project());
    v_task uuid;
    v_run uuid;
begin
    perform stateroom.require_project(v_project, 'run');
    if p_priority not between 0 and 10 then
        raise exception using errcode = 'SR422', message = format('priority: %s is not between 0 and 10', p_priority),
            hint = '10 runs first, 0 last.';
    end if;
    select t.id into v_task from stateroom.tasks t
    where t.project_id = v_project and t.kind = 'routine' and t.deleted_at is null
        and (t.handler = p_task or t.title = p_task or t.id::text = p_task)
    order by t.handler = p_task desc nulls last, t.id::text = p_task desc, t.id
    limit 1;
    if v_task is null then
        raise exception using errcode = 'SR404',
            message = format('project %s has no routine task with the handler, title or id %L', v_project, p_task),
            hint = 'Start a worker with --handlers package.module:app, which registers its handlers.';
    end if;
    select e.run_id into v_run from stateroom.enqueue_runs(array[v_task], array[p_input], array[p_priority]::smallint[],
        array[p_run_at], case when p_key is null then '{}' else array[p_key] end) as e;
    return v_run;
end
$$;
