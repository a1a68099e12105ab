-- Every mutable table is stamped by one trigger: who changed the row and when. Who created it never changes.

-- Row trigger, before insert or update. On insert the author is the caller unless the statement names one.
create or replace function stateroom.touch() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    if tg_op = 'INSERT' then
        new.created_by := coalesce(new.created_by, stateroom.current_user_id());
        new.updated_by := new.created_by;
        return new;
    end if;
    if new.created_at is distinct from old.created_at or new.created_by is distinct from old.created_by then
        raise exception using errcode = 'SR422',
            message = format('created_at and created_by of %s %s cannot change', tg_table_name, old.id),
            hint = 'Leave both out of the update.';
    end if;
    new.updated_at := stateroom.now();
    new.updated_by := coalesce(stateroom.current_user_id(), old.updated_by);
    return new;
end
$$;

create or replace trigger touch before insert or update on stateroom.users
    for each row execute function stateroom.touch();
-- Its counters go on by themselves: that is no change by anybody.
create or replace trigger touch before insert or update of owner_id, name, description, status, task_visibility,
    is_personal, metadata, created_at, created_by on stateroom.projects
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.project_members
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.api_keys
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.client_grants
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.queues
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.agents
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.workflows
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.schedules
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.partition_policies
    for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.components
    for each row execute function stateroom.touch();
-- not by what evaluate_alerts writes down each minute
create or replace trigger touch before insert or update of name, description, metric_name, component_name, dimensions,
    aggregate, comparison, threshold, window_seconds, severity, fires_without_data, enabled, created_at, created_by
    on stateroom.alert_rules for each row execute function stateroom.touch();
create or replace trigger touch before insert or update on stateroom.settings
    for each row execute function stateroom.touch();
