-- Definitions: workflows are published as versions, handlers are registered as routine tasks.

-- Refuse a definition that cannot be run; says which step and why (SR422).
-- Called by: publish_workflow. Reads only its argument and the handlers of the project.
create or replace function stateroom.check_definition(p_project uuid, p_definition jsonb) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_bad text;
begin
    if jsonb_typeof(p_definition -> 'steps') is distinct from 'array' or jsonb_array_length(p_definition -> 'steps') = 0 then
        raise exception using errcode = 'SR422', message = 'steps: a workflow needs a list of at least one step',
            hint = 'Give "steps": [{"key": …, "command": …}].';
    end if;
    select s.key into v_bad from jsonb_to_recordset(p_definition -> 'steps') as s (key text)
    group by s.key having count(*) > 1 or s.key is null or s.key = '' limit 1;
    if found then
        raise exception using errcode = 'SR422',
            message = format('steps: the key %L is empty or used twice', coalesce(v_bad, '')),
            hint = 'Every step needs a key of its own.';
    end if;
    select case
        when coalesce(s.action, '') not in ('command', 'handler') then format('action of step %s: %L', s.key, s.action)
        when s.action = 'handler' and s.handler is null then format('handler of step %s: missing', s.key)
        when s.action = 'command' and coalesce(s.command, '') = '' and coalesce(s.parts, '[]') = '[]'
            then format('command of step %s: missing', s.key)
        when coalesce(jsonb_typeof(s.matrix), 'null') not in ('array', 'null') or s.matrix = '[]'
            or s.matrix @? '$[*] ? (@.type() != "object")' then format('matrix of step %s: %s', s.key, s.matrix)
        end
    into v_bad
    from jsonb_to_recordset(p_definition -> 'steps')
        as s (key text, action text, handler text, command text, parts jsonb, matrix jsonb)
    order by 1 limit 1;
    if v_bad is not null then
        raise exception using errcode = 'SR422', message = format('steps: %s', v_bad),
            hint = 'An action is command (with a command or parts) or handler (with its name); a matrix is null or a '
                || 'list of objects, one for each combination.';
    end if;
    with s as (
        select e.step ->> 'key' as key, e.no, e.step -> 'needs' as needs
        from jsonb_array_elements(p_definition -> 'steps') with ordinality as e (step, no)
    ), n as (
        select s.key, s.no, n.value ->> 'step' as need
        from s cross join lateral jsonb_array_elements(coalesce(nullif(s.needs, 'null'), '[]')) as n
    )
    select case when p.key is null
        then format('steps: %s needs %s, which does not exist', n.key, n.need)
        else format('steps: %s needs %s, which does not come before it', n.key, n.need) end
    into v_bad
    from n left join s p on p.key = n.need
    where p.key is null or p.no >= n.no
    order by n.no limit 1;
    if found then
        raise exception using errcode = 'SR422', message = v_bad,
            hint = 'List the steps so that each one follows all that it needs; that also rules out cycles.';
    end if;
    select string_agg(distinct s.handler, ', ') into v_bad
    from jsonb_to_recordset(p_definition -> 'steps') as s (action text, handler text)
    where s.action = 'handler' and not exists (
        select from stateroom.tasks t
        where t.project_id = p_project and t.kind = 'routine' and t.handler = s.handler and t.deleted_at is null
    );
    if v_bad is not null then
        raise exception using errcode = 'SR422', message = format('handler: unknown %s', v_bad),
            hint = coalesce('Known handlers: ' || (
                select string_agg(t.handler, ', ' order by t.handler) from stateroom.tasks t
                where t.project_id = p_project and t.kind = 'routine' and t.handler is not null and t.deleted_at is null
            ) || '. Others are registered by starting a worker with --handlers package.module:app.',
            'Start a worker with --handlers package.module:app, which registers its handlers.');
    end if;
end
$$;

