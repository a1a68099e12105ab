-- Services that log in to the database themselves and enqueue from their own transactions: which projects they may use.

-- The projects that the login of this connection was granted (stateroom db grant), with a permission.
-- Security definer: grants are for functions only. It reads session_user, which nobody can set.
create or replace function stateroom.client_projects(p_permission text default 'run:work') returns uuid[]
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select array(select g.project_id from stateroom.client_grants g
        where g.database_user = session_user and p_permission = any (g.permissions))
$$;

-- Let a login of the database use a project; anew replaces the permissions. SR404 when there is no such project, SR409 for
-- our own logins. The caller also grants stateroom_client to the login. Called by: stateroom db grant, as maintenance.
create or replace function stateroom.grant_client(
    p_database_user text, p_project uuid, p_permissions text[] default '{read:tasks,run:work}'
) returns uuid
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_grant uuid;
begin
    if p_database_user ~ '^stateroom_' then
        raise exception using errcode = 'SR409', message = format('%s is one of our own logins', p_database_user),
            hint = 'Make a login for the service: create role NAME login.';
    elsif not exists (select from stateroom.projects p where p.id = p_project) then
        raise exception using errcode = 'SR404', message = format('project %s does not exist', p_project),
            hint = 'List the projects.';
    end if;
    insert into stateroom.client_grants (database_user, project_id, permissions)
    values (p_database_user, p_project, p_permissions)
    on conflict (database_user, project_id) do update set permissions = excluded.permissions
    returning id into v_grant;
    return v_grant;
end
$$;

-- Take it back; says whether there was one. Called by: stateroom db revoke, as maintenance.
create or replace function stateroom.revoke_client(p_database_user text, p_project uuid) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    delete from stateroom.client_grants g where g.database_user = p_database_user and g.project_id = p_project;
    return found;
end
$$;
