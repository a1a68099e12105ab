-- Who may do what with people, projects, access, and the audit trail.

-- The context: set by the application, read by what runs as a person.
grant execute on function stateroom.set_context(uuid, text, uuid, text[], text, uuid, uuid, inet, text) to stateroom_app;
grant execute on function stateroom.current_user_id(), stateroom.current_role_name(), stateroom.read_projects(),
    stateroom.open_projects(), stateroom.write_projects(), stateroom.run_projects(), stateroom.manage_projects(),
    stateroom.sees_all(), stateroom.has_permission(text), stateroom.key_allows(text), stateroom.by_key(),
    stateroom.sees_project(uuid), stateroom.client_projects(text), stateroom.require_project(uuid, text),
    stateroom.require_admin(), stateroom.personal_project()
    to stateroom_user, stateroom_admin;

-- What constraints call, for all who write the rows.
grant execute on function stateroom.is_preferences(jsonb), stateroom.is_timezone(text), stateroom.are_permissions(text[])
    to stateroom_owner, stateroom_user, stateroom_admin;

-- People say what they are called; what they are is said by functions.
grant select (id, username, email, name, github_id, avatar_url, role, is_active, last_login_at, preferences, created_at,
    updated_at, created_by, updated_by), update (username, email, name, avatar_url, preferences)
    on stateroom.users to stateroom_user, stateroom_admin;
grant select on stateroom.people, stateroom.role_permissions, stateroom.api_key_uses
    to stateroom_user, stateroom_admin;
grant select, update (name, description, task_visibility, metadata) on stateroom.projects
    to stateroom_user, stateroom_admin;
grant select on stateroom.project_members, stateroom.audit_logs to stateroom_user, stateroom_admin;
grant execute on function stateroom.create_user(text, text, text, stateroom.user_role, text, bigint),
    stateroom.set_user_role(uuid, stateroom.user_role), stateroom.set_user_active(uuid, boolean),
    stateroom.purge_user(uuid, uuid)
    to stateroom_admin;
grant execute on function stateroom.create_project(text, text, stateroom.task_visibility),
    stateroom.set_project_status(uuid, stateroom.project_status),
    stateroom.set_member(uuid, uuid, stateroom.project_role), stateroom.remove_member(uuid, uuid),
    stateroom.give_project(uuid, uuid)
    to stateroom_user, stateroom_admin;

-- Sign-in, keys and tokens: hashes are readable for nobody.
grant select (id, user_id, user_agent, ip_address, expires_at, revoked_at, created_at), delete
    on stateroom.user_sessions to stateroom_user, stateroom_admin;
grant select (id, user_id, key_name, key_prefix, permissions, project_id, rate_limit_per_hour, rate_limit_per_day,
    allowed_ips, allowed_endpoints, expires_at, is_active, created_at, updated_at, created_by, updated_by),
    update (key_name, allowed_ips, allowed_endpoints), delete
    on stateroom.api_keys to stateroom_user, stateroom_admin;
grant execute on function stateroom.revoke_sessions(uuid, uuid), stateroom.set_password(text),
    stateroom.create_api_key(text, text, text, text[], uuid, integer, integer, cidr[], text[], timestamptz),
    stateroom.rotate_api_key(uuid, text, text, interval), stateroom.revoke_api_key(uuid),
    stateroom.begin_request(text, text), stateroom.finish_request(text, jsonb)
    to stateroom_user, stateroom_admin;
grant execute on function stateroom.credentials_of(text), stateroom.create_session(uuid, text, text, inet, interval),
    stateroom.check_session(text), stateroom.create_auth_token(uuid, stateroom.token_purpose, text, interval, text),
    stateroom.use_auth_token(text, stateroom.token_purpose, text), stateroom.check_api_key(text, inet, text),
    stateroom.create_user(text, text, text, stateroom.user_role, text, bigint)
    to stateroom_app;
grant execute on function stateroom.audit_event(text, text, uuid, jsonb, uuid)
    to stateroom_app, stateroom_user, stateroom_admin;
grant execute on function stateroom.purge_expired_access() to stateroom_engine;

-- Services that log in themselves: three verbs, in the projects of client_grants.
grant execute on function stateroom.enqueue(text, jsonb, uuid, integer, timestamptz, text, jsonb), stateroom.cancel_run(uuid),
    stateroom.result(uuid)
    to stateroom_client;
grant execute on function stateroom.result(uuid) to stateroom_user, stateroom_admin;