-- Insert the steps of a version and the edges between them.
create or replace function stateroom.insert_steps(p_project uuid, p_version uuid, p_definition jsonb) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    insert into stateroom.queues (name)
    select distinct coalesce(s.queue, 'default') from jsonb_to_recordset(p_definition -> 'steps') as s (queue text)
    on conflict (name) do nothing;
    insert into stateroom.tasks (project_id, kind, title, action, handler, command, parameters, env, working_directory,
        queue, priority, timeout_seconds, max_retries, retry_policy, execution_order, workflow_version_id, step_key,
        step_options, created_by)
    select p_project, 'step', left(coalesce(s.title, s.key), 255), s.action, s.handler, s.command,
        coalesce(s.parameters, '{}'), coalesce(s.env, '{}'), s.working_directory, coalesce(s.queue, 'default'),
        coalesce(s.priority, 0), coalesce(ceil(s.timeout_seconds), 1800), coalesce(s.max_retries, 0),
        coalesce(s.retry_policy, '{}'), s.no, p_version, s.key,
        jsonb_strip_nulls(jsonb_build_object('when', s.when, 'continue_on_error', nullif(s.continue_on_error, 'false'),
            'matrix', s.matrix, 'outputs', s.outputs, 'parts', nullif(s.parts, '[]'), 'shell', s.shell)),
        stateroom.current_user_id()
    from rows from (jsonb_to_recordset(p_definition -> 'steps') as (key text, title text, action stateroom.action_kind,
        handler text, command text, parameters jsonb, env jsonb, working_directory text, queue text, priority integer,
        timeout_seconds numeric, max_retries integer, retry_policy jsonb, "when" text, continue_on_error jsonb,
        matrix jsonb, outputs jsonb, parts jsonb, shell text)) with ordinality
        as s (key, title, action, handler, command, parameters, env, working_directory, queue, priority,
            timeout_seconds, max_retries, retry_policy, "when", continue_on_error, matrix, outputs, parts, shell, no);
    perform set_config('stateroom.publishing', 'on', true); -- what check_definition has seen needs no search for cycles
    insert into stateroom.task_dependencies (task_id, depends_on_task_id, condition, created_by)
    select c.id, p.id, coalesce(n.condition, 'success'), stateroom.current_user_id()
    from jsonb_to_recordset(p_definition -> 'steps') as s (key text, needs jsonb)
    cross join lateral jsonb_to_recordset(coalesce(nullif(s.needs, 'null'), '[]'))
        as n (step text, condition stateroom.edge_condition)
    join stateroom.tasks c on c.workflow_version_id = p_version and c.step_key = s.key
    join stateroom.tasks p on p.workflow_version_id = p_version and p.step_key = n.step;
    perform set_config('stateroom.publishing', '', true);
end
$$;

-- Make a definition the current version of the workflow of this name; the same content is the same version (created =
-- false). Called by: publish_workflow and start_deployment, which have checked the caller's rights. Locks the workflow.
create or replace function stateroom.write_version(
    p_project uuid, p_name text, p_definition jsonb, p_type stateroom.workflow_type default 'custom'
) returns table (workflow_id uuid, version_id uuid, version integer, created boolean)
    language plpgsql volatile
    set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_workflow uuid;
    v_version uuid;
    v_number integer;
    v_hash text := encode(sha256(convert_to(p_definition::text, 'UTF8')), 'hex');
begin
    perform stateroom.check_definition(p_project, p_definition);
    insert into stateroom.workflows as w (project_id, name, description, type, timeout_seconds)
    values (p_project, p_name, nullif(p_definition ->> 'description', ''), p_type,
        coalesce(ceil((p_definition ->> 'timeout_seconds')::numeric), 3600))
    on conflict (project_id, name) do update set description = excluded.description,
        timeout_seconds = excluded.timeout_seconds
    returning w.id into v_workflow;
    select v.id, v.version into v_version, v_number from stateroom.workflow_versions v
    where v.workflow_id = v_workflow and v.content_hash = v_hash;
    if found then
        update stateroom.workflows set latest_version = v_number where id = v_workflow;
        return query select v_workflow, v_version, v_number, false;
        return;
    end if;
    insert into stateroom.workflow_versions as v (workflow_id, version, definition, content_hash, published_by)
    select v_workflow, coalesce(max(o.version), 0) + 1, p_definition, v_hash, stateroom.current_user_id()
    from stateroom.workflow_versions o where o.workflow_id = v_workflow
    returning v.id, v.version into v_version, v_number;
    perform stateroom.insert_steps(p_project, v_version, p_definition);
    update stateroom.workflows set latest_version = v_number where id = v_workflow;
    return query select v_workflow, v_version, v_number, true;
