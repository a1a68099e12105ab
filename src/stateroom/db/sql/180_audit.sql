-- The audit trail: who changed which columns of what people work with, and what they did besides. Insert-only.

-- A value as the trail keeps it: long ones are cut, so that no text of a person's is too big to be audited.
create or replace function stateroom.audit_value(p_value jsonb) returns jsonb
    language sql immutable parallel safe
    return case when char_length(p_value::text) <= 4000 then p_value
        else to_jsonb(left(p_value #>> '{}', 4000) || '…') end;

-- A JSON document without what is secret by its name, at any depth.
-- Called by: audit_event, and whatever keeps documents that people send.
create or replace function stateroom.without_secrets(p_value jsonb) returns jsonb
    language plpgsql immutable parallel safe
    set search_path = pg_catalog
as $$
begin
    case jsonb_typeof(p_value)
        when 'object' then
            return (select coalesce(jsonb_object_agg(e.key, case when stateroom.is_secret_name(e.key) then '"[redacted]"'
                else stateroom.without_secrets(e.value) end), '{}') from jsonb_each(p_value) as e);
        when 'array' then
            return (select coalesce(jsonb_agg(stateroom.without_secrets(e.value) order by e.no), '[]')
                from jsonb_array_elements(p_value) with ordinality as e (value, no));
        else
            return p_value;
    end case;
end
$$;

-- Whether a column, a header or a key of this name holds what nobody may read.
create or replace function stateroom.is_secret_name(p_name text) returns boolean
    language sql immutable parallel safe
    return p_name ~* '(passw|secret|token|_hash$|hash$|api_?-?key$|authorization|cookie|credential|private_?-?key|signature)';

-- Write one row of the trail; who and whence come from the context, cut to what fits, so that auditing never fails.
-- Called by: audit and audit_event.
create or replace function stateroom.write_audit(
    p_project uuid, p_type text, p_id uuid, p_action text, p_old jsonb, p_new jsonb
) returns void
    language sql volatile
    set search_path = pg_catalog
as $$
    insert into stateroom.audit_logs (project_id, entity_type, entity_id, action, old_values, new_values, user_id,
        api_key_id, session_id, ip_address, user_agent, request_id)
    values (p_project, left(p_type, 100), p_id, left(p_action, 64), p_old, p_new, stateroom.current_user_id(),
        nullif(current_setting('stateroom.api_key_id', true), '')::uuid,
        nullif(current_setting('stateroom.session_id', true), '')::uuid,
        nullif(current_setting('stateroom.ip_address', true), '')::inet,
        left(nullif(current_setting('stateroom.user_agent', true), ''), 1000),
        left(nullif(current_setting('stateroom.request_id', true), ''), 200));
$$;

-- Row trigger, after insert, update or delete: one row of the trail, with the columns that changed. Its arguments are
-- the columns whose values are kept; of others, and of what is secret by its name, it says only that they changed.
-- Writes nothing when nothing but stamps and the search column changed. Security definer: the trail is written by
-- nobody directly.
create or replace function stateroom.audit() returns trigger
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_old jsonb;
    v_new jsonb;
    v_row jsonb;
    v_before jsonb;
    v_after jsonb;
    v_project uuid;
begin
    if tg_op <> 'INSERT' then
        v_old := to_jsonb(old);
    end if;
    if tg_op <> 'DELETE' then
        v_new := to_jsonb(new);
    end if;
    v_row := coalesce(v_new, v_old);
    select jsonb_object_agg(c.key, c.was), jsonb_object_agg(c.key, c.becomes) into v_before, v_after
    from (
        select e.key,
            case when v_old -> e.key = 'null' then 'null' when k.kept then stateroom.audit_value(v_old -> e.key)
                else '"[redacted]"' end as was,
            case when e.value = 'null' then 'null' when k.kept then stateroom.audit_value(e.value)
                else '"[redacted]"' end as becomes
        from jsonb_each(v_row) as e
        cross join lateral (select e.key = any (tg_argv) and not stateroom.is_secret_name(e.key) as kept) as k
        where case when tg_op = 'UPDATE' then e.value is distinct from v_old -> e.key
                else e.value not in ('null', '{}', '[]') end
            and e.key not in ('id', 'created_at', 'updated_at', 'created_by', 'updated_by', 'search')
    ) as c;
    if tg_op = 'UPDATE' and v_after is null then
        return null;
    end if;
    v_project := case when tg_table_name = 'projects' then v_row ->> 'id' else v_row ->> 'project_id' end;
    if v_project is null and v_row ? 'task_id' then
        v_project := (select t.project_id from stateroom.tasks t where t.id = (v_row ->> 'task_id')::uuid);
    elsif v_project is null and v_row ? 'deployment_id' then
        v_project := (select d.project_id from stateroom.deployments d where d.id = (v_row ->> 'deployment_id')::uuid);
    end if;
    perform stateroom.write_audit(v_project, tg_table_name, (v_row ->> 'id')::uuid,
        case when tg_op = 'INSERT' then 'create' when tg_op = 'DELETE' then 'delete'
            when v_after ?| array['status', 'state', 'is_active'] then 'status_change' else 'update' end,
        case when tg_op <> 'INSERT' then v_before end, case when tg_op <> 'DELETE' then v_after end);
    return null;
end
$$;

-- Write down what no trigger sees: login, login_failed, export, query. Raises SR422 for the words of the triggers, so
-- that nobody can make up a change. A project that the caller may not read is not named.
-- Called by: the application, as itself or as a person. Security definer: the trail is written by nobody directly.
create or replace function stateroom.audit_event(
    p_action text, p_entity_type text, p_entity_id uuid default null, p_details jsonb default '{}',
    p_project uuid default null
) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    if coalesce(p_action, '') !~ '^[a-z][a-z_]{0,63}$' or p_action in ('create', 'update', 'delete', 'status_change') then
        raise exception using errcode = 'SR422', message = format('action: %s cannot be written down', p_action),
            hint = 'Changes write themselves; give another word in lower case, like login or export.';
    end if;
    perform stateroom.write_audit(
        case when stateroom.sees_all() or p_project = any (stateroom.read_projects()) then p_project end,
        coalesce(p_entity_type, ''), p_entity_id, p_action, null,
        stateroom.audit_value(stateroom.without_secrets(p_details)));
end
$$;
