-- Components: what the whole is made of, and how each part says that it is.

-- Refuse whoever is not an administrator (SR403); maintenance, which has no context, is let through.
-- Called by: the functions below that change what all share.
create or replace function stateroom.require_admin(p_what text) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    if stateroom.sees_all() or (select r.rolbypassrls or pg_has_role(r.oid, 'stateroom_owner', 'member')
            from pg_roles r where r.rolname = session_user) then
        return;
    end if;
    raise exception using errcode = 'SR403', message = format('only an administrator may %s', p_what),
        hint = 'Ask an administrator, and use a key that is not narrowed to one project.';
end
$$;

-- Create or change a component by its name; returns its id. p_details: description, status, software_version,
-- configuration, endpoints, health_check_url, documentation_url, repository_url, metadata; what is left out stays.
-- Called by: administrators. Security definer: status is changed by functions only.
create or replace function stateroom.upsert_component(p_name text, p_type text, p_details jsonb default '{}') returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_old stateroom.components;
    v_new stateroom.components;
    v_id uuid;
begin
    perform stateroom.require_admin('change components');
    select * into v_old from stateroom.components c where c.name = p_name for update;
    select * into v_new from jsonb_populate_record(v_old, p_details - '{id,name,type,health_status,last_health_check,'
        'performance_metrics,created_at,updated_at,created_by,updated_by}'::text[]);
    perform stateroom.require_transition('component', v_old.id, v_old.status::text, coalesce(v_new.status, 'unknown')::text);
    insert into stateroom.components as c (name, type, description, status, software_version, configuration, endpoints,
        health_check_url, documentation_url, repository_url, metadata)
    values (p_name, p_type, v_new.description, coalesce(v_new.status, 'unknown'), v_new.software_version,
        coalesce(v_new.configuration, '{}'), coalesce(v_new.endpoints, '[]'), v_new.health_check_url,
        v_new.documentation_url, v_new.repository_url, coalesce(v_new.metadata, '{}'))
    on conflict (name) do update set type = excluded.type, description = excluded.description, status = excluded.status,
        software_version = excluded.software_version, configuration = excluded.configuration,
        endpoints = excluded.endpoints, health_check_url = excluded.health_check_url,
        documentation_url = excluded.documentation_url, repository_url = excluded.repository_url,
        metadata = excluded.metadata
    returning c.id into v_id;
    return v_id;
exception when data_exception or integrity_constraint_violation then
    raise exception using errcode = 'SR422', message = format('component %s is not well formed: %s', p_name, sqlerrm),
        hint = 'Look at the words of component_status, and at the lengths of texts.';
end
$$;

-- Say how a component is, making it when it is new; returns its id. A healthy or degraded one that was unknown is active,
-- an unhealthy one that was active is in error, and back; what an administrator has set (inactive, maintenance) stays.
-- Called by: API, workers, scheduler, about themselves. Security definer: nobody may write otherwise.
create or replace function stateroom.report_health(
    p_name text, p_type text, p_health stateroom.health_status, p_version text default null, p_metrics jsonb default '{}'
) returns uuid
    language sql volatile security definer
    set search_path = pg_catalog
as $$
    insert into stateroom.components as c (name, type, status, health_status, last_health_check, software_version,
        performance_metrics)
    values (p_name, p_type, case p_health when 'unhealthy' then 'error' when 'unknown' then 'unknown' else 'active' end
        ::stateroom.component_status, p_health, stateroom.now(), p_version, p_metrics)
    on conflict (name) do update set health_status = excluded.health_status,
        last_health_check = excluded.last_health_check,
        software_version = coalesce(excluded.software_version, c.software_version),
        performance_metrics = excluded.performance_metrics,
        status = case when c.status in ('inactive', 'maintenance') then c.status else excluded.status end
    returning c.id
$$;

delete from stateroom.state_transitions t where t.machine = 'component';
insert into stateroom.state_transitions (machine, from_state, to_state, verb, description)
select 'component', f.state, t.state, case when f.state is null then 'create' else 'update' end, null
from (select unnest(enum_range(null::stateroom.component_status))::text union all select null) f (state)
cross join unnest(enum_range(null::stateroom.component_status)) as t (state)
where f.state is distinct from t.state::text;
