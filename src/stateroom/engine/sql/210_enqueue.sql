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

-- Take the keys of a batch: after this, run_keys says which run each key stands for. A key that holds nobody any more is
-- taken over: it has expired, or the run that has it does not do any more what the key was held for (p_hold at its time).
-- Locks rows of run_keys in order of key, so that two batches with the same keys wait instead of deadlocking.
create or replace function stateroom.take_keys(
    p_tasks uuid[], p_keys text[], p_ids uuid[], p_hold stateroom.key_hold default 'expiry', p_seconds integer default null
) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    insert into stateroom.run_keys as k (project_id, key, run_id, expires_at, held_while)
    select distinct on (t.project_id, i.key) t.project_id, i.key, i.id,
        stateroom.now() + coalesce(make_interval(secs => p_seconds), interval '30 days'), p_hold
    from unnest(p_tasks, p_keys, p_ids) with ordinality as i (task, key, id, no)
    join stateroom.tasks t on t.id = i.task
    where i.key is not null
    order by t.project_id, i.key, i.no
    on conflict (project_id, key) do update set run_id = excluded.run_id, expires_at = excluded.expires_at,
        held_while = excluded.held_while
        where k.expires_at <= stateroom.now() or k.held_while <> 'expiry' and not stateroom.key_holds(k.run_id, k.held_while);
end
$$;

-- Whether the run that has a key still does what the key is held for: it is unfinished, or has not even begun.
create or replace function stateroom.key_holds(p_run uuid, p_hold stateroom.key_hold) returns boolean
    language sql stable
    set search_path = pg_catalog
as $$
    select coalesce((
        select t.state is null and (p_hold = 'unfinished' or t.attempt = 0
            and not exists (select from stateroom.leases l where l.run_id = p_run))
        from stateroom.task_runs t where t.id = p_run), false)
$$;

-- The key that makes runs of one task unique by chosen dimensions, or null when p_unique is. It is an object with
-- "input": true (all of it) or a list of names in it; "queue": true; "period_seconds": equal within the same period of
-- so many seconds since 1970; "while": what the dimensions are kept for, unfinished (the default), unstarted, or period.
create or replace function stateroom.unique_key(p_task uuid, p_queue text, p_input jsonb, p_unique jsonb) returns text
    language sql stable parallel safe
    return 'unique:' || p_task || ':' || md5(jsonb_build_array(
        case when p_unique -> 'input' = 'true' then p_input
            when jsonb_typeof(p_unique -> 'input') = 'array' then (
                select jsonb_object_agg(e.key, e.value) from jsonb_each(p_input) as e
                where p_unique -> 'input' ? e.key) end,
        case when p_unique -> 'queue' = 'true' then p_queue end,
        floor(extract(epoch from stateroom.now()) / (p_unique ->> 'period_seconds')::integer),
        p_unique - 'period_seconds')::text);

