-- Hints for processes that keep rows in memory: one notification for each statement, naming what has changed.
-- They may be lost, or come twice; whoever hears one reads again.

-- Statement trigger: tell that the table has changed. With an argument and a transition table `changed`: the values of
-- that column, as long as they fit into a notification; a statement that changed no row says nothing.
create or replace function stateroom.hint_cache() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
declare
    v_subjects text;
begin
    if tg_nargs > 0 then
        select string_agg(distinct to_jsonb(c) ->> tg_argv[0], ' ') into v_subjects from changed c;
        if v_subjects is null then
            return null;
        end if;
    end if;
    perform pg_notify('stateroom_cache', tg_table_name
        || case when octet_length(v_subjects) < 7000 then ' ' || v_subjects else '' end);
    return null;
end
$$;

create or replace trigger hint_insert after insert on stateroom.settings referencing new table as changed
    for each statement execute function stateroom.hint_cache('key');
create or replace trigger hint_update after update on stateroom.settings referencing new table as changed
    for each statement execute function stateroom.hint_cache('key');
create or replace trigger hint_delete after delete on stateroom.settings referencing old table as changed
    for each statement execute function stateroom.hint_cache('key');

create or replace trigger hint_insert after insert on stateroom.project_members referencing new table as changed
    for each statement execute function stateroom.hint_cache('user_id');
create or replace trigger hint_update after update on stateroom.project_members referencing new table as changed
    for each statement execute function stateroom.hint_cache('user_id');
create or replace trigger hint_delete after delete on stateroom.project_members referencing old table as changed
    for each statement execute function stateroom.hint_cache('user_id');

create or replace trigger hint_update after update on stateroom.api_keys referencing new table as changed
    for each statement execute function stateroom.hint_cache('user_id');
create or replace trigger hint_delete after delete on stateroom.api_keys referencing old table as changed
    for each statement execute function stateroom.hint_cache('user_id');
create or replace trigger hint_update after update on stateroom.user_sessions referencing new table as changed
    for each statement execute function stateroom.hint_cache('user_id');
create or replace trigger hint_delete after delete on stateroom.user_sessions referencing old table as changed
    for each statement execute function stateroom.hint_cache('user_id');

-- Users and projects are written often (signing in, counters): only these columns are worth a hint, and those change
-- so rarely that all may be forgotten.
create or replace trigger hint_update after update of role, is_active on stateroom.users
    for each statement execute function stateroom.hint_cache();
create or replace trigger hint_update after update of owner_id, status, task_visibility on stateroom.projects
    for each statement execute function stateroom.hint_cache();
