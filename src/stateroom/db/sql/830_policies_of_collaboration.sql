-- Row policies of notifications, chat, triage and approvals.

drop policy if exists notifications_own on stateroom.notifications;
create policy notifications_own on stateroom.notifications to stateroom_user
    using (user_id = (select stateroom.current_user_id())
        and ((select not stateroom.is_narrowed()) or project_id = any ((select stateroom.read_projects())::uuid[])))
    with check (user_id = (select stateroom.current_user_id()));

-- A channel is for the members; what two people say to each other is for these two, administrators or not.
drop policy if exists chat_messages_members on stateroom.chat_messages;
create policy chat_messages_members on stateroom.chat_messages for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]) and deleted_at is null
        and (recipient_id is null or recipient_id = (select stateroom.current_user_id())
            or sender_id = (select stateroom.current_user_id())));
drop policy if exists chat_messages_admin on stateroom.chat_messages;
create policy chat_messages_admin on stateroom.chat_messages for select to stateroom_admin
    using (((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]))
        and deleted_at is null and (recipient_id is null or recipient_id = (select stateroom.current_user_id())
            or sender_id = (select stateroom.current_user_id())));
drop policy if exists chat_messages_send on stateroom.chat_messages;
create policy chat_messages_send on stateroom.chat_messages for insert to stateroom_user
    with check (project_id = any ((select stateroom.write_projects())::uuid[]) and message_type <> 'system'
        and sender_id = (select stateroom.current_user_id()));
drop policy if exists chat_messages_send_admin on stateroom.chat_messages;
create policy chat_messages_send_admin on stateroom.chat_messages for insert to stateroom_admin
    with check ((select stateroom.sees_all()) and message_type <> 'system'
        and sender_id = (select stateroom.current_user_id()));
drop policy if exists chat_messages_edit on stateroom.chat_messages;
create policy chat_messages_edit on stateroom.chat_messages for update to stateroom_user
    using (project_id = any ((select stateroom.write_projects())::uuid[])
        and sender_id = (select stateroom.current_user_id()) and deleted_at is null)
    with check (project_id = any ((select stateroom.write_projects())::uuid[])
        and sender_id = (select stateroom.current_user_id()));
drop policy if exists chat_messages_edit_admin on stateroom.chat_messages;
create policy chat_messages_edit_admin on stateroom.chat_messages for update to stateroom_admin
    using ((select stateroom.sees_all()) and sender_id = (select stateroom.current_user_id()) and deleted_at is null)
    with check ((select stateroom.sees_all()) and sender_id = (select stateroom.current_user_id()));
drop policy if exists chat_message_edits_as_message on stateroom.chat_message_edits;
create policy chat_message_edits_as_message on stateroom.chat_message_edits for select to stateroom_user, stateroom_admin
    using (exists (select from stateroom.chat_messages m where m.id = message_id));

-- An issue is for the members, in projects with visibility `assigned` for those whom it concerns; and for its reporter.
drop policy if exists triage_items_members on stateroom.triage_items;
create policy triage_items_members on stateroom.triage_items for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]) and deleted_at is null
        and (project_id = any ((select stateroom.open_projects())::uuid[])
            or assigned_to = (select stateroom.current_user_id())
            or reporter_id = (select stateroom.current_user_id())));
drop policy if exists triage_items_reporter on stateroom.triage_items;
create policy triage_items_reporter on stateroom.triage_items for select to stateroom_user
    using (reporter_id = (select stateroom.current_user_id()) and deleted_at is null
        and (select not stateroom.is_narrowed()));
drop policy if exists triage_items_admin on stateroom.triage_items;
create policy triage_items_admin on stateroom.triage_items for select to stateroom_admin
    using (((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]))
        and deleted_at is null);
drop policy if exists triage_items_report on stateroom.triage_items;
create policy triage_items_report on stateroom.triage_items for insert to stateroom_user
    with check (project_id = any ((select stateroom.write_projects())::uuid[])
        and reporter_id = (select stateroom.current_user_id()));
drop policy if exists triage_items_report_admin on stateroom.triage_items;
create policy triage_items_report_admin on stateroom.triage_items for insert to stateroom_admin
    with check ((select stateroom.sees_all()) and reporter_id = (select stateroom.current_user_id()));
drop policy if exists triage_items_change on stateroom.triage_items;
create policy triage_items_change on stateroom.triage_items for update to stateroom_user
    using (project_id = any ((select stateroom.write_projects())::uuid[]) and deleted_at is null
        and (project_id = any ((select stateroom.open_projects())::uuid[])
            or assigned_to = (select stateroom.current_user_id())
            or reporter_id = (select stateroom.current_user_id())))
    with check (project_id = any ((select stateroom.write_projects())::uuid[]));
drop policy if exists triage_items_change_admin on stateroom.triage_items;
create policy triage_items_change_admin on stateroom.triage_items for update to stateroom_admin
    using ((select stateroom.sees_all()) and deleted_at is null) with check ((select stateroom.sees_all()));

drop policy if exists approvals_members on stateroom.approvals;
create policy approvals_members on stateroom.approvals for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[]));
drop policy if exists approvals_asked on stateroom.approvals;
create policy approvals_asked on stateroom.approvals for select to stateroom_user
    using (requested_from @> array[(select stateroom.current_user_id())] and (select not stateroom.is_narrowed()));
drop policy if exists approvals_admin on stateroom.approvals;
create policy approvals_admin on stateroom.approvals for select to stateroom_admin
    using ((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]));
