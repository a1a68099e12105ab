-- Deployments: an ordered set of scripts applied to an environment. The scripts of a started deployment are the steps of a
-- workflow run (of a workflow for each project and environment, whose versions are the sets of scripts), so their order,
-- time-outs, retries, logs and cancellation are the engine's. The status follows that run: finish_workflow_run and
-- retry_run call follow_deployment when the run has an environment, so that no reader ever has to work it out, and runs
-- of other workflows pay nothing.

delete from stateroom.state_transitions t where t.machine = 'deployment';
insert into stateroom.state_transitions (machine, from_state, to_state, verb, description) values
('deployment', null, 'pending', 'create', 'It can be started'),
('deployment', null, 'awaiting_approval', 'create', 'Somebody has to agree first'),
('deployment', 'awaiting_approval', 'pending', 'approve', 'Its approval is given'),
('deployment', 'awaiting_approval', 'cancelled', 'cancel', 'Its approval is refused, or nobody waits for it'),
('deployment', 'pending', 'running', 'start', 'Its scripts are being executed'),
('deployment', 'pending', 'cancelled', 'cancel', null),
('deployment', 'running', 'succeeded', 'complete', 'All scripts have succeeded'),
('deployment', 'running', 'failed', 'fail', 'A script has failed'),
('deployment', 'running', 'cancelled', 'cancel', 'Its scripts were told to stop, and did'),
('deployment', 'failed', 'running', 'retry', 'Its run is retried'),
('deployment', 'cancelled', 'running', 'retry', 'Its run is retried'),
('deployment', 'succeeded', 'rolled_back', 'rollback', 'Its rollback has succeeded'),
('deployment', 'failed', 'rolled_back', 'rollback', 'Its rollback has succeeded'),
('deployment', 'cancelled', 'rolled_back', 'rollback', 'Its rollback has succeeded');

-- The deployment, if the caller may see it and do this to its project (p_need: write | manage). Raises SR404 and SR403.
-- Called by: the verbs below. Locks nothing.
create or replace function stateroom.find_deployment(p_deployment uuid, p_need text) returns stateroom.deployments
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_row stateroom.deployments;
begin
    select d.* into v_row from stateroom.deployments d left join stateroom.tasks t on t.id = d.task_id
    where d.id = p_deployment and d.deleted_at is null and (stateroom.sees_all()
        or d.project_id = any (stateroom.open_projects())
        or d.project_id = any (stateroom.read_projects()) and (d.created_by = stateroom.current_user_id()
            or t.assigned_user_id = stateroom.current_user_id() or t.created_by = stateroom.current_user_id()
            or t.assigned_role::text = stateroom.current_role_name()));
    if not found then
        raise exception using errcode = 'SR404', message = format('deployment %s does not exist', p_deployment),
            hint = 'List the deployments that you may see.';
    end if;
    perform stateroom.require_project(v_row.project_id, p_need);
    return v_row;
end
$$;

-- Give a deployment another status, with its times and its event. Nothing happens when it has the status already.
-- Raises SR409. Locks the deployment. Called by: the verbs below and follow_deployment.
create or replace function stateroom.move_deployment(
    p_deployment uuid, p_to stateroom.deployment_status, p_event text, p_workflow_run uuid default null
) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_row stateroom.deployments;
begin
    select d.* into v_row from stateroom.deployments d where d.id = p_deployment for update;
    if v_row.status = p_to then
        return;
    end if;
    perform stateroom.require_transition('deployment', p_deployment, v_row.status::text, p_to::text);
    update stateroom.deployments d set status = p_to,
        workflow_run_id = coalesce(p_workflow_run, d.workflow_run_id),
        started_at = case when p_to = 'running' then coalesce(d.started_at, stateroom.now()) else d.started_at end,
        finished_at = case when p_to in ('pending', 'awaiting_approval', 'running') then null
            else coalesce(d.finished_at, stateroom.now()) end,
        approved_by = case when p_event = 'deployment_approved' then stateroom.current_user_id() else d.approved_by end,
        approved_at = case when p_event = 'deployment_approved' then stateroom.now() else d.approved_at end
    where d.id = p_deployment returning d.* into v_row;
    perform stateroom.emit(p_event, v_row.project_id, jsonb_build_object('deployment_id', v_row.id, 'status', v_row.status,
        'environment', v_row.environment, 'version', v_row.version), v_row.task_id, v_row.workflow_run_id);
