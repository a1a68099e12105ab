-- What becomes of deployments: approved, cancelled, rolled back, deleted, and whatever their runs make of them.

-- Agree that a deployment may be started: approve() of its approval. Raises SR404, SR403 and SR409.
-- Called by: those who were asked. Security definer: as approve.
create or replace function stateroom.approve_deployment(p_deployment uuid, p_comment text default null) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_approval uuid;
begin
    perform stateroom.find_deployment(p_deployment, 'read');
    select a.id into v_approval from stateroom.approvals a where a.deployment_id = p_deployment and a.decision is null;
    if not found then
        raise exception using errcode = 'SR409', message = format('deployment %s does not wait for approval', p_deployment),
            hint = 'Look at its status.';
    end if;
    perform stateroom.approve(v_approval, p_comment);
end
$$;

-- Row trigger, after the decision of an approval: its deployment can be started, or is cancelled; one that no longer waits
-- stays as it is. Security definer: those who decide may not write deployments.
create or replace function stateroom.follow_decision() returns trigger
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.move_deployment(d.id,
        case new.decision when 'approved' then 'pending' else 'cancelled' end::stateroom.deployment_status,
        case new.decision when 'approved' then 'deployment_approved' else 'deployment_cancelled' end)
    from stateroom.deployments d where d.id = new.deployment_id and d.status = 'awaiting_approval';
    return null;
end
$$;

create or replace trigger follow_decision after update of decision on stateroom.approvals for each row
    when (new.deployment_id is not null and old.decision is null and new.decision is not null)
    execute function stateroom.follow_decision();

-- Cancel a deployment. 'cancelled' when it is over, 'cancelling' while its scripts stop. Raises SR404, SR403, SR409.
-- Called by: people who may write to the project. Of a running one it locks what cancel_run locks and not the deployment,
-- which is locked last by whatever ends the run. Security definer: the status is written by nobody directly.
create or replace function stateroom.cancel_deployment(p_deployment uuid) returns text
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_row stateroom.deployments := stateroom.find_deployment(p_deployment, 'write');
begin
    if v_row.status = 'running' then
        return stateroom.cancel_workflow_run(v_row.workflow_run_id);
    elsif v_row.status = 'cancelled' then
        raise exception using errcode = 'SR409', message = format('deployment %s is cancelled already', p_deployment),
            hint = 'Nothing is left to be done.';
    end if;
    perform stateroom.move_deployment(p_deployment, 'cancelled', 'deployment_cancelled');
    return 'cancelled';
end
$$;

-- Undo a deployment that is over: a new deployment of its rollback scripts, started at once (they were approved with it);
-- returns its id. When it has succeeded, the first one is rolled_back. Raises SR404, SR403, SR409, SR422.
-- Called by: people who may write to the project. Locks the deployment. Security definer: as create_deployment.
create or replace function stateroom.rollback_deployment(p_deployment uuid) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_row stateroom.deployments := stateroom.find_deployment(p_deployment, 'write');
    v_id uuid;
begin
    select d.* into v_row from stateroom.deployments d where d.id = p_deployment for update;
    if v_row.started_at is null or v_row.status not in ('succeeded', 'failed', 'cancelled') then
        raise exception using errcode = 'SR409', message = format('deployment %s is %s and cannot be rolled back',
            p_deployment, v_row.status), hint = 'Only one that has run and is over can be rolled back, once.';
    end if;
    insert into stateroom.deployments (project_id, task_id, environment, version, description, rolls_back)
    values (v_row.project_id, v_row.task_id, v_row.environment, v_row.version, 'Rollback', p_deployment)
    returning id into v_id;
    insert into stateroom.deployment_scripts (deployment_id, script_name, script_type, script_content, parameters,
        execution_order, timeout_seconds, max_retries)
    select v_id, s.script_name, s.script_type, s.script_content, s.parameters, s.execution_order, s.timeout_seconds,
        s.max_retries
    from stateroom.deployment_scripts s where s.deployment_id = p_deployment and s.script_type = 'rollback';
    if not found then
        raise exception using errcode = 'SR422', message = format('deployment %s has no rollback scripts', p_deployment),
            hint = 'Give scripts of the type rollback when it is created.';
    end if;
    perform stateroom.start_deployment(v_id);
    return v_id;
exception when unique_violation then
    raise exception using errcode = 'SR409', message = format('deployment %s is being rolled back already', p_deployment),
        hint = 'Wait for the rollback under way.';
end
$$;

-- Hide a deployment that does not run; it is removed when its time is over. False when it was hidden before.
-- Called by: people who manage the project. Security definer: deleted_at is written by nobody directly.
create or replace function stateroom.delete_deployment(p_deployment uuid) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_row stateroom.deployments := stateroom.find_deployment(p_deployment, 'manage');
begin
    update stateroom.deployments d set deleted_at = stateroom.now()
    where d.id = p_deployment and d.deleted_at is null and d.status <> 'running';
    if not found then
        raise exception using errcode = 'SR409', message = format('deployment %s is %s', p_deployment, v_row.status),
            hint = 'Cancel it first.';
    end if;
    return true;
end
$$;

-- Give the deployment of a workflow run the status that the run's state means; what it rolled back follows.
-- Called by: finish_workflow_run and retry_run, for runs that have an environment, after the run's row is written.
-- Locks the deployment, then the one that it rolls back. Security definer: the engine may not write deployments.
create or replace function stateroom.follow_deployment(p_workflow_run uuid) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_row record;
begin
    select d.id, d.rolls_back, w.state into v_row
    from stateroom.deployments d join stateroom.workflow_runs w on w.id = d.workflow_run_id
    where d.workflow_run_id = p_workflow_run;
    if not found then
        return;
    end if;
    perform stateroom.move_deployment(v_row.id, m.status::stateroom.deployment_status, m.event)
    from (values ('running', 'running', 'deployment_started'), ('succeeded', 'succeeded', 'deployment_completed'),
        ('failed', 'failed', 'deployment_failed'), ('timed_out', 'failed', 'deployment_failed'),
        ('cancelled', 'cancelled', 'deployment_cancelled')) as m (state, status, event)
    where m.state = v_row.state::text;
    if v_row.state = 'succeeded' and exists (select from stateroom.deployments d where d.id = v_row.rolls_back
            and d.status in ('succeeded', 'failed', 'cancelled')) then
        perform stateroom.move_deployment(v_row.rolls_back, 'rolled_back', 'deployment_rolled_back');
    end if;
end
$$;

create or replace trigger touch before insert or update on stateroom.deployments
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.deployment_scripts
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.webhook_endpoints
    for each row execute function stateroom.touch();
