-- Keys for programs: random secrets of which the database knows the SHA-256 only, with their own permissions and limits.

-- The permissions that a person can give to a key, for one project or (null) for all: those of their global role, and
-- manage:projects where they maintain. Called by: create_api_key.
create or replace function stateroom.grantable_permissions(p_user uuid, p_project uuid) returns text[]
    language sql stable
    set search_path = pg_catalog
as $$
    select array(
        select unnest(r.permissions) from stateroom.users u
        join stateroom.role_permissions r on r.scope = 'global' and r.role = u.role::text
        where u.id = p_user and u.is_active
        union
        select unnest(r.permissions) from stateroom.project_members m
        join stateroom.role_permissions r on r.scope = 'project' and r.role = m.role::text
        where m.user_id = p_user and (p_project is null or m.project_id = p_project)
    )
$$;

-- Make a key of the caller's; returns its id. The caller has made the secret (sr_ and random letters) and gives its
-- SHA-256 and how it begins. SR403 for keys and for permissions that the caller has not, SR404 for a project of others.
-- Called by: people. Security definer: keys are inserted by nobody directly.
create or replace function stateroom.create_api_key(
    p_name text, p_prefix text, p_key_hash text, p_permissions text[], p_project uuid default null,
    p_per_hour integer default 1000, p_per_day integer default 10000, p_ips cidr[] default '{}',
    p_endpoints text[] default '{}', p_expires_at timestamptz default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_user uuid := stateroom.current_user_id();
    v_key uuid;
begin
    if v_user is null or stateroom.by_key() then
        raise exception using errcode = 'SR403', message = 'keys are made by people, not by keys', hint = 'Sign in.';
    end if;
    if p_project is not null then
        perform stateroom.require_project(p_project, 'read');
    end if;
    if not p_permissions <@ stateroom.grantable_permissions(v_user, p_project) then
        raise exception using errcode = 'SR403', message = format('permissions: you have %s',
            array_to_string(stateroom.grantable_permissions(v_user, p_project), ', ')),
            hint = 'A key has no more permissions than whom it belongs to.';
    end if;
    insert into stateroom.api_keys (user_id, key_name, key_prefix, key_hash, permissions, project_id, rate_limit_per_hour,
        rate_limit_per_day, allowed_ips, allowed_endpoints, expires_at)
    values (v_user, p_name, p_prefix, p_key_hash, p_permissions, p_project, p_per_hour, p_per_day, p_ips, p_endpoints,
        coalesce(p_expires_at, stateroom.now() + interval '1 year'))
    returning id into v_key;
    return v_key;
end
$$;

-- Make a key like another of the caller's, with a new secret; the old one works on for p_overlap. Returns the new one's
-- id; SR404 when there is none that works. Locks the old key's row. Called by: people. Security definer: as above.
create or replace function stateroom.rotate_api_key(
    p_key uuid, p_prefix text, p_key_hash text, p_overlap interval default '1 day'
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_old stateroom.api_keys;
begin
    update stateroom.api_keys k set expires_at = least(k.expires_at, stateroom.now() + p_overlap) from stateroom.api_keys o
    where k.id = p_key and o.id = k.id and k.user_id = stateroom.current_user_id() and k.is_active
        and k.expires_at > stateroom.now()
    returning o.* into v_old;
    if v_old.id is null then
        raise exception using errcode = 'SR404', message = format('key %s does not exist', p_key),
            hint = 'List your keys; expired and revoked ones cannot be rotated.';
    end if;
    return stateroom.create_api_key(v_old.key_name, p_prefix, p_key_hash, v_old.permissions, v_old.project_id,
        v_old.rate_limit_per_hour, v_old.rate_limit_per_day, v_old.allowed_ips, v_old.allowed_endpoints,
        stateroom.now() + (v_old.expires_at - v_old.created_at));
end
$$;

-- Make a key stop working; says whether it worked. The owner, administrators, and for a key of one project its
-- maintainers. Called by: people; a key may revoke itself. Security definer: the column is updated by nobody directly.
create or replace function stateroom.revoke_api_key(p_key uuid) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    update stateroom.api_keys k set is_active = false
    where k.id = p_key and k.is_active and (stateroom.sees_all()
        or nullif(current_setting('stateroom.api_key_id', true), '')::uuid = k.id
        or not stateroom.by_key() and (k.user_id = stateroom.current_user_id()
            or k.project_id = any (stateroom.manage_projects())));
    return found;
end
$$;

-- Whether a request may come in with this key: one row, whose outcome is ok, unknown (also revoked, expired, owner sent
-- away), address, endpoint, or limited; who calls, as set_context wants it; how many requests are left, and until when.
-- p_endpoint: 'GET /api/v1/tasks'; a rule is a path, or method and path, with * for anything. Days are those of UTC.
-- Only requests that are let in count, exactly, over all processes: a lock per key is held to the end of the transaction,
-- so this is to be a transaction of its own. A crash of the server forgets the counts (the table is unlogged).
-- Called by: stateroom_app, in front of each request. Security definer: hashes and counts are readable for nobody.
create or replace function stateroom.check_api_key(p_key_hash text, p_ip inet default null, p_endpoint text default null)
    returns table (outcome text, api_key_id uuid, user_id uuid, role stateroom.user_role, project_id uuid,
        permissions text[], remaining integer, reset_at timestamptz)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_key record;
    v_hour timestamptz := date_trunc('hour', stateroom.now(), 'UTC');
    v_day timestamptz := date_trunc('day', stateroom.now(), 'UTC');
    v_in_hour integer;
    v_in_day integer;
begin
    select k.*, u.role into v_key from stateroom.api_keys k join stateroom.users u on u.id = k.user_id and u.is_active
    where k.key_hash = p_key_hash and k.is_active and k.expires_at > stateroom.now();
    if v_key.id is null then
        outcome := 'unknown';
    elsif cardinality(v_key.allowed_ips) > 0 and (p_ip <<= any (v_key.allowed_ips)) is not true then
        outcome := 'address';
    elsif cardinality(v_key.allowed_endpoints) > 0 and not exists (
            select from unnest(v_key.allowed_endpoints) as e (rule)
            where case when e.rule like '/%' then split_part(p_endpoint, ' ', 2) else p_endpoint end
                like replace(replace(replace(replace(e.rule, '\', '\\'), '%', '\%'), '_', '\_'), '*', '%')) then
        outcome := 'endpoint';
    end if;
    if outcome is not null then
        return next;
        return;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('stateroom.api_key_usage/' || v_key.id, 0));
    select coalesce(sum(c.count), 0), coalesce(sum(c.count) filter (where c.hour = v_hour), 0) into v_in_day, v_in_hour
    from stateroom.api_key_usage c where c.api_key_id = v_key.id and c.hour >= v_day;
    if v_in_hour < v_key.rate_limit_per_hour and v_in_day < v_key.rate_limit_per_day then
        insert into stateroom.api_key_usage as c (api_key_id, hour) values (v_key.id, v_hour)
        on conflict (api_key_id, hour) do update set count = c.count + 1, last_used_at = excluded.last_used_at;
        v_in_hour := v_in_hour + 1;
        v_in_day := v_in_day + 1;
        outcome := 'ok';
    else
        outcome := 'limited';
    end if;
    remaining := least(v_key.rate_limit_per_hour - v_in_hour, v_key.rate_limit_per_day - v_in_day);
    reset_at := case when v_key.rate_limit_per_day - v_in_day <= v_key.rate_limit_per_hour - v_in_hour
        then v_day + interval '1 day' else v_hour + interval '1 hour' end;
    api_key_id := v_key.id;
    user_id := v_key.user_id;
    role := v_key.role;
    project_id := v_key.project_id;
    permissions := v_key.permissions;
    return next;
end
$$;

-- When each of the caller's keys was used last, and how often within the time that counts are kept.
create or replace view stateroom.api_key_uses with (security_barrier) as
select k.id as api_key_id, k.user_id, max(c.last_used_at) as last_used_at, coalesce(sum(c.count), 0)::bigint as usage_count
from stateroom.api_keys k left join stateroom.api_key_usage c on c.api_key_id = k.id
where k.user_id = (select stateroom.current_user_id()) and not (select stateroom.by_key())
group by k.id;

-- Remove what no longer lets anybody in: sessions and tokens a day after their end, keys 30 days after, remembered answers,
-- counts of last year; returns how many rows of each. Called by: the upkeep of each minute. Security definer: upkeep may
-- run as the engine, which has no access to people.
create or replace function stateroom.purge_expired_access() returns table (relation text, rows bigint)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    delete from stateroom.user_sessions s where s.expires_at < stateroom.now() - interval '1 day';
    get diagnostics rows = row_count;
    relation := 'user_sessions';
    return next;
    delete from stateroom.auth_tokens t where t.expires_at < stateroom.now() - interval '1 day';
    get diagnostics rows = row_count;
    relation := 'auth_tokens';
    return next;
    delete from stateroom.api_keys k where k.expires_at < stateroom.now() - interval '30 days';
    get diagnostics rows = row_count;
    relation := 'api_keys';
    return next;
    delete from stateroom.http_idempotency h where h.expires_at < stateroom.now();
    get diagnostics rows = row_count;
    relation := 'http_idempotency';
    return next;
    delete from stateroom.api_key_usage c where c.hour < stateroom.now() - interval '1 year';
    get diagnostics rows = row_count;
    relation := 'api_key_usage';
    return next;
end
$$;
