-- Row level security: enabled and forced on every table; no context, no rows, no error.
-- The caller's projects are an array computed once (set_context); a policy compares with it and calls nothing per row.

do $do$ -- every table of the schema, also those that a later revision adds
declare
    v_table regclass;
begin
    for v_table in
        select c.oid from pg_class c
        where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and not (c.relrowsecurity and c.relforcerowsecurity)
    loop
        execute format('alter table %s enable row level security, force row level security', v_table);
    end loop;
    -- what BYPASSRLS does, for servers whose administrator may not give that
    for v_table in
        select c.oid from pg_class c
        where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
            and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'maintenance')
    loop
        execute format('create policy maintenance on %s to stateroom_maintenance using (true)', v_table);
    end loop;
end
$do$;


-- Runs and what they say
drop policy if exists workflow_runs_members on stateroom.workflow_runs;
create policy workflow_runs_members on stateroom.workflow_runs for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists workflow_runs_admin on stateroom.workflow_runs;
create policy workflow_runs_admin on stateroom.workflow_runs for select to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists schema_history_admin on stateroom.schema_history;
create policy schema_history_admin on stateroom.schema_history for select to stateroom_admin
    using ((select stateroom.sees_all()));

-- The engine sees and moves what it executes, in every project; people have no policy on these tables.
do $do$
declare
    v_table text;
begin
    foreach v_table in array array['workflow_runs', 'task_runs', 'task_run_attempts', 'waiting_runs', 'delayed_runs',
        'ready_runs', 'leases', 'run_progress', 'run_limits', 'finished_runs', 'finished_run_readers', 'agent_sessions', 'logs',
        'events', 'error_logs']
    loop
        execute format('drop policy if exists %I on stateroom.%I', v_table || '_engine', v_table);
        execute format('create policy %I on stateroom.%I to stateroom_engine using (true)', v_table || '_engine', v_table);
    end loop;
end
$do$;
