-- What follows a change of a planned task, in the same transaction: its context row, its event, and the tasks it frees.

-- Write a context row for each task that waited for p_task and is released because p_task is given up (p_reason:
-- cancelled, deleted), and an event for each that now waits for nothing of its own. p_old: how p_task stood before.
-- Called by: the trigger below. Locks nothing; costs the number of tasks that wait for this one.
create or replace function stateroom.release_dependents(p_task stateroom.tasks, p_reason text) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    if p_reason in ('cancelled', 'deleted') then
        insert into stateroom.task_contexts (task_id, context_type, context_data, created_by)
        select d.task_id, 'dependency_parent', jsonb_build_object('released_by', p_task.id, 'number', p_task.number,
            'reason', p_reason), stateroom.current_user_id()
        from stateroom.task_dependencies d join stateroom.tasks t on t.id = d.task_id
        where d.depends_on_task_id = p_task.id and d.dependency_type = 'blocks' and t.deleted_at is null
            and t.status in ('pending', 'in_progress');
    end if;
    perform stateroom.emit('task_unblocked', t.project_id, jsonb_build_object('by', p_task.id, 'reason', p_reason), t.id)
    from (
        select distinct d.task_id from stateroom.task_dependencies d
        where d.depends_on_task_id = p_task.id and d.dependency_type = 'blocks'
            and (p_reason in ('cancelled', 'deleted')
                or stateroom.is_met(p_reason::stateroom.task_status, null, d.condition))
    ) as d join stateroom.tasks t on t.id = d.task_id
    where t.status = 'pending' and t.deleted_at is null and not exists (
        select from stateroom.task_dependencies o join stateroom.tasks p on p.id = o.depends_on_task_id
        where o.task_id = t.id and o.dependency_type = 'blocks'
            and not stateroom.is_met(p.status, p.deleted_at, o.condition)
    );
end
$$;

-- Whether a prerequisite that stands like this lets go what waits for it: given up always does; failed only those that
-- wait for a failure or for any end.
create or replace function stateroom.is_met(
    p_status stateroom.task_status, p_deleted_at timestamptz, p_condition stateroom.edge_condition
) returns boolean
    language sql immutable parallel safe
    return p_deleted_at is not null or p_status = 'cancelled'
        or (p_status = 'completed' and p_condition in ('success', 'always'))
        or (p_status = 'failed' and p_condition in ('failure', 'always'));

-- Row trigger, after insert, update or delete of planned tasks: counts, contexts and events.
-- Security definer: people may write none of these directly.
create or replace function stateroom.follow_task() returns trigger
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_changed jsonb;
    v_person uuid := stateroom.current_user_id();
begin
    if tg_op = 'DELETE' then
        perform stateroom.count_task(old.project_id, -1, false, null);
        return null;
    end if;
    if tg_op = 'INSERT' then
        perform stateroom.count_task(new.project_id, 1, false, null);
        perform stateroom.emit('task_created', new.project_id, jsonb_strip_nulls(jsonb_build_object('number', new.number,
            'type', new.type, 'assigned_user_id', new.assigned_user_id, 'assigned_role', new.assigned_role)), new.id);
        return null;
    end if;
    if new.deleted_at is null is distinct from (old.deleted_at is null) then
        perform stateroom.count_task(new.project_id, case when new.deleted_at is null then 1 else -1 end, false, null);
        perform stateroom.emit(case when new.deleted_at is null then 'task_restored' else 'task_deleted' end,
            new.project_id, jsonb_build_object('number', new.number), new.id);
        if new.deleted_at is not null then
            perform stateroom.release_dependents(new, 'deleted');
        end if;
    end if;
    if new.status <> old.status then
        insert into stateroom.task_contexts (task_id, context_type, context_data, created_by)
        values (new.id, 'status_change', jsonb_strip_nulls(jsonb_build_object('from', old.status, 'to', new.status,
            'notes', nullif(current_setting('stateroom.task_notes', true), ''))), v_person);
        perform stateroom.emit(case new.status when 'in_progress' then 'task_started' when 'completed' then 'task_completed'
            when 'failed' then 'task_failed' when 'cancelled' then 'task_cancelled'
            else case old.status when 'in_progress' then 'task_released' else 'task_retried' end end, new.project_id,
            jsonb_build_object('number', new.number, 'from', old.status, 'to', new.status), new.id);
        if new.status in ('completed', 'failed', 'cancelled') then
            perform stateroom.release_dependents(new, new.status::text);
        end if;
    elsif new.revision <> old.revision and new.deleted_at is not distinct from old.deleted_at then
        select jsonb_agg(n.key order by n.key) into v_changed
        from jsonb_each(to_jsonb(new) - '{search,is_delayed,epic_id,story_id,revision,updated_at,updated_by}'::text[]) as n
        join jsonb_each(to_jsonb(old) - '{search}'::text[]) as o on o.key = n.key
        where o.value <> n.value;
        perform stateroom.emit('task_updated', new.project_id, jsonb_strip_nulls(jsonb_build_object(
            'number', new.number, 'revision', new.revision, 'changed', coalesce(v_changed, '[]'),
            'assigned_user_id', case when new.assigned_user_id is distinct from old.assigned_user_id
                then new.assigned_user_id end)), new.id)
        where v_changed is not null;
    end if;
    if new.is_delayed and not old.is_delayed then
        perform stateroom.emit('task_delayed', new.project_id,
            jsonb_build_object('number', new.number, 'end_date', new.end_date), new.id);
    end if;
    return null;
end
$$;
create or replace trigger follow_new after insert on stateroom.tasks
    for each row when (new.kind = 'planned') execute function stateroom.follow_task();
create or replace trigger follow_change after update on stateroom.tasks
    for each row when (new.kind = 'planned' and (new.revision <> old.revision or new.is_delayed and not old.is_delayed))
    execute function stateroom.follow_task();
create or replace trigger follow_end after delete on stateroom.tasks
    for each row when (old.kind = 'planned' and old.deleted_at is null) execute function stateroom.follow_task();
