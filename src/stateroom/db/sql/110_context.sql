-- Who is asking: set once per transaction, read by row policies and by the verbs that people call.

-- The earlier form, in which no list of permissions and an empty one were the same.
drop function if exists stateroom.set_context(uuid, text, uuid, text[], text);

-- Compute what the caller may do where, once per transaction, so that a policy compares with an array and never calls
-- per row. p_key: the permissions in the caller's key; null when no key narrows. What a role may do is role_permissions.
-- Called by: set_context, and what changes the caller's own membership. Reads membership past the policies built on it.
create or replace function stateroom.compute_projects(p_user uuid, p_role text, p_project uuid, p_key text[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_global text[] := (select r.permissions from stateroom.role_permissions r where r.scope = 'global' and r.role = p_role);
    v_all boolean := coalesce('admin' = any (v_global), false) and (p_key is null or 'admin' = any (p_key));
    v_manages boolean := coalesce('manage:projects' = any (v_global), false);
    v_read uuid[];
    v_open uuid[];
    v_write uuid[];
    v_run uuid[];
    v_manage uuid[];
begin
    if v_all and p_project is not null then
        v_read := array[p_project];
        v_open := v_read;
        v_write := v_read;
        v_run := v_read;
        v_manage := v_read;
    else
        select coalesce(array_agg(m.project_id), '{}'),
            coalesce(array_agg(m.project_id) filter (where v_manages or p.task_visibility = 'project'
                or 'manage:projects' = any (r.permissions)), '{}'),
            coalesce(array_agg(m.project_id) filter (where p.status <> 'archived'
                and (v_manages or 'write:tasks' = any (r.permissions))), '{}'),
            coalesce(array_agg(m.project_id) filter (where p.status <> 'archived'
                and (v_manages or 'run:work' = any (r.permissions))), '{}'),
            coalesce(array_agg(m.project_id) filter (where v_manages or 'manage:projects' = any (r.permissions)), '{}')
        into v_read, v_open, v_write, v_run, v_manage
        from stateroom.project_members m join stateroom.projects p on p.id = m.project_id
        join stateroom.role_permissions r on r.scope = 'project' and r.role = m.role::text
        where m.user_id = p_user and (p_project is null or m.project_id = p_project);
        if p_key is not null and not v_all then
            v_read := case when 'read:tasks' = any (p_key) then v_read else '{}' end;
            v_open := case when 'read:tasks' = any (p_key) then v_open else '{}' end;
            v_write := case when 'write:tasks' = any (p_key) then v_write else '{}' end;
            v_run := case when 'run:work' = any (p_key) then v_run else '{}' end;
            v_manage := case when 'manage:projects' = any (p_key) then v_manage else '{}' end;
        end if;
    end if;
    perform set_config('stateroom.read_projects', v_read::text, true),
        set_config('stateroom.open_projects', v_open::text, true),
        set_config('stateroom.write_projects', v_write::text, true),
        set_config('stateroom.run_projects', v_run::text, true),
        set_config('stateroom.manage_projects', v_manage::text, true),
        set_config('stateroom.sees_all', case when v_all and p_project is null then 'yes' else '' end, true),
        set_config('stateroom.permissions', coalesce(case when p_key is null or v_all then v_global
            else array(select g from unnest(v_global) as g where g = any (p_key)) end, '{}')::text, true);
end
$$;

-- Set the caller of this transaction. All settings end with the transaction; no context means no rows.
-- p_project and p_permissions: what a key narrows to; null: no key narrows. The rest is what the audit trail says.
-- Called by: stateroom_app in the round trip that opens a transaction (the role itself is set beside it, since a
-- definer function may not). Security definer: membership is read past the row policies that are built from it.
create or replace function stateroom.set_context(
    p_user uuid, p_role text, p_project uuid default null, p_permissions text[] default null,
    p_request text default null, p_key uuid default null, p_session uuid default null, p_ip inet default null,
    p_agent text default null
) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.compute_projects(p_user, p_role, p_project, p_permissions);
    perform set_config('stateroom.user_id', coalesce(p_user::text, ''), true),
        set_config('stateroom.role', coalesce(p_role, ''), true),
        set_config('stateroom.project_id', coalesce(p_project::text, ''), true),
        set_config('stateroom.key_permissions', coalesce(p_permissions::text, ''), true),
        set_config('stateroom.request_id', coalesce(p_request, ''), true),
        set_config('stateroom.api_key_id', coalesce(p_key::text, ''), true),
        set_config('stateroom.session_id', coalesce(p_session::text, ''), true),
        set_config('stateroom.ip_address', coalesce(p_ip::text, ''), true),
        set_config('stateroom.user_agent', coalesce(p_agent, ''), true);
end
$$;

-- Compute again, when the caller has just become a member of something, or something else there.
-- Called by: functions with their owner's rights that change membership. Does nothing without a context.
create or replace function stateroom.refresh_context() returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    if stateroom.current_user_id() is not null then
        perform stateroom.compute_projects(stateroom.current_user_id(), stateroom.current_role_name(),
            nullif(current_setting('stateroom.project_id', true), '')::uuid,
            nullif(current_setting('stateroom.key_permissions', true), '')::text[]);
    end if;
end
$$;

-- Readers of the context. A custom setting reads '' after its first use on a connection, hence nullif.
create or replace function stateroom.current_user_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('stateroom.user_id', true), '')::uuid;

create or replace function stateroom.current_role_name() returns text
    language sql stable parallel safe
    return nullif(current_setting('stateroom.role', true), '');

-- The projects that the caller may read; those whose tasks are open to them; may write to; may run
-- work in; may manage.
create or replace function stateroom.read_projects() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('stateroom.read_projects', true), '')::uuid[], '{}');

