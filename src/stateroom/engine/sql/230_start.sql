-- Start: a workflow becomes a workflow run with one task run for each step (and each combination of its matrix).

-- Start a workflow run of a version (null: the latest) and return its id; the same key gives the same run.
-- Raises SR404 for an unknown workflow or version, SR409 when the workflow or its project is paused or archived.
-- Called by: start_workflow and schedules. Locks the workflow's row (it hands out the run number), then inserts only.
create or replace function stateroom.start_run(
    p_workflow uuid, p_version integer default null, p_trigger stateroom.run_trigger default 'api',
    p_trigger_data jsonb default '{}', p_env jsonb default '{}', p_key text default null, p_schedule uuid default null
) returns uuid
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_id uuid := stateroom.uuidv7();
    v_run uuid;
    v_workflow record;
    v_version record;
begin
    select w.id, w.project_id, w.name, w.status, w.latest_version, w.next_run_number, w.priority,
        stateroom.now() + make_interval(secs => w.timeout_seconds) as deadline_at, p.status as project_status
    into v_workflow
    from stateroom.workflows w join stateroom.projects p on p.id = w.project_id
    where w.id = p_workflow for no key update of w;
    if not found then
        raise exception using errcode = 'SR404', message = format('workflow %s does not exist', p_workflow),
            hint = 'Publish it first.';
    end if;
    if p_key is not null then
        insert into stateroom.run_keys as k (project_id, key, run_id, expires_at)
        values (v_workflow.project_id, p_key, v_id, stateroom.now() + interval '30 days')
        on conflict (project_id, key) do update set run_id = excluded.run_id, expires_at = excluded.expires_at
            where k.expires_at <= stateroom.now();
        select k.run_id into v_run from stateroom.run_keys k
        where k.project_id = v_workflow.project_id and k.key = p_key;
        if v_run <> v_id then
            return v_run;
        end if;
    end if;
    if v_workflow.status <> 'active' or v_workflow.project_status <> 'active' then
        raise exception using errcode = 'SR409',
            message = format('workflow %s (%s) is %s and its project is %s; only active ones can be started',
                v_workflow.name, v_workflow.id, v_workflow.status, v_workflow.project_status),
            hint = 'Resume the workflow or the project first.';
    end if;
    select v.id, v.version into v_version from stateroom.workflow_versions v
    where v.workflow_id = p_workflow and v.version = coalesce(p_version, v_workflow.latest_version);
    if not found then
        raise exception using errcode = 'SR404', message = format('workflow %s has no version %s', v_workflow.name,
            coalesce(p_version, v_workflow.latest_version)), hint = 'Publish it first, or leave the version out.';
    end if;
    insert into stateroom.workflow_runs (id, workflow_id, project_id, version_id, version, run_number, trigger,
        trigger_data, env, started_at, deadline_at, triggered_by)
    values (v_id, p_workflow, v_workflow.project_id, v_version.id, v_version.version, v_workflow.next_run_number,
        p_trigger, p_trigger_data, p_env, stateroom.now(), v_workflow.deadline_at, stateroom.current_user_id());
    insert into stateroom.run_limits (at, run_id, kind) values (v_workflow.deadline_at, v_id, 'deadline');
    update stateroom.workflows set next_run_number = next_run_number + 1 where id = p_workflow;
    insert into stateroom.task_runs (id, task_id, project_id, workflow_run_id, schedule_id, map_index, priority, queue)
    select stateroom.uuidv7(), t.id, t.project_id, v_id, p_schedule, m.no,
        greatest(t.priority, v_workflow.priority), t.queue
    from stateroom.tasks t
    cross join lateral generate_series(0, greatest(jsonb_array_length(t.step_options -> 'matrix'), 1) - 1) as m (no)
    where t.workflow_version_id = v_version.id
    order by t.execution_order, m.no;
    perform stateroom.place_runs(v_id, v_version.id);
    insert into stateroom.events (project_id, type, workflow_run_id, actor_id, payload)
    values (v_workflow.project_id, 'run_started', v_id, stateroom.current_user_id(), jsonb_build_object(
        'workflow_id', p_workflow, 'run_number', v_workflow.next_run_number, 'version', v_version.version));
    return v_id;
end
$$;

-- Start a workflow run as a person: start_run for those who may run work in the project. The env given here wins over the
-- workflow's. Security definer: the record and the hot tables are written by nobody directly.
create or replace function stateroom.start_workflow(
    p_workflow uuid, p_version integer default null, p_trigger stateroom.run_trigger default 'api',
    p_trigger_data jsonb default '{}', p_env jsonb default '{}', p_key text default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project uuid := (select w.project_id from stateroom.workflows w where w.id = p_workflow);
begin
    if v_project is null or not stateroom.sees_project(v_project) then
        raise exception using errcode = 'SR404', message = format('workflow %s does not exist', p_workflow),
            hint = 'Publish it first.';
    end if;
    perform stateroom.require_project(v_project, 'run');
    return stateroom.start_run(p_workflow, p_version, p_trigger, p_trigger_data, p_env, p_key);
end
$$;
