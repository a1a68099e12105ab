-- What is audited, and the columns whose values the trail keeps: of others it says that they changed, not how.
-- `update of`: what the engine counts on and on writes no trail. Secrets are never kept, whatever stands here.

create or replace trigger audit after insert or delete
    or update of username, email, name, password_hash, github_id, avatar_url, role, is_active, preferences
    on stateroom.users for each row
    execute function stateroom.audit('username', 'email', 'name', 'github_id', 'avatar_url', 'role', 'is_active', 'preferences');
create or replace trigger audit after insert or delete
    or update of owner_id, name, description, status, task_visibility, is_personal, metadata
    on stateroom.projects for each row
    execute function stateroom.audit('owner_id', 'name', 'description', 'status', 'task_visibility', 'is_personal');
create or replace trigger audit after insert or update or delete on stateroom.project_members for each row
    execute function stateroom.audit('project_id', 'user_id', 'role');

create or replace trigger audit after insert or delete or update of name, description, type, status, priority,
    configuration, env, tags, parent_workflow_id, timeout_seconds, latest_version
    on stateroom.workflows for each row
    execute function stateroom.audit('project_id', 'name', 'description', 'type', 'status', 'priority', 'tags',
        'parent_workflow_id', 'timeout_seconds', 'latest_version');
create or replace trigger audit after insert or delete or update of name, cron_expression, timezone, params, enabled,
    overlap_policy, catchup_policy, catchup_window_seconds, jitter_seconds
    on stateroom.schedules for each row
    execute function stateroom.audit('project_id', 'task_id', 'workflow_id', 'name', 'cron_expression', 'timezone',
        'enabled', 'overlap_policy', 'catchup_policy', 'catchup_window_seconds', 'jitter_seconds');
create or replace trigger audit after insert or delete or update of project_id, name, type, capabilities,
    max_concurrency, budget, is_active, metadata
    on stateroom.agents for each row
    execute function stateroom.audit('project_id', 'name', 'type', 'capabilities', 'max_concurrency', 'budget', 'is_active');
create or replace trigger audit after insert or update or delete on stateroom.queues for each row
    execute function stateroom.audit('name', 'paused', 'max_concurrency');

-- Steps are published by the hundred thousand and never change: their version is what is audited.
create or replace trigger audit after insert or update on stateroom.tasks for each row when (new.kind <> 'step')
    execute function stateroom.audit('project_id', 'kind', 'title', 'description', 'type', 'priority', 'tags', 'deleted_at',
        'number', 'status', 'complexity_score', 'parent_task_id', 'assigned_role', 'assigned_user_id',
        'assigned_agent_id', 'start_date', 'end_date', 'estimated_hours', 'actual_hours', 'started_at', 'completed_at',
        'is_delayed', 'action', 'handler', 'queue', 'timeout_seconds', 'max_retries');
create or replace trigger audit_delete after delete on stateroom.tasks for each row when (old.kind <> 'step')
    execute function stateroom.audit('project_id', 'kind', 'title', 'type', 'number', 'status', 'assigned_user_id');

-- Values of settings may be secret whatever their type: the trail says that one changed, not to what.
create or replace trigger audit after insert or update or delete on stateroom.settings for each row
    execute function stateroom.audit('project_id', 'key', 'environment', 'value_type', 'description', 'is_sensitive',
        'is_readonly', 'revision');
-- Access. A session's start is written by create_session.
create or replace trigger audit after insert or update or delete on stateroom.api_keys for each row
    execute function stateroom.audit('user_id', 'key_name', 'key_prefix', 'permissions', 'project_id', 'rate_limit_per_hour',
        'rate_limit_per_day', 'allowed_ips', 'allowed_endpoints', 'expires_at', 'is_active');
create or replace trigger audit after insert or update or delete on stateroom.client_grants for each row
    execute function stateroom.audit('database_user', 'project_id', 'permissions');


create or replace trigger audit after insert or update or delete on stateroom.triage_items for each row
    execute function stateroom.audit('project_id', 'reporter_id', 'title', 'description', 'status', 'assigned_to', 'priority',
        'category', 'resolution', 'task_id', 'deleted_at');
create or replace trigger audit after insert or update or delete on stateroom.approvals for each row
    execute function stateroom.audit('project_id', 'task_run_id', 'deployment_id', 'title', 'requested_from',
        'requested_role', 'due_at', 'default_answer', 'decision', 'decided_by', 'comment');

create or replace trigger audit after insert or delete or update of name, type, description, status, configuration,
    endpoints, health_check_url, documentation_url, repository_url
    on stateroom.components for each row
    execute function stateroom.audit('name', 'type', 'description', 'status', 'health_check_url', 'documentation_url',
        'repository_url');
create or replace trigger audit after insert or delete or update of name, description, metric_name, component_name,
    dimensions, aggregate, comparison, threshold, window_seconds, severity, fires_without_data, enabled
    on stateroom.alert_rules for each row
    execute function stateroom.audit('name', 'description', 'metric_name', 'component_name', 'dimensions', 'aggregate',
        'comparison', 'threshold', 'window_seconds', 'severity', 'fires_without_data', 'enabled');
create or replace trigger audit after update on stateroom.partition_policies for each row
    execute function stateroom.audit('table_name', 'period', 'keep_days', 'archive');

-- Deployments and what is done with what others send. What scripts hold stays in their rows, which never change.
create or replace trigger audit after insert or update or delete on stateroom.deployments for each row
    execute function stateroom.audit('project_id', 'task_id', 'environment', 'version', 'description', 'status',
        'workflow_run_id', 'rolls_back', 'approved_by', 'deleted_at');
create or replace trigger audit after insert or delete on stateroom.deployment_scripts for each row
    execute function stateroom.audit('deployment_id', 'script_name', 'script_type', 'execution_order', 'timeout_seconds',
        'max_retries');
create or replace trigger audit after insert or delete
    or update of url, slug, secret, event_types, description, is_active, disabled_at
    on stateroom.webhook_endpoints for each row
    execute function stateroom.audit('project_id', 'direction', 'url', 'slug', 'event_types', 'description', 'is_active',
        'disabled_at');

-- Edges that people draw, and take away: not those of steps, nor those that go with a task.
create or replace trigger audit after insert on stateroom.task_dependencies for each row
    when (current_setting('stateroom.publishing', true) is distinct from 'on')
    execute function stateroom.audit('task_id', 'depends_on_task_id', 'dependency_type', 'condition');
create or replace trigger audit_delete after delete on stateroom.task_dependencies for each row
    when (pg_trigger_depth() = 0)
    execute function stateroom.audit('task_id', 'depends_on_task_id', 'dependency_type', 'condition');
create or replace trigger audit after insert or delete on stateroom.component_dependencies for each row
    execute function stateroom.audit('component_id', 'depends_on_component_id');

-- What machines report is no change by anybody; what is said of it is.
create or replace trigger audit after update of resolved, resolution_notes on stateroom.error_logs for each row
    when (new.resolved <> old.resolved or new.resolution_notes is distinct from old.resolution_notes)
    execute function stateroom.audit('project_id', 'task_id', 'resolved', 'resolved_by', 'resolution_notes');
create or replace trigger audit after update of state on stateroom.alerts for each row when (new.state <> old.state)
    execute function stateroom.audit('state', 'acknowledged_by', 'closed_by', 'notes');
create or replace trigger audit after insert or update or delete on stateroom.backups for each row
    execute function stateroom.audit('kind', 'state', 'parent_backup_id', 'started_at', 'finished_at', 'size_bytes',
        'location', 'encrypted', 'verified_at');
