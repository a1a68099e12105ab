-- Projects and their members: made, moved between states and changed in membership by functions only.

delete from stateroom.state_transitions t where t.machine = 'project';
insert into stateroom.state_transitions (machine, from_state, to_state, verb, description) values
('project', null, 'active', 'create', null),
('project', 'active', 'paused', 'pause', 'Its tasks are handed out no more until it is resumed'),
('project', 'active', 'completed', 'complete', 'Everything is done'),
('project', 'active', 'archived', 'archive', 'It can be read, and nothing in it changes'),
('project', 'paused', 'active', 'resume', null),
('project', 'paused', 'completed', 'complete', 'Everything is done'),
('project', 'paused', 'archived', 'archive', 'It can be read, and nothing in it changes'),
('project', 'completed', 'active', 'resume', 'There is more to do'),
('project', 'completed', 'archived', 'archive', 'It can be read, and nothing in it changes'),
('project', 'archived', 'paused', 'restore', 'Brought back; its tasks are handed out once it is resumed');

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

-- The row of a project that the caller manages, locked; SR404 and SR403 as of require_project.
-- Called by: everything that changes a project or its members, so that two changes are one after the other.
create or replace function stateroom.lock_project(p_project uuid) returns stateroom.projects
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_project stateroom.projects;
begin
    perform stateroom.require_project(p_project, 'manage');
    select p.* into v_project from stateroom.projects p where p.id = p_project for no key update;
    if v_project.id is null then -- administrators are let through without a look
        raise exception using errcode = 'SR404', message = format('project %s does not exist', p_project),
            hint = 'List the projects that you are a member of.';
    end if;
    return v_project;
end
$$;

