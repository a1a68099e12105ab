-- Who is asking: set once per transaction, read by row policies and by the verbs that people call.

-- Set the caller of this transaction. All settings end with the transaction; no context means no rows.
-- The projects of the caller are computed here once, so that a policy compares with an array and never calls per row.
-- Called by: stateroom_app in the round trip that opens a transaction (the role itself is set beside it, since a
-- definer function may not). Security definer: membership is read past the row policies that are built from it.
create or replace function stateroom.set_context(
    p_user uuid, p_role text, p_project uuid default null, p_permissions text[] default '{}', p_request text default null
) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_read uuid[];
    v_open uuid[];
    v_write uuid[];
    v_manage uuid[];
begin
    select coalesce(array_agg(m.project_id), '{}'),
        coalesce(array_agg(m.project_id) filter (where m.role = 'maintainer' or p.task_visibility = 'project'
            or p_role = 'project_manager'), '{}'),
        coalesce(array_agg(m.project_id) filter (where m.role <> 'viewer' or p_role = 'project_manager'), '{}'),
        coalesce(array_agg(m.project_id) filter (where m.role = 'maintainer' or p_role = 'project_manager'), '{}')
    into v_read, v_open, v_write, v_manage
    from stateroom.project_members m join stateroom.projects p on p.id = m.project_id
    where m.user_id = p_user and (p_project is null or m.project_id = p_project);
    perform set_config('stateroom.user_id', p_user::text, true),
        set_config('stateroom.role', p_role, true),
        set_config('stateroom.project_id', coalesce(p_project::text, ''), true),
        set_config('stateroom.permissions', array_to_string(p_permissions, ','), true),
        set_config('stateroom.request_id', coalesce(p_request, ''), true),
        set_config('stateroom.read_projects', v_read::text, true),
        set_config('stateroom.open_projects', v_open::text, true),
        set_config('stateroom.write_projects', v_write::text, true),
        set_config('stateroom.manage_projects', v_manage::text, true);
end
$$;

-- Readers of the context. A custom setting reads '' after its first use on a connection, hence nullif.
create or replace function stateroom.current_user_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('stateroom.user_id', true), '')::uuid;

create or replace function stateroom.current_role_name() returns text
    language sql stable parallel safe
    return nullif(current_setting('stateroom.role', true), '');

-- The projects that the caller may read; those whose tasks are open to them; may write to; may manage.
create or replace function stateroom.read_projects() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('stateroom.read_projects', true), '')::uuid[], '{}');

create or replace function stateroom.open_projects() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('stateroom.open_projects', true), '')::uuid[], '{}');

create or replace function stateroom.write_projects() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('stateroom.write_projects', true), '')::uuid[], '{}');

create or replace function stateroom.manage_projects() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('stateroom.manage_projects', true), '')::uuid[], '{}');

-- Whether the caller is an administrator for whom a key has not narrowed the view to one project, or makes reports: for
-- those the views that read past row policies show every project (they may call no verb).
create or replace function stateroom.sees_all() returns boolean
    language sql stable parallel safe
    return (coalesce(current_setting('stateroom.role', true), '') = 'admin'
        and coalesce(current_setting('stateroom.project_id', true), '') = '')
        or current_user = 'stateroom_query' or pg_has_role(current_user, 'stateroom_readonly', 'usage');

-- Refuse unless the caller may do this to the project. p_need: read | write | manage.
-- Raises SR404 when they may not even see it (so that ids cannot be probed), SR403 when they see but may not.
create or replace function stateroom.require_project(p_project uuid, p_need text) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if stateroom.sees_all() then
        return;
    end if;
    if p_project is null or not p_project = any (stateroom.read_projects()) then
        raise exception using errcode = 'SR404', message = format('project %s does not exist', p_project),
            hint = 'List the projects that you are a member of.';
    end if;
    if (p_need = 'write' and not p_project = any (stateroom.write_projects()))
        or (p_need = 'manage' and not p_project = any (stateroom.manage_projects())) then
        raise exception using errcode = 'SR403',
            message = format('you may see project %s but not %s it', p_project,
                case p_need when 'write' then 'write to' else 'manage' end),
            hint = 'Ask a maintainer of the project for a higher role.';
    end if;
end
$$;

-- The personal project of the caller. SR404 without a context.
-- Security definer: called before the caller's projects are known.
create or replace function stateroom.personal_project() returns uuid
    language plpgsql stable security definer
    set search_path = pg_catalog
as $$
declare
    v_project uuid;
begin
    select p.id into v_project from stateroom.projects p
    where p.owner_id = stateroom.current_user_id() and p.is_personal;
    if v_project is null then
        raise exception using errcode = 'SR404', message = 'there is no personal project, since nobody is signed in',
            hint = 'Call stateroom.set_context first, or name a project.';
    end if;
    return v_project;
end
$$;

-- Make the user "local" (admin, no password) with a personal project, unless they exist; returns the user's id.
-- Called by: stateroom db init, so that everything has an owner before anybody signs in.
create or replace function stateroom.make_local_user() returns uuid
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_user uuid;
    v_project uuid;
begin
    select id into v_user from stateroom.users where lower(username) = 'local';
    if v_user is null then
        insert into stateroom.users (username, name, role) values ('local', 'Local', 'admin') returning id into v_user;
    end if;
    insert into stateroom.projects (owner_id, name, description, is_personal, created_by)
    values (v_user, 'personal', 'What belongs to no other project', true, v_user)
    on conflict do nothing;
    select id into v_project from stateroom.projects where owner_id = v_user and is_personal;
    insert into stateroom.project_members (project_id, user_id, role, created_by)
    values (v_project, v_user, 'maintainer', v_user)
    on conflict do nothing;
    return v_user;
end
$$;
