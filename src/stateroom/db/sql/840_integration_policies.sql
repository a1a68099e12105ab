-- Row policies of workflows, schedules, agents and queues, and of what connects us with others.

-- Definitions: members read.
drop policy if exists workflows_members on stateroom.workflows;
create policy workflows_members on stateroom.workflows for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists workflows_admin on stateroom.workflows;
create policy workflows_admin on stateroom.workflows for select to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists workflows_engine on stateroom.workflows;
create policy workflows_engine on stateroom.workflows for select to stateroom_engine using (true);

drop policy if exists workflow_versions_members on stateroom.workflow_versions;
create policy workflow_versions_members on stateroom.workflow_versions for select to stateroom_user, stateroom_admin
    using (exists (select from stateroom.workflows w where w.id = workflow_id));
drop policy if exists workflow_versions_engine on stateroom.workflow_versions;
create policy workflow_versions_engine on stateroom.workflow_versions for select to stateroom_engine using (true);

drop policy if exists schedules_members on stateroom.schedules;
create policy schedules_members on stateroom.schedules for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists schedules_admin on stateroom.schedules;
create policy schedules_admin on stateroom.schedules for select to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists schedules_engine on stateroom.schedules;
create policy schedules_engine on stateroom.schedules for select to stateroom_engine using (true);
drop policy if exists schedule_firings_members on stateroom.schedule_firings;
create policy schedule_firings_members on stateroom.schedule_firings for select to stateroom_user, stateroom_admin
    using (exists (select from stateroom.schedules s where s.id = schedule_id));

drop policy if exists agents_members on stateroom.agents;
create policy agents_members on stateroom.agents for select to stateroom_user, stateroom_admin
    using ((select stateroom.current_user_id()) is not null
        and (project_id is null or (select stateroom.sees_all())
            or project_id = any ((select stateroom.read_projects())::uuid[])));
drop policy if exists agents_engine on stateroom.agents;
create policy agents_engine on stateroom.agents for select to stateroom_engine using (true);
drop policy if exists queues_signed_in on stateroom.queues;
create policy queues_signed_in on stateroom.queues for select to stateroom_user, stateroom_admin
    using ((select stateroom.current_user_id()) is not null);
drop policy if exists queues_admin on stateroom.queues;
drop policy if exists queues_engine on stateroom.queues;
create policy queues_engine on stateroom.queues for select to stateroom_engine using (true);
drop policy if exists webhook_endpoints_members on stateroom.webhook_endpoints;
create policy webhook_endpoints_members on stateroom.webhook_endpoints for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists webhook_endpoints_admin on stateroom.webhook_endpoints;
create policy webhook_endpoints_admin on stateroom.webhook_endpoints for select to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]));

-- Maintainers write what is granted, of their projects; administrators also what belongs to no project.
do $do$
declare
    v_table text;
    v_own text := 'project_id = any ((select stateroom.manage_projects())::uuid[])';
begin
    foreach v_table in array array['workflows', 'schedules', 'agents', 'webhook_endpoints'] loop
        execute format('drop policy if exists %I on stateroom.%I', v_table || '_insert', v_table);
        execute format('create policy %I on stateroom.%I for insert to stateroom_user with check (%s)',
            v_table || '_insert', v_table, v_own);
        execute format('drop policy if exists %I on stateroom.%I', v_table || '_update', v_table);
        execute format('create policy %I on stateroom.%I for update to stateroom_user using (%s) with check (%3$s)',
            v_table || '_update', v_table, v_own);
        execute format('drop policy if exists %I on stateroom.%I', v_table || '_delete', v_table);
        execute format('create policy %I on stateroom.%I for delete to stateroom_user using (%s)',
            v_table || '_delete', v_table, v_own);
        execute format('drop policy if exists %I on stateroom.%I', v_table || '_admin_writes', v_table);
        execute format('create policy %I on stateroom.%I to stateroom_admin using ((select stateroom.sees_all())) '
            'with check ((select stateroom.sees_all()))', v_table || '_admin_writes', v_table);
    end loop;
end
$do$;

-- Deployments: members; where they see only some tasks, those of these tasks and their own.
drop policy if exists deployments_members on stateroom.deployments;
create policy deployments_members on stateroom.deployments for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]) and deleted_at is null
        and (project_id = any ((select stateroom.open_projects())::uuid[])
            or created_by = (select stateroom.current_user_id())
            or exists (select from stateroom.tasks t where t.id = task_id)));
drop policy if exists deployments_update on stateroom.deployments;
create policy deployments_update on stateroom.deployments for update to stateroom_user
    using (project_id = any ((select stateroom.write_projects())::uuid[]) and deleted_at is null
        and (project_id = any ((select stateroom.open_projects())::uuid[])
            or created_by = (select stateroom.current_user_id())
            or exists (select from stateroom.tasks t where t.id = task_id)))
    with check (project_id = any ((select stateroom.write_projects())::uuid[]));
drop policy if exists deployments_admin on stateroom.deployments;
create policy deployments_admin on stateroom.deployments to stateroom_admin
    using (deleted_at is null
        and ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[])))
    with check ((select stateroom.sees_all()) or project_id = any ((select stateroom.write_projects())::uuid[]));
drop policy if exists deployment_scripts_members on stateroom.deployment_scripts;
create policy deployment_scripts_members on stateroom.deployment_scripts for select to stateroom_user, stateroom_admin
    using (exists (select from stateroom.deployments d where d.id = deployment_id));

-- Webhook events and statistics
drop policy if exists webhook_events_members on stateroom.webhook_events;
create policy webhook_events_members on stateroom.webhook_events for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[])
        and (project_id = any ((select stateroom.open_projects())::uuid[]) or task_id is null
            or exists (select from stateroom.tasks t where t.id = task_id)));
drop policy if exists webhook_events_admin on stateroom.webhook_events;
create policy webhook_events_admin on stateroom.webhook_events for select to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists run_stats_members on stateroom.run_stats;
create policy run_stats_members on stateroom.run_stats for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists run_stats_admin on stateroom.run_stats;
create policy run_stats_admin on stateroom.run_stats for select to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]));

-- Members see the events of their projects; where they see only some tasks, only those of these tasks, their own, and
-- those of what every member sees. What is for one person is seen by that person and by the one who did it.
drop policy if exists events_members on stateroom.events;
create policy events_members on stateroom.events for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[])
        and (recipient_id is null or recipient_id = (select stateroom.current_user_id())
            or actor_id = (select stateroom.current_user_id()))
        and (project_id = any ((select stateroom.open_projects())::uuid[])
            or actor_id = (select stateroom.current_user_id())
            or case when task_id is null then type ~ '^(run|message|agent|member|project|workflow|schedule)_'
                else exists (select from stateroom.tasks t where t.id = task_id) end));
drop policy if exists events_admin on stateroom.events;
create policy events_admin on stateroom.events for select to stateroom_admin
    using (((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]))
        and (recipient_id is null or recipient_id = (select stateroom.current_user_id())
            or actor_id = (select stateroom.current_user_id())));
