-- Row policies of people, projects, access, and the audit trail.

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
