-- Why a planned task cannot be taken up: what it waits for itself, and what it inherits from the tasks above it.

-- The gating dependencies of a task and of its ancestors: the task that waits (itself, or an ancestor whose waiting it
-- inherits), the prerequisite, and whether it is met. A deleted ancestor hands nothing down.
-- Called by: is_blocked and explain_task, which look up a single task. Reads by key; costs the dependencies it returns.
create or replace function stateroom.task_prerequisites(p_task uuid)
    returns table (waits uuid, level integer, prerequisite uuid, condition stateroom.edge_condition, met boolean)
    language sql stable
    set search_path = pg_catalog
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
begin atomic
    with recursive up (id, parent, level) as (
        select t.id, t.parent_task_id, 0 from stateroom.tasks t where t.id = p_task
        union all
        select t.id, t.parent_task_id, up.level + 1
        from up join stateroom.tasks t on t.id = up.parent where t.deleted_at is null
    )
    select up.id, up.level, p.id, d.condition, stateroom.is_met(p.status, p.deleted_at, d.condition)
    from up join stateroom.task_dependencies d on d.task_id = up.id and d.dependency_type = 'blocks'
    join stateroom.tasks p on p.id = d.depends_on_task_id;
end;

-- Whether a planned task waits for something, by itself or through a task above it; null for those who do not see the task
-- and are no report. Security definer: what holds a task back may be a task that the caller does not see.
-- Called by: ready_tasks, for each row.
create or replace function stateroom.is_blocked(p_task uuid) returns boolean
    language plpgsql stable security definer
    set search_path = pg_catalog
    set enable_seqscan = off
as $$
declare
    v_parent uuid;
    v_seen boolean;
    v_task uuid := p_task;
begin
    select t.parent_task_id, stateroom.sees_task(t.project_id, t.assigned_user_id, t.assigned_role, t.created_by)
    into v_parent, v_seen from stateroom.tasks t where t.id = p_task and t.kind = 'planned';
    if not (coalesce(v_seen, false)
            or session_user = 'stateroom_query' or pg_has_role(session_user, 'stateroom_readonly', 'usage')) then
        return null;
    end if;
    loop
        if exists (
            select from stateroom.task_dependencies d join stateroom.tasks p on p.id = d.depends_on_task_id
            where d.task_id = v_task and d.dependency_type = 'blocks'
                and not stateroom.is_met(p.status, p.deleted_at, d.condition)
        ) then
            return true;
        end if;
        v_task := v_parent;
        exit when v_task is null;
        select t.parent_task_id into v_parent from stateroom.tasks t where t.id = v_task and t.deleted_at is null;
        exit when not found;
    end loop;
    return false;
end
$$;

-- Why a planned task cannot be taken up, or that it can: one row for each condition with its name (finished, deleted,
-- status, project, start_date, assignment, dependency, inherited), whether it is met, the row that causes it, words, and
-- the time that it is about. Unmet ones come first. Tasks that the caller does not see are named by their number only.
-- Raises SR404. Called by: people. Reads only. Security definer: what holds a task back may be a task that they do not see.
create or replace function stateroom.explain_task(p_task uuid) returns table (
    condition text, met boolean, subject_id uuid, subject text, detail text, until timestamptz
)
    language plpgsql stable security definer
    set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_task record;
begin
    select t.*, p.name as project_name, p.status as project_status, u.username, a.name as agent_name into v_task
    from stateroom.tasks t join stateroom.projects p on p.id = t.project_id
    left join stateroom.users u on u.id = t.assigned_user_id left join stateroom.agents a on a.id = t.assigned_agent_id
    where t.id = p_task and t.kind = 'planned'
        and stateroom.sees_task(t.project_id, t.assigned_user_id, t.assigned_role, t.created_by);
    if not found then
        raise exception using errcode = 'SR404', message = format('task %s does not exist', p_task),
            hint = 'List the tasks that you may see.';
    end if;
    if v_task.deleted_at is not null then
        return query select 'deleted', false, p_task, v_task.title, 'it is deleted'::text, v_task.deleted_at;
        return;
    elsif v_task.status in ('completed', 'failed', 'cancelled') then
        return query select 'finished', false, p_task, v_task.title,
            format('it is %s; retry makes it pending again', v_task.status), v_task.completed_at;
        return;
    end if;
    return query
    select * from (
        select 'status', v_task.status = 'pending', p_task, v_task.title, case v_task.status when 'pending'
            then 'nobody has started it' else format('it has been in progress since %s', v_task.started_at) end,
            v_task.started_at
        union all
        select 'project', v_task.project_status = 'active', v_task.project_id, v_task.project_name,
            format('project %s is %s', v_task.project_name, v_task.project_status), null::timestamptz
        union all
        select 'start_date', v_task.start_date <= stateroom.now(), p_task, v_task.title,
            format('%s %s', case when v_task.start_date > stateroom.now() then 'not before' else 'it could begin at' end,
                v_task.start_date), v_task.start_date
        where v_task.start_date is not null
        union all
        select 'assignment', coalesce(v_task.assigned_user_id = stateroom.current_user_id(), false)
            or coalesce(v_task.assigned_role::text = stateroom.current_role_name(), false),
            coalesce(v_task.assigned_user_id, v_task.assigned_agent_id),
            coalesce(v_task.username, v_task.agent_name, v_task.assigned_role::text),
            'it is given to ' || concat_ws(' and ', 'person ' || v_task.username, 'agent ' || v_task.agent_name,
                'role ' || v_task.assigned_role), null
        where num_nonnulls(v_task.assigned_user_id, v_task.assigned_agent_id, v_task.assigned_role) > 0
        union all
        (select case p.level when 0 then 'dependency' else 'inherited' end, p.met, case when s.seen then k.id end,
            case when s.seen then k.title else format('task #%s', k.number) end,
            format('%s #%s to %s: it is %s', case p.level when 0 then 'waits for' else
                format('stands below #%s, which waits for', w.number) end, k.number,
                case p.condition when 'success' then 'be completed' when 'failure' then 'fail' else 'end' end,
                case when k.deleted_at is null then k.status::text else 'deleted' end), k.completed_at
        from stateroom.task_prerequisites(p_task) as p
        join stateroom.tasks k on k.id = p.prerequisite join stateroom.tasks w on w.id = p.waits
        cross join lateral (
            select stateroom.sees_task(k.project_id, k.assigned_user_id, k.assigned_role, k.created_by) as seen
        ) as s
        order by p.met, p.level, k.number limit 100)
    ) as c (condition, met, subject_id, subject, detail, until)
    order by c.met, array_position('{project,start_date,dependency,inherited,assignment,status}', c.condition);
end
$$;
