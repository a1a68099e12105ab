-- Sign-in: sessions and single-use tokens, of which the database knows hashes only. Called by the application as itself,
-- before it is anybody.

-- What a sign-in by user name or e-mail address has to check: no row for nobody, and for somebody who was sent away.
-- Called by: stateroom_app. Security definer: password_hash is readable for nobody.
create or replace function stateroom.credentials_of(p_login text)
    returns table (user_id uuid, password_hash text, role stateroom.user_role)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select u.id, u.password_hash, u.role from stateroom.users u
    where u.is_active and (lower(u.username) = lower(p_login) or lower(u.email) = lower(p_login))
    order by lower(u.username) = lower(p_login) desc limit 1
$$;

-- Begin a session of somebody who has proven who they are; returns its id. SR404 for somebody who was sent away.
-- Writes the login into the audit trail. Called by: stateroom_app. Security definer: sessions are inserted by nobody.
create or replace function stateroom.create_session(
    p_user uuid, p_token_hash text, p_agent text default null, p_ip inet default null, p_ttl interval default '30 days'
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_session uuid;
begin
    update stateroom.users u set last_login_at = stateroom.now() where u.id = p_user and u.is_active;
    if not found then
        raise exception using errcode = 'SR404', message = format('user %s does not exist', p_user),
            hint = 'Sign in as somebody who may.';
    end if;
    insert into stateroom.user_sessions (user_id, token_hash, user_agent, ip_address, expires_at)
    values (p_user, p_token_hash, left(p_agent, 1000), p_ip, stateroom.now() + p_ttl) returning id into v_session;
    perform set_config('stateroom.user_id', p_user::text, true), set_config('stateroom.session_id', v_session::text, true),
        set_config('stateroom.ip_address', coalesce(p_ip::text, ''), true),
        set_config('stateroom.user_agent', coalesce(p_agent, ''), true);
    perform stateroom.write_audit(null, 'users', p_user, 'login', null, null);
    perform set_config('stateroom.user_id', '', true), set_config('stateroom.session_id', '', true);
    return v_session;
end
$$;

-- Whose session a token belongs to; no row when it is unknown, expired or revoked, or its owner was sent away.
-- Called by: stateroom_app, in front of each request. Reads only. Security definer: token hashes are readable for nobody.
create or replace function stateroom.check_session(p_token_hash text)
    returns table (session_id uuid, user_id uuid, username text, role stateroom.user_role, expires_at timestamptz)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select s.id, u.id, u.username, u.role, s.expires_at
    from stateroom.user_sessions s join stateroom.users u on u.id = s.user_id
    where s.token_hash = p_token_hash and s.revoked_at is null and s.expires_at > stateroom.now() and u.is_active
$$;

-- Sign out one session of the caller's (an administrator: anybody's), or, with null, all but the one that asks; returns how
-- many were ended. Called by: people, not by keys. Security definer: sessions are updated by nobody directly.
create or replace function stateroom.revoke_sessions(p_session uuid default null, p_user uuid default null) returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_user uuid := coalesce(p_user, stateroom.current_user_id());
    v_count integer;
begin
    if stateroom.by_key() or v_user is distinct from stateroom.current_user_id() and not stateroom.sees_all() then
        raise exception using errcode = 'SR403', message = 'sessions are ended by whom they belong to',
            hint = 'Sign in.';
    end if;
    update stateroom.user_sessions s set revoked_at = stateroom.now()
    where s.user_id = v_user and s.revoked_at is null and case when p_session is not null then s.id = p_session
        else s.id is distinct from nullif(current_setting('stateroom.session_id', true), '')::uuid end;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

-- Make a token that works once; those of the same purpose stop working. SR404 for nobody, and for who was sent away.
-- Called by: stateroom_app. Security definer: tokens are for functions only.
create or replace function stateroom.create_auth_token(
    p_user uuid, p_purpose stateroom.token_purpose, p_token_hash text, p_ttl interval default '1 hour',
    p_new_email text default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_token uuid;
begin
    if not exists (select from stateroom.users u where u.id = p_user and u.is_active) then
        raise exception using errcode = 'SR404', message = format('user %s does not exist', p_user),
            hint = 'Ask an administrator.';
    end if;
    update stateroom.auth_tokens t set used_at = stateroom.now()
    where t.user_id = p_user and t.purpose = p_purpose and t.used_at is null;
    insert into stateroom.auth_tokens (user_id, purpose, token_hash, new_email, expires_at)
    values (p_user, p_purpose, p_token_hash, p_new_email, stateroom.now() + p_ttl) returning id into v_token;
    return v_token;
end
$$;

-- Use a token up, and do what it is for: with a new password (password_reset, first_admin) it replaces the old one and ends
-- all sessions; email_change puts the new address in. Returns whose it was, null when it is unknown, expired or used.
-- SR409 when the address is taken meanwhile; then it is not used. Of two at once one gets it: the row is updated where it
-- is unused. Called by: stateroom_app. Security definer: tokens and these columns are for functions only.
create or replace function stateroom.use_auth_token(
    p_token_hash text, p_purpose stateroom.token_purpose, p_password_hash text default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_token record;
begin
    if (p_purpose = 'email_change') = (p_password_hash is not null) then
        raise exception using errcode = 'SR422', message = 'password_hash: needed for a new password, and only then',
            hint = 'Give the hash of the new password, or none for a change of address.';
    end if;
    update stateroom.auth_tokens t set used_at = stateroom.now() from stateroom.users u
    where t.token_hash = p_token_hash and t.purpose = p_purpose and t.used_at is null
        and t.expires_at > stateroom.now() and u.id = t.user_id and u.is_active
    returning t.user_id, t.new_email into v_token;
    if not found then
        return null;
    end if;
    if p_purpose = 'email_change' then
        begin
            update stateroom.users u set email = v_token.new_email where u.id = v_token.user_id;
        exception when unique_violation then
            raise exception using errcode = 'SR409', message = 'the e-mail address is taken', hint = 'Choose another.';
        end;
    else
        perform stateroom.put_password(v_token.user_id, p_password_hash);
    end if;
    return v_token.user_id;
end
$$;

-- Put a password's hash in and end the sessions but the one that asks. Called by: set_password, use_auth_token.
create or replace function stateroom.put_password(p_user uuid, p_password_hash text) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    update stateroom.users u set password_hash = p_password_hash where u.id = p_user;
    update stateroom.user_sessions s set revoked_at = stateroom.now() where s.user_id = p_user and s.revoked_at is null
        and s.id is distinct from nullif(current_setting('stateroom.session_id', true), '')::uuid;
end
$$;

-- Replace the caller's own password (whoever calls has checked the old one); other sessions end. SR403 for keys and for
-- nobody. Called by: people. Security definer: the column is updated by nobody directly.
create or replace function stateroom.set_password(p_password_hash text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    if stateroom.current_user_id() is null or stateroom.by_key() then
        raise exception using errcode = 'SR403', message = 'a password is changed by whom it belongs to',
            hint = 'Sign in.';
    end if;
    perform stateroom.put_password(stateroom.current_user_id(), p_password_hash);
end
$$;