create or replace function stateroom.open_projects() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('stateroom.open_projects', true), '')::uuid[], '{}');

create or replace function stateroom.write_projects() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('stateroom.write_projects', true), '')::uuid[], '{}');

create or replace function stateroom.run_projects() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('stateroom.run_projects', true), '')::uuid[], '{}');

create or replace function stateroom.manage_projects() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('stateroom.manage_projects', true), '')::uuid[], '{}');

-- Whether the caller is an administrator for whom a key has not narrowed the view, or makes reports: for those the views
-- that read past row policies show every project (they may call no verb).
create or replace function stateroom.sees_all() returns boolean
    language sql stable parallel safe
    return coalesce(current_setting('stateroom.sees_all', true), '') = 'yes'
        or current_user = 'stateroom_query' or pg_has_role(current_user, 'stateroom_readonly', 'usage');

-- Whether the caller has a permission that belongs to no project (read:metrics, admin), by role and by key.
create or replace function stateroom.has_permission(p_permission text) returns boolean
    language sql stable parallel safe
    return coalesce(p_permission = any (nullif(current_setting('stateroom.permissions', true), '')::text[]), false);

-- Whether no key keeps the caller from this, whatever their role.
create or replace function stateroom.key_allows(p_permission text) returns boolean
    language sql stable parallel safe
    return coalesce(p_permission = any (nullif(current_setting('stateroom.key_permissions', true), '')::text[])
        or 'admin' = any (nullif(current_setting('stateroom.key_permissions', true), '')::text[]), true);

-- Whether a key speaks, and not the person: keys change neither their person nor themselves.
create or replace function stateroom.by_key() returns boolean
    language sql stable parallel safe
    return coalesce(current_setting('stateroom.key_permissions', true), '') <> ''
        or coalesce(current_setting('stateroom.api_key_id', true), '') <> '';

-- Whether the caller may know of the project: as a person, or as a service that logs in to the database.
create or replace function stateroom.sees_project(p_project uuid) returns boolean
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    return coalesce(stateroom.sees_all() or p_project = any (stateroom.read_projects())
        or p_project = any (stateroom.client_projects('read:tasks')), false);
end
$$;

-- Refuse unless the caller may do this to the project. p_need: read | write | run | manage.
-- Raises SR404 when they may not even see it (so that ids cannot be probed), SR403 when they see but may not.
create or replace function stateroom.require_project(p_project uuid, p_need text) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if stateroom.sees_all() or p_project = any (case p_need
            when 'read' then stateroom.read_projects()
            when 'write' then stateroom.write_projects()
            when 'run' then stateroom.run_projects()
            when 'manage' then stateroom.manage_projects() end)
        or p_need in ('read', 'run') and p_project = any (stateroom.client_projects(
            case p_need when 'run' then 'run:work' else 'read:tasks' end)) then
        return;
    end if;
    if p_project is null or not stateroom.sees_project(p_project) then
        raise exception using errcode = 'SR404', message = format('project %s does not exist', p_project),
            hint = 'List the projects that you are a member of.';
    end if;
    raise exception using errcode = 'SR403',
        message = format('you may see project %s but not %s it', p_project,
            case p_need when 'write' then 'write to' when 'run' then 'run work in' else 'manage' end),
        hint = 'Ask a maintainer of the project for a higher role; an archived project has to be restored first.';
end
$$;

-- Refuse unless the caller is an administrator whom no key narrows, or the maintenance role on its own (SR403).
create or replace function stateroom.require_admin() returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if not stateroom.sees_all() and (stateroom.current_user_id() is not null
        or not pg_has_role(session_user, 'stateroom_maintenance', 'member')) then
        raise exception using errcode = 'SR403', message = 'only an administrator may do this',
            hint = 'Ask an administrator.';
    end if;
end
$$;