end
$$;

-- Publish a definition as the workflow's current version: write_version for people who manage the project.
-- Raises SR422 with the step and the rule. Security definer: versions and steps are written by nobody directly.
create or replace function stateroom.publish_workflow(p_project uuid, p_name text, p_definition jsonb)
    returns table (workflow_id uuid, version_id uuid, version integer, created boolean)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.require_project(p_project, 'manage');
    return query select * from stateroom.write_version(p_project, p_name, p_definition);
end
$$;

-- Where workers register what their code says: the personal project of user "local".
create or replace function stateroom.project_of_workers() returns uuid
    language sql stable
    set search_path = pg_catalog
as $$
    select p.id from stateroom.projects p join stateroom.users u on u.id = p.owner_id
    where p.is_personal and lower(u.username) = 'local'
$$;

-- Publish what @app.workflow says, beside the handlers that the same worker registers. Raises SR422.
-- Called by: a worker at its start. Security definer: the engine may not write versions and steps.
create or replace function stateroom.publish_code(p_name text, p_definition jsonb) returns integer
    language sql volatile security definer
    set search_path = pg_catalog
as $$
    select w.version from stateroom.write_version(stateroom.project_of_workers(), p_name, p_definition) as w
$$;

-- Register what @app.task declares as routine tasks of the project (null: the personal project of user "local"):
-- [{"handler", "title", "description", "timeout_seconds", "start_timeout_seconds", "heartbeat_timeout_seconds",
-- "deadline_seconds", "max_retries", "retry_policy", "queue", "priority"}, …].
-- Existing ones take the new options. Returns the tasks' ids.
-- Called by: a worker at its start, or people who manage the project. Security definer: the engine may not write tasks.
create or replace function stateroom.register_handlers(p_project uuid, p_handlers jsonb) returns setof uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project uuid := coalesce(p_project, stateroom.project_of_workers());
begin
    if not pg_has_role(session_user, 'stateroom_engine', 'member') then
        perform stateroom.require_project(v_project, 'manage');
    end if;
    insert into stateroom.queues (name)
    select distinct coalesce(h.queue, 'default') from jsonb_to_recordset(p_handlers) as h (queue text)
    on conflict (name) do nothing;
    return query
    insert into stateroom.tasks as t (project_id, kind, title, description, action, handler, timeout_seconds,
        max_retries, retry_policy, queue, priority, start_timeout_seconds, heartbeat_timeout_seconds, deadline_seconds)
    select v_project, 'routine', left(coalesce(h.title, h.handler), 255), h.description, 'handler', h.handler,
        coalesce(ceil(h.timeout_seconds), 1800), coalesce(h.max_retries, 3), coalesce(h.retry_policy, '{}'),
        coalesce(h.queue, 'default'), coalesce(h.priority, 0), ceil(h.start_timeout_seconds),
        ceil(h.heartbeat_timeout_seconds), ceil(h.deadline_seconds)
    from jsonb_to_recordset(p_handlers) as h (handler text, title text, description text, timeout_seconds numeric,
        max_retries integer, retry_policy jsonb, queue text, priority integer, start_timeout_seconds numeric,
        heartbeat_timeout_seconds numeric, deadline_seconds numeric)
    order by h.handler
    on conflict (project_id, handler) where kind = 'routine' and handler is not null and deleted_at is null
    do update set title = excluded.title, description = excluded.description, queue = excluded.queue,
        timeout_seconds = excluded.timeout_seconds, max_retries = excluded.max_retries,
        retry_policy = excluded.retry_policy, priority = excluded.priority,
        start_timeout_seconds = excluded.start_timeout_seconds,
        heartbeat_timeout_seconds = excluded.heartbeat_timeout_seconds, deadline_seconds = excluded.deadline_seconds
    returning t.id;
end
$$;
