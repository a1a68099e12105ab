-- Who may do what with people, projects, access, and the audit trail.

grant select on stateroom.audit_logs to stateroom_user, stateroom_admin;
grant execute on function stateroom.audit_event(text, text, uuid, jsonb, uuid)
    to stateroom_app, stateroom_user, stateroom_admin;
