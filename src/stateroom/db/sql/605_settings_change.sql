-- Settings are changed by functions only: they keep type, revision and previous value, and respect what is read-only.

-- Refuse what is read-only, and a revision that is not the one that the caller has seen. Raises SR409.
create or replace function stateroom.require_setting_open(p_setting stateroom.settings, p_expected_revision integer)
    returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if p_expected_revision is not null and p_expected_revision <> p_setting.revision then
        raise exception using errcode = 'SR409',
            message = format('setting %s is at revision %s, not %s', p_setting.key, p_setting.revision, p_expected_revision),
            hint = 'Read it again, and decide again.';
    elsif p_setting.is_readonly then
        raise exception using errcode = 'SR409', message = format('setting %s is read-only', p_setting.key),
            hint = 'An administrator can make it writable (is_readonly: false).';
    end if;
end
$$;

-- Create or change the setting of exactly this key, environment and project. Null keeps what is there; a new one has the
-- type of its value. Sealed values come sealed. A value that was sensitive does not become readable: declassifying takes
-- a new value, and forgets the previous one, as a change of type does.
-- p_expected_revision: 0 when there must be none yet. p_schema: '{}' removes it. p_is_readonly: administrators only.
-- Returns the row's id and revision, and whether anything changed; when nothing did, the revision stays.
-- Called by: people. Locks the row. Raises SR404, SR403, SR409 (revision, read-only), SR422 (type, schema).
-- Security definer: nobody writes to the table directly.
create or replace function stateroom.set_setting(
    p_key text, p_value jsonb, p_environment stateroom.setting_environment default 'all', p_project uuid default null,
    p_type stateroom.setting_type default null, p_description text default null, p_is_sensitive boolean default null,
    p_is_readonly boolean default null, p_schema jsonb default null, p_expected_revision integer default null
) returns table (id uuid, revision integer, changed boolean)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_old stateroom.settings;
    v_new stateroom.settings;
begin
    perform stateroom.require_setting(p_project);
    if p_is_readonly is not null and not stateroom.sees_all() then
        raise exception using errcode = 'SR403', message = 'only an administrator may make a setting read-only or writable',
            hint = 'Leave is_readonly out.';
    end if;
    -- Two who create the same setting at once: one does, the other changes it.
    perform pg_advisory_xact_lock(hashtextextended(format('setting %s %s %s', p_key, p_environment, p_project), 0));
    select * into v_old from stateroom.settings s
    where s.key = p_key and s.environment = p_environment and s.project_id is not distinct from p_project for update;
    if found and p_is_readonly is false then
        v_old.is_readonly := false; -- what makes it writable is not refused for it
    end if;
    if found then
        perform stateroom.require_setting_open(v_old, p_expected_revision);
    elsif coalesce(p_expected_revision, 0) <> 0 then
        raise exception using errcode = 'SR409', message = format('setting %s does not exist any more', p_key),
            hint = 'Set it without a revision to create it.';
    end if;
    v_new := stateroom.changed_setting(v_old, p_key, p_value, p_type, p_is_sensitive);
    v_new.description := nullif(coalesce(p_description, v_old.description), '');
    v_new.is_readonly := coalesce(p_is_readonly, v_old.is_readonly, false);
    v_new.validation_schema := nullif(coalesce(p_schema, v_old.validation_schema), '{}');
    perform stateroom.require_setting_fits(v_new);
    if v_old.id is null then
        return query insert into stateroom.settings (key, environment, project_id, value, value_type, description,
            is_encrypted, is_sensitive, is_readonly, validation_schema)
        values (p_key, p_environment, p_project, v_new.value, v_new.value_type, v_new.description, v_new.is_encrypted,
            v_new.is_sensitive, v_new.is_readonly, v_new.validation_schema)
        returning id, revision, true;
        return;
    end if;
    return query update stateroom.settings s
    set value = v_new.value, previous_value = v_new.previous_value, value_type = v_new.value_type,
        description = v_new.description, is_encrypted = v_new.is_encrypted, is_sensitive = v_new.is_sensitive,
        is_readonly = v_new.is_readonly, validation_schema = v_new.validation_schema, revision = s.revision + 1
    where s.id = v_old.id and (s.value, s.value_type, s.description, s.is_sensitive, s.is_readonly, s.validation_schema)
        is distinct from (v_new.value, v_new.value_type, v_new.description, v_new.is_sensitive, v_new.is_readonly,
            v_new.validation_schema)
    returning s.id, s.revision, true;
    if not found then
        return query select v_old.id, v_old.revision, false;
    end if;