-- Make a project of the caller's, who becomes its owner and maintainer; returns its id. Whoever is signed in may, and a
-- key that has manage:projects and no project of its own (SR403). SR409 when they own one of that name.
-- Security definer: projects are inserted by nobody directly.
create or replace function stateroom.create_project(
    p_name text, p_description text default null, p_visibility stateroom.task_visibility default 'project'
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_user uuid := stateroom.current_user_id();
    v_project uuid;
begin
    if v_user is null or not stateroom.key_allows('manage:projects')
        or nullif(current_setting('stateroom.project_id', true), '') is not null then
        raise exception using errcode = 'SR403', message = 'projects are made by whoever is signed in, not by this key',
            hint = 'Sign in, or use a key for all of your projects that has manage:projects.';
    end if;
    insert into stateroom.projects (owner_id, name, description, task_visibility)
    values (v_user, p_name, p_description, p_visibility)
    on conflict (owner_id, name) do nothing returning id into v_project;
    if v_project is null then
        raise exception using errcode = 'SR409', message = format('you own a project named %L already', p_name),
            hint = 'Choose another name; archived projects keep theirs.';
    end if;
    insert into stateroom.project_members (project_id, user_id, role) values (v_project, v_user, 'maintainer');
    perform stateroom.refresh_context();
    return v_project;
end
$$;

-- Move a project to another state. Maintainers; to and from archived its owner and administrators only (SR403). SR409 when
-- the state cannot follow, or it is a personal one. Locks the project's row. Security definer: the column is updated by
-- nobody directly.
create or replace function stateroom.set_project_status(p_project uuid, p_status stateroom.project_status) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project stateroom.projects := stateroom.lock_project(p_project);
begin
    if 'archived' in (p_status, v_project.status) and v_project.owner_id is distinct from stateroom.current_user_id()
        and not stateroom.sees_all() then
        raise exception using errcode = 'SR403', message = format('project %s belongs to somebody else', p_project),
            hint = 'Its owner and administrators archive and restore it.';
    end if;
    if v_project.is_personal then
        raise exception using errcode = 'SR409', message = format('project %s is a personal one', p_project),
            hint = 'It lasts as long as its owner.';
    end if;
    perform stateroom.require_transition('project', p_project, v_project.status::text, p_status::text);
    update stateroom.projects p set status = p_status where p.id = p_project and p.status <> p_status;
    perform stateroom.refresh_context();
end
$$;

-- Make somebody a member, or give a member another role. Maintainers (SR403). Nobody raises their own role (SR403); the
-- owner stays a maintainer, and so does the last who can sign in (SR409). Locks the project's row. Security definer.
create or replace function stateroom.set_member(p_project uuid, p_user uuid, p_role stateroom.project_role) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project stateroom.projects := stateroom.lock_project(p_project);
    v_role stateroom.project_role := (select m.role from stateroom.project_members m
        where m.project_id = p_project and m.user_id = p_user);
begin
    if not exists (select from stateroom.users u where u.id = p_user and u.is_active) then
        raise exception using errcode = 'SR404', message = format('user %s does not exist', p_user),
            hint = 'Ask for the id of somebody who can sign in.';
    elsif p_user = stateroom.current_user_id() and not stateroom.sees_all() and (v_role is null or p_role > v_role) then
        raise exception using errcode = 'SR403', message = 'nobody raises their own role',
            hint = 'Ask another maintainer.';
    elsif p_role <> 'maintainer' then
        perform stateroom.require_maintainer(v_project, p_user);
    end if;
    insert into stateroom.project_members as m (project_id, user_id, role) values (p_project, p_user, p_role)
    on conflict (user_id, project_id) do update set role = excluded.role where m.role <> excluded.role;
    perform stateroom.refresh_context();
end
$$;

-- End a membership; says whether there was one. Maintainers, and everybody their own (SR404, SR403). The owner stays, and
-- so does the last maintainer who can sign in (SR409). Locks the project's row. Security definer.
create or replace function stateroom.remove_member(p_project uuid, p_user uuid) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project stateroom.projects;
begin
    if p_user = stateroom.current_user_id() and not stateroom.by_key() then
        perform stateroom.require_project(p_project, 'read');
        select p.* into v_project from stateroom.projects p where p.id = p_project for no key update;
    else
        v_project := stateroom.lock_project(p_project);
    end if;
    perform stateroom.require_maintainer(v_project, p_user);
    delete from stateroom.project_members m where m.project_id = p_project and m.user_id = p_user;
    if not found then
        return false;
    end if;
    perform stateroom.refresh_context();
    return true;
end
$$;

-- Refuse to leave a project without its owner, or without a maintainer besides this user (SR409).
-- Called by: set_member and remove_member, which hold the project's row.
create or replace function stateroom.require_maintainer(p_project stateroom.projects, p_user uuid) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if p_project.owner_id = p_user then
        raise exception using errcode = 'SR409',
            message = format('user %s owns project %s and stays its maintainer', p_user, p_project.id),
            hint = 'Give the project to somebody else first.';
    elsif not exists (select from stateroom.project_members m join stateroom.users u on u.id = m.user_id
            where m.project_id = p_project.id and m.role = 'maintainer' and u.is_active and m.user_id <> p_user) then
        raise exception using errcode = 'SR409',
            message = format('user %s is the last maintainer of project %s', p_user, p_project.id),
            hint = 'Make somebody else a maintainer first.';
    end if;
end
$$;

-- Give a project to somebody else, who becomes its owner and a maintainer. The owner and administrators (SR403); SR409 for
-- a personal one, and when they own one of that name. Locks the project's row. Security definer.
create or replace function stateroom.give_project(p_project uuid, p_user uuid) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_project stateroom.projects := stateroom.lock_project(p_project);
begin
    if not stateroom.sees_all() and (stateroom.by_key() or v_project.owner_id is distinct from stateroom.current_user_id()) then
        raise exception using errcode = 'SR403', message = format('project %s belongs to somebody else', p_project),
            hint = 'Ask its owner.';
    elsif v_project.is_personal or exists (select from stateroom.projects p
            where p.owner_id = p_user and p.name = v_project.name and p.id <> p_project) then
        raise exception using errcode = 'SR409',
            message = format('project %s is personal, or user %s owns one of the same name', p_project, p_user),
            hint = 'Rename it first.';
    end if;
    perform stateroom.set_member(p_project, p_user, 'maintainer');
    update stateroom.projects p set owner_id = p_user where p.id = p_project and p.owner_id <> p_user;
end
$$;
