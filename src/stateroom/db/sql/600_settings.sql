-- Settings as people see them: what is sensitive only by name, unless somebody who may asks for it, one by one.

-- Settings without what is sensitive: rows as the policies of the table show them (a view, since policies hide rows and
-- not values). Owned by the maintenance role, which reads past policies; the condition is theirs.
create or replace view stateroom.setting_values with (security_barrier = true) as
select s.id, s.key, s.environment, s.project_id, case when not s.is_sensitive then s.value end as value, s.value_type,
    s.description, s.is_encrypted, s.is_sensitive, s.is_readonly, s.validation_schema, s.revision,
    case when not s.is_sensitive then s.previous_value end as previous_value, s.previous_value is not null as is_revertible,
    s.created_at, s.updated_at, s.created_by, s.updated_by
from stateroom.settings s
where (select stateroom.sees_all())
    or s.project_id = any ((select stateroom.read_projects())::uuid[])
    or (s.project_id is null and not s.is_sensitive and (select stateroom.current_user_id()) is not null);

-- The setting that counts for a project and an environment: the project's before everybody's, and within these the
-- environment's before that of all. No row: there is none, or the one that counts is not for the caller (then not the
-- next best either: a value that does not count would be worse than none).
-- Called by: people. Raises SR404 when they may not see the project. Security definer: decides over hidden rows too.
create or replace function stateroom.get_setting(
    p_key text, p_environment stateroom.setting_environment default 'all', p_project uuid default null
) returns setof stateroom.setting_values
    language plpgsql stable security definer
    set search_path = pg_catalog
as $$
begin
    if p_project is not null then
        perform stateroom.require_project(p_project, 'read');
    end if;
    return query
    select v.* from stateroom.setting_values v where v.id = (
        select s.id from stateroom.settings s
        where s.key = p_key and s.environment in ('all', p_environment) and (s.project_id is null or s.project_id = p_project)
        order by s.project_id is null, s.environment = 'all' limit 1);
end
$$;

-- The value of a setting of everybody, or the default. Called by: upkeep, as the maintenance role; not for people.
create or replace function stateroom.setting_or(p_key text, p_default jsonb) returns jsonb
    language sql stable
    set search_path = pg_catalog
as $$
    select coalesce((
        select s.value from stateroom.settings s
        where s.key = p_key and s.environment = 'all' and s.project_id is null and not s.is_encrypted
    ), p_default)
$$;

-- The days of a setting of everybody about retention, or the default. Called by: upkeep, as maintenance.
create or replace function stateroom.days_kept(p_setting text, p_default integer) returns integer
    language sql stable
    set search_path = pg_catalog
as $$ select (stateroom.setting_or(p_setting, to_jsonb(p_default)) #>> '{}')::integer $$;

-- Refuse unless the caller may change settings of this project, or those of everybody (null: administrators).
-- Raises SR403, and SR404 when they may not see the project. Called by: the functions below.
create or replace function stateroom.require_setting(p_project uuid) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if p_project is not null then
        perform stateroom.require_project(p_project, 'manage');
    elsif not stateroom.sees_all() then
        raise exception using errcode = 'SR403', message = 'only an administrator may change settings of everybody',
            hint = 'Set it for a project that you manage.';
    end if;
end
$$;

-- Lock a setting that the caller may change, and return it. Raises SR404 for one that they may not even see.
-- Called by: the functions that change or reveal one setting, with their rights.
create or replace function stateroom.lock_setting(p_id uuid) returns stateroom.settings
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_setting stateroom.settings;
begin
    select * into v_setting from stateroom.settings where id = p_id
        and exists (select from stateroom.setting_values v where v.id = p_id) for update;
    if v_setting.id is null then
        raise exception using errcode = 'SR404', message = format('setting %s does not exist', p_id),
            hint = 'List the settings that you may see.';
    end if;
    perform stateroom.require_setting(v_setting.project_id);
    return v_setting;
end
$$;

-- Return the value of one setting, sensitive or not; a sealed one as its envelope, which the API opens. Audited.
-- Called by: people. Raises SR404, SR403. Security definer: the value is granted to nobody.
create or replace function stateroom.reveal_setting(p_id uuid) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_setting stateroom.settings := stateroom.lock_setting(p_id);
begin
    perform stateroom.audit_event('reveal', 'settings', p_id,
        jsonb_build_object('key', v_setting.key, 'environment', v_setting.environment), v_setting.project_id);
    return v_setting.value;
end
$$;