end
$$;

-- Work out value, type, sensitivity and previous value of a change; v_old is empty for a new setting. Raises SR422.
-- Called by: set_setting.
create or replace function stateroom.changed_setting(
    p_old stateroom.settings, p_key text, p_value jsonb, p_type stateroom.setting_type, p_is_sensitive boolean
) returns stateroom.settings
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_new stateroom.settings := p_old;
begin
    if p_value is null and p_old.id is null then
        raise exception using errcode = 'SR422', message = format('setting %s needs a value', p_key);
    end if;
    v_new.key := p_key;
    v_new.value := coalesce(p_value, p_old.value);
    v_new.value_type := coalesce(p_type, p_old.value_type, case jsonb_typeof(p_value)
        when 'object' then 'json' when 'null' then 'json' else jsonb_typeof(p_value) end::stateroom.setting_type);
    v_new.is_encrypted := v_new.value_type = 'encrypted';
    v_new.is_sensitive := v_new.is_encrypted or coalesce(p_is_sensitive, p_old.is_sensitive, false);
    if v_new.value is distinct from p_old.value then
        v_new.previous_value := p_old.value;
    end if;
    if p_old.is_sensitive and not v_new.is_sensitive and v_new.value is not distinct from p_old.value then
        raise exception using errcode = 'SR422', message = format('setting %s would become readable', p_key),
            hint = 'Give it a new value together with is_sensitive: false.';
    elsif v_new.value_type <> p_old.value_type or (p_old.is_sensitive and not v_new.is_sensitive) then
        v_new.previous_value := null;
    end if;
    return v_new;
end
$$;

-- Refuse a value that is not of its type or does not fit its schema, in words; the table's checks say the same. SR422.
-- A sealed value is held to its schema by whoever sealed it: here nobody can read it.
create or replace function stateroom.require_setting_fits(p_setting stateroom.settings) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_kind text := jsonb_typeof(p_setting.value);
    v_said text := stateroom.schema_problem(p_setting.validation_schema);
begin
    if v_said is null and p_setting.is_encrypted then
        v_said := case when p_setting.value #>> '{}' !~ '^sr1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{38,}$' or v_kind <> 'string'
            then 'its value is not sealed' end;
    elsif v_said is null and p_setting.value_type <> 'json' and p_setting.value_type::text <> v_kind then
        v_said := format('it takes a value of type %s, not %s', p_setting.value_type, v_kind);
    elsif v_said is null then
        v_said := stateroom.value_problem(p_setting.value, p_setting.validation_schema);
    end if;
    if v_said is not null then
        raise exception using errcode = 'SR422', message = format('setting %s: %s', p_setting.key, v_said),
            hint = 'Its type and its schema are shown with it.';
    end if;
end
$$;

-- Exchange value and previous value. Returns the new revision. Called by: people. Locks the row.
-- Raises SR404, SR403, SR409 (no previous value, revision, read-only), SR422 (the schema has changed since).
-- Security definer: nobody writes to the table directly.
create or replace function stateroom.revert_setting(p_id uuid, p_expected_revision integer default null) returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_setting stateroom.settings := stateroom.lock_setting(p_id);
begin
    perform stateroom.require_setting_open(v_setting, p_expected_revision);
    if v_setting.previous_value is null then
        raise exception using errcode = 'SR409', message = format('setting %s has no previous value', v_setting.key),
            hint = 'Set it to the value that it should have.';
    end if;
    v_setting.value := v_setting.previous_value;
    perform stateroom.require_setting_fits(v_setting);
    update stateroom.settings s set value = s.previous_value, previous_value = s.value, revision = s.revision + 1
    where s.id = p_id;
    return v_setting.revision + 1;
end
$$;

-- Delete a setting, so that the next one in the order of precedence counts. Called by: people. Locks the row.
-- Raises SR404, SR403, SR409 (revision, read-only). Security definer: nobody writes to the table directly.
create or replace function stateroom.delete_setting(p_id uuid, p_expected_revision integer default null) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_setting stateroom.settings := stateroom.lock_setting(p_id);
begin
    perform stateroom.require_setting_open(v_setting, p_expected_revision);
    delete from stateroom.settings where id = p_id;
end
$$;
