-- People: made, given a role, sent away and called back by functions only; what they say of themselves they write alone.

-- A personal project for a user who has none. Called by: make_local_user, create_user. Inserts at most two rows.
create or replace function stateroom.make_personal_project(p_user uuid) returns uuid
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_project uuid;
begin
    insert into stateroom.projects (owner_id, name, description, is_personal, created_by)
    values (p_user, 'personal', 'What belongs to no other project', true, p_user)
    on conflict do nothing;
    select p.id into v_project from stateroom.projects p where p.owner_id = p_user and p.is_personal;
    insert into stateroom.project_members (project_id, user_id, role, created_by)
    values (v_project, p_user, 'maintainer', p_user)
    on conflict do nothing;
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
    v_user uuid := (select u.id from stateroom.users u where lower(u.username) = 'local');
begin
    if v_user is null then
        insert into stateroom.users (username, name, role) values ('local', 'Local', 'admin') returning id into v_user;
    end if;
    perform stateroom.make_personal_project(v_user);
    return v_user;
end
$$;

-- The row of a user, locked; SR404 when there is none. Called by: what an administrator does to people.
create or replace function stateroom.lock_user(p_user uuid) returns stateroom.users
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_user stateroom.users;
begin
    select u.* into v_user from stateroom.users u where u.id = p_user for update;
    if v_user.id is null then
        raise exception using errcode = 'SR404', message = format('user %s does not exist', p_user),
            hint = 'List the users.';
    end if;
    return v_user;
end
$$;

-- Refuse to take away the last administrator who can sign in (SR409). One at a time: a lock is held to the end of the
-- transaction. Called by: set_user_role, set_user_active, purge_user.
create or replace function stateroom.require_other_admin(p_user uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('stateroom.administrators', 0));
    if not exists (select from stateroom.users u where u.role = 'admin' and u.is_active and u.id <> p_user) then
        raise exception using errcode = 'SR409', message = format('user %s is the last administrator', p_user),
            hint = 'Make somebody else an administrator first.';
    end if;
end
$$;

-- Make a person, with a personal project; returns the id. SR409 when name or e-mail are taken, SR403 for others than
-- administrators. Called by: administrators; the application itself for sign-up (without a context), always a developer.
-- Security definer: users are inserted by nobody directly.
create or replace function stateroom.create_user(
    p_username text, p_email text default null, p_name text default null,
    p_role stateroom.user_role default 'developer', p_password_hash text default null, p_github_id bigint default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_user uuid;
begin
    if stateroom.current_user_id() is not null or p_role <> 'developer'
        or not pg_has_role(session_user, 'stateroom_app', 'member') then
        perform stateroom.require_admin();
    end if;
    insert into stateroom.users (username, email, name, role, password_hash, github_id)
    values (p_username, p_email, p_name, p_role, p_password_hash, p_github_id)
    on conflict do nothing returning id into v_user;
    if v_user is null then
        raise exception using errcode = 'SR409', message = 'the user name, the e-mail address or the account is taken',
            hint = 'Choose another, or sign in.';
    end if;
    perform stateroom.make_personal_project(v_user);
    return v_user;
end
$$;

-- Give a person a role. Administrators only, never their own (SR403), never away from the last of them (SR409).
-- Locks the user's row. Security definer: the column is updated by nobody directly.
create or replace function stateroom.set_user_role(p_user uuid, p_role stateroom.user_role) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.require_admin();
    if p_user = stateroom.current_user_id() then
        raise exception using errcode = 'SR403', message = 'nobody changes their own role',
            hint = 'Ask another administrator.';
    end if;
    if (stateroom.lock_user(p_user)).role = 'admin' and p_role <> 'admin' then
        perform stateroom.require_other_admin(p_user);
    end if;
    update stateroom.users u set role = p_role where u.id = p_user and u.role <> p_role;
end
$$;

-- Send a person away or call them back. Sent away they are signed out everywhere; their keys stop working while they are.
-- Administrators only, never oneself (SR403), never the last of them (SR409). Locks the user's row. Security definer:
-- the column is updated by nobody directly.
create or replace function stateroom.set_user_active(p_user uuid, p_is_active boolean) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.require_admin();
    if p_user = stateroom.current_user_id() then
        raise exception using errcode = 'SR403', message = 'nobody sends themselves away',
            hint = 'Ask another administrator.';
    end if;
    if (stateroom.lock_user(p_user)).role = 'admin' and not p_is_active then
        perform stateroom.require_other_admin(p_user);
    end if;
    update stateroom.users u set is_active = p_is_active where u.id = p_user and u.is_active <> p_is_active;
    if not p_is_active then
        update stateroom.user_sessions s set revoked_at = stateroom.now()
        where s.user_id = p_user and s.revoked_at is null;
    end if;
end
$$;

-- Remove a person for good, with their sessions, tokens, keys, notifications and personal project; what they made stays,
-- by 'a former user', and so does the audit trail. Their other projects go to p_heir; SR409 when there are some and no
-- heir. Called by: administrators (SR403), not for themselves. Locks the user's row. Security definer: as above.
create or replace function stateroom.purge_user(p_user uuid, p_heir uuid default null) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.require_admin();
    if p_user = stateroom.current_user_id() or p_user = p_heir then
        raise exception using errcode = 'SR403', message = 'nobody removes themselves, or is their own heir',
            hint = 'Ask another administrator, or name somebody else.';
    end if;
    if (stateroom.lock_user(p_user)).role = 'admin' then
        perform stateroom.require_other_admin(p_user);
    end if;
    if exists (select from stateroom.projects p where p.owner_id = p_user and not p.is_personal) then
        if p_heir is null then
            raise exception using errcode = 'SR409', message = format('user %s owns projects', p_user),
                hint = 'Name an heir, who becomes their owner.';
        end if;
        perform stateroom.lock_user(p_heir);
        perform stateroom.give_project(p.id, p_heir) from stateroom.projects p
        where p.owner_id = p_user and not p.is_personal;
    end if;
    perform stateroom.purge_personal_project(p_user);
    delete from stateroom.users u where u.id = p_user;
end
$$;
