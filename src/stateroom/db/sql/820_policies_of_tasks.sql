-- Row policies of tasks, their dependencies and contexts, and of the transitions that states may make.

-- Members see the tasks of their projects; where a project shows only assigned ones: theirs, their role's, and those
-- that they made. The projects are an array that is computed once, and visibility is and-ed behind it.
drop policy if exists tasks_members on stateroom.tasks;
create policy tasks_members on stateroom.tasks for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[])
        and (project_id = any ((select stateroom.open_projects())::uuid[]) or kind <> 'planned'
            or assigned_user_id = (select stateroom.current_user_id())
            or assigned_role::text = (select stateroom.current_role_name())
            or created_by = (select stateroom.current_user_id())));
drop policy if exists tasks_admin on stateroom.tasks;
create policy tasks_admin on stateroom.tasks for select to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists tasks_engine on stateroom.tasks;
create policy tasks_engine on stateroom.tasks for select to stateroom_engine using (true);

-- Contributors plan and edit what they see, which the policy says itself: an UPDATE that reads no column is not held back
-- by the policy for reading; routines and steps come from register_handlers and publish_workflow.
drop policy if exists tasks_insert on stateroom.tasks;
create policy tasks_insert on stateroom.tasks for insert to stateroom_user
    with check (project_id = any ((select stateroom.write_projects())::uuid[]) and kind = 'planned');
drop policy if exists tasks_update on stateroom.tasks;
create policy tasks_update on stateroom.tasks for update to stateroom_user
    using (project_id = any ((select stateroom.write_projects())::uuid[])
        and (project_id = any ((select stateroom.open_projects())::uuid[])
            or assigned_user_id = (select stateroom.current_user_id())
            or assigned_role::text = (select stateroom.current_role_name())
            or created_by = (select stateroom.current_user_id()))
        and kind = 'planned' and deleted_at is null)
    with check (project_id = any ((select stateroom.write_projects())::uuid[]) and kind = 'planned');
drop policy if exists tasks_admin_insert on stateroom.tasks;
create policy tasks_admin_insert on stateroom.tasks for insert to stateroom_admin
    with check ((select stateroom.sees_all()) and kind = 'planned');
drop policy if exists tasks_admin_update on stateroom.tasks;
create policy tasks_admin_update on stateroom.tasks for update to stateroom_admin
    using ((select stateroom.sees_all()) and kind = 'planned' and deleted_at is null)
    with check ((select stateroom.sees_all()) and kind = 'planned');

-- An edge is seen by whoever sees the task that waits; it is added and removed by whoever may write to that task and
-- sees both. Whether it may exist is a trigger's matter.
drop policy if exists task_dependencies_members on stateroom.task_dependencies;
create policy task_dependencies_members on stateroom.task_dependencies for select to stateroom_user, stateroom_admin
    using (exists (select from stateroom.tasks t where t.id = task_id));
drop policy if exists task_dependencies_insert on stateroom.task_dependencies;
create policy task_dependencies_insert on stateroom.task_dependencies for insert to stateroom_user, stateroom_admin
    with check (exists (select from stateroom.tasks t where t.id = task_id and t.kind = 'planned'
            and ((select stateroom.sees_all()) or t.project_id = any ((select stateroom.write_projects())::uuid[])))
        and exists (select from stateroom.tasks t where t.id = depends_on_task_id and t.kind = 'planned'));
drop policy if exists task_dependencies_delete on stateroom.task_dependencies;
create policy task_dependencies_delete on stateroom.task_dependencies for delete to stateroom_user, stateroom_admin
    using (exists (select from stateroom.tasks t where t.id = task_id and t.kind = 'planned'
        and ((select stateroom.sees_all()) or t.project_id = any ((select stateroom.write_projects())::uuid[]))));
drop policy if exists task_dependencies_engine on stateroom.task_dependencies;
create policy task_dependencies_engine on stateroom.task_dependencies for select to stateroom_engine using (true);

-- Contexts go with their task. What the system says of states and dependencies is written by the system alone.
drop policy if exists task_contexts_members on stateroom.task_contexts;
create policy task_contexts_members on stateroom.task_contexts for select to stateroom_user, stateroom_admin
    using (exists (select from stateroom.tasks t where t.id = task_id));
drop policy if exists task_contexts_insert on stateroom.task_contexts;
create policy task_contexts_insert on stateroom.task_contexts for insert to stateroom_user, stateroom_admin
    with check (context_type not in ('status_change', 'dependency_parent', 'dependency_child')
        and created_by = (select stateroom.current_user_id())
        and exists (select from stateroom.tasks t where t.id = task_id
            and ((select stateroom.sees_all()) or t.project_id = any ((select stateroom.write_projects())::uuid[]))));

drop policy if exists state_transitions_signed_in on stateroom.state_transitions;
create policy state_transitions_signed_in on stateroom.state_transitions for select to stateroom_user, stateroom_admin
    using ((select stateroom.current_user_id()) is not null);
