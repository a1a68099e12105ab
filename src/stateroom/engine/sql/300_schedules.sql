-- Schedules: a cron rule with a zone starts a workflow or a routine task. The times are computed by the scheduler
-- process; that each time fires once, however many schedulers there are, is decided here.

-- Create a schedule of a workflow or a routine task (exactly one of them). Raises SR404, SR403, SR409 (name taken), SR422.
-- The params of a workflow's schedule are {"env", "source"}, as a start has them; those of a task are its input.
-- Called by: people who manage the project. Security definer: it validates what a plain insert could not.
create or replace function stateroom.create_schedule(
    p_project uuid, p_name text, p_workflow uuid, p_task uuid, p_cron text, p_timezone text, p_params jsonb,
    p_next_run_at timestamptz
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
    if not stateroom.is_timezone(p_timezone) then
        raise exception using errcode = 'SR422', message = format('timezone: %L is not a time zone', p_timezone),
            hint = 'Use an IANA name such as Europe/Paris or UTC.';
    end if;
    if not exists (select from stateroom.workflows w where w.id = p_workflow and w.project_id = p_project)
        and not exists (select from stateroom.tasks t where t.id = p_task and t.project_id = p_project
            and t.kind = 'routine' and t.deleted_at is null) then
        raise exception using errcode = 'SR404', message = format('project %s has no %s %s', p_project,
            case when p_task is null then 'workflow' else 'routine task' end, coalesce(p_workflow, p_task)),
            hint = 'Publish the workflow, or register the task, first.';
    end if;
    insert into stateroom.schedules (project_id, name, workflow_id, task_id, cron_expression, timezone, params, next_run_at)
    values (p_project, p_name, p_workflow, p_task, p_cron, p_timezone, coalesce(p_params, '{}'), p_next_run_at)
    returning id into v_id;
    return v_id;
exception
    when unique_violation then
        raise exception using errcode = 'SR409', message = format('name: a schedule named %L exists already', p_name),
            hint = 'Choose another name, or remove the schedule first.';
    when check_violation then
        raise exception using errcode = 'SR422', message = format('cron_expression: %L is not a cron expression', p_cron),
            hint = 'Five fields: minute hour day-of-month month day-of-week; or @hourly, @daily, @weekly, @monthly, @yearly.';
end
$$;

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

-- Schedules whose time has come, oldest first. Called by: schedulers, which compute the next time of each.
create or replace function stateroom.due_schedules(p_limit integer default 100) returns table (
    id uuid, cron_expression text, timezone text, next_run_at timestamptz, catchup_policy stateroom.catchup_policy,
    catchup_window_seconds integer, clock timestamptz
)
    language sql stable
    set search_path = pg_catalog
as $$
    select s.id, s.cron_expression, s.timezone, s.next_run_at, s.catchup_policy, s.catchup_window_seconds,
        stateroom.now()
    from stateroom.schedules s
    where s.enabled and s.next_run_at <= stateroom.now()
    order by s.next_run_at limit p_limit
$$;

-- Fire a schedule for each of the given times and set its next one; returns the runs that were started. p_expected is
-- the next_run_at that the scheduler saw: when another has been faster, nothing happens. A time fires once, kept by a
-- unique key; a start that is refused (paused workflow) is recorded as refused. All of it is one transaction.
-- Called by: schedulers. Locks the schedule's row. Security definer: it writes for the schedule's owner.
create or replace function stateroom.fire_schedule(
    p_schedule uuid, p_expected timestamptz, p_fire_times timestamptz[], p_next timestamptz
) returns setof uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_schedule record;
    v_time timestamptz;
    v_run uuid;
    v_firing uuid;
begin
    select * into v_schedule from stateroom.schedules s where s.id = p_schedule for update;
    if not found or not v_schedule.enabled or v_schedule.next_run_at is distinct from p_expected then
        return;
    end if;
    foreach v_time in array p_fire_times loop
        insert into stateroom.schedule_firings (schedule_id, fire_time) values (p_schedule, v_time)
        on conflict (schedule_id, fire_time) do nothing returning id into v_firing;
        continue when v_firing is null;
        begin
            if v_schedule.workflow_id is not null then
                v_run := stateroom.start_run(v_schedule.workflow_id, null, 'schedule', (v_schedule.params - 'env')
                    || jsonb_build_object('schedule_id', p_schedule, 'fire_time', v_time),
                    coalesce(v_schedule.params -> 'env', '{}'), null, p_schedule);
            else
                select e.run_id into v_run from stateroom.enqueue_runs(array[v_schedule.task_id],
                    array[v_schedule.params], p_schedule => p_schedule) as e;
            end if;
            update stateroom.schedule_firings f set run_id = v_run where f.id = v_firing;
            update stateroom.schedules s set last_run_at = v_time, last_run_id = v_run where s.id = p_schedule;
            return next v_run;
        exception when sqlstate 'SR404' or sqlstate 'SR409' then
            update stateroom.schedule_firings f set outcome = 'refused', detail = sqlerrm where f.id = v_firing;
        end;
    end loop;
    update stateroom.schedules s set next_run_at = p_next where s.id = p_schedule;
end
$$;
