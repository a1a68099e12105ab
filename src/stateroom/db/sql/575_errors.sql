-- Errors: reported by people and programs, resolved by those who may write to the project.

-- Find an error that the caller may change, and lock it: SR404 when they may not see it, SR403 when they may not write.
-- Called by: set_error_resolved. Visibility is that of the error's task, or that of their own report.
create or replace function stateroom.require_error(p_id uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_project uuid;
begin
    select e.project_id into v_project from stateroom.error_logs e
    where e.id = p_id and (stateroom.sees_all() or e.project_id = any (stateroom.open_projects())
        or e.project_id = any (stateroom.read_projects()) and (stateroom.current_role_name() = 'admin'
            or e.user_id = stateroom.current_user_id() or exists (
            select from stateroom.tasks t where t.id = e.task_id and (t.kind <> 'planned'
                or t.assigned_user_id = stateroom.current_user_id() or t.created_by = stateroom.current_user_id()
                or t.assigned_role::text = stateroom.current_role_name()))))
    for update;
    if not found then
        raise exception using errcode = 'SR404', message = format('error %s does not exist', p_id),
            hint = 'List the recent errors of your projects.';
    end if;
    if v_project is not null then
        perform stateroom.require_project(v_project, 'write');
    end if;
end
$$;

-- Resolve an error with notes, or open it again; returns the row, also when nothing changed. SR404, SR403.
-- Called by: contributors. Locks the error. Security definer: whether it is resolved is changed by functions only.
create or replace function stateroom.set_error_resolved(p_id uuid, p_resolved boolean, p_notes text default null)
    returns stateroom.error_logs
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_error stateroom.error_logs;
begin
    perform stateroom.require_error(p_id);
    update stateroom.error_logs e set resolved = p_resolved,
        resolved_at = case when p_resolved then coalesce(e.resolved_at, stateroom.now()) end,
        resolved_by = case when not p_resolved then null when e.resolved then e.resolved_by
            else stateroom.current_user_id() end,
        resolution_notes = coalesce(p_notes, e.resolution_notes)
    where e.id = p_id returning * into v_error;
    return v_error;
end
$$;

-- Resolve an error; resolve_error(id, notes) is what people call.
create or replace function stateroom.resolve_error(p_id uuid, p_notes text default null) returns stateroom.error_logs
    language sql volatile
    set search_path = pg_catalog
as $$ select (stateroom.set_error_resolved(p_id, true, p_notes)).* $$;

-- Open a resolved error again.
create or replace function stateroom.reopen_error(p_id uuid, p_notes text default null) returns stateroom.error_logs
    language sql volatile
    set search_path = pg_catalog
as $$ select (stateroom.set_error_resolved(p_id, false, p_notes)).* $$;

-- Report an error of a project: {"error_type", "error_message", "error_category", "severity", "error_code",
-- "error_details", "stack_trace", "context", "task_id", "source_component", "source_file", "source_line", "session_id",
-- "request_id", "fingerprint"}, of which the first two must be there. Secrets are redacted. The same error of the same
-- day (by fingerprint: component, type and first line without numbers, unless one is given) is counted, not repeated.
-- Returns its id. SR404, SR403, SR422.
-- Called by: contributors, and programs with their keys. Security definer: nobody may insert otherwise.
create or replace function stateroom.report_error(p_project uuid, p_error jsonb) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_error stateroom.error_logs;
    v_id uuid;
begin
    perform stateroom.require_project(p_project, 'write');
    select * into v_error from jsonb_populate_record(null::stateroom.error_logs, stateroom.redact_json(p_error));
    v_error.task_id := (select t.id from stateroom.tasks t where t.id = v_error.task_id and t.project_id = p_project);
    insert into stateroom.error_logs as e (project_id, task_id, error_category, error_type, error_code, error_message,
        error_details, stack_trace, context, severity, source_component, source_file, source_line, user_id, session_id,
        request_id, fingerprint, day)
    values (p_project, v_error.task_id, coalesce(v_error.error_category, 'runtime'), v_error.error_type,
        v_error.error_code, v_error.error_message, v_error.error_details, v_error.stack_trace,
        coalesce(v_error.context, '{}'), coalesce(v_error.severity, 'error'), v_error.source_component,
        v_error.source_file, v_error.source_line, stateroom.current_user_id(), v_error.session_id, v_error.request_id,
        coalesce(v_error.fingerprint, md5(concat_ws(E'\n', v_error.task_id, v_error.source_component, v_error.error_type,
            regexp_replace(split_part(v_error.error_message, E'\n', 1), '[0-9a-f-]{36}|[0-9]+', '#', 'g')))),
        (stateroom.now() at time zone 'UTC')::date)
    on conflict (fingerprint, day, project_id) do update set occurrences = e.occurrences + 1,
        last_seen_at = stateroom.now(), resolved = false, resolved_at = null, resolved_by = null
    returning e.id into v_id;
    return v_id;
exception when data_exception or integrity_constraint_violation then
    raise exception using errcode = 'SR422', message = format('the error is not well formed: %s', sqlerrm),
        hint = 'Give error_type and error_message, and words of error_category and error_severity.';
end
$$;
