-- The graph of a project's planned tasks: the hierarchy (parents, epics, stories) and what waits for what, without cycles.
-- A task waits for what it depends on, and for whatever its parent waits for: both kinds of edges are searched together,
-- so that an epic cannot wait for one of its own stories, which inherits the waiting.

-- Take the lock under which edges of a project's graph are added: whoever has it sees all that others have added. Held
-- until the end of the transaction. Refuses REPEATABLE READ (SR409), whose snapshot may be older than the lock.
create or replace function stateroom.lock_task_graph(p_project uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('stateroom.tasks:' || p_project::text, 0));
    if current_setting('transaction_isolation') = 'repeatable read' then
        raise exception using errcode = 'SR409',
            message = 'planned tasks and their dependencies cannot be added in REPEATABLE READ, which may not see a cycle',
            hint = 'Use READ COMMITTED or SERIALIZABLE.';
    end if;
end
$$;

-- Whether p_above already waits, at any distance, for p_task: then p_task must not wait for p_above.
-- Called by: the triggers below, in a statement after the one that took the lock, so that it sees what others committed
-- before. Searches up from p_above and down from p_task, each a little further in turn, and ends with the side that ends
-- first: a new leaf of a wide graph or the next link of a long chain costs one look, whatever the size of the graph.
create or replace function stateroom.closes_cycle(p_task uuid, p_above uuid) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog
    set plan_cache_mode = force_generic_plan
    set jit = off
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
declare
    v_limit bigint := 64;
    v_seen bigint;
    v_found boolean;
begin
    loop
        with recursive up (id) as (
            select p_above
            union
            select n.id from up cross join lateral (
                select d.depends_on_task_id as id from stateroom.task_dependencies d
                where d.task_id = up.id and d.dependency_type = 'blocks'
                union all
                select t.parent_task_id from stateroom.tasks t where t.id = up.id and t.parent_task_id is not null
            ) as n
        )
        select count(*), coalesce(bool_or(u.id = p_task), false) into v_seen, v_found
        from (select up.id from up limit v_limit) as u;
        exit when v_found or v_seen < v_limit;
        with recursive down (id) as (
            select p_task
            union
            select n.id from down cross join lateral (
                select d.task_id as id from stateroom.task_dependencies d
                where d.depends_on_task_id = down.id and d.dependency_type = 'blocks'
                union all
                select t.id from stateroom.tasks t where t.parent_task_id = down.id
            ) as n
        )
        select count(*), coalesce(bool_or(u.id = p_above), false) into v_seen, v_found
        from (select down.id from down limit v_limit) as u;
        exit when v_found or v_seen < v_limit;
        v_limit := v_limit * 8;
    end loop;
    return v_found;
end
$$;

-- The epic and the story in which a task stands below this parent (null: none). Refuses (SR422) a parent that is no
-- planned task of the project or is deleted, one below the task itself, and more than 32 levels.
-- Called by: the triggers of tasks, which hold the graph's lock.
create or replace function stateroom.place_in_hierarchy(p_task uuid, p_project uuid, p_parent uuid)
    returns table (epic_id uuid, story_id uuid)
    language plpgsql volatile
    set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_parent stateroom.tasks;
    v_levels integer;
