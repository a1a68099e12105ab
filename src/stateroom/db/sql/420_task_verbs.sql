-- The verbs of planned tasks: what people and agents do to a task beyond editing its fields, which is a plain UPDATE.

-- Whether the caller sees a planned task: what the row policies say, for functions and views with their owner's rights.
create or replace function stateroom.sees_task(
    p_project uuid, p_user uuid, p_role stateroom.user_role, p_creator uuid
) returns boolean
    language sql stable parallel safe
    return (select stateroom.sees_all()) or (p_project = any ((select stateroom.read_projects())::uuid[])
        and (p_project = any ((select stateroom.open_projects())::uuid[])
            or p_user = (select stateroom.current_user_id()) or p_role::text = (select stateroom.current_role_name())
            or p_creator = (select stateroom.current_user_id())));

-- Lock a planned task for a verb and return it. Raises SR404 when it does not exist or the caller does not see it, SR403
-- when they see it and may not (p_need: write, manage), SR409 when it is deleted (unless p_deleted) or has been changed
-- since the revision that the caller has read.
-- Called by: the verbs below, which run with their owner's rights.
create or replace function stateroom.find_task(
    p_task uuid, p_need text, p_revision integer default null, p_deleted boolean default false
) returns stateroom.tasks
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_task stateroom.tasks;
begin
    select t.* into v_task from stateroom.tasks t where t.id = p_task and t.kind = 'planned'
        and stateroom.sees_task(t.project_id, t.assigned_user_id, t.assigned_role, t.created_by)
    for no key update;
    if not found then
        raise exception using errcode = 'SR404', message = format('task %s does not exist', p_task),
            hint = 'List the tasks that you may see.';
    end if;
    perform stateroom.require_project(v_task.project_id, p_need);
    if v_task.deleted_at is not null and not p_deleted then
        raise exception using errcode = 'SR409', message = format('task %s is deleted', p_task),
            hint = 'Restore it first.';
    end if;
    if v_task.revision <> p_revision then
        raise exception using errcode = 'SR409', message = format('task %s has been changed: it is at revision %s, not %s',
            p_task, v_task.revision, p_revision), hint = 'Read it again, and then change what you see.';
    end if;
    return v_task;
end
$$;

-- Change the state of a task: start, complete, fail, cancel, release and retry are this one verb with different states.
-- Writes its context row with the notes, its event and what it frees in the same transaction. Returns how the task
-- stands; when it stands so already, nothing is written. p_revision: only if nobody has changed it since (SR409).
-- Raises SR404, SR403, SR409 (no such transition; the hint lists what can follow).
-- Called by: people and agents who may write to the project. Locks the task. Security definer: states are granted to nobody.
create or replace function stateroom.set_task_status(
    p_task uuid, p_status stateroom.task_status, p_notes text default null, p_revision integer default null
) returns table (id uuid, status stateroom.task_status, revision integer, started_at timestamptz, completed_at timestamptz)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_task stateroom.tasks := stateroom.find_task(p_task, 'write', p_revision);
begin
    if v_task.status <> p_status then
        if char_length(p_notes) > 10000 then
            raise exception using errcode = 'SR422', message = 'notes: longer than 10000 characters',
                hint = 'Put what is longer into a context of the task.';
        end if;
        perform set_config('stateroom.task_notes', coalesce(p_notes, ''), true);
        update stateroom.tasks t set status = p_status where t.id = p_task returning t.* into v_task;
        perform set_config('stateroom.task_notes', '', true);
    end if;
    return query select v_task.id, v_task.status, v_task.revision, v_task.started_at, v_task.completed_at;
end
$$;

-- The same for many tasks: all or none. Locks them in order of id, so that two calls cannot deadlock.
create or replace function stateroom.set_task_statuses(
    p_tasks uuid[], p_status stateroom.task_status, p_notes text default null
) returns table (id uuid, status stateroom.task_status, revision integer, started_at timestamptz, completed_at timestamptz)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_task uuid;
begin
    for v_task in select distinct i.id from unnest(p_tasks) as i (id) order by i.id loop
        return query select s.* from stateroom.set_task_status(v_task, p_status, p_notes) as s;
    end loop;
end
$$;

