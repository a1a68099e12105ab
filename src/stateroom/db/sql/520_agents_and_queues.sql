-- Agents, queues and workflows: what people change of them beside their plain columns.

-- Register an agent, or give the one of this name in this project new properties; returns its id. Without a project it is
-- shared by all and only an administrator may. Raises SR404, SR403, SR422. Called by: people who manage the project.
-- Security definer: so that a missing right is told from a wrong value.
create or replace function stateroom.register_agent(
    p_project uuid, p_name text, p_type stateroom.agent_type default 'external', p_capabilities jsonb default '[]',
    p_max_concurrency integer default 1, p_budget jsonb default '{}', p_software_version text default null,
    p_metadata jsonb default '{}'
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_id uuid;
begin
    perform stateroom.require_project(p_project, 'manage');
    insert into stateroom.agents as a (project_id, name, type, capabilities, max_concurrency, budget, software_version,
        metadata)
    values (p_project, p_name, p_type, p_capabilities, p_max_concurrency, p_budget, p_software_version, p_metadata)
    on conflict (project_id, name) do update set type = excluded.type, capabilities = excluded.capabilities,
        max_concurrency = excluded.max_concurrency, budget = excluded.budget, metadata = excluded.metadata,
        software_version = excluded.software_version, is_active = true
    returning a.id into v_id;
    if p_project is not null then
        perform stateroom.emit('agent_registered', p_project, jsonb_build_object('agent_id', v_id, 'type', p_type));
    end if;
    return v_id;
exception when check_violation or not_null_violation then
    raise exception using errcode = 'SR422', message = format('agent %L cannot be registered like this: %s', p_name, sqlerrm),
        hint = 'Capabilities are a list; a budget is {"tokens" | "cost" | "seconds": {"limit", "reserved", "used"}}.';
end
$$;

-- Take an agent out of service, or back into it: an inactive one opens no session any more, and those that it has go on
-- to their end. False when nothing changed. Raises SR404, SR403. Called by: people who manage its project (for a
-- shared one: administrators). Security definer: so that a missing right is told from a missing agent.
create or replace function stateroom.set_agent_active(p_agent uuid, p_active boolean) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_row stateroom.agents;
begin
    select a.* into v_row from stateroom.agents a where a.id = p_agent for update;
    if v_row.id is null or stateroom.current_user_id() is null or not (stateroom.sees_all() or v_row.project_id is null
            or v_row.project_id = any (stateroom.read_projects())) then
        raise exception using errcode = 'SR404', message = format('agent %s does not exist', p_agent),
            hint = 'List the agents that you may see.';
    elsif v_row.project_id is null and not stateroom.sees_all() then
        raise exception using errcode = 'SR403', message = format('agent %s is shared by all projects', p_agent),
            hint = 'Ask an administrator.';
    end if;
    perform stateroom.require_project(v_row.project_id, 'manage');
    if v_row.is_active = p_active then
        return false;
    end if;
    update stateroom.agents a set is_active = p_active where a.id = p_agent;
    if v_row.project_id is not null then
        perform stateroom.emit(case when p_active then 'agent_activated' else 'agent_deactivated' end, v_row.project_id,
            jsonb_build_object('agent_id', p_agent));
    end if;
    return true;
end
$$;

-- Hold a queue (nothing of it is claimed until it is resumed; what runs goes on), or let it go on. False when nothing
-- changed. Raises SR404, SR403. Called by: administrators. Security definer: the column is written by nobody directly.
create or replace function stateroom.set_queue_paused(p_queue text, p_paused boolean) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    if not stateroom.sees_all() then
        raise exception using errcode = 'SR403', message = format('queue %L can be paused by administrators only', p_queue),
            hint = 'Ask an administrator.';
    elsif not exists (select from stateroom.queues q where q.name = p_queue) then
        raise exception using errcode = 'SR404', message = format('queue %L does not exist', p_queue),
            hint = 'List the queues.';
    end if;
    update stateroom.queues q set paused = p_paused where q.name = p_queue and q.paused <> p_paused;
    if found and not p_paused then
        perform stateroom.hint_ready();
    end if;
    return found;
end
$$;

create or replace function stateroom.pause_queue(p_queue text) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    return stateroom.set_queue_paused(p_queue, true);
end
$$;

create or replace function stateroom.resume_queue(p_queue text) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    return stateroom.set_queue_paused(p_queue, false);
end
$$;

-- Give a workflow another status: draft, active, paused or archived, as the machine 'workflow' allows. Only active ones can be
-- started; what runs goes on. False when it had the status. Raises SR404, SR403, SR409. Called by: people who manage the
-- project. Locks the workflow. Security definer: the status is written by nobody directly.
create or replace function stateroom.set_workflow_status(p_workflow uuid, p_status stateroom.workflow_status) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_row record;
begin
    select w.project_id, w.status into v_row from stateroom.workflows w where w.id = p_workflow for no key update;
    if not found or not (stateroom.sees_all() or v_row.project_id = any (stateroom.read_projects())) then
        raise exception using errcode = 'SR404', message = format('workflow %s does not exist', p_workflow),
            hint = 'List the workflows that you may see.';
    end if;
    perform stateroom.require_project(v_row.project_id, 'manage');
    perform stateroom.require_transition('workflow', p_workflow, v_row.status::text, p_status::text);
    update stateroom.workflows w set status = p_status where w.id = p_workflow and w.status <> p_status;
    if found then
        perform stateroom.emit('workflow_updated', v_row.project_id, jsonb_build_object('workflow_id', p_workflow,
            'status', p_status));
        return true;
    end if;
    return false;
end
$$;