end
$$;

-- Create a deployment with its scripts: [{"script_name", "script_type", "script_content", "parameters", "execution_order",
-- "timeout_seconds", "max_retries"}, …]; returns its id. Scripts of one order run side by side, each order after the one
-- before; left out, the order is the list's. Parameters are handed to the script as environment variables. Scripts of
-- type rollback wait for rollback_deployment; those of type cleanup also run after a failure. p_needs_approval: null
-- means in production; it asks those who maintain the project. Raises SR404, SR403, SR422.
-- Called by: people who may write to the project; inserts only.
-- Security definer: a deployment comes with all its scripts or not at all.
create or replace function stateroom.create_deployment(
    p_project uuid, p_environment stateroom.deployment_environment, p_version text, p_scripts jsonb,
    p_task uuid default null, p_description text default null, p_needs_approval boolean default null,
    p_metadata jsonb default '{}'
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_id uuid;
    v_bad text;
    v_approval boolean := coalesce(p_needs_approval, p_environment = 'production');
begin
    perform stateroom.require_project(p_project, 'write');
    if p_task is not null and not exists (
            select from stateroom.tasks t where t.id = p_task and t.project_id = p_project and t.kind = 'planned'
                and t.deleted_at is null and (stateroom.sees_all() or p_project = any (stateroom.open_projects())
                or stateroom.current_user_id() in (t.assigned_user_id, t.created_by)
                or t.assigned_role::text = stateroom.current_role_name())) then
        raise exception using errcode = 'SR404', message = format('task %s does not exist', p_task),
            hint = 'Name a planned task of the project.';
    end if;
    select format('the parameter %L of %s', k.name, s.script_name) into v_bad
    from jsonb_to_recordset(p_scripts) as s (script_name text, parameters jsonb)
    cross join lateral jsonb_object_keys(coalesce(s.parameters, '{}')) as k (name)
    where k.name !~ '^[A-Za-z_][A-Za-z0-9_]*$' limit 1;
    if found or not coalesce(p_scripts @? '$[*] ? (!(@.script_type == "rollback"))', false) then
        raise exception using errcode = 'SR422', message = format('scripts: %s', coalesce(v_bad, 'there is none to execute')),
            hint = 'Give at least one script that is no rollback; parameters are named as environment variables are.';
    end if;
    insert into stateroom.deployments (project_id, task_id, environment, version, description, metadata, status)
    values (p_project, p_task, p_environment, p_version, p_description, p_metadata,
        case when v_approval then 'awaiting_approval' else 'pending' end::stateroom.deployment_status)
    returning id into v_id;
    insert into stateroom.deployment_scripts (deployment_id, script_name, script_type, script_content, parameters,
        execution_order, timeout_seconds, max_retries)
    select v_id, s.step ->> 'script_name', coalesce(s.step ->> 'script_type', 'deploy')::stateroom.script_type,
        s.step ->> 'script_content', coalesce(s.step -> 'parameters', '{}'),
        coalesce((s.step ->> 'execution_order')::integer, s.no::integer),
        coalesce((s.step ->> 'timeout_seconds')::integer, 300), coalesce((s.step ->> 'max_retries')::integer, 3)
    from jsonb_array_elements(p_scripts) with ordinality as s (step, no);
    perform stateroom.emit('deployment_created', p_project, jsonb_build_object('deployment_id', v_id, 'environment',
        p_environment, 'version', p_version, 'needs_approval', v_approval), p_task);
    if v_approval then
        perform stateroom.request_approval(p_project, format('Deploy %s to %s', p_version, p_environment),
            p_deployment => v_id);
    end if;
    return v_id;
exception
    when check_violation or not_null_violation or unique_violation or data_exception then
        raise exception using errcode = 'SR422', message = format('scripts: %s', sqlerrm),
            hint = 'Each script has a name of its own, content, and a type: build, test, deploy, rollback, migration, '
                || 'validation or cleanup.';
end
$$;

-- What a deployment executes, as a workflow's definition. A script needs all of the order before it to have succeeded; one
-- of type cleanup only needs that to have ended, and does not count for those after it.
create or replace function stateroom.deployment_definition(p_deployment stateroom.deployments) returns jsonb
    language sql stable
    set search_path = pg_catalog
as $$
    with s as materialized (
        select x.*, x.script_type = 'cleanup' as cleans, dense_rank() over (order by x.execution_order) as stage
        from stateroom.deployment_scripts x
        where x.deployment_id = p_deployment.id and (x.script_type <> 'rollback' or p_deployment.rolls_back is not null)
    ), b as materialized ( -- the last order before it that counts
        select s.*, coalesce((select max(e.stage) from s e where e.stage < s.stage and not e.cleans), 0) as counted from s
    )
    select jsonb_build_object('name', 'deployment', 'description', '', 'env', '{}'::jsonb, 'steps', jsonb_agg(
        jsonb_build_object('key', b.script_name, 'title', b.script_name, 'action', 'command', 'command', b.script_content,
            'env', (select coalesce(jsonb_object_agg(e.key, e.value), '{}') from jsonb_each_text(b.parameters) as e
                where e.value is not null),
            'timeout_seconds', b.timeout_seconds, 'max_retries', b.max_retries, 'needs', (
                select coalesce(jsonb_agg(jsonb_build_object('step', n.script_name, 'condition',
                    case when b.cleans or n.cleans then 'always' else 'success' end) order by n.stage, n.script_name), '[]')
                from b n where case when b.cleans then n.stage = b.stage - 1
                    when n.cleans then n.stage >= b.counted and n.stage < b.stage else n.stage = b.counted end))
        order by b.stage, b.cleans, b.script_name))
    from b
$$;

-- Execute the scripts; returns the workflow run. The same when it was started before and still runs. Raises SR404, SR403,
-- SR409 (not approved, over, or the project is paused). Called by: people who may write to the project. Locks the
-- deployment, then the workflow. Security definer: versions and runs are written by nobody directly.
create or replace function stateroom.start_deployment(p_deployment uuid) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_row stateroom.deployments := stateroom.find_deployment(p_deployment, 'write');
    v_version record;
    v_run uuid;
begin
    select d.* into v_row from stateroom.deployments d where d.id = p_deployment for update;
    if v_row.status = 'running' then
        return v_row.workflow_run_id;
    elsif v_row.status <> 'pending' then -- what has run before is retried, not started
        raise exception using errcode = 'SR409', message = format('deployment %s is %s and cannot be started', p_deployment,
            v_row.status), hint = 'Have it approved, retry its run, or create a new one.';
    end if;
    select * into v_version from stateroom.write_version(v_row.project_id, 'deployments to ' || v_row.environment::text,
        stateroom.deployment_definition(v_row), 'deployment');
    v_run := stateroom.start_run(v_version.workflow_id, v_version.version, 'manual',
        jsonb_build_object('deployment_id', v_row.id), jsonb_build_object('DEPLOYMENT_ID', v_row.id,
        'DEPLOYMENT_ENVIRONMENT', v_row.environment, 'DEPLOYMENT_VERSION', v_row.version));
    update stateroom.workflow_runs w set environment = v_row.environment::text where w.id = v_run;
    update stateroom.deployment_scripts s set task_run_id = r.id
    from stateroom.task_runs r join stateroom.tasks t on t.id = r.task_id
    where r.workflow_run_id = v_run and s.deployment_id = v_row.id and s.script_name = t.step_key;
    perform stateroom.move_deployment(v_row.id, 'running', 'deployment_started', v_run);
    return v_run;
end
$$;
