-- Who may do what with logs, errors, metrics, components, alerts, access logs and upkeep. After 900, which takes all away.

grant select on stateroom.logs, stateroom.error_logs, stateroom.api_access_logs, stateroom.recent_errors
    to stateroom_user, stateroom_admin;
grant update (severity, error_category, context), delete on stateroom.error_logs to stateroom_user, stateroom_admin;
grant execute on function stateroom.resolve_error(uuid, text), stateroom.reopen_error(uuid, text),
    stateroom.set_error_resolved(uuid, boolean, text), stateroom.report_error(uuid, jsonb)
    to stateroom_user, stateroom_admin;

grant select on stateroom.system_metrics, stateroom.components, stateroom.component_dependencies, stateroom.alert_rules,
    stateroom.alerts, stateroom.backups, stateroom.system_health_overview, stateroom.upkeep_jobs
    to stateroom_user, stateroom_admin;
grant select on stateroom.partition_policies, stateroom.partition_archives to stateroom_admin;
grant insert (component_id, depends_on_component_id), delete on stateroom.component_dependencies to stateroom_admin;
grant delete on stateroom.components, stateroom.alerts, stateroom.backups to stateroom_admin;
grant insert (name, description, metric_name, component_name, dimensions, aggregate, comparison, threshold,
    window_seconds, severity, fires_without_data, enabled), update (name, description, metric_name, component_name,
    dimensions, aggregate, comparison, threshold, window_seconds, severity, fires_without_data, enabled), delete
    on stateroom.alert_rules to stateroom_admin;
grant update (period, keep_days, archive) on stateroom.partition_policies to stateroom_admin;
grant execute on function stateroom.upsert_component(text, text, jsonb),
    stateroom.set_alert_state(uuid, stateroom.alert_state, text)
    to stateroom_admin;

grant execute on function stateroom.database_statistics(integer) to stateroom_user, stateroom_admin;

-- Services about themselves: the API's login without a person behind it, and the engine.
grant execute on function stateroom.write_metrics(jsonb[]),
    stateroom.report_health(text, text, stateroom.health_status, text, jsonb)
    to stateroom_app, stateroom_engine;
grant execute on function stateroom.write_access_logs(jsonb[]) to stateroom_app;
