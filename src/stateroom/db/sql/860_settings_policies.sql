-- Who sees which settings: everybody's that are not sensitive whoever is signed in, a project's its members.

drop policy if exists settings_signed_in on stateroom.settings;
create policy settings_signed_in on stateroom.settings for select to stateroom_user
    using (project_id is null and not is_sensitive and (select stateroom.current_user_id()) is not null);
drop policy if exists settings_members on stateroom.settings;
create policy settings_members on stateroom.settings for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists settings_admin on stateroom.settings;
create policy settings_admin on stateroom.settings for select to stateroom_admin
    using ((select stateroom.sees_all()));
