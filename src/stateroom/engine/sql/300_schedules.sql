-- Schedules: a cron rule with a zone starts a workflow or a routine task. The verbs of people; 305 fires them.
-- Times are computed by scheduler processes: a schedule whose next_run_at is null and whose due_at is '-infinity' is
-- planned by the next one that looks, with the times after its last change.

-- A schedule that is new, has another rule or zone, or is resumed, is planned anew; a time that is set by hand is due then.
create or replace function stateroom.replan_schedule() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    if not stateroom.is_timezone(new.timezone) then
        raise exception using errcode = 'SR422', message = format('timezone: %L is not a time zone', new.timezone),
            hint = 'Use an IANA name such as Europe/Paris or UTC.';
    end if;
    if tg_op = 'INSERT' then
        new.due_at := coalesce(new.next_run_at, '-infinity');
        return new;
    end if;
    if new.next_run_at is not distinct from old.next_run_at and (new.enabled and not old.enabled
        or (new.cron_expression, new.timezone, new.jitter_seconds)
            is distinct from (old.cron_expression, old.timezone, old.jitter_seconds)) then
        new.next_run_at := null;
        new.due_at := '-infinity';
    elsif new.next_run_at is distinct from old.next_run_at and new.due_at is not distinct from old.due_at then
        new.due_at := coalesce(new.next_run_at, '-infinity');
    end if;
    return new;
end
$$;
create or replace trigger replan before insert or update of cron_expression, timezone, jitter_seconds, enabled, next_run_at
    on stateroom.schedules for each row execute function stateroom.replan_schedule();