begin
    if p_parent is null then
        return query select null::uuid, null::uuid;
        return;
    end if;
    select t.* into v_parent from stateroom.tasks t
    where t.id = p_parent and t.kind = 'planned' and t.deleted_at is null and t.project_id = p_project;
    if not found then
        raise exception using errcode = 'SR422',
            message = format('parent %s is no planned task of project %s', p_parent, p_project),
            hint = 'A parent is a planned task of the same project that is not deleted.';
    end if;
    if p_task = p_parent or (exists (select from stateroom.tasks t where t.id = p_task)
            and stateroom.closes_cycle(p_task, p_parent)) then
        raise exception using errcode = 'SR422', message = format(
            'task %s cannot stand below task %s, which stands below it or waits for it', p_task, p_parent),
            hint = 'Move or release the other one first.';
    end if;
    with recursive up (id, parent, level) as (
        select v_parent.id, v_parent.parent_task_id, 1
        union all
        select t.id, t.parent_task_id, up.level + 1 from up join stateroom.tasks t on t.id = up.parent where up.level < 40
    ), down (id, level) as (
        select p_task, 1
        union all
        select t.id, down.level + 1 from down join stateroom.tasks t on t.parent_task_id = down.id where down.level < 40
    )
    select (select max(up.level) from up) + (select max(down.level) from down) into v_levels;
    if v_levels > 32 then
        raise exception using errcode = 'SR422', message = format('task %s would stand on level %s', p_task, v_levels),
            hint = 'A hierarchy has at most 32 levels.';
    end if;
    return query select
        case when v_parent.type = 'epic' then v_parent.id else v_parent.epic_id end,
        case when v_parent.type = 'story' then v_parent.id else v_parent.story_id end;
end
$$;

-- Hand a change of epic or story down: each task carries the nearest ancestor of either type.
-- Row trigger, after update of type or parent_task_id. Writes only what differs. Security definer: as the others.
create or replace function stateroom.hand_down_hierarchy() returns trigger
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    with recursive below (id, epic_id, story_id, type) as (
        select new.id, new.epic_id, new.story_id, new.type
        union all
        select t.id, case when b.type = 'epic' then b.id else b.epic_id end,
            case when b.type = 'story' then b.id else b.story_id end, t.type
        from below b join stateroom.tasks t on t.parent_task_id = b.id
    )
    update stateroom.tasks t set epic_id = b.epic_id, story_id = b.story_id
    from below b
    where t.id = b.id and t.id <> new.id
        and (t.epic_id is distinct from b.epic_id or t.story_id is distinct from b.story_id);
    return null;
end
$$;
create or replace trigger hand_down_hierarchy after update of type, parent_task_id on stateroom.tasks
    for each row when (new.kind = 'planned' and (new.type is distinct from old.type
        or new.epic_id is distinct from old.epic_id or new.story_id is distinct from old.story_id))
    execute function stateroom.hand_down_hierarchy();

-- Check a dependency: both are planned tasks of one project, and a gating edge closes no cycle (SR422).
-- Row trigger, before insert or update, also of edges that are inserted directly; publishing steps, whose order rules
-- cycles out, says so in a setting and pays nothing. Security definer: it must see tasks that the caller does not.
create or replace function stateroom.check_dependency() returns trigger
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project uuid;
begin
    select t.project_id into v_project
    from stateroom.tasks t join stateroom.tasks d on d.project_id = t.project_id
    where t.id = new.task_id and d.id = new.depends_on_task_id and t.kind = 'planned' and d.kind = 'planned'
        and t.deleted_at is null and d.deleted_at is null;
    if not found then
        raise exception using errcode = 'SR422',
            message = format('task %s cannot depend on task %s', new.task_id, new.depends_on_task_id),
            hint = 'A dependency connects two planned tasks of the same project that are not deleted.';
    end if;
    new.created_by := coalesce(new.created_by, stateroom.current_user_id());
    if new.dependency_type = 'blocks' then
        perform stateroom.lock_task_graph(v_project);
        if stateroom.closes_cycle(new.task_id, new.depends_on_task_id) then
            raise exception using errcode = 'SR422',
                message = format('task %s cannot depend on task %s, which already waits for it', new.task_id,
                    new.depends_on_task_id),
                hint = 'Remove a dependency between the two first; explain_task shows what waits for what.';
        end if;
    end if;
    return new;
end
$$;
create or replace trigger check_dependency before insert or update on stateroom.task_dependencies
    for each row when (current_setting('stateroom.publishing', true) is distinct from 'on')
    execute function stateroom.check_dependency();
