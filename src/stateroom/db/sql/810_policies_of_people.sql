-- Row policies of people, projects, access, and the audit trail.

drop policy if exists users_self on stateroom.users;
create policy users_self on stateroom.users for select to stateroom_user using (id = (select stateroom.current_user_id()));
drop policy if exists users_self_change on stateroom.users;
create policy users_self_change on stateroom.users for update to stateroom_user
    using (id = (select stateroom.current_user_id()) and not (select stateroom.by_key()))
    with check (id = (select stateroom.current_user_id()) and not (select stateroom.by_key()));
drop policy if exists users_admin on stateroom.users;
create policy users_admin on stateroom.users for select to stateroom_admin using ((select stateroom.sees_all()));
drop policy if exists users_admin_change on stateroom.users;
create policy users_admin_change on stateroom.users for update to stateroom_admin
    using ((select stateroom.sees_all())) with check ((select stateroom.sees_all()));

drop policy if exists projects_members on stateroom.projects;
create policy projects_members on stateroom.projects for select to stateroom_user
    using (id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists projects_maintainers on stateroom.projects;
create policy projects_maintainers on stateroom.projects for update to stateroom_user
    using (id = any ((select stateroom.manage_projects())::uuid[]))
    with check (id = any ((select stateroom.manage_projects())::uuid[]));
drop policy if exists projects_admin on stateroom.projects;
create policy projects_admin on stateroom.projects for select to stateroom_admin using ((select stateroom.sees_all()));
drop policy if exists projects_admin_change on stateroom.projects;
create policy projects_admin_change on stateroom.projects for update to stateroom_admin
    using ((select stateroom.sees_all())) with check ((select stateroom.sees_all()));

drop policy if exists project_members_members on stateroom.project_members;
create policy project_members_members on stateroom.project_members for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists project_members_admin on stateroom.project_members;
create policy project_members_admin on stateroom.project_members for select to stateroom_admin
    using ((select stateroom.sees_all()));

drop policy if exists role_permissions_signed_in on stateroom.role_permissions;
create policy role_permissions_signed_in on stateroom.role_permissions for select to stateroom_user
    using ((select stateroom.current_user_id()) is not null);

-- Their own, and not by way of a key: a key that could change keys or read sessions would be the person.
drop policy if exists user_sessions_own on stateroom.user_sessions;
create policy user_sessions_own on stateroom.user_sessions for select to stateroom_user
    using (user_id = (select stateroom.current_user_id()) and not (select stateroom.by_key()));
drop policy if exists user_sessions_own_delete on stateroom.user_sessions;
create policy user_sessions_own_delete on stateroom.user_sessions for delete to stateroom_user
    using (user_id = (select stateroom.current_user_id()) and not (select stateroom.by_key()));
drop policy if exists api_keys_own on stateroom.api_keys;
create policy api_keys_own on stateroom.api_keys for select to stateroom_user
    using (user_id = (select stateroom.current_user_id()) and not (select stateroom.by_key()));
drop policy if exists api_keys_own_change on stateroom.api_keys;
create policy api_keys_own_change on stateroom.api_keys for update to stateroom_user
    using (user_id = (select stateroom.current_user_id()) and not (select stateroom.by_key()))
    with check (user_id = (select stateroom.current_user_id()) and not (select stateroom.by_key()));
drop policy if exists api_keys_own_delete on stateroom.api_keys;
create policy api_keys_own_delete on stateroom.api_keys for delete to stateroom_user
    using (user_id = (select stateroom.current_user_id()) and not (select stateroom.by_key()));

-- Nobody changes the trail: not even the maintenance role has more than these two.
drop policy if exists maintenance on stateroom.audit_logs;
create policy maintenance on stateroom.audit_logs for select to stateroom_maintenance using (true);
drop policy if exists audit_logs_write on stateroom.audit_logs;
create policy audit_logs_write on stateroom.audit_logs for insert to stateroom_maintenance with check (true);
drop policy if exists audit_logs_maintainers on stateroom.audit_logs;
create policy audit_logs_maintainers on stateroom.audit_logs for select to stateroom_user
    using (project_id = any ((select stateroom.manage_projects())::uuid[]));
drop policy if exists audit_logs_admin on stateroom.audit_logs;
create policy audit_logs_admin on stateroom.audit_logs for select to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.manage_projects())::uuid[]));
