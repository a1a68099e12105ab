-- Rows of planned tasks: numbers, defaults, derived columns, revisions and the project's count. Routines and steps, which
-- are published by the hundred thousand, fire none of these triggers.

-- The project whose tasks this transaction counts, its next number (0: not taken) and the change of its count are kept
-- in one setting that ends with the transaction, and are written to the project once per statement: a number for each
-- row would be an update of the same row for each. From the first number on the project's row stays locked until the end
-- of the transaction, so numbers have no gaps but those of rows that were refused.
-- Called by: the triggers below, at the end of each statement and when the next row is of another project.
create or replace function stateroom.flush_task_counter() returns trigger
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_kept text[] := string_to_array(nullif(current_setting('stateroom.task_counter', true), ''), ' ');
begin
    if v_kept is not null then
        update stateroom.projects set tasks_count = greatest(tasks_count + v_kept[3]::integer, 0),
            next_task_number = greatest(next_task_number, v_kept[2]::integer)
        where id = v_kept[1]::uuid and (v_kept[3] <> '0' or next_task_number < v_kept[2]::integer);
        perform set_config('stateroom.task_counter', '', true);
    end if;
    return null;
end
$$;

-- Count one task more or less of a project, and take its number (p_number null: the next one; given: that one).
-- Returns the number. Locks the project's row when a number is taken.
create or replace function stateroom.count_task(p_project uuid, p_delta integer, p_take boolean, p_number integer)
    returns integer
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_kept text[] := string_to_array(nullif(current_setting('stateroom.task_counter', true), ''), ' ');
    v_next integer := 0;
    v_delta integer := p_delta;
    v_number integer := p_number;
begin
    if v_kept[1] = p_project::text then
        v_next := v_kept[2]::integer;
        v_delta := v_delta + v_kept[3]::integer;
    elsif v_kept is not null then
        update stateroom.projects set tasks_count = greatest(tasks_count + v_kept[3]::integer, 0),
            next_task_number = greatest(next_task_number, v_kept[2]::integer)
        where id = v_kept[1]::uuid;
    end if;
    if p_take then
        if v_next = 0 then
            select p.next_task_number into v_next from stateroom.projects p where p.id = p_project for no key update;
        end if;
        v_number := coalesce(v_number, v_next);
        v_next := greatest(v_next, v_number + 1);
    end if;
    perform set_config('stateroom.task_counter',
        p_project::text || ' ' || coalesce(v_next, 0)::text || ' ' || v_delta::text, true);
    return v_number;
end
$$;

-- What people search in a task.
create or replace function stateroom.task_search(p_title text, p_description text) returns tsvector
    language sql immutable parallel safe
    return setweight(to_tsvector('pg_catalog.english'::regconfig, p_title), 'A')
        || setweight(to_tsvector('pg_catalog.english'::regconfig, coalesce(p_description, '')), 'B');

-- Refuse to give a task to somebody who is no member of its project (SR422).
create or replace function stateroom.check_assignee(p_project uuid, p_user uuid) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if not exists (select from stateroom.project_members m where m.project_id = p_project and m.user_id = p_user) then
        raise exception using errcode = 'SR422',
            message = format('user %s is no member of project %s', p_user, p_project),
            hint = 'Make them a member first, or give the task to one.';
    end if;
end
$$;

-- Complete a new planned task: its number, defaults, place in the hierarchy and derived columns.
-- Row trigger, before insert. Takes the project's lock of its graph first, then the project's row: in the order in which
-- whoever adds a task and then its dependencies takes them. Security definer: people may not write what is derived.
create or replace function stateroom.prepare_task() returns trigger
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.lock_task_graph(new.project_id);
    new.status := coalesce(new.status, 'pending');
    new.number := stateroom.count_task(new.project_id, 0, true, new.number);
    new.complexity_score := coalesce(new.complexity_score, 5);
    new.position := coalesce(new.position, new.number);
    if new.status <> 'pending' then
        new.started_at := coalesce(new.started_at, case new.status when 'in_progress' then stateroom.now() end);
    end if;
    if new.status in ('completed', 'failed', 'cancelled') then
        new.completed_at := coalesce(new.completed_at, stateroom.now());
    end if;
    new.is_delayed := coalesce(new.end_date < stateroom.now(), false) and new.status in ('pending', 'in_progress');
    new.search := stateroom.task_search(new.title, new.description);
    new.epic_id := null;
    new.story_id := null;
    if new.parent_task_id is not null then
        select a.epic_id, a.story_id into new.epic_id, new.story_id
        from stateroom.place_in_hierarchy(new.id, new.project_id, new.parent_task_id) as a;
    end if;
    if new.assigned_user_id is not null then
        perform stateroom.check_assignee(new.project_id, new.assigned_user_id);
    end if;
    return new;
