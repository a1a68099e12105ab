-- Row policies of what tells how the whole is: logs, errors, access logs, metrics, components, alerts, backups.

-- Lines of a planned task are seen by whoever sees the task, all others by the members.
drop policy if exists logs_members on stateroom.logs;
create policy logs_members on stateroom.logs for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[])
        and (project_id = any ((select stateroom.open_projects())::uuid[]) or task_id is null
            or exists (select from stateroom.tasks t where t.id = task_id)));
drop policy if exists logs_admin on stateroom.logs;
create policy logs_admin on stateroom.logs for select to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]));

-- Errors as tasks; one without a task, where people see only some tasks, by whoever reported it.
drop policy if exists error_logs_members on stateroom.error_logs;
create policy error_logs_members on stateroom.error_logs for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[])
        and (project_id = any ((select stateroom.open_projects())::uuid[])
            or user_id = (select stateroom.current_user_id())
            or task_id is not null and exists (select from stateroom.tasks t where t.id = task_id)));
drop policy if exists error_logs_change on stateroom.error_logs;
create policy error_logs_change on stateroom.error_logs for update to stateroom_user
    using (project_id = any ((select stateroom.write_projects())::uuid[])
        and (project_id = any ((select stateroom.open_projects())::uuid[])
            or user_id = (select stateroom.current_user_id())
            or task_id is not null and exists (select from stateroom.tasks t where t.id = task_id)))
    with check (project_id = any ((select stateroom.write_projects())::uuid[]));
drop policy if exists error_logs_delete on stateroom.error_logs;
create policy error_logs_delete on stateroom.error_logs for delete to stateroom_user
    using (project_id = any ((select stateroom.manage_projects())::uuid[]));
drop policy if exists error_logs_admin on stateroom.error_logs;
create policy error_logs_admin on stateroom.error_logs to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]))
    with check ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]));

drop policy if exists api_access_logs_own on stateroom.api_access_logs;
create policy api_access_logs_own on stateroom.api_access_logs for select to stateroom_user
    using (user_id = (select stateroom.current_user_id()));
drop policy if exists api_access_logs_admin on stateroom.api_access_logs;
create policy api_access_logs_admin on stateroom.api_access_logs for select to stateroom_admin
    using ((select stateroom.sees_all()));

do $do$ -- what all share: administrators, and to look at, whoever may read metrics
declare
    v_table text;
begin
    foreach v_table in array array['system_metrics', 'components', 'component_dependencies', 'alert_rules', 'alerts',
        'backups', 'upkeep_jobs']
    loop
        execute format('drop policy if exists %I on stateroom.%I', v_table || '_readers', v_table);
        execute format('create policy %I on stateroom.%I for select to stateroom_user '
            'using ((select stateroom.has_permission(''read:metrics'')))', v_table || '_readers', v_table);
    end loop;
    foreach v_table in array array['system_metrics', 'components', 'component_dependencies', 'alert_rules', 'alerts',
        'backups', 'partition_policies', 'partition_archives', 'upkeep_jobs']
    loop
        execute format('drop policy if exists %I on stateroom.%I', v_table || '_admin', v_table);
        execute format('create policy %I on stateroom.%I to stateroom_admin using ((select stateroom.sees_all())) '
            'with check ((select stateroom.sees_all()))', v_table || '_admin', v_table);
    end loop;
end
$do$;
