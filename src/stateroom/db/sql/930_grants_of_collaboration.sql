-- Who may do what with notifications, chat, triage and approvals. State columns are written by functions only.

grant select on stateroom.notifications, stateroom.chat_messages, stateroom.chat_message_edits, stateroom.triage_items,
    stateroom.approvals to stateroom_user, stateroom_admin;
grant update (is_read, read_at), delete on stateroom.notifications to stateroom_user, stateroom_admin;
grant insert (project_id, sender_id, recipient_id, channel, reply_to_id, related_task_id, message, message_type, metadata),
    update (message) on stateroom.chat_messages to stateroom_user, stateroom_admin;
grant insert (project_id, reporter_id, title, description, assigned_to, priority, category, fingerprint, metadata),
    update (title, description, assigned_to, priority, category, metadata)
    on stateroom.triage_items to stateroom_user, stateroom_admin;
grant execute on function
    stateroom.is_narrowed(), stateroom.issue_fingerprint(text),
    stateroom.mark_notifications_read(uuid[]),
    stateroom.send_message(uuid, text, text, uuid, uuid, uuid), stateroom.edit_message(uuid, text),
    stateroom.delete_message(uuid),
    stateroom.report_issue(uuid, text, text, stateroom.triage_priority, text, text, jsonb),
    stateroom.move_issue(uuid, stateroom.triage_status, text), stateroom.triage_to_task(uuid),
    stateroom.delete_issue(uuid),
    stateroom.request_approval(uuid, text, uuid, uuid, uuid[], stateroom.user_role, jsonb, timestamptz,
        stateroom.approval_decision),
    stateroom.approve(uuid, text, jsonb), stateroom.reject(uuid, text, jsonb)
    to stateroom_user, stateroom_admin;
grant execute on function stateroom.decide_due_approvals(integer) to stateroom_engine;
-- What a deletion sets to null is stamped as the owner of the tables, in whose name foreign keys act.
grant execute on function stateroom.current_user_id() to stateroom_owner;
grant execute on function
    stateroom.search(text, text[], integer), stateroom.find_matches(tsquery, integer, text[], integer),
    stateroom.find_similar(text, text[], integer)
    to stateroom_user, stateroom_admin;