end
$$;

-- Keep what is derived in step with what people change in a planned task; refuse what must not change (SR422) and
-- transitions that do not exist (SR409). Row trigger, before update of the columns that it reads: the search vector is
-- computed when title or description are written, not when a status is. Security definer: as above.
create or replace function stateroom.change_task() returns trigger
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    if new.project_id <> old.project_id or new.kind <> old.kind or new.number <> old.number then
        raise exception using errcode = 'SR422', message = format('project, kind and number of task %s cannot change', old.id),
            hint = 'Make a new task there, and cancel this one.';
    end if;
    if new.status <> old.status then
        perform stateroom.require_transition('task', old.id, old.status::text, new.status::text);
        new.started_at := case new.status when 'pending' then null when 'in_progress' then stateroom.now()
            else old.started_at end;
        new.completed_at := case when new.status in ('completed', 'failed', 'cancelled') then stateroom.now() end;
    end if;
    new.is_delayed := coalesce(new.end_date < stateroom.now(), false) and new.status in ('pending', 'in_progress');
    if new.assigned_user_id <> old.assigned_user_id or (new.assigned_user_id is not null and old.assigned_user_id is null) then
        perform stateroom.check_assignee(new.project_id, new.assigned_user_id);
    end if;
    if new.parent_task_id is distinct from old.parent_task_id then
        perform stateroom.lock_task_graph(new.project_id);
        select a.epic_id, a.story_id into new.epic_id, new.story_id
        from stateroom.place_in_hierarchy(new.id, new.project_id, new.parent_task_id) as a;
    end if;
    return new;
end
$$;

-- Row trigger, before update of title or description of planned tasks.
create or replace function stateroom.index_task() returns trigger
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    new.search := stateroom.task_search(new.title, new.description);
    return new;
end
$$;

-- Row trigger, before update: each change by people is a new revision, so that two who read the same one are told apart.
create or replace function stateroom.revise() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    new.revision := old.revision + 1;
    return new;
end
$$;

create or replace trigger a_prepare before insert on stateroom.tasks
    for each row when (new.kind = 'planned') execute function stateroom.prepare_task();
create or replace trigger b_change
    before update of project_id, kind, number, status, end_date, assigned_user_id, parent_task_id on stateroom.tasks
    for each row when (old.kind = 'planned' or new.kind = 'planned') execute function stateroom.change_task();
create or replace trigger c_index before update of title, description on stateroom.tasks
    for each row when (new.kind = 'planned') execute function stateroom.index_task();

-- What is derived (epic, story, delay, search) is no change by anybody: it stamps nothing.
do $do$
declare
    v_columns text := (select string_agg(quote_ident(a.attname), ', ') from pg_attribute a
        where a.attrelid = 'stateroom.tasks'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
            and a.attname not in ('epic_id', 'story_id', 'is_delayed', 'search', 'revision', 'updated_at', 'updated_by'));
begin
    execute format('create or replace trigger revise before update of %s on stateroom.tasks'
        ' for each row when (new.kind <> ''step'') execute function stateroom.revise()', v_columns);
    execute format('create or replace trigger touch before insert or update of %s on stateroom.tasks'
        ' for each row when (new.kind <> ''step'') execute function stateroom.touch()', v_columns);
end
$do$;
create or replace trigger flush_counter after insert or update or delete on stateroom.tasks
    for each statement execute function stateroom.flush_task_counter();

-- Row trigger, before insert, of what is written once and never changed: the author is the caller.
create or replace function stateroom.author() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    new.created_by := coalesce(new.created_by, stateroom.current_user_id());
    return new;
end
$$;
create or replace trigger author before insert on stateroom.task_contexts
    for each row execute function stateroom.author();
