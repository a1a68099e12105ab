-- Settings: values are read through setting_values and revealed one by one; the table itself shows everything else.

grant select (id, key, environment, project_id, value_type, description, is_encrypted, is_sensitive, is_readonly,
    validation_schema, revision, created_at, updated_at, created_by, updated_by)
    on stateroom.settings to stateroom_user, stateroom_admin;
grant select on stateroom.setting_values to stateroom_user, stateroom_admin;
grant execute on function
    stateroom.get_setting(text, stateroom.setting_environment, uuid),
    stateroom.set_setting(text, jsonb, stateroom.setting_environment, uuid, stateroom.setting_type, text, boolean, boolean,
        jsonb, integer),
    stateroom.revert_setting(uuid, integer), stateroom.delete_setting(uuid, integer), stateroom.reveal_setting(uuid)
    to stateroom_user, stateroom_admin;