-- Enqueue many. Arrays in, one row out for each, in order: the run, and whether this call created it (a key that is
-- taken gives the run that has it). Null elements mean: the task's priority, now, no key, a new id, no schedule. p_unique makes keys
-- of dimensions (unique_key says which); p_parent is the run that asks for them. Raises SR404 for a task that does not
-- exist, SR409 for one that cannot be enqueued; then nothing is enqueued.
-- Called by: enqueue, the engine's Python API, schedules. Locks keys first, then only rows that it inserts.
create or replace function stateroom.enqueue_runs(
    p_tasks uuid[], p_inputs jsonb[], p_priorities smallint[] default '{}', p_run_ats timestamptz[] default '{}',
    p_keys text[] default '{}', p_ids uuid[] default null, p_schedules uuid[] default '{}', p_unique jsonb default null,
    p_parent uuid default null
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
    v_limited boolean;
begin
    select count(*), coalesce(bool_or(t.start_timeout_seconds is not null or t.deadline_seconds is not null), false)
    into v_known, v_limited
    from unnest(p_tasks) as i (task) join stateroom.tasks t on t.id = i.task
    where t.kind = 'routine' and t.action not in ('manual', 'http') and t.deleted_at is null;
    if v_known <> cardinality(p_tasks) then
        perform stateroom.refuse_tasks(p_tasks);
    end if;
    if p_unique is not null then
        v_keyed := true;
        p_keys := array(select stateroom.unique_key(i.task, t.queue, i.input, p_unique)
            from unnest(p_tasks, p_inputs) with ordinality as i (task, input, no)
            join stateroom.tasks t on t.id = i.task order by i.no);
        perform stateroom.take_keys(p_tasks, p_keys, v_ids, case p_unique ->> 'while' when 'period' then 'expiry'
            when 'unstarted' then 'unstarted' else 'unfinished' end::stateroom.key_hold,
            (p_unique ->> 'period_seconds')::integer);
    elsif v_keyed then
        perform stateroom.take_keys(p_tasks, p_keys, v_ids);
    end if;
    return query
    with i as materialized (
        select i.no, i.id, t.id as task_id, t.project_id, t.queue, coalesce(i.priority, t.priority) as priority,
            i.run_at, i.input, i.schedule, stateroom.lane(t.queue, t.action, t.required_capabilities) as lane,
            coalesce((select k.run_id from stateroom.run_keys k
                where v_keyed and k.project_id = t.project_id and k.key = i.key), i.id) as run
        from unnest(p_tasks, p_inputs, p_priorities, p_run_ats, p_keys, v_ids, p_schedules) with ordinality
            as i (task, input, priority, run_at, key, id, schedule, no)
        join stateroom.tasks t on t.id = i.task
    ), n as (
        insert into stateroom.task_runs (id, task_id, project_id, schedule_id, parent_run_id, run_at, priority, queue, input)
        select i.id, i.task_id, i.project_id, i.schedule, p_parent, i.run_at, i.priority, i.queue, i.input
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
    if v_limited then
        perform stateroom.note_limits(v_ids);
    end if;
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

-- Refuse dimensions of uniqueness that mean nothing. Raises SR422.
create or replace function stateroom.check_unique(p_key text, p_unique jsonb) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_wrong text := case
        when p_unique is null then null
        when p_key is not null then 'unique: a run has a key or dimensions, not both'
        when jsonb_typeof(p_unique) <> 'object' or p_unique - array['input', 'queue', 'period_seconds', 'while'] <> '{}'
            then format('unique: %s', p_unique)
        when coalesce(jsonb_typeof(p_unique -> 'input'), 'boolean') not in ('boolean', 'array')
            then format('unique: input is %s', p_unique -> 'input')
        when coalesce(jsonb_typeof(p_unique -> 'queue'), 'boolean') <> 'boolean'
            then format('unique: queue is %s', p_unique -> 'queue')
        when coalesce(p_unique ->> 'period_seconds', '1') !~ '^[1-9][0-9]{0,7}$'
            then format('unique: period_seconds is %s', p_unique -> 'period_seconds')
        when coalesce(p_unique ->> 'while', 'unfinished') not in ('unfinished', 'unstarted', 'period')
            or (p_unique ->> 'while' = 'period' and p_unique -> 'period_seconds' is null)
            then format('unique: while is %s', p_unique -> 'while') end;
begin
    if v_wrong is not null then
        raise exception using errcode = 'SR422', message = v_wrong,
            hint = 'Give {"input": true or a list of its names, "queue": true, "period_seconds": a number, "while": '
                || '"unfinished", "unstarted" or (with a period) "period"}; each may be left out.';
    end if;
end
$$;

-- Enqueue one run of a routine task, named by its handler, title or id, in a project (null: home_project).
-- Returns the run's id; the same key gives the same run, and so do equal dimensions (p_unique, as unique_key describes
-- it, instead of a key). Raises SR404 and SR403 as the caller's rights say, SR422 for what cannot be understood.
-- Called by: people and their services, in their own transactions. Security definer: the record and the hot tables
-- are written by nobody directly.
create or replace function stateroom.enqueue(
    p_task text, p_input jsonb default '{}', p_project uuid default null, p_priority integer default null,
    p_run_at timestamptz default null, p_key text default null, p_unique jsonb default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project uuid := coalesce(p_project, stateroom.home_project());
    v_run uuid;
begin
    perform stateroom.require_project(v_project, 'run');
    perform stateroom.check_priority(p_priority);
    perform stateroom.check_unique(p_key, p_unique);
    select e.run_id into v_run from stateroom.enqueue_runs(array[stateroom.routine_task(v_project, p_task)],
        array[p_input], array[p_priority]::smallint[], array[p_run_at],
        case when p_key is null then '{}' else array[p_key] end, p_unique => p_unique) as e;
    return v_run;
end
$$;