-- Give tasks to somebody (person, role, agent; null: nobody), which UPDATE also does but for somebody who would not see
-- them any more. Returns each task's id and revision; nothing is written where nothing changes. Raises SR404, SR403,
-- SR422 (no member). Called by: whoever may write to the project. Locks the tasks in order of id. Security definer: see above.
create or replace function stateroom.assign_tasks(
    p_tasks uuid[], p_user uuid default null, p_role stateroom.user_role default null, p_agent uuid default null
) returns table (id uuid, revision integer)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_id uuid;
    v_task stateroom.tasks;
begin
    for v_id in select distinct i.id from unnest(p_tasks) as i (id) order by i.id loop
        v_task := stateroom.find_task(v_id, 'write');
        if p_agent is not null and not exists (
            select from stateroom.agents a
            where a.id = p_agent and (a.project_id is null or a.project_id = v_task.project_id)
        ) then
            raise exception using errcode = 'SR422', message = format('agent %s does not work for project %s', p_agent,
                v_task.project_id), hint = 'Give it to a shared agent or to one of the project.';
        end if;
        if (v_task.assigned_user_id, v_task.assigned_role, v_task.assigned_agent_id)
            is distinct from (p_user, p_role, p_agent) then
            update stateroom.tasks t set assigned_user_id = p_user, assigned_role = p_role, assigned_agent_id = p_agent
            where t.id = v_id returning t.* into v_task;
        end if;
        return query select v_task.id, v_task.revision;
    end loop;
end
$$;

-- Delete tasks: they can be restored until upkeep purges them; what waits for them is released. Returns the ids of those
-- that this call deleted. Raises SR404, SR403.
-- Called by: maintainers. Locks the tasks in order of id. Security definer: see above.
create or replace function stateroom.delete_tasks(p_tasks uuid[]) returns setof uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_id uuid;
    v_task stateroom.tasks;
begin
    for v_id in select distinct i.id from unnest(p_tasks) as i (id) order by i.id loop
        v_task := stateroom.find_task(v_id, 'manage', p_deleted => true);
        if v_task.deleted_at is null then
            perform stateroom.lock_task_graph(v_task.project_id);
            update stateroom.tasks set deleted_at = stateroom.now() where id = v_id;
            return next v_id;
        end if;
    end loop;
end
$$;

-- Bring deleted tasks back as they were. Returns the ids of those that this call restored. Raises SR404, SR403.
-- Called by: maintainers. Locks the tasks in order of id. Security definer: see above.
create or replace function stateroom.restore_tasks(p_tasks uuid[]) returns setof uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_id uuid;
    v_task stateroom.tasks;
begin
    for v_id in select distinct i.id from unnest(p_tasks) as i (id) order by i.id loop
        v_task := stateroom.find_task(v_id, 'manage', p_deleted => true);
        if v_task.deleted_at is not null then
            update stateroom.tasks set deleted_at = null where id = v_id;
            return next v_id;
        end if;
    end loop;
end
$$;

-- Flag the planned tasks whose end date has passed and that are not done; returns how many were flagged now. Reads the
-- index of those that can become delayed, and touches only those that do; one that somebody holds is left for the next
-- time. Each writes its event (task_delayed). A change of the end date or the state sets the flag by itself.
-- Called by: upkeep, each minute.
create or replace function stateroom.mark_delayed_tasks(p_limit integer default 10000) returns integer
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_count integer;
begin
    with late as materialized (
        select t.id from stateroom.tasks t
        where t.kind = 'planned' and t.deleted_at is null and not t.is_delayed and t.status in ('pending', 'in_progress')
            and t.end_date < stateroom.now()
        order by t.end_date limit p_limit for no key update skip locked
    )
    update stateroom.tasks t set is_delayed = true from late where t.id = late.id;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

-- Remove tasks that were deleted more than p_days ago for ever, with their dependencies, contexts and schedules; returns
-- how many. One that has runs on record stays until retention has removed these.
-- Called by: upkeep, daily.
create or replace function stateroom.purge_deleted_tasks(p_days integer default 30, p_limit integer default 10000)
    returns integer
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_count integer;
begin
    delete from stateroom.tasks t
    where t.id = any (array(
        select d.id from stateroom.tasks d
        where d.deleted_at < stateroom.now() - p_days * interval '1 day' and d.kind <> 'step'
            and not exists (select from stateroom.task_runs r where r.task_id = d.id)
        order by d.deleted_at limit p_limit for update skip locked
    ));
    get diagnostics v_count = row_count;
    return v_count;
end
$$;