-- Create a schedule of a workflow or a routine task (exactly one of them). Raises SR404, SR403, SR409 (name taken), SR422.
-- The params of a workflow's schedule are {"env", "source"}, as a start has them; those of a task are its input.
-- p_next_run_at is its first time, if that is not to be the next one of the rule.
-- Called by: people who manage the project. Security definer: it validates what a plain insert could not.
create or replace function stateroom.create_schedule(
    p_project uuid, p_name text, p_workflow uuid, p_task uuid, p_cron text, p_timezone text default 'UTC',
    p_params jsonb default '{}', p_next_run_at timestamptz default null,
    p_overlap stateroom.overlap_policy default 'allow', p_catchup stateroom.catchup_policy default 'latest',
    p_catchup_window_seconds integer default 3600, p_jitter_seconds integer default 0, p_enabled boolean default true
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_id uuid;
begin
    perform stateroom.require_project(p_project, 'manage');
    if num_nonnulls(p_workflow, p_task) <> 1 then
        raise exception using errcode = 'SR422', message = 'workflow, task: exactly one of them must be given',
            hint = 'A schedule starts either a workflow or a routine task.';
    end if;
    if not exists (select from stateroom.workflows w where w.id = p_workflow and w.project_id = p_project)
        and not exists (select from stateroom.tasks t where t.id = p_task and t.project_id = p_project
            and t.kind = 'routine' and t.deleted_at is null) then
        raise exception using errcode = 'SR404', message = format('project %s has no %s %s', p_project,
            case when p_task is null then 'workflow' else 'routine task' end, coalesce(p_workflow, p_task)),
            hint = 'Publish the workflow, or register the task, first.';
    end if;
    insert into stateroom.schedules (project_id, name, workflow_id, task_id, cron_expression, timezone, params, next_run_at,
        overlap_policy, catchup_policy, catchup_window_seconds, jitter_seconds, enabled)
    values (p_project, p_name, p_workflow, p_task, p_cron, p_timezone, coalesce(p_params, '{}'), p_next_run_at,
        p_overlap, p_catchup, p_catchup_window_seconds, p_jitter_seconds, p_enabled)
    returning id into v_id;
    return v_id;
exception
    when unique_violation then
        raise exception using errcode = 'SR409', message = format('name: a schedule named %L exists already', p_name),
            hint = 'Choose another name, or remove the schedule first.';
    when check_violation then
        perform stateroom.refuse_schedule(sqlerrm, p_cron);
        return null; -- it has raised
end
$$;

-- Say what is wrong with the values of a schedule. Raises SR422. Called by: create_schedule, update_schedule.
create or replace function stateroom.refuse_schedule(p_error text, p_cron text) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if p_error like '%schedules_cron_grammar%' or p_error like '%cron_expression%' then
        raise exception using errcode = 'SR422', message = format('cron_expression: %L is not a cron expression', p_cron),
            hint = 'Five fields: minute hour day-of-month month day-of-week; or @hourly, @daily, @weekly, @monthly, @yearly.';
    end if;
    raise exception using errcode = 'SR422',
        message = format('%s is out of range', coalesce(substring(p_error from 'schedules_([a-z_]+)_check'), 'a value')),
        hint = 'jitter_seconds is 0 to 3600, catchup_window_seconds 0 or more, a name 1 to 200 characters.';
end
$$;

-- The project of a schedule that the caller may manage. Raises SR404 (also for what they may not see) and SR403.
create or replace function stateroom.find_schedule(p_schedule uuid) returns uuid
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_project uuid := (select s.project_id from stateroom.schedules s where s.id = p_schedule);
begin
    if v_project is null or not stateroom.sees_project(v_project) then
        raise exception using errcode = 'SR404', message = format('schedule %s does not exist', p_schedule),
            hint = 'List the schedules that you may see.';
    end if;
    perform stateroom.require_project(v_project, 'manage');
    return v_project;
end
$$;

-- Change a schedule: p_changes has any of name, cron_expression, timezone, params, enabled, overlap_policy,
-- catchup_policy, catchup_window_seconds and jitter_seconds. Raises SR404, SR403, SR409 (name taken), SR422.
-- Called by: people who manage the project. Locks the schedule. Security definer: to tell a missing right from a missing row.
create or replace function stateroom.update_schedule(p_schedule uuid, p_changes jsonb) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_old stateroom.schedules;
    v_new stateroom.schedules;
    v_unknown text := (select k from jsonb_object_keys(p_changes) as k where k not in ('name', 'cron_expression',
        'timezone', 'params', 'enabled', 'overlap_policy', 'catchup_policy', 'catchup_window_seconds', 'jitter_seconds') limit 1);
begin
    perform stateroom.find_schedule(p_schedule);
    if v_unknown is not null then
        raise exception using errcode = 'SR422', message = format('%s: a schedule has no such value to change', v_unknown),
            hint = 'What a schedule starts cannot be changed: make another one.';
    end if;
    select * into v_old from stateroom.schedules s where s.id = p_schedule for no key update;
    v_new := jsonb_populate_record(v_old, p_changes);
    update stateroom.schedules s set name = v_new.name, cron_expression = v_new.cron_expression,
        timezone = v_new.timezone, params = v_new.params, enabled = v_new.enabled, overlap_policy = v_new.overlap_policy,
        catchup_policy = v_new.catchup_policy, catchup_window_seconds = v_new.catchup_window_seconds,
        jitter_seconds = v_new.jitter_seconds
    where s.id = p_schedule;
    if v_old.overlap_policy = 'allow' and v_new.overlap_policy <> 'allow' then -- what goes on counts from now on
        update stateroom.schedule_firings f set run_open = true where f.id in (
            select g.id from stateroom.schedule_firings g
            where g.schedule_id = p_schedule and g.run_id is not null order by g.fire_time desc limit 1000);
    end if;
exception
    when unique_violation then
        raise exception using errcode = 'SR409', message = format('name: a schedule named %L exists already',
            p_changes ->> 'name'), hint = 'Choose another name.';
    when check_violation then
        perform stateroom.refuse_schedule(sqlerrm, p_changes ->> 'cron_expression');
    when invalid_text_representation or not_null_violation or numeric_value_out_of_range then
        raise exception using errcode = 'SR422', message = sqlerrm, hint = 'See the values that schedules have.';
end
$$;

-- Pause or resume schedules; returns how many changed. What queued firings wait for goes on waiting while one is paused,
-- and times that pass meanwhile are not made up for: backfill_schedule does that. Called by: the four verbs below.
create or replace function stateroom.enable_schedules(p_schedules uuid[], p_enabled boolean) returns integer
    language sql volatile
    set search_path = pg_catalog
as $$
    with l as (
        select s.id from stateroom.schedules s where s.id = any (p_schedules) and s.enabled <> p_enabled
        order by s.id for no key update
    ), u as (
        update stateroom.schedules s set enabled = p_enabled from l where s.id = l.id returning 1
    )
    select count(*)::integer from u
$$;

-- Pause one: it fires no more until it is resumed. False when it was paused already. Raises SR404 and SR403.
-- Called by: people who manage the project. Locks the schedule. Security definer: to tell a missing right from a missing row.
create or replace function stateroom.pause_schedule(p_schedule uuid) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.find_schedule(p_schedule);
    return stateroom.enable_schedules(array[p_schedule], false) = 1;
end
$$;

-- Resume one: its next time is the next one of its rule from now. False when it was not paused. Raises SR404 and SR403.
-- Called by: people who manage the project. Locks the schedule. Security definer: to tell a missing right from a missing row.
create or replace function stateroom.resume_schedule(p_schedule uuid) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.find_schedule(p_schedule);
    return stateroom.enable_schedules(array[p_schedule], true) = 1;
end
$$;

-- The schedules of a project, or of all projects that the caller manages (null). Raises SR404 and SR403 for the project.
create or replace function stateroom.managed_schedules(p_project uuid) returns uuid[]
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if p_project is not null then
        perform stateroom.require_project(p_project, 'manage');
    end if;
    return array(select s.id from stateroom.schedules s
        where s.project_id = p_project or p_project is null and s.project_id = any (stateroom.manage_projects()));
end
$$;

-- Pause or resume all schedules of a project, or all that the caller manages; returns how many changed.
-- Called by: people. Locks the schedules in order of id. Security definer, as for one.
create or replace function stateroom.pause_schedules(p_project uuid default null) returns integer
    language sql volatile security definer
    set search_path = pg_catalog
    return stateroom.enable_schedules(stateroom.managed_schedules(p_project), false);
create or replace function stateroom.resume_schedules(p_project uuid default null) returns integer
    language sql volatile security definer
    set search_path = pg_catalog
    return stateroom.enable_schedules(stateroom.managed_schedules(p_project), true);

-- Delete a schedule; true when there was one. What it started stays. Called by: people who manage the project.
create or replace function stateroom.delete_schedule(p_schedule uuid) returns boolean
    language plpgsql volatile security definer -- so that a missing right is told from a missing schedule
    set search_path = pg_catalog
as $$
declare
    v_project uuid := (select s.project_id from stateroom.schedules s where s.id = p_schedule);
begin
    if v_project is null or not (stateroom.sees_all() or v_project = any (stateroom.read_projects())) then
        return false;
    end if;
    perform stateroom.require_project(v_project, 'manage');
    delete from stateroom.schedules s where s.id = p_schedule;
    return found;
end
$$;
