-- Who may do what with workflows, schedules, agents, queues, and with what connects us with others. After 900, which takes
-- everything away. Columns of state are missing below: functions change them.

grant select on stateroom.workflows, stateroom.workflow_versions, stateroom.schedules, stateroom.schedule_firings,
    stateroom.agents, stateroom.queues, stateroom.events, stateroom.deployments, stateroom.deployment_scripts,
    stateroom.run_stats, stateroom.workflow_states, stateroom.active_workflows_summary,
    stateroom.deployment_script_results, stateroom.recent_activity, stateroom.execution_stats,
    stateroom.agent_utilization, stateroom.task_performance_summary
    to stateroom_user, stateroom_admin;

grant insert (project_id, name, description, type, priority, configuration, env, tags, timeout_seconds),
    update (name, description, type, priority, configuration, env, tags, timeout_seconds)
    on stateroom.workflows to stateroom_user, stateroom_admin;
-- what a schedule starts is set once: create_schedule
grant update (name, params, enabled, cron_expression, timezone, overlap_policy, catchup_policy, catchup_window_seconds,
    jitter_seconds), delete on stateroom.schedules to stateroom_user, stateroom_admin;
grant insert (project_id, name, type, capabilities, software_version, max_concurrency, budget, metadata),
    update (name, type, capabilities, software_version, max_concurrency, budget, metadata), delete
    on stateroom.agents to stateroom_user, stateroom_admin;
grant update (description, metadata) on stateroom.deployments to stateroom_user, stateroom_admin;
-- The secret goes in sealed and never comes out. Nothing sends yet, so nobody may make an endpoint that would: those need
-- a url.
grant select (id, project_id, direction, url, slug, event_types, description, is_active, failure_count, disabled_at,
        created_at, updated_at, created_by, updated_by),
    insert (project_id, direction, slug, secret, event_types, description, is_active),
    update (slug, secret, event_types, description, is_active, disabled_at), delete
    on stateroom.webhook_endpoints to stateroom_user, stateroom_admin;
grant select (id, endpoint_id, project_id, task_id, direction, event_type, event_source, event_data, headers,
        signature_verified, processed, processed_at, processing_attempts, max_processing_attempts, next_retry_at,
        response_status, response_data)
    on stateroom.webhook_events to stateroom_user, stateroom_admin;

grant execute on function stateroom.histogram_percentile(bigint[], double precision)
    to stateroom_user, stateroom_admin;
grant execute on function stateroom.read_events(xid8, uuid, integer, text[]),
    stateroom.create_deployment(uuid, stateroom.deployment_environment, text, jsonb, uuid, text, boolean, jsonb),
    stateroom.start_deployment(uuid), stateroom.approve_deployment(uuid, text), stateroom.cancel_deployment(uuid),
    stateroom.rollback_deployment(uuid), stateroom.delete_deployment(uuid),
    stateroom.register_agent(uuid, text, stateroom.agent_type, jsonb, integer, jsonb, text, jsonb),
    stateroom.set_agent_active(uuid, boolean), stateroom.set_workflow_status(uuid, stateroom.workflow_status),
    stateroom.pause_queue(text), stateroom.resume_queue(text)
    to stateroom_user, stateroom_admin;

-- The application before it knows who is asking: deliveries are authenticated by their signature.
grant execute on function stateroom.receiving_endpoint(text),
    stateroom.receive_webhook(text, text, text, text, jsonb, jsonb, text, boolean) to stateroom_app;

grant execute on function stateroom.emit(text, uuid, jsonb, uuid, uuid, uuid, uuid), stateroom.rollup_run_stats(),
    stateroom.follow_deployment(uuid) to stateroom_engine;
grant execute on function stateroom.task_history(uuid, integer, uuid) to stateroom_user, stateroom_admin;
