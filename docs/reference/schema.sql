-- The schema of Stateroom as PostgreSQL 18 keeps it after a fresh install. Made by docs/generate.py to look at and
-- to compare, not to run. Left out: partitions, and the texts of functions, which stand in src/stateroom/*/sql.


CREATE SCHEMA stateroom;

ALTER SCHEMA stateroom OWNER TO stateroom_owner;

CREATE TYPE stateroom.action_kind AS ENUM (
    'manual',
    'command',
    'handler',
    'http',
    'agent'
);

ALTER TYPE stateroom.action_kind OWNER TO stateroom_owner;

CREATE TYPE stateroom.agent_status AS ENUM (
    'idle',
    'busy',
    'offline',
    'error',
    'draining'
);

ALTER TYPE stateroom.agent_status OWNER TO stateroom_owner;

CREATE TYPE stateroom.agent_type AS ENUM (
    'worker',
    'ai',
    'human',
    'external'
);

ALTER TYPE stateroom.agent_type OWNER TO stateroom_owner;

CREATE TYPE stateroom.aggregation_period AS ENUM (
    'instant',
    '1min',
    '5min',
    '15min',
    '1hour',
    '1day'
);

ALTER TYPE stateroom.aggregation_period OWNER TO stateroom_owner;

CREATE TYPE stateroom.alert_aggregate AS ENUM (
    'avg',
    'min',
    'max',
    'sum',
    'count',
    'last'
);

ALTER TYPE stateroom.alert_aggregate OWNER TO stateroom_owner;

CREATE TYPE stateroom.alert_comparison AS ENUM (
    'above',
    'at_least',
    'below',
    'at_most'
);

ALTER TYPE stateroom.alert_comparison OWNER TO stateroom_owner;

CREATE TYPE stateroom.alert_severity AS ENUM (
    'info',
    'warning',
    'critical'
);

ALTER TYPE stateroom.alert_severity OWNER TO stateroom_owner;

CREATE TYPE stateroom.alert_state AS ENUM (
    'firing',
    'acknowledged',
    'resolved'
);

ALTER TYPE stateroom.alert_state OWNER TO stateroom_owner;

CREATE TYPE stateroom.approval_decision AS ENUM (
    'approved',
    'rejected'
);

ALTER TYPE stateroom.approval_decision OWNER TO stateroom_owner;

CREATE TYPE stateroom.attempt_outcome AS ENUM (
    'failed',
    'timed_out',
    'cancelled',
    'lost',
    'snoozed',
    'released'
);

ALTER TYPE stateroom.attempt_outcome OWNER TO stateroom_owner;

CREATE TYPE stateroom.backup_kind AS ENUM (
    'full',
    'incremental',
    'logical'
);

ALTER TYPE stateroom.backup_kind OWNER TO stateroom_owner;

CREATE TYPE stateroom.backup_state AS ENUM (
    'running',
    'succeeded',
    'failed',
    'deleted'
);

ALTER TYPE stateroom.backup_state OWNER TO stateroom_owner;

CREATE TYPE stateroom.catchup_policy AS ENUM (
    'none',
    'latest',
    'all'
);

ALTER TYPE stateroom.catchup_policy OWNER TO stateroom_owner;

CREATE TYPE stateroom.component_status AS ENUM (
    'active',
    'inactive',
    'maintenance',
    'error',
    'unknown'
);

ALTER TYPE stateroom.component_status OWNER TO stateroom_owner;

CREATE TYPE stateroom.context_type AS ENUM (
    'requirement',
    'codebase',
    'ai_interaction',
    'validation',
    'workflow',
    'status_change',
    'completion',
    'dependency_parent',
    'dependency_child',
    'error',
    'performance'
);

ALTER TYPE stateroom.context_type OWNER TO stateroom_owner;

CREATE TYPE stateroom.dependency_type AS ENUM (
    'blocks',
    'related',
    'discovered_from',
    'duplicates'
);

ALTER TYPE stateroom.dependency_type OWNER TO stateroom_owner;

CREATE TYPE stateroom.deployment_environment AS ENUM (
    'development',
    'testing',
    'staging',
    'production'
);

ALTER TYPE stateroom.deployment_environment OWNER TO stateroom_owner;

CREATE TYPE stateroom.deployment_status AS ENUM (
    'pending',
    'awaiting_approval',
    'running',
    'succeeded',
    'failed',
    'rolled_back',
    'cancelled'
);

ALTER TYPE stateroom.deployment_status OWNER TO stateroom_owner;

CREATE TYPE stateroom.edge_condition AS ENUM (
    'success',
    'failure',
    'always'
);

ALTER TYPE stateroom.edge_condition OWNER TO stateroom_owner;

CREATE TYPE stateroom.error_category AS ENUM (
    'validation',
    'compilation',
    'runtime',
    'network',
    'database',
    'authentication',
    'authorization',
    'timeout',
    'resource',
    'configuration'
);

ALTER TYPE stateroom.error_category OWNER TO stateroom_owner;

CREATE TYPE stateroom.error_severity AS ENUM (
    'debug',
    'info',
    'warning',
    'error',
    'critical',
    'fatal'
);

ALTER TYPE stateroom.error_severity OWNER TO stateroom_owner;

CREATE TYPE stateroom.firing_outcome AS ENUM (
    'started',
    'refused',
    'skipped',
    'queued'
);

ALTER TYPE stateroom.firing_outcome OWNER TO stateroom_owner;

CREATE TYPE stateroom.health_status AS ENUM (
    'healthy',
    'degraded',
    'unhealthy',
    'unknown'
);

ALTER TYPE stateroom.health_status OWNER TO stateroom_owner;

CREATE TYPE stateroom.key_hold AS ENUM (
    'expiry',
    'unfinished',
    'unstarted'
);

ALTER TYPE stateroom.key_hold OWNER TO stateroom_owner;

CREATE TYPE stateroom.log_level AS ENUM (
    'debug',
    'info',
    'warn',
    'error',
    'fatal'
);

ALTER TYPE stateroom.log_level OWNER TO stateroom_owner;

CREATE TYPE stateroom.message_type AS ENUM (
    'text',
    'system',
    'file'
);

ALTER TYPE stateroom.message_type OWNER TO stateroom_owner;

CREATE TYPE stateroom.metric_category AS ENUM (
    'database',
    'api',
    'task_processing',
    'deployment',
    'error_rate',
    'performance',
    'security',
    'resource_usage'
);

ALTER TYPE stateroom.metric_category OWNER TO stateroom_owner;

CREATE TYPE stateroom.metric_kind AS ENUM (
    'counter',
    'gauge',
    'histogram',
    'summary'
);

ALTER TYPE stateroom.metric_kind OWNER TO stateroom_owner;

CREATE TYPE stateroom.notification_type AS ENUM (
    'task_assigned',
    'task_delayed',
    'task_completed',
    'task_unblocked',
    'issue_reported',
    'mention',
    'approval_requested',
    'run_failed',
    'alert',
    'system'
);

ALTER TYPE stateroom.notification_type OWNER TO stateroom_owner;

CREATE TYPE stateroom.overlap_policy AS ENUM (
    'skip',
    'queue',
    'cancel_running',
    'allow'
);

ALTER TYPE stateroom.overlap_policy OWNER TO stateroom_owner;

CREATE TYPE stateroom.permission_scope AS ENUM (
    'global',
    'project'
);

ALTER TYPE stateroom.permission_scope OWNER TO stateroom_owner;

CREATE TYPE stateroom.project_role AS ENUM (
    'viewer',
    'contributor',
    'maintainer'
);

ALTER TYPE stateroom.project_role OWNER TO stateroom_owner;

CREATE TYPE stateroom.project_status AS ENUM (
    'active',
    'paused',
    'completed',
    'archived'
);

ALTER TYPE stateroom.project_status OWNER TO stateroom_owner;

CREATE TYPE stateroom.run_limit AS ENUM (
    'start',
    'deadline'
);

ALTER TYPE stateroom.run_limit OWNER TO stateroom_owner;

CREATE TYPE stateroom.run_state AS ENUM (
    'waiting',
    'scheduled',
    'queued',
    'running',
    'succeeded',
    'failed',
    'cancelled',
    'timed_out',
    'skipped'
);

ALTER TYPE stateroom.run_state OWNER TO stateroom_owner;

CREATE TYPE stateroom.run_trigger AS ENUM (
    'manual',
    'schedule',
    'webhook',
    'api',
    'dependency',
    'rerun'
);

ALTER TYPE stateroom.run_trigger OWNER TO stateroom_owner;

CREATE TYPE stateroom.schema_change AS ENUM (
    'revision',
    'object'
);

ALTER TYPE stateroom.schema_change OWNER TO stateroom_owner;

CREATE TYPE stateroom.script_type AS ENUM (
    'build',
    'test',
    'deploy',
    'rollback',
    'migration',
    'validation',
    'cleanup'
);

ALTER TYPE stateroom.script_type OWNER TO stateroom_owner;

CREATE TYPE stateroom.setting_environment AS ENUM (
    'all',
    'development',
    'testing',
    'staging',
    'production'
);

ALTER TYPE stateroom.setting_environment OWNER TO stateroom_owner;

CREATE TYPE stateroom.setting_type AS ENUM (
    'string',
    'number',
    'boolean',
    'json',
    'array',
    'encrypted'
);

ALTER TYPE stateroom.setting_type OWNER TO stateroom_owner;

CREATE TYPE stateroom.task_kind AS ENUM (
    'planned',
    'routine',
    'step'
);

ALTER TYPE stateroom.task_kind OWNER TO stateroom_owner;

CREATE TYPE stateroom.task_status AS ENUM (
    'pending',
    'in_progress',
    'completed',
    'failed',
    'cancelled'
);

ALTER TYPE stateroom.task_status OWNER TO stateroom_owner;

CREATE TYPE stateroom.task_type AS ENUM (
    'general',
    'epic',
    'story',
    'bug',
    'code_generation',
    'testing',
    'deployment',
    'validation',
    'monitoring',
    'custom'
);

ALTER TYPE stateroom.task_type OWNER TO stateroom_owner;

CREATE TYPE stateroom.task_visibility AS ENUM (
    'project',
    'assigned'
);

ALTER TYPE stateroom.task_visibility OWNER TO stateroom_owner;

CREATE TYPE stateroom.token_purpose AS ENUM (
    'password_reset',
    'first_admin',
    'email_change'
);

ALTER TYPE stateroom.token_purpose OWNER TO stateroom_owner;

CREATE TYPE stateroom.triage_priority AS ENUM (
    'low',
    'medium',
    'high',
    'critical'
);

ALTER TYPE stateroom.triage_priority OWNER TO stateroom_owner;

CREATE TYPE stateroom.triage_status AS ENUM (
    'pending',
    'in_review',
    'resolved',
    'rejected'
);

ALTER TYPE stateroom.triage_status OWNER TO stateroom_owner;

CREATE TYPE stateroom.user_role AS ENUM (
    'developer',
    'designer',
    'tester',
    'project_manager',
    'admin'
);

ALTER TYPE stateroom.user_role OWNER TO stateroom_owner;

CREATE TYPE stateroom.webhook_direction AS ENUM (
    'in',
    'out'
);

ALTER TYPE stateroom.webhook_direction OWNER TO stateroom_owner;

CREATE TYPE stateroom.workflow_status AS ENUM (
    'draft',
    'active',
    'paused',
    'archived'
);

ALTER TYPE stateroom.workflow_status OWNER TO stateroom_owner;

CREATE TYPE stateroom.workflow_type AS ENUM (
    'ci_cd',
    'deployment',
    'testing',
    'monitoring',
    'custom'
);

ALTER TYPE stateroom.workflow_type OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.actor_name() RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.actor_name() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.add_histograms(p_one integer[], p_other integer[]) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(SELECT (COALESCE(u.one, 0) + COALESCE(u.other, 0)) FROM UNNEST(add_histograms.p_one, add_histograms.p_other) WITH ORDINALITY u(one, other, no) ORDER BY u.no);

ALTER FUNCTION stateroom.add_histograms(p_one integer[], p_other integer[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.add_partition(p_table text, p_name text, p_low uuid, p_high uuid, p_fill integer) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.add_partition(p_table text, p_name text, p_low uuid, p_high uuid, p_fill integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.advance(p_workflow_runs uuid[], p_tasks uuid[], p_ok boolean[], p_failed boolean[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_material TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS '…';

ALTER FUNCTION stateroom.advance(p_workflow_runs uuid[], p_tasks uuid[], p_ok boolean[], p_failed boolean[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.now() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN statement_timestamp();

ALTER FUNCTION stateroom.now() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.uuidv7() RETURNS uuid
    LANGUAGE sql PARALLEL SAFE
    RETURN uuidv7();

ALTER FUNCTION stateroom.uuidv7() OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.alert_rules (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    name text NOT NULL,
    description text,
    metric_name text NOT NULL,
    component_name text,
    dimensions jsonb DEFAULT '{}'::jsonb NOT NULL,
    aggregate stateroom.alert_aggregate DEFAULT 'avg'::stateroom.alert_aggregate NOT NULL,
    comparison stateroom.alert_comparison DEFAULT 'above'::stateroom.alert_comparison NOT NULL,
    threshold double precision NOT NULL,
    window_seconds integer DEFAULT 300 NOT NULL,
    severity stateroom.alert_severity DEFAULT 'warning'::stateroom.alert_severity NOT NULL,
    fires_without_data boolean DEFAULT false NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    last_evaluated_at timestamp with time zone,
    last_value double precision,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT alert_rules_component_name_check CHECK (((char_length(component_name) >= 1) AND (char_length(component_name) <= 200))),
    CONSTRAINT alert_rules_description_check CHECK ((char_length(description) <= 10000)),
    CONSTRAINT alert_rules_dimensions_check CHECK ((jsonb_typeof(dimensions) = 'object'::text)),
    CONSTRAINT alert_rules_metric_name_check CHECK (((char_length(metric_name) >= 1) AND (char_length(metric_name) <= 200))),
    CONSTRAINT alert_rules_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT alert_rules_window_seconds_check CHECK (((window_seconds >= 10) AND (window_seconds <= 604800)))
);

ALTER TABLE ONLY stateroom.alert_rules FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.alert_rules OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.alert_message(p_rule stateroom.alert_rules, p_value double precision) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN "left"(format('%s: %s of %s%s over %s s is %s, %s %s'::text, (p_rule).name, (p_rule).aggregate, (p_rule).metric_name, COALESCE((' of '::text || (p_rule).component_name), ''::text), (p_rule).window_seconds, COALESCE((p_value)::text, 'without data'::text), replace(((p_rule).comparison)::text, '_'::text, ' '::text), (p_rule).threshold), 2000);

ALTER FUNCTION stateroom.alert_message(p_rule stateroom.alert_rules, p_value double precision) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.alert_value(p_rule stateroom.alert_rules) RETURNS double precision
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.alert_value(p_rule stateroom.alert_rules) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.announce_issue() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.announce_issue() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.announce_message() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.announce_message() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.approve(p_approval uuid, p_comment text DEFAULT NULL::text, p_answers jsonb DEFAULT '{}'::jsonb) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.approve(p_approval uuid, p_comment text, p_answers jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.approve_deployment(p_deployment uuid, p_comment text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.approve_deployment(p_deployment uuid, p_comment text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.are_permissions(p_names text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((p_names <@ '{read:tasks,write:tasks,run:work,manage:projects,read:metrics,admin}'::text[]) AND ((cardinality(p_names) >= 1) AND (cardinality(p_names) <= 6)));

ALTER FUNCTION stateroom.are_permissions(p_names text[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.assign_tasks(p_tasks uuid[], p_user uuid DEFAULT NULL::uuid, p_role stateroom.user_role DEFAULT NULL::stateroom.user_role, p_agent uuid DEFAULT NULL::uuid) RETURNS TABLE(id uuid, revision integer)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.assign_tasks(p_tasks uuid[], p_user uuid, p_role stateroom.user_role, p_agent uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.audit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.audit() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.audit_event(p_action text, p_entity_type text, p_entity_id uuid DEFAULT NULL::uuid, p_details jsonb DEFAULT '{}'::jsonb, p_project uuid DEFAULT NULL::uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.audit_event(p_action text, p_entity_type text, p_entity_id uuid, p_details jsonb, p_project uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.audit_value(p_value jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (char_length((p_value)::text) <= 4000) THEN p_value ELSE to_jsonb(("left"((p_value #>> '{}'::text[]), 4000) || '…'::text)) END;

ALTER FUNCTION stateroom.audit_value(p_value jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.author() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.author() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.backfill_schedule(p_schedule uuid, p_times timestamp with time zone[]) RETURNS TABLE(fire_time timestamp with time zone, run_id uuid, outcome stateroom.firing_outcome, is_new boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.backfill_schedule(p_schedule uuid, p_times timestamp with time zone[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.begin_request(p_key text, p_request_hash text) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.begin_request(p_key text, p_request_hash text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.below(p_workflow_run uuid, p_run uuid) RETURNS uuid[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.below(p_workflow_run uuid, p_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.bloated_indexes(p_least_bytes bigint DEFAULT 10485760, p_ratio double precision DEFAULT 2) RETURNS TABLE(index_name text, size_bytes bigint, needed_bytes bigint, statement text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.bloated_indexes(p_least_bytes bigint, p_ratio double precision) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.build_dependency_tree() RETURNS TABLE(root_id uuid, task_id uuid, min_depth integer, max_depth integer, via_task_id uuid)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    SET enable_nestloop TO 'off'
    AS '…';

ALTER FUNCTION stateroom.build_dependency_tree() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.by_key() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((COALESCE(current_setting('stateroom.key_permissions'::text, true), ''::text) <> ''::text) OR (COALESCE(current_setting('stateroom.api_key_id'::text, true), ''::text) <> ''::text));

ALTER FUNCTION stateroom.by_key() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.cancel_deployment(p_deployment uuid) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.cancel_deployment(p_deployment uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.cancel_run(p_run uuid) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.cancel_run(p_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.cancel_task_run(p_run uuid) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.cancel_task_run(p_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.cancel_workflow_run(p_run uuid) RETURNS text
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.cancel_workflow_run(p_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.change_task() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.change_task() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.schema_problem(p_schema jsonb, p_at text DEFAULT 'schema'::text, p_depth integer DEFAULT 0) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.schema_problem(p_schema jsonb, p_at text, p_depth integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.value_problem(p_value jsonb, p_schema jsonb, p_at text DEFAULT 'value'::text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.value_problem(p_value jsonb, p_schema jsonb, p_at text) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.settings (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    key text NOT NULL,
    environment stateroom.setting_environment DEFAULT 'all'::stateroom.setting_environment NOT NULL,
    project_id uuid,
    value jsonb NOT NULL,
    value_type stateroom.setting_type NOT NULL,
    description text,
    is_encrypted boolean DEFAULT false NOT NULL,
    is_sensitive boolean DEFAULT false NOT NULL,
    is_readonly boolean DEFAULT false NOT NULL,
    validation_schema jsonb,
    revision integer DEFAULT 1 NOT NULL,
    previous_value jsonb,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT settings_description_check CHECK ((char_length(description) <= 2000)),
    CONSTRAINT settings_key_check CHECK (((char_length(key) <= 200) AND (key ~ '^[a-z][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)*$'::text))),
    CONSTRAINT settings_revision_check CHECK ((revision >= 1)),
    CONSTRAINT settings_schema CHECK (((validation_schema IS NULL) OR (stateroom.schema_problem(validation_schema) IS NULL))),
    CONSTRAINT settings_sealed CHECK (((is_encrypted = (value_type = 'encrypted'::stateroom.setting_type)) AND (is_sensitive OR (NOT is_encrypted)))),
    CONSTRAINT settings_validation_schema_check CHECK ((char_length((validation_schema)::text) <= 10000)),
    CONSTRAINT settings_value_check CHECK ((char_length((value)::text) <= 100000)),
    CONSTRAINT settings_value_fits CHECK (((validation_schema IS NULL) OR is_encrypted OR (stateroom.value_problem(value, validation_schema) IS NULL))),
    CONSTRAINT settings_value_type CHECK (((value_type = 'json'::stateroom.setting_type) OR ((value_type <> 'encrypted'::stateroom.setting_type) AND (jsonb_typeof(value) = (value_type)::text)) OR ((value_type = 'encrypted'::stateroom.setting_type) AND (jsonb_typeof(value) = 'string'::text) AND ((value #>> '{}'::text[]) ~ '^sr1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{38,}$'::text))))
);

ALTER TABLE ONLY stateroom.settings FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.settings OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.changed_setting(p_old stateroom.settings, p_key text, p_value jsonb, p_type stateroom.setting_type, p_is_sensitive boolean) RETURNS stateroom.settings
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.changed_setting(p_old stateroom.settings, p_key text, p_value jsonb, p_type stateroom.setting_type, p_is_sensitive boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.check_api_key(p_key_hash text, p_ip inet DEFAULT NULL::inet, p_endpoint text DEFAULT NULL::text) RETURNS TABLE(outcome text, api_key_id uuid, user_id uuid, role stateroom.user_role, project_id uuid, permissions text[], remaining integer, reset_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.check_api_key(p_key_hash text, p_ip inet, p_endpoint text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.check_assignee(p_project uuid, p_user uuid) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.check_assignee(p_project uuid, p_user uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.check_definition(p_project uuid, p_definition jsonb) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.check_definition(p_project uuid, p_definition jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.check_dependency() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.check_dependency() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.check_integrity() RETURNS TABLE(problem text, run_id uuid, detail text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.check_integrity() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.check_priority(p_priority integer) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.check_priority(p_priority integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.check_session(p_token_hash text) RETURNS TABLE(session_id uuid, user_id uuid, username text, role stateroom.user_role, expires_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.check_session(p_token_hash text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.check_unique(p_key text, p_unique jsonb) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.check_unique(p_key text, p_unique jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.claim(p_session uuid, p_limit integer, p_lanes text[], p_ranks smallint[], p_xids xid8[], p_runs uuid[]) RETURNS TABLE(run_id uuid, token bigint, attempt integer, task_id uuid, workflow_run_id uuid, map_index integer, input jsonb, lane text, rank smallint, xid xid8, horizon xid8)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_material TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS '…';

ALTER FUNCTION stateroom.claim(p_session uuid, p_limit integer, p_lanes text[], p_ranks smallint[], p_xids xid8[], p_runs uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.cleanup_old_logs(p_days integer DEFAULT NULL::integer, p_dry_run boolean DEFAULT false) RETURNS TABLE(table_name text, removed bigint)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.cleanup_old_logs(p_days integer, p_dry_run boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.client_projects(p_permission text DEFAULT 'run:work'::text) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.client_projects(p_permission text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.close_session(p_session uuid) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.close_session(p_session uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.closes_cycle(p_task uuid, p_above uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS '…';

ALTER FUNCTION stateroom.closes_cycle(p_task uuid, p_above uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.complete(p_session uuid, p_runs uuid[], p_tokens bigint[], p_results jsonb[], p_details jsonb[]) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_material TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS '…';

ALTER FUNCTION stateroom.complete(p_session uuid, p_runs uuid[], p_tokens bigint[], p_results jsonb[], p_details jsonb[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.compute_projects(p_user uuid, p_role text, p_project uuid, p_key text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.compute_projects(p_user uuid, p_role text, p_project uuid, p_key text[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.count_errors(p_runs uuid[], p_errors jsonb[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.count_errors(p_runs uuid[], p_errors jsonb[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.count_task(p_project uuid, p_delta integer, p_take boolean, p_number integer) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.count_task(p_project uuid, p_delta integer, p_take boolean, p_number integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.create_api_key(p_name text, p_prefix text, p_key_hash text, p_permissions text[], p_project uuid DEFAULT NULL::uuid, p_per_hour integer DEFAULT 1000, p_per_day integer DEFAULT 10000, p_ips cidr[] DEFAULT '{}'::cidr[], p_endpoints text[] DEFAULT '{}'::text[], p_expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.create_api_key(p_name text, p_prefix text, p_key_hash text, p_permissions text[], p_project uuid, p_per_hour integer, p_per_day integer, p_ips cidr[], p_endpoints text[], p_expires_at timestamp with time zone) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.create_auth_token(p_user uuid, p_purpose stateroom.token_purpose, p_token_hash text, p_ttl interval DEFAULT '01:00:00'::interval, p_new_email text DEFAULT NULL::text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.create_auth_token(p_user uuid, p_purpose stateroom.token_purpose, p_token_hash text, p_ttl interval, p_new_email text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.create_deployment(p_project uuid, p_environment stateroom.deployment_environment, p_version text, p_scripts jsonb, p_task uuid DEFAULT NULL::uuid, p_description text DEFAULT NULL::text, p_needs_approval boolean DEFAULT NULL::boolean, p_metadata jsonb DEFAULT '{}'::jsonb) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.create_deployment(p_project uuid, p_environment stateroom.deployment_environment, p_version text, p_scripts jsonb, p_task uuid, p_description text, p_needs_approval boolean, p_metadata jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.create_project(p_name text, p_description text DEFAULT NULL::text, p_visibility stateroom.task_visibility DEFAULT 'project'::stateroom.task_visibility) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.create_project(p_name text, p_description text, p_visibility stateroom.task_visibility) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.create_schedule(p_project uuid, p_name text, p_workflow uuid, p_task uuid, p_cron text, p_timezone text DEFAULT 'UTC'::text, p_params jsonb DEFAULT '{}'::jsonb, p_next_run_at timestamp with time zone DEFAULT NULL::timestamp with time zone, p_overlap stateroom.overlap_policy DEFAULT 'allow'::stateroom.overlap_policy, p_catchup stateroom.catchup_policy DEFAULT 'latest'::stateroom.catchup_policy, p_catchup_window_seconds integer DEFAULT 3600, p_jitter_seconds integer DEFAULT 0, p_enabled boolean DEFAULT true) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.create_schedule(p_project uuid, p_name text, p_workflow uuid, p_task uuid, p_cron text, p_timezone text, p_params jsonb, p_next_run_at timestamp with time zone, p_overlap stateroom.overlap_policy, p_catchup stateroom.catchup_policy, p_catchup_window_seconds integer, p_jitter_seconds integer, p_enabled boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.create_session(p_user uuid, p_token_hash text, p_agent text DEFAULT NULL::text, p_ip inet DEFAULT NULL::inet, p_ttl interval DEFAULT '30 days'::interval) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.create_session(p_user uuid, p_token_hash text, p_agent text, p_ip inet, p_ttl interval) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.create_user(p_username text, p_email text DEFAULT NULL::text, p_name text DEFAULT NULL::text, p_role stateroom.user_role DEFAULT 'developer'::stateroom.user_role, p_password_hash text DEFAULT NULL::text, p_github_id bigint DEFAULT NULL::bigint) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.create_user(p_username text, p_email text, p_name text, p_role stateroom.user_role, p_password_hash text, p_github_id bigint) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.credentials_of(p_login text) RETURNS TABLE(user_id uuid, password_hash text, role stateroom.user_role)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.credentials_of(p_login text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) RETURNS integer[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.current_role_name() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN NULLIF(current_setting('stateroom.role'::text, true), ''::text);

ALTER FUNCTION stateroom.current_role_name() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.current_user_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (NULLIF(current_setting('stateroom.user_id'::text, true), ''::text))::uuid;

ALTER FUNCTION stateroom.current_user_id() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.database_statistics(p_limit integer DEFAULT 10) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.database_statistics(p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.days_kept(p_setting text, p_default integer) RETURNS integer
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.days_kept(p_setting text, p_default integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.decide(p_approval uuid, p_decision stateroom.approval_decision, p_comment text, p_answers jsonb) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.decide(p_approval uuid, p_decision stateroom.approval_decision, p_comment text, p_answers jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.decide_due_approvals(p_limit integer DEFAULT 100) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.decide_due_approvals(p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.delete_deployment(p_deployment uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.delete_deployment(p_deployment uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.delete_issue(p_item uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.delete_issue(p_item uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.delete_message(p_message uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.delete_message(p_message uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.delete_schedule(p_schedule uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.delete_schedule(p_schedule uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.delete_setting(p_id uuid, p_expected_revision integer DEFAULT NULL::integer) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.delete_setting(p_id uuid, p_expected_revision integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.delete_tasks(p_tasks uuid[]) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.delete_tasks(p_tasks uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.dependency_path(p_root uuid, p_task uuid) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    AS '…';

ALTER FUNCTION stateroom.dependency_path(p_root uuid, p_task uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.dependency_tree(p_task uuid) RETURNS TABLE(direction text, task_id uuid, number integer, title text, status stateroom.task_status, min_depth integer, max_depth integer, via_task_id uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.dependency_tree(p_task uuid) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.deployments (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    task_id uuid,
    environment stateroom.deployment_environment NOT NULL,
    version text NOT NULL,
    description text,
    status stateroom.deployment_status DEFAULT 'pending'::stateroom.deployment_status NOT NULL,
    workflow_run_id uuid,
    rolls_back uuid,
    approved_by uuid,
    approved_at timestamp with time zone,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    deleted_at timestamp with time zone,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT deployments_approved CHECK (((approved_by IS NULL) OR (approved_at IS NOT NULL))),
    CONSTRAINT deployments_description_check CHECK ((char_length(description) <= 10000)),
    CONSTRAINT deployments_finished_at CHECK (((status = ANY (ARRAY['pending'::stateroom.deployment_status, 'awaiting_approval'::stateroom.deployment_status, 'running'::stateroom.deployment_status])) = (finished_at IS NULL))),
    CONSTRAINT deployments_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT deployments_not_itself CHECK ((rolls_back <> id)),
    CONSTRAINT deployments_started_at CHECK (
CASE
    WHEN (status = ANY (ARRAY['pending'::stateroom.deployment_status, 'awaiting_approval'::stateroom.deployment_status])) THEN (started_at IS NULL)
    WHEN (status = 'cancelled'::stateroom.deployment_status) THEN true
    ELSE (started_at IS NOT NULL)
END),
    CONSTRAINT deployments_version_check CHECK (((char_length(version) >= 1) AND (char_length(version) <= 200))),
    CONSTRAINT deployments_workflow_run CHECK (((workflow_run_id IS NULL) = (started_at IS NULL)))
);

ALTER TABLE ONLY stateroom.deployments FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.deployments OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.deployment_definition(p_deployment stateroom.deployments) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.deployment_definition(p_deployment stateroom.deployments) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.drop_expired_partitions(p_dry_run boolean DEFAULT true) RETURNS TABLE(table_name text, partition_name text, row_count bigint, size_bytes bigint, outcome text)
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.drop_expired_partitions(p_dry_run boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.drop_finished_runs() RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '500ms'
    AS '…';

ALTER FUNCTION stateroom.drop_finished_runs() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.drop_partition(p_table text, p_partition text, p_high uuid, p_floor uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.drop_partition(p_table text, p_partition text, p_high uuid, p_floor uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.due_schedules(p_limit integer DEFAULT 1000) RETURNS TABLE(id uuid, cron_expression text, timezone text, next_run_at timestamp with time zone, catchup_policy stateroom.catchup_policy, catchup_window_seconds integer, clock timestamp with time zone, jitter_seconds integer, changed_at timestamp with time zone)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.due_schedules(p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.duration_bucket(p_ms double precision) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (p_ms IS NULL) THEN NULL::integer WHEN (p_ms < (1)::double precision) THEN 1 ELSE LEAST(64, ((floor((((2)::double precision * ln(p_ms)) / ln((2)::double precision))))::integer + 2)) END;

ALTER FUNCTION stateroom.duration_bucket(p_ms double precision) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.edit_message(p_message uuid, p_text text) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.edit_message(p_message uuid, p_text text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.emit(p_type text, p_project uuid, p_payload jsonb DEFAULT '{}'::jsonb, p_task uuid DEFAULT NULL::uuid, p_workflow_run uuid DEFAULT NULL::uuid, p_task_run uuid DEFAULT NULL::uuid, p_recipient uuid DEFAULT NULL::uuid) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.emit(p_type text, p_project uuid, p_payload jsonb, p_task uuid, p_workflow_run uuid, p_task_run uuid, p_recipient uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.enable_schedules(p_schedules uuid[], p_enabled boolean) RETURNS integer
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.enable_schedules(p_schedules uuid[], p_enabled boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.end_late(p_run uuid, p_type text, p_only_unstarted boolean) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.end_late(p_run uuid, p_type text, p_only_unstarted boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.enforce_limits(p_limit integer DEFAULT 1000) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    AS '…';

ALTER FUNCTION stateroom.enforce_limits(p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.enqueue(p_task text, p_input jsonb DEFAULT '{}'::jsonb, p_project uuid DEFAULT NULL::uuid, p_priority integer DEFAULT NULL::integer, p_run_at timestamp with time zone DEFAULT NULL::timestamp with time zone, p_key text DEFAULT NULL::text, p_unique jsonb DEFAULT NULL::jsonb) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.enqueue(p_task text, p_input jsonb, p_project uuid, p_priority integer, p_run_at timestamp with time zone, p_key text, p_unique jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.enqueue_batch(p_task uuid, p_inputs jsonb[], p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb, p_parent uuid) RETURNS TABLE(run_id uuid, created boolean)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.enqueue_batch(p_task uuid, p_inputs jsonb[], p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb, p_parent uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.enqueue_children(p_run uuid, p_token bigint, p_task text, p_inputs jsonb[], p_priority integer DEFAULT NULL::integer, p_run_at timestamp with time zone DEFAULT NULL::timestamp with time zone, p_delay double precision DEFAULT NULL::double precision, p_keys text[] DEFAULT '{}'::text[], p_unique jsonb DEFAULT NULL::jsonb) RETURNS TABLE(run_id uuid, created boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.enqueue_children(p_run uuid, p_token bigint, p_task text, p_inputs jsonb[], p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.enqueue_many(p_task text, p_inputs jsonb[], p_project uuid DEFAULT NULL::uuid, p_priority integer DEFAULT NULL::integer, p_run_at timestamp with time zone DEFAULT NULL::timestamp with time zone, p_delay double precision DEFAULT NULL::double precision, p_keys text[] DEFAULT '{}'::text[], p_unique jsonb DEFAULT NULL::jsonb) RETURNS TABLE(run_id uuid, created boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.enqueue_many(p_task text, p_inputs jsonb[], p_project uuid, p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.enqueue_runs(p_tasks uuid[], p_inputs jsonb[], p_priorities smallint[] DEFAULT '{}'::smallint[], p_run_ats timestamp with time zone[] DEFAULT '{}'::timestamp with time zone[], p_keys text[] DEFAULT '{}'::text[], p_ids uuid[] DEFAULT NULL::uuid[], p_schedules uuid[] DEFAULT '{}'::uuid[], p_unique jsonb DEFAULT NULL::jsonb, p_parent uuid DEFAULT NULL::uuid) RETURNS TABLE(run_id uuid, created boolean)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_material TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS '…';

ALTER FUNCTION stateroom.enqueue_runs(p_tasks uuid[], p_inputs jsonb[], p_priorities smallint[], p_run_ats timestamp with time zone[], p_keys text[], p_ids uuid[], p_schedules uuid[], p_unique jsonb, p_parent uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.ensure_partitions(p_months integer DEFAULT 2) RETURNS SETOF text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '10s'
    AS '…';

ALTER FUNCTION stateroom.ensure_partitions(p_months integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.evaluate_alerts() RETURNS TABLE(alert_id uuid, alert_name text, new_state stateroom.alert_state, new_value double precision)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.evaluate_alerts() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.expire_partitions(p_table text, p_days integer, p_dry_run boolean DEFAULT true) RETURNS TABLE(partition_name text, row_count bigint, size_bytes bigint, outcome text)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '500ms'
    AS '…';

ALTER FUNCTION stateroom.expire_partitions(p_table text, p_days integer, p_dry_run boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.explain_run(p_run uuid) RETURNS TABLE(run_id uuid, condition text, met boolean, subject_id uuid, subject text, detail text, until timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.explain_run(p_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.explain_task(p_task uuid) RETURNS TABLE(condition text, met boolean, subject_id uuid, subject text, detail text, until timestamp with time zone)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.explain_task(p_task uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.explain_task_run(p_run uuid) RETURNS TABLE(condition text, met boolean, subject_id uuid, subject text, detail text, until timestamp with time zone)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.explain_task_run(p_run uuid) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.partition_policies (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    table_name text NOT NULL,
    period text DEFAULT 'month'::text NOT NULL,
    fillfactor integer DEFAULT 100 NOT NULL,
    keep_days integer,
    archive boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT partition_policies_fillfactor_check CHECK (((fillfactor >= 10) AND (fillfactor <= 100))),
    CONSTRAINT partition_policies_keep_days_check CHECK (((keep_days >= 1) AND (keep_days <= 36500))),
    CONSTRAINT partition_policies_period_check CHECK ((period = ANY (ARRAY['month'::text, 'week'::text]))),
    CONSTRAINT partition_policies_table_name_check CHECK (((char_length(table_name) >= 1) AND (char_length(table_name) <= 50)))
);

ALTER TABLE ONLY stateroom.partition_policies FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.partition_policies OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.extend_partitions(p_policy stateroom.partition_policies, p_months integer) RETURNS text[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET "TimeZone" TO 'UTC'
    AS '…';

ALTER FUNCTION stateroom.extend_partitions(p_policy stateroom.partition_policies, p_months integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.fail(p_session uuid, p_runs uuid[], p_tokens bigint[], p_errors jsonb[]) RETURNS TABLE(run_id uuid, outcome text, retry_at timestamp with time zone)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_material TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS '…';

ALTER FUNCTION stateroom.fail(p_session uuid, p_runs uuid[], p_tokens bigint[], p_errors jsonb[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.find_deployment(p_deployment uuid, p_need text) RETURNS stateroom.deployments
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.find_deployment(p_deployment uuid, p_need text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.find_matches(p_query tsquery, p_number integer, p_kinds text[], p_limit integer) RETURNS TABLE(kind text, id uuid, rank real)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS '…';

ALTER FUNCTION stateroom.find_matches(p_query tsquery, p_number integer, p_kinds text[], p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.find_run(p_run uuid, p_need text) RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.find_run(p_run uuid, p_need text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.find_schedule(p_schedule uuid) RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.find_schedule(p_schedule uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.find_similar(p_words text, p_kinds text[], p_limit integer) RETURNS TABLE(kind text, id uuid, likeness real)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET "pg_trgm.word_similarity_threshold" TO '0.5'
    AS '…';

ALTER FUNCTION stateroom.find_similar(p_words text, p_kinds text[], p_limit integer) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.tasks (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    kind stateroom.task_kind DEFAULT 'planned'::stateroom.task_kind NOT NULL,
    title text NOT NULL,
    description text,
    type stateroom.task_type DEFAULT 'general'::stateroom.task_type NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    deleted_at timestamp with time zone,
    number integer,
    status stateroom.task_status,
    complexity_score smallint,
    affected_files text[],
    requirements jsonb,
    acceptance_criteria jsonb,
    parent_task_id uuid,
    epic_id uuid,
    story_id uuid,
    assigned_role stateroom.user_role,
    assigned_user_id uuid,
    assigned_agent_id uuid,
    start_date timestamp with time zone,
    end_date timestamp with time zone,
    estimated_hours numeric(8,2),
    actual_hours numeric(8,2),
    "position" numeric,
    started_at timestamp with time zone,
    completed_at timestamp with time zone,
    is_delayed boolean,
    completed_late boolean GENERATED ALWAYS AS ((completed_at > end_date)) STORED,
    workflow_version_id uuid,
    step_key text,
    step_options jsonb,
    action stateroom.action_kind DEFAULT 'manual'::stateroom.action_kind NOT NULL,
    handler text,
    command text,
    parameters jsonb DEFAULT '{}'::jsonb NOT NULL,
    env jsonb DEFAULT '{}'::jsonb NOT NULL,
    working_directory text,
    queue text DEFAULT 'default'::text NOT NULL,
    required_capabilities text[] DEFAULT '{}'::text[] NOT NULL,
    execution_order integer DEFAULT 0 NOT NULL,
    timeout_seconds integer DEFAULT 1800 NOT NULL,
    max_retries integer DEFAULT 3 NOT NULL,
    retry_policy jsonb DEFAULT '{}'::jsonb NOT NULL,
    concurrency_key text,
    estimated_duration_seconds integer,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    search tsvector,
    start_timeout_seconds integer,
    heartbeat_timeout_seconds integer,
    deadline_seconds integer,
    CONSTRAINT tasks_action_command CHECK (((action = 'command'::stateroom.action_kind) OR (command IS NULL))),
    CONSTRAINT tasks_action_handler CHECK (((action = 'handler'::stateroom.action_kind) = (handler IS NOT NULL))),
    CONSTRAINT tasks_actual_hours_check CHECK ((actual_hours >= (0)::numeric)),
    CONSTRAINT tasks_affected_files_length CHECK (((cardinality(affected_files) <= 1000) AND (char_length(array_to_string(affected_files, ''::text)) <= 100000))),
    CONSTRAINT tasks_command_check CHECK (((char_length(command) >= 1) AND (char_length(command) <= 100000))),
    CONSTRAINT tasks_completed_at CHECK (((kind <> 'planned'::stateroom.task_kind) OR ((status = ANY (ARRAY['completed'::stateroom.task_status, 'failed'::stateroom.task_status, 'cancelled'::stateroom.task_status])) = (completed_at IS NOT NULL)))),
    CONSTRAINT tasks_complexity_score_check CHECK (((complexity_score >= 1) AND (complexity_score <= 10))),
    CONSTRAINT tasks_concurrency_key_check CHECK ((char_length(concurrency_key) <= 200)),
    CONSTRAINT tasks_deadline_seconds_check CHECK (((deadline_seconds >= 1) AND (deadline_seconds <= 31536000))),
    CONSTRAINT tasks_description_check CHECK ((char_length(description) <= 100000)),
    CONSTRAINT tasks_end_after_start CHECK ((end_date > start_date)),
    CONSTRAINT tasks_env_check CHECK ((jsonb_typeof(env) = 'object'::text)),
    CONSTRAINT tasks_estimated_duration_seconds_check CHECK ((estimated_duration_seconds >= 0)),
    CONSTRAINT tasks_estimated_hours_check CHECK ((estimated_hours >= (0)::numeric)),
    CONSTRAINT tasks_handler_check CHECK ((handler ~ '^[A-Za-z_][A-Za-z0-9_.:-]{0,199}$'::text)),
    CONSTRAINT tasks_heartbeat_timeout_seconds_check CHECK (((heartbeat_timeout_seconds >= 1) AND (heartbeat_timeout_seconds <= 31536000))),
    CONSTRAINT tasks_kind_planned CHECK (((kind <> 'planned'::stateroom.task_kind) OR ((number IS NOT NULL) AND (complexity_score IS NOT NULL) AND (is_delayed IS NOT NULL) AND ("position" IS NOT NULL)))),
    CONSTRAINT tasks_kind_planned_only CHECK (((kind = 'planned'::stateroom.task_kind) OR ((number IS NULL) AND (complexity_score IS NULL) AND (parent_task_id IS NULL) AND (epic_id IS NULL) AND (story_id IS NULL) AND (assigned_role IS NULL) AND (assigned_user_id IS NULL) AND (assigned_agent_id IS NULL) AND (start_date IS NULL) AND (end_date IS NULL) AND (started_at IS NULL) AND (completed_at IS NULL) AND (is_delayed IS NULL)))),
    CONSTRAINT tasks_kind_planned_only_too CHECK (((kind = 'planned'::stateroom.task_kind) OR ((affected_files IS NULL) AND (requirements IS NULL) AND (acceptance_criteria IS NULL) AND (estimated_hours IS NULL) AND (actual_hours IS NULL) AND ("position" IS NULL) AND (search IS NULL)))),
    CONSTRAINT tasks_kind_status CHECK (((kind = 'planned'::stateroom.task_kind) = (status IS NOT NULL))),
    CONSTRAINT tasks_kind_step CHECK ((((kind = 'step'::stateroom.task_kind) = (workflow_version_id IS NOT NULL)) AND ((kind = 'step'::stateroom.task_kind) = (step_key IS NOT NULL)) AND ((kind = 'step'::stateroom.task_kind) = (step_options IS NOT NULL)))),
    CONSTRAINT tasks_max_retries_check CHECK (((max_retries >= 0) AND (max_retries <= 1000))),
    CONSTRAINT tasks_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT tasks_not_its_own_parent CHECK ((parent_task_id <> id)),
    CONSTRAINT tasks_number_check CHECK ((number >= 1)),
    CONSTRAINT tasks_parameters_check CHECK ((jsonb_typeof(parameters) = 'object'::text)),
    CONSTRAINT tasks_priority_check CHECK (((priority >= 0) AND (priority <= 10))),
    CONSTRAINT tasks_retry_policy_check CHECK ((jsonb_typeof(retry_policy) = 'object'::text)),
    CONSTRAINT tasks_revision_positive CHECK ((revision >= 1)),
    CONSTRAINT tasks_start_timeout_seconds_check CHECK (((start_timeout_seconds >= 1) AND (start_timeout_seconds <= 31536000))),
    CONSTRAINT tasks_started_at CHECK (((kind <> 'planned'::stateroom.task_kind) OR (status <> ALL (ARRAY['pending'::stateroom.task_status, 'in_progress'::stateroom.task_status])) OR ((status = 'in_progress'::stateroom.task_status) = (started_at IS NOT NULL)))),
    CONSTRAINT tasks_step_key_check CHECK (((char_length(step_key) >= 1) AND (char_length(step_key) <= 100))),
    CONSTRAINT tasks_step_options_check CHECK ((jsonb_typeof(step_options) = 'object'::text)),
    CONSTRAINT tasks_tags_length CHECK (((cardinality(tags) <= 50) AND (char_length(array_to_string(tags, ''::text)) <= 2500))),
    CONSTRAINT tasks_timeout_seconds_check CHECK (((timeout_seconds >= 1) AND (timeout_seconds <= 31536000))),
    CONSTRAINT tasks_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 255))),
    CONSTRAINT tasks_working_directory_check CHECK ((char_length(working_directory) <= 4096))
);
ALTER TABLE ONLY stateroom.tasks ALTER COLUMN title SET STATISTICS 10;

ALTER TABLE ONLY stateroom.tasks FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.tasks OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.find_task(p_task uuid, p_need text, p_revision integer DEFAULT NULL::integer, p_deleted boolean DEFAULT false) RETURNS stateroom.tasks
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.find_task(p_task uuid, p_need text, p_revision integer, p_deleted boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.finish_request(p_key text, p_answer jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.finish_request(p_key text, p_answer jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.finish_workflow_run(p_workflow_run uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.finish_workflow_run(p_workflow_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.finished_slot() RETURNS smallint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((((EXTRACT(epoch FROM stateroom.now()))::bigint / 300) % (4)::bigint))::smallint;

ALTER FUNCTION stateroom.finished_slot() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.is_cron(p_rule text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.is_cron(p_rule text) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.schedules (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    task_id uuid,
    workflow_id uuid,
    name text NOT NULL,
    cron_expression text NOT NULL,
    timezone text DEFAULT 'UTC'::text NOT NULL,
    params jsonb DEFAULT '{}'::jsonb NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    overlap_policy stateroom.overlap_policy DEFAULT 'allow'::stateroom.overlap_policy NOT NULL,
    catchup_policy stateroom.catchup_policy DEFAULT 'latest'::stateroom.catchup_policy NOT NULL,
    catchup_window_seconds integer DEFAULT 3600 NOT NULL,
    jitter_seconds integer DEFAULT 0 NOT NULL,
    next_run_at timestamp with time zone,
    last_run_at timestamp with time zone,
    last_run_id uuid,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    due_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    CONSTRAINT schedules_catchup_window_seconds_check CHECK ((catchup_window_seconds >= 0)),
    CONSTRAINT schedules_cron_expression_check CHECK ((char_length(cron_expression) <= 200)),
    CONSTRAINT schedules_cron_grammar CHECK (stateroom.is_cron(cron_expression)),
    CONSTRAINT schedules_jitter_seconds_check CHECK (((jitter_seconds >= 0) AND (jitter_seconds <= 3600))),
    CONSTRAINT schedules_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT schedules_one_subject CHECK ((num_nonnulls(task_id, workflow_id) = 1)),
    CONSTRAINT schedules_params_check CHECK ((jsonb_typeof(params) = 'object'::text)),
    CONSTRAINT schedules_timezone_check CHECK (((char_length(timezone) >= 1) AND (char_length(timezone) <= 64)))
);

ALTER TABLE ONLY stateroom.schedules FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.schedules OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.fire_once(p_schedule stateroom.schedules, p_time timestamp with time zone, p_backfill boolean DEFAULT false) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.fire_once(p_schedule stateroom.schedules, p_time timestamp with time zone, p_backfill boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.fire_schedules(p_schedules uuid[], p_expected timestamp with time zone[], p_next timestamp with time zone[], p_following timestamp with time zone[], p_fired uuid[], p_fire_times timestamp with time zone[]) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.fire_schedules(p_schedules uuid[], p_expected timestamp with time zone[], p_next timestamp with time zone[], p_following timestamp with time zone[], p_fired uuid[], p_fire_times timestamp with time zone[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.flush_task_counter() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.flush_task_counter() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.follow_decision() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.follow_decision() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.follow_deployment(p_workflow_run uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.follow_deployment(p_workflow_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.follow_task() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.follow_task() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.forget_session(p_session uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.forget_session(p_session uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.read_projects() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((NULLIF(current_setting('stateroom.read_projects'::text, true), ''::text))::uuid[], '{}'::uuid[]);

ALTER FUNCTION stateroom.read_projects() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.sees_all() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((COALESCE(current_setting('stateroom.sees_all'::text, true), ''::text) = 'yes'::text) OR (CURRENT_USER = 'stateroom_query'::name) OR pg_has_role(CURRENT_USER, 'stateroom_readonly'::name, 'usage'::text));

ALTER FUNCTION stateroom.sees_all() OWNER TO stateroom_maintenance;

CREATE VIEW stateroom.setting_values WITH (security_barrier='true') AS
 SELECT id,
    key,
    environment,
    project_id,
        CASE
            WHEN (NOT is_sensitive) THEN value
            ELSE NULL::jsonb
        END AS value,
    value_type,
    description,
    is_encrypted,
    is_sensitive,
    is_readonly,
    validation_schema,
    revision,
        CASE
            WHEN (NOT is_sensitive) THEN previous_value
            ELSE NULL::jsonb
        END AS previous_value,
    (previous_value IS NOT NULL) AS is_revertible,
    created_at,
    updated_at,
    created_by,
    updated_by
   FROM stateroom.settings s
  WHERE (( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])) OR ((project_id IS NULL) AND (NOT is_sensitive) AND (( SELECT stateroom.current_user_id() AS current_user_id) IS NOT NULL)));

ALTER VIEW stateroom.setting_values OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.get_setting(p_key text, p_environment stateroom.setting_environment DEFAULT 'all'::stateroom.setting_environment, p_project uuid DEFAULT NULL::uuid) RETURNS SETOF stateroom.setting_values
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.get_setting(p_key text, p_environment stateroom.setting_environment, p_project uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.give_back(p_runs uuid[], p_tokens bigint[], p_delays double precision[], p_outcome stateroom.attempt_outcome, p_reason text) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_material TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS '…';

ALTER FUNCTION stateroom.give_back(p_runs uuid[], p_tokens bigint[], p_delays double precision[], p_outcome stateroom.attempt_outcome, p_reason text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.give_project(p_project uuid, p_user uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.give_project(p_project uuid, p_user uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.grant_client(p_database_user text, p_project uuid, p_permissions text[] DEFAULT '{read:tasks,run:work}'::text[]) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.grant_client(p_database_user text, p_project uuid, p_permissions text[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.grantable_permissions(p_user uuid, p_project uuid) RETURNS text[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.grantable_permissions(p_user uuid, p_project uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.graph_depths(p_from uuid[], p_to uuid[], p_roots uuid[]) RETURNS TABLE(root_id uuid, task_id uuid, min_depth integer, max_depth integer, via_task_id uuid)
    LANGUAGE plpgsql IMMUTABLE
    SET search_path TO 'pg_catalog'
    SET enable_nestloop TO 'off'
    AS '…';

ALTER FUNCTION stateroom.graph_depths(p_from uuid[], p_to uuid[], p_roots uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.guard_partition(p_table text, p_name text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.guard_partition(p_table text, p_name text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.hand_down_hierarchy() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.hand_down_hierarchy() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.outlives(p_table text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE p_table WHEN 'task_runs'::text THEN 'state is null'::text WHEN 'workflow_runs'::text THEN 'finished_at is null'::text WHEN 'system_metrics'::text THEN 'aggregation_period = ''1day'' or aggregation_period = ''1hour'' and id >= stateroom.uuidv7_floor(stateroom.now() - interval ''730 days'')'::text ELSE 'false'::text END;

ALTER FUNCTION stateroom.outlives(p_table text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.has_expired(p_table text, p_floor uuid) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN format('id < %L and not (%s) and not exists (select from stateroom.partition_archives a where a.table_name = %L and a.loaded_until > stateroom.now() and id >= a.low and id < a.high)'::text, p_floor, stateroom.outlives(p_table), p_table);

ALTER FUNCTION stateroom.has_expired(p_table text, p_floor uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.has_permission(p_permission text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((p_permission = ANY ((NULLIF(current_setting('stateroom.permissions'::text, true), ''::text))::text[])), false);

ALTER FUNCTION stateroom.has_permission(p_permission text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.heartbeat(p_session uuid, p_ttl integer, p_runs uuid[], p_tokens bigint[]) RETURNS TABLE(run_id uuid, verdict text)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.heartbeat(p_session uuid, p_ttl integer, p_runs uuid[], p_tokens bigint[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.hint_cache() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.hint_cache() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.hint_ready() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.hint_ready() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.histogram_percentile(p_counts bigint[], p_share double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT ((CASE WHEN (c.no = 1) THEN (1)::numeric ELSE power((2)::numeric, (((c.no - 2))::numeric / 2.0)) END)::double precision * CASE WHEN (c.no = 1) THEN c.share ELSE power((2)::double precision, (c.share / (2)::double precision)) END) FROM (SELECT h.no, ((((h.total)::double precision * histogram_percentile.p_share) - ((h.below - (h.n)::numeric))::double precision) / (NULLIF(h.n, 0))::double precision) AS share, h.below, h.total FROM (SELECT u.no, u.n, sum(u.n) OVER (ORDER BY u.no) AS below, sum(u.n) OVER () AS total FROM unnest(histogram_percentile.p_counts) WITH ORDINALITY u(n, no)) h WHERE (h.n > 0)) c WHERE ((c.below)::double precision >= ((c.total)::double precision * histogram_percentile.p_share)) ORDER BY c.no LIMIT 1);

ALTER FUNCTION stateroom.histogram_percentile(p_counts bigint[], p_share double precision) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.home_project() RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.home_project() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.index_task() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.index_task() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.insert_steps(p_project uuid, p_version uuid, p_definition jsonb) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.insert_steps(p_project uuid, p_version uuid, p_definition jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.is_blocked(p_task uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET enable_seqscan TO 'off'
    AS '…';

ALTER FUNCTION stateroom.is_blocked(p_task uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.is_met(p_status stateroom.task_status, p_deleted_at timestamp with time zone, p_condition stateroom.edge_condition) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((p_deleted_at IS NOT NULL) OR (p_status = 'cancelled'::stateroom.task_status) OR ((p_status = 'completed'::stateroom.task_status) AND (p_condition = ANY (ARRAY['success'::stateroom.edge_condition, 'always'::stateroom.edge_condition]))) OR ((p_status = 'failed'::stateroom.task_status) AND (p_condition = ANY (ARRAY['failure'::stateroom.edge_condition, 'always'::stateroom.edge_condition]))));

ALTER FUNCTION stateroom.is_met(p_status stateroom.task_status, p_deleted_at timestamp with time zone, p_condition stateroom.edge_condition) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.is_narrowed() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((COALESCE(current_setting('stateroom.project_id'::text, true), ''::text) <> ''::text) OR COALESCE((NOT ('{read:tasks,admin}'::text[] && (NULLIF(current_setting('stateroom.key_permissions'::text, true), ''::text))::text[])), false));

ALTER FUNCTION stateroom.is_narrowed() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.is_timezone(p_name text) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.is_timezone(p_name text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.is_preferences(p_value jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((jsonb_typeof(p_value) = 'object'::text) AND ((p_value - '{email,browser,reminder,failure,weekly_summary,quiet_hours,timezone,notifications}'::text[]) = '{}'::jsonb) AND (jsonb_typeof(COALESCE((p_value -> 'email'::text), 'true'::jsonb)) = 'boolean'::text) AND (jsonb_typeof(COALESCE((p_value -> 'browser'::text), 'true'::jsonb)) = 'boolean'::text) AND (jsonb_typeof(COALESCE((p_value -> 'reminder'::text), 'true'::jsonb)) = 'boolean'::text) AND (jsonb_typeof(COALESCE((p_value -> 'failure'::text), 'true'::jsonb)) = 'boolean'::text) AND (jsonb_typeof(COALESCE((p_value -> 'weekly_summary'::text), 'true'::jsonb)) = 'boolean'::text) AND (jsonb_typeof(COALESCE((p_value -> 'notifications'::text), '{}'::jsonb)) = 'object'::text) AND (NOT COALESCE(jsonb_path_exists(p_value, '$."notifications".*?(@.type() != "boolean")'::jsonpath), false)) AND (((p_value -> 'quiet_hours'::text) IS NULL) OR ((jsonb_typeof((p_value -> 'quiet_hours'::text)) = 'object'::text) AND (((p_value -> 'quiet_hours'::text) - '{from,to}'::text[]) = '{}'::jsonb) AND COALESCE(((p_value #>> '{quiet_hours,from}'::text[]) ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'::text), false) AND COALESCE(((p_value #>> '{quiet_hours,to}'::text[]) ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'::text), false))) AND (((p_value -> 'timezone'::text) IS NULL) OR ((jsonb_typeof((p_value -> 'timezone'::text)) = 'string'::text) AND stateroom.is_timezone((p_value ->> 'timezone'::text)))));

ALTER FUNCTION stateroom.is_preferences(p_value jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.is_secret_name(p_name text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (p_name ~* '(passw|secret|token|_hash$|hash$|api_?-?key$|authorization|cookie|credential|private_?-?key|signature)'::text);

ALTER FUNCTION stateroom.is_secret_name(p_name text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.issue_fingerprint(p_title text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN md5(btrim(regexp_replace(regexp_replace(lower(p_title), '[0-9]+'::text, '0'::text, 'g'::text), '[^[:alnum:]]+'::text, ' '::text, 'g'::text)));

ALTER FUNCTION stateroom.issue_fingerprint(p_title text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.jittered(p_schedule uuid, p_time timestamp with time zone, p_jitter integer, p_following timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (p_time + make_interval(secs => ((((('x'::text || substr(md5(((p_schedule)::text || (EXTRACT(epoch FROM p_time))::bigint)), 1, 15)))::bit(60))::bigint % (LEAST((p_jitter)::bigint, ((EXTRACT(epoch FROM (p_following - p_time)))::bigint - 1)) + 1)))::double precision));

ALTER FUNCTION stateroom.jittered(p_schedule uuid, p_time timestamp with time zone, p_jitter integer, p_following timestamp with time zone) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.keep_edit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.keep_edit() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.keep_progress(p_runs uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.keep_progress(p_runs uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.kept_headers(p_headers jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.kept_headers(p_headers jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.key_allows(p_permission text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE(((p_permission = ANY ((NULLIF(current_setting('stateroom.key_permissions'::text, true), ''::text))::text[])) OR ('admin'::text = ANY ((NULLIF(current_setting('stateroom.key_permissions'::text, true), ''::text))::text[]))), true);

ALTER FUNCTION stateroom.key_allows(p_permission text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.key_holds(p_run uuid, p_hold stateroom.key_hold) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.key_holds(p_run uuid, p_hold stateroom.key_hold) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.lane(p_queue text, p_action stateroom.action_kind, p_capabilities text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((p_action = ANY (ARRAY['command'::stateroom.action_kind, 'handler'::stateroom.action_kind])) AND (cardinality(p_capabilities) = 0)) THEN p_queue ELSE ((p_queue || '/'::text) || md5((((p_action)::text || ':'::text) || (SELECT COALESCE(string_agg(c.c, ','::text ORDER BY c.c), ''::text) AS "coalesce" FROM unnest(lane.p_capabilities) c(c))))) END;

ALTER FUNCTION stateroom.lane(p_queue text, p_action stateroom.action_kind, p_capabilities text[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.last_progress(p_run uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.last_progress(p_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.likeness(p_words text, p_name text) RETURNS real
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN public.word_similarity(p_words, p_name);

ALTER FUNCTION stateroom.likeness(p_words text, p_name text) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.triage_items (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    reporter_id uuid,
    title text NOT NULL,
    description text,
    status stateroom.triage_status DEFAULT 'pending'::stateroom.triage_status NOT NULL,
    assigned_to uuid,
    priority stateroom.triage_priority DEFAULT 'medium'::stateroom.triage_priority NOT NULL,
    category text DEFAULT 'issue'::text NOT NULL,
    resolution text,
    resolved_at timestamp with time zone,
    task_id uuid,
    fingerprint text NOT NULL,
    occurrences integer DEFAULT 1 NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    search tsvector GENERATED ALWAYS AS ((setweight(to_tsvector('english'::regconfig, title), 'A'::"char") || setweight(to_tsvector('english'::regconfig, COALESCE(description, ''::text)), 'B'::"char"))) STORED NOT NULL,
    CONSTRAINT triage_items_category_check CHECK ((category ~ '^[a-z][a-z0-9_-]{0,63}$'::text)),
    CONSTRAINT triage_items_description_check CHECK ((char_length(description) <= 100000)),
    CONSTRAINT triage_items_fingerprint_check CHECK (((char_length(fingerprint) >= 1) AND (char_length(fingerprint) <= 64))),
    CONSTRAINT triage_items_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT triage_items_occurrences_check CHECK ((occurrences >= 1)),
    CONSTRAINT triage_items_resolution_check CHECK ((char_length(resolution) <= 10000)),
    CONSTRAINT triage_items_resolved CHECK (((status = ANY (ARRAY['resolved'::stateroom.triage_status, 'rejected'::stateroom.triage_status])) = (resolved_at IS NOT NULL))),
    CONSTRAINT triage_items_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 255)))
);
ALTER TABLE ONLY stateroom.triage_items ALTER COLUMN title SET STATISTICS 10;

ALTER TABLE ONLY stateroom.triage_items FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.triage_items OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.lock_issue(p_item uuid, p_need text, p_reporter_too boolean) RETURNS stateroom.triage_items
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.lock_issue(p_item uuid, p_need text, p_reporter_too boolean) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.projects (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    description text,
    status stateroom.project_status DEFAULT 'active'::stateroom.project_status NOT NULL,
    task_visibility stateroom.task_visibility DEFAULT 'project'::stateroom.task_visibility NOT NULL,
    is_personal boolean DEFAULT false NOT NULL,
    tasks_count integer DEFAULT 0 NOT NULL,
    next_task_number integer DEFAULT 1 NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    search tsvector GENERATED ALWAYS AS ((setweight(to_tsvector('english'::regconfig, name), 'A'::"char") || setweight(to_tsvector('english'::regconfig, COALESCE(description, ''::text)), 'B'::"char"))) STORED,
    CONSTRAINT projects_description_check CHECK ((char_length(description) <= 10000)),
    CONSTRAINT projects_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT projects_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT projects_next_task_number_check CHECK ((next_task_number >= 1)),
    CONSTRAINT projects_tasks_count_check CHECK ((tasks_count >= 0))
);
ALTER TABLE ONLY stateroom.projects ALTER COLUMN name SET STATISTICS 10;

ALTER TABLE ONLY stateroom.projects FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.projects OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.lock_project(p_project uuid) RETURNS stateroom.projects
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.lock_project(p_project uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.lock_setting(p_id uuid) RETURNS stateroom.settings
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.lock_setting(p_id uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.lock_task_graph(p_project uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.lock_task_graph(p_project uuid) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.users (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    username text NOT NULL,
    email text,
    name text,
    password_hash text,
    github_id bigint,
    avatar_url text,
    role stateroom.user_role DEFAULT 'developer'::stateroom.user_role NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    last_login_at timestamp with time zone,
    preferences jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT users_avatar_url_check CHECK ((char_length(avatar_url) <= 2048)),
    CONSTRAINT users_email_check CHECK (((char_length(email) <= 254) AND (email ~ '^[^@[:space:]]+@[^@[:space:]]+$'::text))),
    CONSTRAINT users_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT users_password_hash_check CHECK ((char_length(password_hash) <= 255)),
    CONSTRAINT users_preferences_check CHECK ((jsonb_typeof(preferences) = 'object'::text)),
    CONSTRAINT users_preferences_shape CHECK (stateroom.is_preferences(preferences)),
    CONSTRAINT users_username_check CHECK ((username ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'::text))
);

ALTER TABLE ONLY stateroom.users FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.users OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.lock_user(p_user uuid) RETURNS stateroom.users
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.lock_user(p_user uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.log(p_runs uuid[], p_tokens bigint[], p_nos integer[], p_part_nos integer[], p_line_nos integer[], p_streams text[], p_levels stateroom.log_level[], p_times timestamp with time zone[], p_messages text[]) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.log(p_runs uuid[], p_tokens bigint[], p_nos integer[], p_part_nos integer[], p_line_nos integer[], p_streams text[], p_levels stateroom.log_level[], p_times timestamp with time zone[], p_messages text[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.make_local_user() RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.make_local_user() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.make_personal_project(p_user uuid) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.make_personal_project(p_user uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.manage_projects() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((NULLIF(current_setting('stateroom.manage_projects'::text, true), ''::text))::uuid[], '{}'::uuid[]);

ALTER FUNCTION stateroom.manage_projects() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.managed_schedules(p_project uuid) RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.managed_schedules(p_project uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.mark_delayed_tasks(p_limit integer DEFAULT 10000) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.mark_delayed_tasks(p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.mark_notifications_read(p_ids uuid[] DEFAULT NULL::uuid[]) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.mark_notifications_read(p_ids uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.may_fail(p_options jsonb, p_map_index integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE((((p_options -> 'continue_on_error'::text) = 'true'::jsonb) OR ((p_options -> 'continue_on_error'::text) @> to_jsonb(p_map_index))), false);

ALTER FUNCTION stateroom.may_fail(p_options jsonb, p_map_index integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.mentioned(p_project uuid, p_text text) RETURNS uuid[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.mentioned(p_project uuid, p_text text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.move_deployment(p_deployment uuid, p_to stateroom.deployment_status, p_event text, p_workflow_run uuid DEFAULT NULL::uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.move_deployment(p_deployment uuid, p_to stateroom.deployment_status, p_event text, p_workflow_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.move_issue(p_item uuid, p_status stateroom.triage_status, p_resolution text DEFAULT NULL::text) RETURNS stateroom.triage_status
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.move_issue(p_item uuid, p_status stateroom.triage_status, p_resolution text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.neglected_tables(p_least_rows bigint DEFAULT 1000) RETURNS TABLE(name text, reason text, statement text)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.neglected_tables(p_least_rows bigint) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.note_limits(p_runs uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.note_limits(p_runs uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.notify_of_context() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.notify_of_context() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.notify_of_event() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.notify_of_event() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.notify_people(p_users uuid[], p_type stateroom.notification_type, p_title text, p_message text DEFAULT NULL::text, p_project uuid DEFAULT NULL::uuid, p_task uuid DEFAULT NULL::uuid) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.notify_people(p_users uuid[], p_type stateroom.notification_type, p_title text, p_message text, p_project uuid, p_task uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.number_problem(p_value numeric, p_schema jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (p_value < ((p_schema -> 'minimum'::text))::numeric) THEN ('is less than '::text || (p_schema ->> 'minimum'::text)) WHEN (p_value > ((p_schema -> 'maximum'::text))::numeric) THEN ('is more than '::text || (p_schema ->> 'maximum'::text)) WHEN (p_value <= ((p_schema -> 'exclusiveMinimum'::text))::numeric) THEN ('is not more than '::text || (p_schema ->> 'exclusiveMinimum'::text)) WHEN (p_value >= ((p_schema -> 'exclusiveMaximum'::text))::numeric) THEN ('is not less than '::text || (p_schema ->> 'exclusiveMaximum'::text)) ELSE NULL::text END;

ALTER FUNCTION stateroom.number_problem(p_value numeric, p_schema jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.open_projects() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((NULLIF(current_setting('stateroom.open_projects'::text, true), ''::text))::uuid[], '{}'::uuid[]);

ALTER FUNCTION stateroom.open_projects() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.open_runs(p_schedule uuid) RETURNS uuid[]
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.open_runs(p_schedule uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.open_session(p_session uuid, p_agent text, p_host text, p_pid integer, p_capacity integer, p_queues text[], p_handlers text[], p_ttl integer, p_version text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.open_session(p_session uuid, p_agent text, p_host text, p_pid integer, p_capacity integer, p_queues text[], p_handlers text[], p_ttl integer, p_version text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.partition_bounds(p_table text) RETURNS TABLE(name text, low uuid, high uuid)
    LANGUAGE sql STABLE STRICT
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.partition_bounds(p_table text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.partition_holes(p_table text) RETURNS TABLE(low uuid, high uuid)
    LANGUAGE sql STABLE STRICT
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.partition_holes(p_table text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.pause_queue(p_queue text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.pause_queue(p_queue text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.pause_schedule(p_schedule uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.pause_schedule(p_schedule uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.pause_schedules(p_project uuid DEFAULT NULL::uuid) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    RETURN stateroom.enable_schedules(stateroom.managed_schedules(p_project), false);

ALTER FUNCTION stateroom.pause_schedules(p_project uuid) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.approvals (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    task_run_id uuid,
    deployment_id uuid,
    title text NOT NULL,
    requested_from uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    requested_role stateroom.user_role,
    form jsonb DEFAULT '{}'::jsonb NOT NULL,
    due_at timestamp with time zone,
    default_answer stateroom.approval_decision,
    decision stateroom.approval_decision,
    decided_by uuid,
    decided_at timestamp with time zone,
    answers jsonb DEFAULT '{}'::jsonb NOT NULL,
    comment text,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT approvals_answers_check CHECK ((jsonb_typeof(answers) = 'object'::text)),
    CONSTRAINT approvals_comment_check CHECK ((char_length(comment) <= 10000)),
    CONSTRAINT approvals_decided CHECK ((((decision IS NULL) = (decided_at IS NULL)) AND ((decision IS NOT NULL) OR (decided_by IS NULL)))),
    CONSTRAINT approvals_default_is_due CHECK (((default_answer IS NULL) OR (due_at IS NOT NULL))),
    CONSTRAINT approvals_form_check CHECK ((jsonb_typeof(form) = 'object'::text)),
    CONSTRAINT approvals_requested_from_check CHECK ((cardinality(requested_from) <= 100)),
    CONSTRAINT approvals_subject CHECK ((num_nonnulls(task_run_id, deployment_id) = 1)),
    CONSTRAINT approvals_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 255)))
);

ALTER TABLE ONLY stateroom.approvals FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.approvals OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.people_asked(p_approval stateroom.approvals) RETURNS uuid[]
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.people_asked(p_approval stateroom.approvals) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.personal_project() RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.personal_project() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.place_in_hierarchy(p_task uuid, p_project uuid, p_parent uuid) RETURNS TABLE(epic_id uuid, story_id uuid)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.place_in_hierarchy(p_task uuid, p_project uuid, p_parent uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.place_runs(p_workflow_run uuid, p_version uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_nestloop TO 'off'
    AS '…';

ALTER FUNCTION stateroom.place_runs(p_workflow_run uuid, p_version uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.plug_key(p_session uuid) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN hashtextextended((p_session)::text, (7)::bigint);

ALTER FUNCTION stateroom.plug_key(p_session uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.plug_session(p_session uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.plug_session(p_session uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.prepare_issue() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.prepare_issue() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.prepare_message() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.prepare_message() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.prepare_task() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.prepare_task() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.progress(p_runs uuid[], p_tokens bigint[], p_progress jsonb[], p_parts jsonb[], p_last_lines text[]) RETURNS SETOF uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.progress(p_runs uuid[], p_tokens bigint[], p_progress jsonb[], p_parts jsonb[], p_last_lines text[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.project_of_workers() RETURNS uuid
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.project_of_workers() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.promote_due(p_limit integer DEFAULT 1000) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    AS '…';

ALTER FUNCTION stateroom.promote_due(p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.publish_code(p_name text, p_definition jsonb) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.publish_code(p_name text, p_definition jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.publish_workflow(p_project uuid, p_name text, p_definition jsonb) RETURNS TABLE(workflow_id uuid, version_id uuid, version integer, created boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.publish_workflow(p_project uuid, p_name text, p_definition jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.purge_deleted_tasks(p_days integer DEFAULT 30, p_limit integer DEFAULT 10000) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.purge_deleted_tasks(p_days integer, p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.purge_expired_access() RETURNS TABLE(relation text, rows bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.purge_expired_access() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.purge_expired_keys(p_limit integer DEFAULT 20000) RETURNS TABLE(table_name text, removed bigint)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.purge_expired_keys(p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.purge_personal_project(p_user uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.purge_personal_project(p_user uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.purge_project(p_project uuid, p_limit integer DEFAULT 10000) RETURNS TABLE(table_name text, removed bigint)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.purge_project(p_project uuid, p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.purge_rows(p_table text, p_which text, p_project uuid, p_limit integer) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.purge_rows(p_table text, p_which text, p_project uuid, p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.purge_user(p_user uuid, p_heir uuid DEFAULT NULL::uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.purge_user(p_user uuid, p_heir uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.put_off_schedule(p_schedule uuid, p_until timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.put_off_schedule(p_schedule uuid, p_until timestamp with time zone) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.put_password(p_user uuid, p_password_hash text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.put_password(p_user uuid, p_password_hash text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.read_events(p_after_xid xid8, p_after_id uuid, p_limit integer DEFAULT 100, p_types text[] DEFAULT NULL::text[]) RETURNS TABLE(xid xid8, id uuid, created_at timestamp with time zone, project_id uuid, type text, task_id uuid, workflow_run_id uuid, task_run_id uuid, actor_id uuid, recipient_id uuid, payload jsonb)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.read_events(p_after_xid xid8, p_after_id uuid, p_limit integer, p_types text[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.receive_webhook(p_slug text, p_delivery_id text, p_event_type text, p_source text, p_headers jsonb, p_body jsonb, p_signature text DEFAULT NULL::text, p_verified boolean DEFAULT false) RETURNS TABLE(webhook_event_id uuid, created boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.receive_webhook(p_slug text, p_delivery_id text, p_event_type text, p_source text, p_headers jsonb, p_body jsonb, p_signature text, p_verified boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.receiving_endpoint(p_slug text) RETURNS TABLE(id uuid, project_id uuid, secret text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.receiving_endpoint(p_slug text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.redact_body(p_body text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.redact_body(p_body text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.redact_json(p_value jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.redact_json(p_value jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.redact_text(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(regexp_replace(regexp_replace(regexp_replace(p_text, '-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)'::text, '[redacted]'::text, 'g'::text), '(://[^/\s:@]*:)[^@/\s]+@'::text, '\1[redacted]@'::text, 'g'::text), '([\w-]*(?:passw|passphrase|secret|token|api[_-]?key|private[_-]?key|authorization|cookie|credential|signature)[\w-]*"?\s*[:=]\s*)(?:(?:bearer|basic)\s+[^\s"&,;]+|"(?:[^"\\]|\\.)*(?:"|$)|[^\s&,;}"]+)'::text, '\1"[redacted]"'::text, 'gi'::text), '\m(?:(?:bearer|basic)\s+[\w.~+/=-]{8,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|sr[a-z]*_[\w-]{16,}|AKIA[A-Z0-9]{12,}|xox[a-z]-[\w-]{10,}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*)'::text, '[redacted]'::text, 'gi'::text);

ALTER FUNCTION stateroom.redact_text(p_text text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.refresh_context() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.refresh_context() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.refresh_materialized_views() RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.refresh_materialized_views() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.refuse_schedule(p_error text, p_cron text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.refuse_schedule(p_error text, p_cron text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.refuse_tasks(p_tasks uuid[]) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.refuse_tasks(p_tasks uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.register_agent(p_project uuid, p_name text, p_type stateroom.agent_type DEFAULT 'external'::stateroom.agent_type, p_capabilities jsonb DEFAULT '[]'::jsonb, p_max_concurrency integer DEFAULT 1, p_budget jsonb DEFAULT '{}'::jsonb, p_software_version text DEFAULT NULL::text, p_metadata jsonb DEFAULT '{}'::jsonb) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.register_agent(p_project uuid, p_name text, p_type stateroom.agent_type, p_capabilities jsonb, p_max_concurrency integer, p_budget jsonb, p_software_version text, p_metadata jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.register_handlers(p_project uuid, p_handlers jsonb) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.register_handlers(p_project uuid, p_handlers jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.reject(p_approval uuid, p_comment text DEFAULT NULL::text, p_answers jsonb DEFAULT '{}'::jsonb) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.reject(p_approval uuid, p_comment text, p_answers jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.release(p_runs uuid[], p_tokens bigint[], p_reason text, p_delay double precision DEFAULT 0) RETURNS SETOF uuid
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.release(p_runs uuid[], p_tokens bigint[], p_reason text, p_delay double precision) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.release_all(p_session uuid, p_except uuid[], p_reason text) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.release_all(p_session uuid, p_except uuid[], p_reason text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.release_dependents(p_task stateroom.tasks, p_reason text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.release_dependents(p_task stateroom.tasks, p_reason text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.remove_member(p_project uuid, p_user uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.remove_member(p_project uuid, p_user uuid) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.error_logs (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid,
    task_id uuid,
    task_run_id uuid,
    last_task_run_id uuid,
    attempt integer,
    error_category stateroom.error_category DEFAULT 'runtime'::stateroom.error_category NOT NULL,
    error_type text NOT NULL,
    error_code text,
    error_message text NOT NULL,
    error_details jsonb,
    stack_trace text,
    context jsonb DEFAULT '{}'::jsonb NOT NULL,
    severity stateroom.error_severity DEFAULT 'error'::stateroom.error_severity NOT NULL,
    source_component text,
    source_file text,
    source_line integer,
    user_id uuid,
    session_id text,
    request_id text,
    fingerprint text NOT NULL,
    day date NOT NULL,
    occurrences integer DEFAULT 1 NOT NULL,
    last_seen_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    resolved boolean DEFAULT false NOT NULL,
    resolved_at timestamp with time zone,
    resolved_by uuid,
    resolution_notes text,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    deployment_script_id uuid,
    CONSTRAINT error_logs_context_check CHECK ((jsonb_typeof(context) = 'object'::text)),
    CONSTRAINT error_logs_error_code_check CHECK ((char_length(error_code) <= 100)),
    CONSTRAINT error_logs_error_message_check CHECK ((char_length(error_message) <= 100000)),
    CONSTRAINT error_logs_error_type_check CHECK ((char_length(error_type) <= 200)),
    CONSTRAINT error_logs_fingerprint_check CHECK ((char_length(fingerprint) <= 64)),
    CONSTRAINT error_logs_occurrences_check CHECK ((occurrences >= 1)),
    CONSTRAINT error_logs_request_id_check CHECK ((char_length(request_id) <= 100)),
    CONSTRAINT error_logs_resolution_notes_check CHECK ((char_length(resolution_notes) <= 10000)),
    CONSTRAINT error_logs_resolved CHECK ((resolved = (resolved_at IS NOT NULL))),
    CONSTRAINT error_logs_session_id_check CHECK ((char_length(session_id) <= 200)),
    CONSTRAINT error_logs_source_component_check CHECK ((char_length(source_component) <= 200)),
    CONSTRAINT error_logs_source_file_check CHECK ((char_length(source_file) <= 1000)),
    CONSTRAINT error_logs_stack_trace_check CHECK ((char_length(stack_trace) <= 200000))
);

ALTER TABLE ONLY stateroom.error_logs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.error_logs OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.reopen_error(p_id uuid, p_notes text DEFAULT NULL::text) RETURNS stateroom.error_logs
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.reopen_error(p_id uuid, p_notes text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.replan_schedule() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.replan_schedule() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.report_error(p_project uuid, p_error jsonb) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.report_error(p_project uuid, p_error jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.report_health(p_name text, p_type text, p_health stateroom.health_status, p_version text DEFAULT NULL::text, p_metrics jsonb DEFAULT '{}'::jsonb) RETURNS uuid
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.report_health(p_name text, p_type text, p_health stateroom.health_status, p_version text, p_metrics jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.report_issue(p_project uuid, p_title text, p_description text DEFAULT NULL::text, p_priority stateroom.triage_priority DEFAULT 'medium'::stateroom.triage_priority, p_category text DEFAULT 'issue'::text, p_fingerprint text DEFAULT NULL::text, p_metadata jsonb DEFAULT '{}'::jsonb) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.report_issue(p_project uuid, p_title text, p_description text, p_priority stateroom.triage_priority, p_category text, p_fingerprint text, p_metadata jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.request_approval(p_project uuid, p_title text, p_task_run uuid DEFAULT NULL::uuid, p_deployment uuid DEFAULT NULL::uuid, p_requested_from uuid[] DEFAULT '{}'::uuid[], p_requested_role stateroom.user_role DEFAULT NULL::stateroom.user_role, p_form jsonb DEFAULT '{}'::jsonb, p_due_at timestamp with time zone DEFAULT NULL::timestamp with time zone, p_default_answer stateroom.approval_decision DEFAULT NULL::stateroom.approval_decision) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.request_approval(p_project uuid, p_title text, p_task_run uuid, p_deployment uuid, p_requested_from uuid[], p_requested_role stateroom.user_role, p_form jsonb, p_due_at timestamp with time zone, p_default_answer stateroom.approval_decision) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.require_admin() RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.require_admin() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.require_admin(p_what text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.require_admin(p_what text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.require_error(p_id uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.require_error(p_id uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.require_maintainer(p_project stateroom.projects, p_user uuid) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.require_maintainer(p_project stateroom.projects, p_user uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.require_other_admin(p_user uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.require_other_admin(p_user uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.require_project(p_project uuid, p_need text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.require_project(p_project uuid, p_need text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.require_setting(p_project uuid) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.require_setting(p_project uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.require_setting_fits(p_setting stateroom.settings) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.require_setting_fits(p_setting stateroom.settings) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.require_setting_open(p_setting stateroom.settings, p_expected_revision integer) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.require_setting_open(p_setting stateroom.settings, p_expected_revision integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.require_transition(p_machine text, p_id uuid, p_from text, p_to text) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.require_transition(p_machine text, p_id uuid, p_from text, p_to text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.rescue_expired(p_grace interval DEFAULT '00:00:00.75'::interval) RETURNS integer
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.rescue_expired(p_grace interval) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.resembles(p_words text, p_name text) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN (p_words OPERATOR(public.<%) p_name);

ALTER FUNCTION stateroom.resembles(p_words text, p_name text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.resolve_error(p_id uuid, p_notes text DEFAULT NULL::text) RETURNS stateroom.error_logs
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.resolve_error(p_id uuid, p_notes text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.restore_tasks(p_tasks uuid[]) RETURNS SETOF uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.restore_tasks(p_tasks uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.result(p_run uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.result(p_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.results(p_runs uuid[]) RETURNS TABLE(run_id uuid, state text, result jsonb, error_type text, error_message text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.results(p_runs uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.resume_queue(p_queue text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.resume_queue(p_queue text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.resume_schedule(p_schedule uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.resume_schedule(p_schedule uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.resume_schedules(p_project uuid DEFAULT NULL::uuid) RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    RETURN stateroom.enable_schedules(stateroom.managed_schedules(p_project), true);

ALTER FUNCTION stateroom.resume_schedules(p_project uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.retry_delay(p_policy jsonb, p_failures integer) RETURNS double precision
    LANGUAGE sql PARALLEL SAFE
    RETURN (LEAST((COALESCE(((p_policy ->> 'initial_seconds'::text))::double precision, (1)::double precision) * power(COALESCE(((p_policy ->> 'factor'::text))::double precision, (2)::double precision), (LEAST(p_failures, 60))::double precision)), COALESCE(((p_policy ->> 'maximum_seconds'::text))::double precision, (300)::double precision)) * ((1)::double precision + (COALESCE(((p_policy ->> 'jitter'::text))::double precision, (0.2)::double precision) * (((2)::double precision * random()) - (1)::double precision))));

ALTER FUNCTION stateroom.retry_delay(p_policy jsonb, p_failures integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.retry_run(p_run uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.retry_run(p_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.reveal_setting(p_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.reveal_setting(p_id uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.revert_setting(p_id uuid, p_expected_revision integer DEFAULT NULL::integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.revert_setting(p_id uuid, p_expected_revision integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.revise() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.revise() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.revoke_api_key(p_key uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.revoke_api_key(p_key uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.revoke_client(p_database_user text, p_project uuid) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.revoke_client(p_database_user text, p_project uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.revoke_sessions(p_session uuid DEFAULT NULL::uuid, p_user uuid DEFAULT NULL::uuid) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.revoke_sessions(p_session uuid, p_user uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.roll_up_metrics(p_until timestamp with time zone DEFAULT (clock_timestamp() - '00:00:10'::interval)) RETURNS TABLE(period stateroom.aggregation_period, written bigint)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.roll_up_metrics(p_until timestamp with time zone) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.roll_up_period(p_period stateroom.aggregation_period, p_finer stateroom.aggregation_period, p_width interval, p_position uuid, p_until uuid) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.roll_up_period(p_period stateroom.aggregation_period, p_finer stateroom.aggregation_period, p_width interval, p_position uuid, p_until uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.rollback_deployment(p_deployment uuid) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.rollback_deployment(p_deployment uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.rollup_run_stats() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.rollup_run_stats() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.rotate_api_key(p_key uuid, p_prefix text, p_key_hash text, p_overlap interval DEFAULT '1 day'::interval) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.rotate_api_key(p_key uuid, p_prefix text, p_key_hash text, p_overlap interval) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.routine_task(p_project uuid, p_task text) RETURNS uuid
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.routine_task(p_project uuid, p_task text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.run_context(p_run uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.run_context(p_run uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.run_projects() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((NULLIF(current_setting('stateroom.run_projects'::text, true), ''::text))::uuid[], '{}'::uuid[]);

ALTER FUNCTION stateroom.run_projects() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.search(p_query text, p_kinds text[] DEFAULT NULL::text[], p_limit integer DEFAULT 20) RETURNS TABLE(kind text, id uuid, project_id uuid, number integer, title text, snippet text, rank real)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    SET client_min_messages TO 'warning'
    SET jit TO 'off'
    AS '…';

ALTER FUNCTION stateroom.search(p_query text, p_kinds text[], p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.sees_issue(p_project uuid, p_reporter uuid, p_assigned uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN (stateroom.sees_all() OR ((p_project = ANY (stateroom.read_projects())) AND ((p_project = ANY (stateroom.open_projects())) OR COALESCE((stateroom.current_user_id() = ANY (ARRAY[p_reporter, p_assigned])), false))) OR (COALESCE((p_reporter = stateroom.current_user_id()), false) AND (NOT stateroom.is_narrowed())));

ALTER FUNCTION stateroom.sees_issue(p_project uuid, p_reporter uuid, p_assigned uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.sees_project(p_project uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.sees_project(p_project uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.sees_task(p_project uuid, p_user uuid, p_role stateroom.user_role, p_creator uuid) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((SELECT stateroom.sees_all() AS sees_all) OR ((p_project = ANY ((SELECT stateroom.read_projects() AS read_projects)::uuid[])) AND ((p_project = ANY ((SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (p_user = (SELECT stateroom.current_user_id() AS current_user_id)) OR ((p_role)::text = (SELECT stateroom.current_role_name() AS current_role_name)) OR (p_creator = (SELECT stateroom.current_user_id() AS current_user_id)))));

ALTER FUNCTION stateroom.sees_task(p_project uuid, p_user uuid, p_role stateroom.user_role, p_creator uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.send_message(p_project uuid, p_text text, p_channel text DEFAULT 'general'::text, p_recipient uuid DEFAULT NULL::uuid, p_reply_to uuid DEFAULT NULL::uuid, p_task uuid DEFAULT NULL::uuid) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.send_message(p_project uuid, p_text text, p_channel text, p_recipient uuid, p_reply_to uuid, p_task uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_agent_active(p_agent uuid, p_active boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_agent_active(p_agent uuid, p_active boolean) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.alerts (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    rule_id uuid,
    name text NOT NULL,
    severity stateroom.alert_severity NOT NULL,
    state stateroom.alert_state DEFAULT 'firing'::stateroom.alert_state NOT NULL,
    message text NOT NULL,
    value double precision,
    last_value double precision,
    opened_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    acknowledged_at timestamp with time zone,
    acknowledged_by uuid,
    closed_at timestamp with time zone,
    closed_by uuid,
    notes text,
    CONSTRAINT alerts_acknowledged_at CHECK (((state <> 'acknowledged'::stateroom.alert_state) OR (acknowledged_at IS NOT NULL))),
    CONSTRAINT alerts_closed_at CHECK (((state = 'resolved'::stateroom.alert_state) = (closed_at IS NOT NULL))),
    CONSTRAINT alerts_message_check CHECK ((char_length(message) <= 2000)),
    CONSTRAINT alerts_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT alerts_notes_check CHECK ((char_length(notes) <= 10000))
);

ALTER TABLE ONLY stateroom.alerts FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.alerts OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.set_alert_state(p_id uuid, p_state stateroom.alert_state, p_notes text DEFAULT NULL::text) RETURNS stateroom.alerts
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_alert_state(p_id uuid, p_state stateroom.alert_state, p_notes text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_context(p_user uuid, p_role text, p_project uuid DEFAULT NULL::uuid, p_permissions text[] DEFAULT NULL::text[], p_request text DEFAULT NULL::text, p_key uuid DEFAULT NULL::uuid, p_session uuid DEFAULT NULL::uuid, p_ip inet DEFAULT NULL::inet, p_agent text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_context(p_user uuid, p_role text, p_project uuid, p_permissions text[], p_request text, p_key uuid, p_session uuid, p_ip inet, p_agent text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_error_resolved(p_id uuid, p_resolved boolean, p_notes text DEFAULT NULL::text) RETURNS stateroom.error_logs
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_error_resolved(p_id uuid, p_resolved boolean, p_notes text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_idle(p_session uuid, p_idle boolean) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_idle(p_session uuid, p_idle boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_member(p_project uuid, p_user uuid, p_role stateroom.project_role) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_member(p_project uuid, p_user uuid, p_role stateroom.project_role) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_password(p_password_hash text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_password(p_password_hash text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_project_status(p_project uuid, p_status stateroom.project_status) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_project_status(p_project uuid, p_status stateroom.project_status) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_queue_paused(p_queue text, p_paused boolean) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_queue_paused(p_queue text, p_paused boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_setting(p_key text, p_value jsonb, p_environment stateroom.setting_environment DEFAULT 'all'::stateroom.setting_environment, p_project uuid DEFAULT NULL::uuid, p_type stateroom.setting_type DEFAULT NULL::stateroom.setting_type, p_description text DEFAULT NULL::text, p_is_sensitive boolean DEFAULT NULL::boolean, p_is_readonly boolean DEFAULT NULL::boolean, p_schema jsonb DEFAULT NULL::jsonb, p_expected_revision integer DEFAULT NULL::integer) RETURNS TABLE(id uuid, revision integer, changed boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_setting(p_key text, p_value jsonb, p_environment stateroom.setting_environment, p_project uuid, p_type stateroom.setting_type, p_description text, p_is_sensitive boolean, p_is_readonly boolean, p_schema jsonb, p_expected_revision integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_task_status(p_task uuid, p_status stateroom.task_status, p_notes text DEFAULT NULL::text, p_revision integer DEFAULT NULL::integer) RETURNS TABLE(id uuid, status stateroom.task_status, revision integer, started_at timestamp with time zone, completed_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_task_status(p_task uuid, p_status stateroom.task_status, p_notes text, p_revision integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_task_statuses(p_tasks uuid[], p_status stateroom.task_status, p_notes text DEFAULT NULL::text) RETURNS TABLE(id uuid, status stateroom.task_status, revision integer, started_at timestamp with time zone, completed_at timestamp with time zone)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_task_statuses(p_tasks uuid[], p_status stateroom.task_status, p_notes text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_user_active(p_user uuid, p_is_active boolean) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_user_active(p_user uuid, p_is_active boolean) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_user_role(p_user uuid, p_role stateroom.user_role) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_user_role(p_user uuid, p_role stateroom.user_role) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.set_workflow_status(p_workflow uuid, p_status stateroom.workflow_status) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.set_workflow_status(p_workflow uuid, p_status stateroom.workflow_status) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.setting_or(p_key text, p_default jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.setting_or(p_key text, p_default jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.settle(p_runs uuid[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET jit TO 'off'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_material TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS '…';

ALTER FUNCTION stateroom.settle(p_runs uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.slowest_statements(p_limit integer DEFAULT 10) RETURNS TABLE(query text, calls bigint, total_ms double precision, mean_ms double precision, row_count bigint, read_ms double precision, hit_ratio double precision)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.slowest_statements(p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.snooze(p_runs uuid[], p_tokens bigint[], p_delays double precision[]) RETURNS SETOF uuid
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.snooze(p_runs uuid[], p_tokens bigint[], p_delays double precision[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.start_deployment(p_deployment uuid) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.start_deployment(p_deployment uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.start_firing(p_schedule stateroom.schedules, p_firing uuid, p_time timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.start_firing(p_schedule stateroom.schedules, p_firing uuid, p_time timestamp with time zone) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.start_queued(p_limit integer DEFAULT 100) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.start_queued(p_limit integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.start_run(p_workflow uuid, p_version integer DEFAULT NULL::integer, p_trigger stateroom.run_trigger DEFAULT 'api'::stateroom.run_trigger, p_trigger_data jsonb DEFAULT '{}'::jsonb, p_env jsonb DEFAULT '{}'::jsonb, p_key text DEFAULT NULL::text, p_schedule uuid DEFAULT NULL::uuid) RETURNS uuid
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.start_run(p_workflow uuid, p_version integer, p_trigger stateroom.run_trigger, p_trigger_data jsonb, p_env jsonb, p_key text, p_schedule uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.start_workflow(p_workflow uuid, p_version integer DEFAULT NULL::integer, p_trigger stateroom.run_trigger DEFAULT 'api'::stateroom.run_trigger, p_trigger_data jsonb DEFAULT '{}'::jsonb, p_env jsonb DEFAULT '{}'::jsonb, p_key text DEFAULT NULL::text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.start_workflow(p_workflow uuid, p_version integer, p_trigger stateroom.run_trigger, p_trigger_data jsonb, p_env jsonb, p_key text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.stray_rows() RETURNS TABLE(partition text, rows bigint)
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.stray_rows() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.take_keys(p_tasks uuid[], p_keys text[], p_ids uuid[], p_hold stateroom.key_hold DEFAULT 'expiry'::stateroom.key_hold, p_seconds integer DEFAULT NULL::integer) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.take_keys(p_tasks uuid[], p_keys text[], p_ids uuid[], p_hold stateroom.key_hold, p_seconds integer) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.take_rows(p_from text, p_which text, p_to text DEFAULT NULL::text) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.take_rows(p_from text, p_which text, p_to text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.task_definitions(p_tasks uuid[]) RETURNS TABLE(id uuid, project_id uuid, title text, action text, handler text, command text, parameters jsonb, env jsonb, working_directory text, queue text, timeout_seconds integer, heartbeat_timeout_seconds integer, max_retries integer, step_key text, options jsonb)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.task_definitions(p_tasks uuid[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.task_history(p_task uuid, p_limit integer DEFAULT 20, p_before uuid DEFAULT NULL::uuid) RETURNS TABLE(id uuid, project_id uuid, workflow_run_id uuid, map_index integer, state stateroom.run_state, attempt integer, agent_id uuid, agent_name text, exit_code integer, error_type text, error_message text, created_at timestamp with time zone, started_at timestamp with time zone, finished_at timestamp with time zone, duration_ms bigint)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_bitmapscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET jit TO 'off'
    AS '…';

ALTER FUNCTION stateroom.task_history(p_task uuid, p_limit integer, p_before uuid) OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.task_dependencies (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    task_id uuid NOT NULL,
    depends_on_task_id uuid NOT NULL,
    dependency_type stateroom.dependency_type DEFAULT 'blocks'::stateroom.dependency_type NOT NULL,
    condition stateroom.edge_condition DEFAULT 'success'::stateroom.edge_condition NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    CONSTRAINT task_dependencies_not_itself CHECK ((task_id <> depends_on_task_id))
);

ALTER TABLE ONLY stateroom.task_dependencies FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.task_dependencies OWNER TO stateroom_owner;

CREATE FUNCTION stateroom.task_prerequisites(p_task uuid) RETURNS TABLE(waits uuid, level integer, prerequisite uuid, condition stateroom.edge_condition, met boolean)
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    BEGIN ATOMIC
 WITH RECURSIVE up(id, parent, level) AS (
          SELECT t.id,
             t.parent_task_id,
             0 AS "?column?"
            FROM stateroom.tasks t
           WHERE (t.id = task_prerequisites.p_task)
         UNION ALL
          SELECT t.id,
             t.parent_task_id,
             (up_1.level + 1)
            FROM (up up_1
              JOIN stateroom.tasks t ON ((t.id = up_1.parent)))
           WHERE (t.deleted_at IS NULL)
         )
  SELECT up.id,
     up.level,
     p.id,
     d.condition,
     stateroom.is_met(p.status, p.deleted_at, d.condition) AS is_met
    FROM ((up
      JOIN stateroom.task_dependencies d ON (((d.task_id = up.id) AND (d.dependency_type = 'blocks'::stateroom.dependency_type))))
      JOIN stateroom.tasks p ON ((p.id = d.depends_on_task_id)));
END;

ALTER FUNCTION stateroom.task_prerequisites(p_task uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.task_search(p_title text, p_description text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (setweight(to_tsvector('english'::regconfig, p_title), 'A'::"char") || setweight(to_tsvector('english'::regconfig, COALESCE(p_description, ''::text)), 'B'::"char"));

ALTER FUNCTION stateroom.task_search(p_title text, p_description text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.text_problem(p_value text, p_schema jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((char_length(p_value))::numeric < ((p_schema -> 'minLength'::text))::numeric) THEN 'is too short'::text WHEN ((char_length(p_value))::numeric > ((p_schema -> 'maxLength'::text))::numeric) THEN 'is too long'::text WHEN (p_value !~ (p_schema ->> 'pattern'::text)) THEN ('does not look like '::text || (p_schema ->> 'pattern'::text)) ELSE NULL::text END;

ALTER FUNCTION stateroom.text_problem(p_value text, p_schema jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.touch() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.touch() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.triage_to_task(p_item uuid) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.triage_to_task(p_item uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.unique_key(p_task uuid, p_queue text, p_input jsonb, p_unique jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN ((('unique:'::text || p_task) || ':'::text) || md5((jsonb_build_array(CASE WHEN ((p_unique -> 'input'::text) = 'true'::jsonb) THEN p_input WHEN (jsonb_typeof((p_unique -> 'input'::text)) = 'array'::text) THEN (SELECT jsonb_object_agg(e.key, e.value) AS jsonb_object_agg FROM jsonb_each(unique_key.p_input) e(key, value) WHERE ((unique_key.p_unique -> 'input'::text) ? e.key)) ELSE NULL::jsonb END, CASE WHEN ((p_unique -> 'queue'::text) = 'true'::jsonb) THEN p_queue ELSE NULL::text END, floor((EXTRACT(epoch FROM stateroom.now()) / (((p_unique ->> 'period_seconds'::text))::integer)::numeric)), (p_unique - 'period_seconds'::text)))::text));

ALTER FUNCTION stateroom.unique_key(p_task uuid, p_queue text, p_input jsonb, p_unique jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.update_schedule(p_schedule uuid, p_changes jsonb) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.update_schedule(p_schedule uuid, p_changes jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.upsert_component(p_name text, p_type text, p_details jsonb DEFAULT '{}'::jsonb) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.upsert_component(p_name text, p_type text, p_details jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.use_auth_token(p_token_hash text, p_purpose stateroom.token_purpose, p_password_hash text DEFAULT NULL::text) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.use_auth_token(p_token_hash text, p_purpose stateroom.token_purpose, p_password_hash text) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.uuid_timestamp(p_id uuid) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (('1970-01-01 00:00:00+00'::timestamp with time zone + ((((('x'::text || lpad("left"(replace((p_id)::text, '-'::text, ''::text), 12), 16, '0'::text)))::bit(64))::bigint)::double precision * '00:00:00.001'::interval)) + ((((((('x'::text || lpad(substr((p_id)::text, 16, 3), 8, '0'::text)))::bit(32))::integer)::double precision * '00:00:00.000001'::interval) * (1000)::double precision) / (4096)::double precision));

ALTER FUNCTION stateroom.uuid_timestamp(p_id uuid) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ((lpad(to_hex((floor((EXTRACT(epoch FROM (p_at - '1970-01-01 00:00:00+00'::timestamp with time zone)) * (1000)::numeric)))::bigint), 12, '0'::text) || '70008000000000000000'::text))::uuid;

ALTER FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.wants(p_preferences jsonb, p_type stateroom.notification_type) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((((p_preferences -> 'notifications'::text) ->> (p_type)::text) IS DISTINCT FROM 'false'::text) AND (NOT ((p_type = 'run_failed'::stateroom.notification_type) AND COALESCE(((p_preferences ->> 'failure'::text) = 'false'::text), false))) AND (NOT ((p_type = 'task_delayed'::stateroom.notification_type) AND COALESCE(((p_preferences ->> 'reminder'::text) = 'false'::text), false))));

ALTER FUNCTION stateroom.wants(p_preferences jsonb, p_type stateroom.notification_type) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.watch_plugs() RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.watch_plugs() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.without_secrets(p_value jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.without_secrets(p_value jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.write_access_logs(p_entries jsonb[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.write_access_logs(p_entries jsonb[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.write_audit(p_project uuid, p_type text, p_id uuid, p_action text, p_old jsonb, p_new jsonb) RETURNS void
    LANGUAGE sql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.write_audit(p_project uuid, p_type text, p_id uuid, p_action text, p_old jsonb, p_new jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.write_decision(p_approval stateroom.approvals, p_decision stateroom.approval_decision, p_by uuid, p_comment text, p_answers jsonb) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.write_decision(p_approval stateroom.approvals, p_decision stateroom.approval_decision, p_by uuid, p_comment text, p_answers jsonb) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.write_metrics(p_metrics jsonb[]) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.write_metrics(p_metrics jsonb[]) OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.write_projects() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((NULLIF(current_setting('stateroom.write_projects'::text, true), ''::text))::uuid[], '{}'::uuid[]);

ALTER FUNCTION stateroom.write_projects() OWNER TO stateroom_maintenance;

CREATE FUNCTION stateroom.write_version(p_project uuid, p_name text, p_definition jsonb, p_type stateroom.workflow_type DEFAULT 'custom'::stateroom.workflow_type) RETURNS TABLE(workflow_id uuid, version_id uuid, version integer, created boolean)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS '…';

ALTER FUNCTION stateroom.write_version(p_project uuid, p_name text, p_definition jsonb, p_type stateroom.workflow_type) OWNER TO stateroom_maintenance;

CREATE VIEW stateroom.active_tasks WITH (security_invoker='true') AS
 SELECT t.id,
    t.project_id,
    p.name AS project_name,
    t.number,
    t.title,
    t.type,
    t.status,
    t.priority,
    t.complexity_score,
    t.tags,
    t.parent_task_id,
    t.epic_id,
    t.story_id,
    t.assigned_role,
    t.assigned_user_id,
    t.assigned_agent_id,
    t.start_date,
    t.end_date,
    t.is_delayed,
    t.estimated_hours,
    t.actual_hours,
    t."position",
    t.revision,
    t.started_at,
    t.created_at,
    t.updated_at
   FROM (stateroom.tasks t
     JOIN stateroom.projects p ON ((p.id = t.project_id)))
  WHERE ((t.kind = 'planned'::stateroom.task_kind) AND (t.deleted_at IS NULL) AND (t.status = ANY (ARRAY['pending'::stateroom.task_status, 'in_progress'::stateroom.task_status])) AND (p.status <> 'archived'::stateroom.project_status));

ALTER VIEW stateroom.active_tasks OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.task_runs (
    id uuid NOT NULL,
    task_id uuid NOT NULL,
    project_id uuid NOT NULL,
    workflow_run_id uuid,
    schedule_id uuid,
    parent_run_id uuid,
    agent_id uuid,
    run_at timestamp with time zone,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    map_index integer,
    attempt integer DEFAULT 0 NOT NULL,
    exit_code integer,
    failures smallint DEFAULT 0 NOT NULL,
    losses smallint DEFAULT 0 NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    state stateroom.run_state,
    queue text NOT NULL,
    input jsonb,
    result jsonb,
    parts jsonb,
    output text,
    error_type text,
    error_message text,
    deadline_at timestamp with time zone,
    CONSTRAINT task_runs_finished_at CHECK (((state IS NULL) = (finished_at IS NULL))),
    CONSTRAINT task_runs_state CHECK ((state = ANY (ARRAY['succeeded'::stateroom.run_state, 'failed'::stateroom.run_state, 'cancelled'::stateroom.run_state, 'timed_out'::stateroom.run_state, 'skipped'::stateroom.run_state])))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY stateroom.task_runs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.task_runs OWNER TO stateroom_owner;

CREATE TABLE stateroom.workflow_runs (
    id uuid NOT NULL,
    workflow_id uuid NOT NULL,
    project_id uuid NOT NULL,
    version_id uuid NOT NULL,
    version integer NOT NULL,
    run_number integer NOT NULL,
    state stateroom.run_state DEFAULT 'running'::stateroom.run_state NOT NULL,
    trigger stateroom.run_trigger DEFAULT 'api'::stateroom.run_trigger NOT NULL,
    trigger_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    environment text,
    env jsonb DEFAULT '{}'::jsonb NOT NULL,
    result jsonb,
    error_message text,
    parent_run_id uuid,
    rerun_of uuid,
    started_at timestamp with time zone,
    cancel_requested_at timestamp with time zone,
    finished_at timestamp with time zone,
    duration_ms bigint GENERATED ALWAYS AS (((EXTRACT(epoch FROM (finished_at - started_at)) * (1000)::numeric))::bigint) STORED,
    triggered_by uuid,
    deadline_at timestamp with time zone,
    late boolean DEFAULT false NOT NULL,
    CONSTRAINT workflow_runs_environment CHECK ((environment = ANY (ARRAY['development'::text, 'testing'::text, 'staging'::text, 'production'::text]))),
    CONSTRAINT workflow_runs_finished_at CHECK (((state = 'running'::stateroom.run_state) = (finished_at IS NULL))),
    CONSTRAINT workflow_runs_state CHECK ((state = ANY (ARRAY['running'::stateroom.run_state, 'succeeded'::stateroom.run_state, 'failed'::stateroom.run_state, 'cancelled'::stateroom.run_state, 'timed_out'::stateroom.run_state])))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY stateroom.workflow_runs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.workflow_runs OWNER TO stateroom_owner;

CREATE TABLE stateroom.workflows (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    description text,
    type stateroom.workflow_type DEFAULT 'custom'::stateroom.workflow_type NOT NULL,
    status stateroom.workflow_status DEFAULT 'active'::stateroom.workflow_status NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    configuration jsonb DEFAULT '{}'::jsonb NOT NULL,
    env jsonb DEFAULT '{}'::jsonb NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    parent_workflow_id uuid,
    timeout_seconds integer DEFAULT 3600 NOT NULL,
    latest_version integer DEFAULT 0 NOT NULL,
    next_run_number integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    search tsvector GENERATED ALWAYS AS ((setweight(to_tsvector('english'::regconfig, name), 'A'::"char") || setweight(to_tsvector('english'::regconfig, COALESCE(description, ''::text)), 'B'::"char"))) STORED NOT NULL,
    CONSTRAINT workflows_configuration_check CHECK ((jsonb_typeof(configuration) = 'object'::text)),
    CONSTRAINT workflows_description_check CHECK ((char_length(description) <= 10000)),
    CONSTRAINT workflows_env_check CHECK ((jsonb_typeof(env) = 'object'::text)),
    CONSTRAINT workflows_latest_version_check CHECK ((latest_version >= 0)),
    CONSTRAINT workflows_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT workflows_next_run_number_check CHECK ((next_run_number >= 1)),
    CONSTRAINT workflows_priority_check CHECK (((priority >= 0) AND (priority <= 10))),
    CONSTRAINT workflows_timeout_seconds_check CHECK ((timeout_seconds > 0))
);
ALTER TABLE ONLY stateroom.workflows ALTER COLUMN name SET STATISTICS 10;

ALTER TABLE ONLY stateroom.workflows FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.workflows OWNER TO stateroom_owner;

CREATE VIEW stateroom.active_workflows_summary WITH (security_barrier='true') AS
 SELECT f.id AS workflow_id,
    f.project_id,
    f.name,
    f.type,
    f.status,
    f.priority,
    f.latest_version,
    r.running_runs,
    r.total_steps,
    r.done_steps,
    r.failed_steps,
    r.running_since,
        CASE
            WHEN (r.total_steps > 0) THEN ((100 * r.done_steps) / r.total_steps)
            ELSE NULL::integer
        END AS percent,
    o.id AS last_run_id,
    o.run_number AS last_run_number,
    o.state AS last_state,
    o.finished_at AS last_finished_at
   FROM ((stateroom.workflows f
     CROSS JOIN LATERAL ( SELECT (count(*))::integer AS running_runs,
            (COALESCE(sum(c.total), (0)::numeric))::integer AS total_steps,
            (COALESCE(sum(c.done), (0)::numeric))::integer AS done_steps,
            (COALESCE(sum(c.failed), (0)::numeric))::integer AS failed_steps,
            min(w.started_at) AS running_since
           FROM (stateroom.workflow_runs w
             CROSS JOIN LATERAL ( SELECT count(*) AS total,
                    count(t.state) AS done,
                    count(*) FILTER (WHERE (t.state = ANY (ARRAY['failed'::stateroom.run_state, 'timed_out'::stateroom.run_state]))) AS failed
                   FROM stateroom.task_runs t
                  WHERE (t.workflow_run_id = w.id)) c)
          WHERE ((w.project_id = f.project_id) AND (w.workflow_id = f.id) AND (w.state = 'running'::stateroom.run_state))) r)
     LEFT JOIN LATERAL ( SELECT w.id,
            w.run_number,
            w.state,
            w.finished_at
           FROM stateroom.workflow_runs w
          WHERE (w.workflow_id = f.id)
          ORDER BY w.id DESC
         LIMIT 1) o ON (true))
  WHERE (((f.status = 'active'::stateroom.workflow_status) OR (r.running_runs > 0)) AND (( SELECT stateroom.sees_all() AS sees_all) OR (f.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

ALTER VIEW stateroom.active_workflows_summary OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.agent_sessions (
    id uuid NOT NULL,
    agent_id uuid NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    backend_pid integer,
    backend_start timestamp with time zone,
    started_at timestamp with time zone NOT NULL,
    last_heartbeat_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    unplugged_at timestamp with time zone,
    is_idle boolean DEFAULT false NOT NULL,
    capacity integer DEFAULT 1 NOT NULL,
    queues text[] DEFAULT '{}'::text[] NOT NULL,
    handlers text[] DEFAULT '{}'::text[] NOT NULL
)
WITH (fillfactor='50');

ALTER TABLE ONLY stateroom.agent_sessions FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.agent_sessions OWNER TO stateroom_owner;

CREATE TABLE stateroom.agent_stats (
    agent_id uuid NOT NULL,
    hour timestamp with time zone NOT NULL,
    succeeded integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    cancelled integer DEFAULT 0 NOT NULL,
    timed_out integer DEFAULT 0 NOT NULL,
    skipped integer DEFAULT 0 NOT NULL,
    duration_ms_sum bigint DEFAULT 0 NOT NULL,
    CONSTRAINT agent_stats_cancelled_check CHECK ((cancelled >= 0)),
    CONSTRAINT agent_stats_duration_ms_sum_check CHECK ((duration_ms_sum >= 0)),
    CONSTRAINT agent_stats_failed_check CHECK ((failed >= 0)),
    CONSTRAINT agent_stats_hour_check CHECK ((hour = date_trunc('hour'::text, hour, 'UTC'::text))),
    CONSTRAINT agent_stats_skipped_check CHECK ((skipped >= 0)),
    CONSTRAINT agent_stats_succeeded_check CHECK ((succeeded >= 0)),
    CONSTRAINT agent_stats_timed_out_check CHECK ((timed_out >= 0))
)
WITH (fillfactor='80');

ALTER TABLE ONLY stateroom.agent_stats FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.agent_stats OWNER TO stateroom_owner;

CREATE TABLE stateroom.agents (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid,
    name text NOT NULL,
    type stateroom.agent_type DEFAULT 'worker'::stateroom.agent_type NOT NULL,
    status stateroom.agent_status DEFAULT 'offline'::stateroom.agent_status NOT NULL,
    capabilities jsonb DEFAULT '[]'::jsonb NOT NULL,
    software_version text,
    max_concurrency integer DEFAULT 1 NOT NULL,
    budget jsonb DEFAULT '{}'::jsonb NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT agents_budget_check CHECK ((jsonb_typeof(budget) = 'object'::text)),
    CONSTRAINT agents_budget_shape CHECK ((((budget - '{tokens,cost,seconds}'::text[]) = '{}'::jsonb) AND (NOT (budget @? '$.*?(@.type() != "object")'::jsonpath)) AND (NOT (budget @? '$.*.keyvalue()?((!((@."key" == "limit" || @."key" == "reserved") || @."key" == "used") || @."value".type() != "number") || @."value" < 0)'::jsonpath)))),
    CONSTRAINT agents_capabilities_check CHECK ((jsonb_typeof(capabilities) = 'array'::text)),
    CONSTRAINT agents_max_concurrency_check CHECK ((max_concurrency >= 1)),
    CONSTRAINT agents_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT agents_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT agents_software_version_check CHECK ((char_length(software_version) <= 64))
);

ALTER TABLE ONLY stateroom.agents FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.agents OWNER TO stateroom_owner;

CREATE TABLE stateroom.leases (
    run_id uuid NOT NULL,
    session_id uuid NOT NULL,
    token bigint NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    cancel_requested_at timestamp with time zone,
    attempt integer NOT NULL,
    late boolean DEFAULT false NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='20000', autovacuum_vacuum_cost_delay='0');

ALTER TABLE ONLY stateroom.leases FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.leases OWNER TO stateroom_owner;

CREATE VIEW stateroom.agent_utilization WITH (security_barrier='true') AS
 SELECT a.id AS agent_id,
    a.project_id,
    a.name,
    a.type,
    a.is_active,
        CASE
            WHEN (a.status = ANY (ARRAY['error'::stateroom.agent_status, 'draining'::stateroom.agent_status])) THEN a.status
            WHEN (COALESCE(n.sessions, 0) = 0) THEN 'offline'::stateroom.agent_status
            WHEN (n.running > 0) THEN 'busy'::stateroom.agent_status
            ELSE 'idle'::stateroom.agent_status
        END AS status,
    a.max_concurrency,
    COALESCE(n.sessions, 0) AS sessions,
    COALESCE(n.running, 0) AS running,
    n.last_heartbeat_at,
    COALESCE(s.runs_24h, (0)::bigint) AS runs_24h,
    COALESCE(s.succeeded_24h, (0)::bigint) AS succeeded_24h,
    COALESCE(s.busy_ms_24h, (0)::numeric) AS busy_ms_24h,
    round(((100.0 * COALESCE(s.busy_ms_24h, (0)::numeric)) / (((86400000)::bigint * a.max_concurrency))::numeric), 2) AS utilization_percent,
    COALESCE(s.runs, (0)::bigint) AS runs_7d,
    COALESCE(s.succeeded, (0)::bigint) AS succeeded_7d,
    COALESCE(s.failed, (0)::bigint) AS failed_7d,
    round(((s.succeeded)::numeric / (NULLIF((s.succeeded + s.failed), 0))::numeric), 4) AS success_rate_7d,
    ((s.busy_ms)::double precision / (NULLIF(s.runs, 0))::double precision) AS mean_ms_7d,
    s.last_hour
   FROM ((stateroom.agents a
     LEFT JOIN ( SELECT x.agent_id,
            (count(*))::integer AS sessions,
            (sum(x.running))::integer AS running,
            max(x.last_heartbeat_at) AS last_heartbeat_at
           FROM ( SELECT g.agent_id,
                    g.last_heartbeat_at,
                    ( SELECT count(*) AS count
                           FROM stateroom.leases l
                          WHERE (l.session_id = g.id)) AS running
                   FROM stateroom.agent_sessions g
                  WHERE ((g.expires_at > stateroom.now()) AND (g.unplugged_at IS NULL))) x
          GROUP BY x.agent_id) n ON ((n.agent_id = a.id)))
     LEFT JOIN ( SELECT r.agent_id,
            sum(r.succeeded) AS succeeded,
            sum((r.failed + r.timed_out)) AS failed,
            sum((((r.succeeded + r.failed) + r.timed_out) + r.cancelled)) AS runs,
            sum(r.duration_ms_sum) AS busy_ms,
            max(r.hour) AS last_hour,
            sum(r.succeeded) FILTER (WHERE (r.hour > (stateroom.now() - '24:00:00'::interval))) AS succeeded_24h,
            sum((((r.succeeded + r.failed) + r.timed_out) + r.cancelled)) FILTER (WHERE (r.hour > (stateroom.now() - '24:00:00'::interval))) AS runs_24h,
            sum(r.duration_ms_sum) FILTER (WHERE (r.hour > (stateroom.now() - '24:00:00'::interval))) AS busy_ms_24h
           FROM stateroom.agent_stats r
          WHERE (r.hour > (stateroom.now() - '168:00:00'::interval))
          GROUP BY r.agent_id) s ON ((s.agent_id = a.id)))
  WHERE (( SELECT stateroom.sees_all() AS sees_all) OR ((( SELECT stateroom.current_user_id() AS current_user_id) IS NOT NULL) AND ((a.project_id IS NULL) OR (a.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])))));

ALTER VIEW stateroom.agent_utilization OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.api_access_logs (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    user_id uuid,
    api_key_id uuid,
    execution_time_ms double precision NOT NULL,
    rate_limit_reset timestamp with time zone,
    rate_limit_remaining integer,
    response_status smallint NOT NULL,
    method text NOT NULL,
    endpoint text NOT NULL,
    request_id text,
    ip_address inet,
    user_agent text,
    request_headers jsonb DEFAULT '{}'::jsonb NOT NULL,
    response_headers jsonb DEFAULT '{}'::jsonb NOT NULL,
    request_body text,
    response_body text,
    CONSTRAINT api_access_logs_endpoint_check CHECK (((char_length(endpoint) >= 1) AND (char_length(endpoint) <= 500))),
    CONSTRAINT api_access_logs_execution_time_ms_check CHECK ((execution_time_ms >= (0)::double precision)),
    CONSTRAINT api_access_logs_method_check CHECK ((method ~ '^[A-Z]{1,10}$'::text)),
    CONSTRAINT api_access_logs_request_body_check CHECK ((char_length(request_body) <= 8192)),
    CONSTRAINT api_access_logs_request_headers_check CHECK ((jsonb_typeof(request_headers) = 'object'::text)),
    CONSTRAINT api_access_logs_request_id_check CHECK ((char_length(request_id) <= 100)),
    CONSTRAINT api_access_logs_response_body_check CHECK ((char_length(response_body) <= 8192)),
    CONSTRAINT api_access_logs_response_headers_check CHECK ((jsonb_typeof(response_headers) = 'object'::text)),
    CONSTRAINT api_access_logs_response_status_check CHECK (((response_status >= 100) AND (response_status <= 599))),
    CONSTRAINT api_access_logs_user_agent_check CHECK ((char_length(user_agent) <= 500))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY stateroom.api_access_logs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.api_access_logs OWNER TO stateroom_owner;

CREATE UNLOGGED TABLE stateroom.api_key_usage (
    api_key_id uuid NOT NULL,
    hour timestamp with time zone NOT NULL,
    count integer DEFAULT 1 NOT NULL,
    last_used_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    CONSTRAINT api_key_usage_count_check CHECK ((count >= 1))
)
WITH (fillfactor='50');

ALTER TABLE ONLY stateroom.api_key_usage FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.api_key_usage OWNER TO stateroom_owner;

CREATE VIEW stateroom.api_key_uses AS
SELECT
    NULL::uuid AS api_key_id,
    NULL::uuid AS user_id,
    NULL::timestamp with time zone AS last_used_at,
    NULL::bigint AS usage_count;

ALTER VIEW stateroom.api_key_uses OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.api_keys (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    user_id uuid NOT NULL,
    key_name text NOT NULL,
    key_prefix text NOT NULL,
    key_hash text NOT NULL,
    permissions text[] NOT NULL,
    project_id uuid,
    rate_limit_per_hour integer DEFAULT 1000 NOT NULL,
    rate_limit_per_day integer DEFAULT 10000 NOT NULL,
    allowed_ips cidr[] DEFAULT '{}'::cidr[] NOT NULL,
    allowed_endpoints text[] DEFAULT '{}'::text[] NOT NULL,
    expires_at timestamp with time zone DEFAULT (stateroom.now() + '1 year'::interval) NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT api_keys_allowed_endpoints_check CHECK ((octet_length((allowed_endpoints)::text) <= 1200)),
    CONSTRAINT api_keys_allowed_ips_check CHECK ((cardinality(allowed_ips) <= 20)),
    CONSTRAINT api_keys_key_hash_check CHECK ((key_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT api_keys_key_name_check CHECK (((char_length(key_name) >= 1) AND (char_length(key_name) <= 100))),
    CONSTRAINT api_keys_key_prefix_check CHECK ((key_prefix ~ '^sr_[A-Za-z0-9_-]{4,12}$'::text)),
    CONSTRAINT api_keys_permissions_check CHECK (stateroom.are_permissions(permissions)),
    CONSTRAINT api_keys_rate_limit_per_day_check CHECK ((rate_limit_per_day >= 1)),
    CONSTRAINT api_keys_rate_limit_per_hour_check CHECK ((rate_limit_per_hour >= 1))
);

ALTER TABLE ONLY stateroom.api_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.api_keys OWNER TO stateroom_owner;

CREATE TABLE stateroom.audit_logs (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid,
    entity_type text NOT NULL,
    entity_id uuid,
    action text NOT NULL,
    old_values jsonb,
    new_values jsonb,
    user_id uuid,
    api_key_id uuid,
    session_id uuid,
    ip_address inet,
    user_agent text,
    request_id text,
    CONSTRAINT audit_logs_action_check CHECK ((char_length(action) <= 64)),
    CONSTRAINT audit_logs_entity_type_check CHECK ((char_length(entity_type) <= 100)),
    CONSTRAINT audit_logs_request_id_check CHECK ((char_length(request_id) <= 200)),
    CONSTRAINT audit_logs_user_agent_check CHECK ((char_length(user_agent) <= 1000))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY stateroom.audit_logs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.audit_logs OWNER TO stateroom_owner;

CREATE TABLE stateroom.auth_tokens (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    user_id uuid NOT NULL,
    purpose stateroom.token_purpose NOT NULL,
    token_hash text NOT NULL,
    new_email text,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    CONSTRAINT auth_tokens_expires CHECK ((expires_at > created_at)),
    CONSTRAINT auth_tokens_new_email CHECK (((purpose = 'email_change'::stateroom.token_purpose) = (new_email IS NOT NULL))),
    CONSTRAINT auth_tokens_new_email_check CHECK (((char_length(new_email) <= 254) AND (new_email ~ '^[^@[:space:]]+@[^@[:space:]]+$'::text))),
    CONSTRAINT auth_tokens_token_hash_check CHECK ((token_hash ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE ONLY stateroom.auth_tokens FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.auth_tokens OWNER TO stateroom_owner;

CREATE TABLE stateroom.backups (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    kind stateroom.backup_kind NOT NULL,
    state stateroom.backup_state DEFAULT 'running'::stateroom.backup_state NOT NULL,
    parent_backup_id uuid,
    started_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    finished_at timestamp with time zone,
    size_bytes bigint,
    start_lsn pg_lsn,
    end_lsn pg_lsn,
    location text NOT NULL,
    encrypted boolean DEFAULT false NOT NULL,
    verified_at timestamp with time zone,
    verification jsonb DEFAULT '{}'::jsonb NOT NULL,
    error_message text,
    CONSTRAINT backups_error_message_check CHECK ((char_length(error_message) <= 10000)),
    CONSTRAINT backups_finished_after_start CHECK ((finished_at >= started_at)),
    CONSTRAINT backups_finished_at CHECK (((state = 'running'::stateroom.backup_state) = (finished_at IS NULL))),
    CONSTRAINT backups_incremental CHECK (((kind = 'incremental'::stateroom.backup_kind) OR (parent_backup_id IS NULL))),
    CONSTRAINT backups_location_check CHECK (((char_length(location) >= 1) AND (char_length(location) <= 2000))),
    CONSTRAINT backups_lsn_range CHECK ((end_lsn >= start_lsn)),
    CONSTRAINT backups_size_bytes_check CHECK ((size_bytes >= 0)),
    CONSTRAINT backups_verification_check CHECK ((jsonb_typeof(verification) = 'object'::text))
);

ALTER TABLE ONLY stateroom.backups FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.backups OWNER TO stateroom_owner;

CREATE TABLE stateroom.chat_message_edits (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    message_id uuid NOT NULL,
    project_id uuid NOT NULL,
    earlier_message text NOT NULL,
    edited_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    edited_by uuid,
    CONSTRAINT chat_message_edits_earlier_message_check CHECK (((char_length(earlier_message) >= 1) AND (char_length(earlier_message) <= 10000)))
);

ALTER TABLE ONLY stateroom.chat_message_edits FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.chat_message_edits OWNER TO stateroom_owner;

CREATE TABLE stateroom.chat_messages (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    sender_id uuid,
    recipient_id uuid,
    channel text DEFAULT 'general'::text NOT NULL,
    reply_to_id uuid,
    related_task_id uuid,
    message text NOT NULL,
    message_type stateroom.message_type DEFAULT 'text'::stateroom.message_type NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    edited_at timestamp with time zone,
    deleted_at timestamp with time zone,
    search tsvector GENERATED ALWAYS AS (to_tsvector('english'::regconfig, message)) STORED NOT NULL,
    CONSTRAINT chat_messages_channel_check CHECK ((channel ~ '^[a-z0-9][a-z0-9_-]{0,63}$'::text)),
    CONSTRAINT chat_messages_direct_has_no_channel CHECK (((recipient_id IS NULL) OR (channel = 'general'::text))),
    CONSTRAINT chat_messages_message_check CHECK (((char_length(message) >= 1) AND (char_length(message) <= 10000))),
    CONSTRAINT chat_messages_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT chat_messages_sender CHECK (((sender_id IS NOT NULL) OR (message_type = 'system'::stateroom.message_type))),
    CONSTRAINT chat_messages_two_people CHECK ((recipient_id <> sender_id))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY stateroom.chat_messages FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.chat_messages OWNER TO stateroom_owner;

CREATE TABLE stateroom.client_grants (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    database_user text NOT NULL,
    project_id uuid NOT NULL,
    permissions text[] DEFAULT '{read:tasks,run:work}'::text[] NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT client_grants_database_user_check CHECK (((octet_length(database_user) >= 1) AND (octet_length(database_user) <= 63))),
    CONSTRAINT client_grants_permissions_check CHECK (((permissions <@ '{read:tasks,run:work}'::text[]) AND ((cardinality(permissions) >= 1) AND (cardinality(permissions) <= 2))))
);

ALTER TABLE ONLY stateroom.client_grants FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.client_grants OWNER TO stateroom_owner;

CREATE TABLE stateroom.component_dependencies (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    component_id uuid NOT NULL,
    depends_on_component_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    CONSTRAINT component_dependencies_self CHECK ((component_id <> depends_on_component_id))
);

ALTER TABLE ONLY stateroom.component_dependencies FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.component_dependencies OWNER TO stateroom_owner;

CREATE TABLE stateroom.components (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    description text,
    status stateroom.component_status DEFAULT 'unknown'::stateroom.component_status NOT NULL,
    health_status stateroom.health_status DEFAULT 'unknown'::stateroom.health_status NOT NULL,
    last_health_check timestamp with time zone,
    software_version text,
    configuration jsonb DEFAULT '{}'::jsonb NOT NULL,
    endpoints jsonb DEFAULT '[]'::jsonb NOT NULL,
    health_check_url text,
    performance_metrics jsonb DEFAULT '{}'::jsonb NOT NULL,
    documentation_url text,
    repository_url text,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT components_configuration_check CHECK ((jsonb_typeof(configuration) = 'object'::text)),
    CONSTRAINT components_description_check CHECK ((char_length(description) <= 10000)),
    CONSTRAINT components_documentation_url_check CHECK ((char_length(documentation_url) <= 2048)),
    CONSTRAINT components_endpoints_check CHECK ((jsonb_typeof(endpoints) = ANY (ARRAY['array'::text, 'object'::text]))),
    CONSTRAINT components_health CHECK (((health_status = 'unknown'::stateroom.health_status) OR (last_health_check IS NOT NULL))),
    CONSTRAINT components_health_check_url_check CHECK ((char_length(health_check_url) <= 2048)),
    CONSTRAINT components_metadata_check CHECK ((jsonb_typeof(metadata) = 'object'::text)),
    CONSTRAINT components_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT components_performance_metrics_check CHECK ((jsonb_typeof(performance_metrics) = 'object'::text)),
    CONSTRAINT components_repository_url_check CHECK ((char_length(repository_url) <= 2048)),
    CONSTRAINT components_software_version_check CHECK ((char_length(software_version) <= 100)),
    CONSTRAINT components_type_check CHECK (((char_length(type) >= 1) AND (char_length(type) <= 100)))
);

ALTER TABLE ONLY stateroom.components FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.components OWNER TO stateroom_owner;

CREATE TABLE stateroom.delayed_runs (
    run_at timestamp with time zone NOT NULL,
    run_id uuid NOT NULL,
    rank smallint NOT NULL,
    lane text NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='20000', autovacuum_vacuum_cost_delay='0');

ALTER TABLE ONLY stateroom.delayed_runs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.delayed_runs OWNER TO stateroom_owner;

CREATE TABLE stateroom.deployment_scripts (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    deployment_id uuid NOT NULL,
    script_name text NOT NULL,
    script_type stateroom.script_type DEFAULT 'deploy'::stateroom.script_type NOT NULL,
    script_content text NOT NULL,
    parameters jsonb DEFAULT '{}'::jsonb NOT NULL,
    execution_order integer DEFAULT 0 NOT NULL,
    timeout_seconds integer DEFAULT 300 NOT NULL,
    max_retries integer DEFAULT 3 NOT NULL,
    task_run_id uuid,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT deployment_scripts_execution_order_check CHECK ((execution_order >= 0)),
    CONSTRAINT deployment_scripts_max_retries_check CHECK (((max_retries >= 0) AND (max_retries <= 1000))),
    CONSTRAINT deployment_scripts_parameters_check CHECK ((jsonb_typeof(parameters) = 'object'::text)),
    CONSTRAINT deployment_scripts_script_content_check CHECK (((char_length(script_content) >= 1) AND (char_length(script_content) <= 100000))),
    CONSTRAINT deployment_scripts_script_name_check CHECK (((char_length(script_name) >= 1) AND (char_length(script_name) <= 100))),
    CONSTRAINT deployment_scripts_timeout_seconds_check CHECK (((timeout_seconds >= 1) AND (timeout_seconds <= 31536000)))
);

ALTER TABLE ONLY stateroom.deployment_scripts FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.deployment_scripts OWNER TO stateroom_owner;

CREATE TABLE stateroom.logs (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid,
    workflow_run_id uuid,
    task_run_id uuid,
    task_id uuid,
    user_id uuid,
    logged_at timestamp with time zone NOT NULL,
    attempt integer,
    part_no integer,
    line_no integer,
    source_line integer,
    level stateroom.log_level DEFAULT 'info'::stateroom.log_level NOT NULL,
    stream text,
    message text NOT NULL,
    component_name text,
    data jsonb,
    stack_trace text,
    request_id text,
    session_id text,
    source_file text,
    source_function text,
    CONSTRAINT logs_component_name_check CHECK ((char_length(component_name) <= 200)),
    CONSTRAINT logs_message_check CHECK ((char_length(message) <= 100000)),
    CONSTRAINT logs_request_id_check CHECK ((char_length(request_id) <= 100)),
    CONSTRAINT logs_session_id_check CHECK ((char_length(session_id) <= 200)),
    CONSTRAINT logs_source_file_check CHECK ((char_length(source_file) <= 1000)),
    CONSTRAINT logs_source_function_check CHECK ((char_length(source_function) <= 500)),
    CONSTRAINT logs_stack_trace_check CHECK ((char_length(stack_trace) <= 200000)),
    CONSTRAINT logs_stream_check CHECK ((stream = ANY (ARRAY['stdout'::text, 'stderr'::text, 'system'::text])))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY stateroom.logs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.logs OWNER TO stateroom_owner;

CREATE TABLE stateroom.waiting_runs (
    workflow_run_id uuid NOT NULL,
    task_id uuid NOT NULL,
    map_index integer NOT NULL,
    run_id uuid NOT NULL,
    step_no integer NOT NULL,
    waiting_on integer NOT NULL,
    unmet integer DEFAULT 0 NOT NULL,
    needs_failure boolean DEFAULT false NOT NULL,
    failed_above boolean DEFAULT false NOT NULL,
    cancelling boolean DEFAULT false NOT NULL,
    rank smallint NOT NULL,
    lane text NOT NULL
)
WITH (fillfactor='60', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='20000', autovacuum_vacuum_cost_delay='0');

ALTER TABLE ONLY stateroom.waiting_runs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.waiting_runs OWNER TO stateroom_owner;

CREATE VIEW stateroom.deployment_script_results WITH (security_barrier='true') AS
 SELECT s.id,
    s.deployment_id,
    d.project_id,
    d.environment,
    s.script_name,
    s.script_type,
    s.execution_order,
    s.task_run_id,
        CASE
            WHEN (s.task_run_id IS NULL) THEN 'pending'::text
            ELSE (COALESCE(t.state, (
            CASE
                WHEN (l.run_id IS NOT NULL) THEN 'running'::text
                WHEN (n.run_id IS NOT NULL) THEN 'waiting'::text
                WHEN (o.run_id IS NOT NULL) THEN 'scheduled'::text
                ELSE 'queued'::text
            END)::stateroom.run_state))::text
        END AS status,
    COALESCE(l.claimed_at, t.started_at) AS executed_at,
    ((EXTRACT(epoch FROM (t.finished_at - t.started_at)) * (1000)::numeric))::bigint AS execution_duration_ms,
    t.exit_code,
    ( SELECT string_agg(g.message, '
'::text ORDER BY g.line_no) AS string_agg
           FROM ( SELECT g_1.message,
                    g_1.line_no
                   FROM stateroom.logs g_1
                  WHERE ((g_1.task_run_id = s.task_run_id) AND (g_1.attempt = COALESCE(l.attempt, t.attempt)) AND (g_1.stream = 'stdout'::text))
                  ORDER BY g_1.line_no DESC
                 LIMIT 1000) g) AS stdout_log,
    ( SELECT string_agg(g.message, '
'::text ORDER BY g.line_no) AS string_agg
           FROM ( SELECT g_1.message,
                    g_1.line_no
                   FROM stateroom.logs g_1
                  WHERE ((g_1.task_run_id = s.task_run_id) AND (g_1.attempt = COALESCE(l.attempt, t.attempt)) AND (g_1.stream = 'stderr'::text))
                  ORDER BY g_1.line_no DESC
                 LIMIT 1000) g) AS stderr_log,
    GREATEST((COALESCE(l.attempt, t.attempt) - 1), 0) AS retry_count,
    t.error_type,
    t.error_message
   FROM ((((((stateroom.deployment_scripts s
     JOIN stateroom.deployments d ON ((d.id = s.deployment_id)))
     LEFT JOIN stateroom.tasks k ON ((k.id = d.task_id)))
     LEFT JOIN stateroom.task_runs t ON ((t.id = s.task_run_id)))
     LEFT JOIN stateroom.leases l ON (((l.run_id = t.id) AND (t.state IS NULL))))
     LEFT JOIN stateroom.waiting_runs n ON (((n.workflow_run_id = t.workflow_run_id) AND (n.task_id = t.task_id) AND (n.map_index = t.map_index) AND (t.state IS NULL))))
     LEFT JOIN stateroom.delayed_runs o ON (((o.run_at = t.run_at) AND (o.run_id = t.id) AND (t.state IS NULL))))
  WHERE ((( SELECT stateroom.sees_all() AS sees_all) OR (d.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))) AND (d.deleted_at IS NULL) AND (( SELECT (stateroom.sees_all() OR (stateroom.current_role_name() = 'admin'::text))) OR (d.project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (d.created_by = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (k.created_by = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (k.assigned_user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((k.assigned_role)::text = ( SELECT stateroom.current_role_name() AS current_role_name))));

ALTER VIEW stateroom.deployment_script_results OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.events (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    project_id uuid NOT NULL,
    type text NOT NULL,
    task_id uuid,
    workflow_run_id uuid,
    task_run_id uuid,
    actor_id uuid,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    recipient_id uuid,
    CONSTRAINT events_payload_check CHECK ((jsonb_typeof(payload) = 'object'::text)),
    CONSTRAINT events_type_check CHECK ((type ~ '^[a-z][a-z_]{0,63}$'::text))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY stateroom.events FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.events OWNER TO stateroom_owner;

CREATE TABLE stateroom.run_stats (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    task_id uuid NOT NULL,
    agent_id uuid,
    hour timestamp with time zone NOT NULL,
    succeeded integer DEFAULT 0 NOT NULL,
    failed integer DEFAULT 0 NOT NULL,
    cancelled integer DEFAULT 0 NOT NULL,
    timed_out integer DEFAULT 0 NOT NULL,
    skipped integer DEFAULT 0 NOT NULL,
    duration_ms_sum bigint DEFAULT 0 NOT NULL,
    durations integer[] DEFAULT '{}'::integer[] NOT NULL,
    CONSTRAINT run_stats_cancelled_check CHECK ((cancelled >= 0)),
    CONSTRAINT run_stats_duration_ms_sum_check CHECK ((duration_ms_sum >= 0)),
    CONSTRAINT run_stats_durations_check CHECK ((cardinality(durations) <= 64)),
    CONSTRAINT run_stats_failed_check CHECK ((failed >= 0)),
    CONSTRAINT run_stats_hour_check CHECK ((hour = date_trunc('hour'::text, hour, 'UTC'::text))),
    CONSTRAINT run_stats_skipped_check CHECK ((skipped >= 0)),
    CONSTRAINT run_stats_succeeded_check CHECK ((succeeded >= 0)),
    CONSTRAINT run_stats_timed_out_check CHECK ((timed_out >= 0))
)
WITH (fillfactor='80');

ALTER TABLE ONLY stateroom.run_stats FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.run_stats OWNER TO stateroom_owner;

CREATE VIEW stateroom.execution_stats WITH (security_barrier='true') AS
 SELECT k.id AS task_id,
    k.project_id,
    k.title,
    k.kind,
    s.total,
    s.succeeded,
    s.failed,
    s.cancelled,
    s.timed_out,
    s.skipped,
    round(((s.succeeded)::numeric / (NULLIF(((s.succeeded + s.failed) + s.timed_out), 0))::numeric), 4) AS success_rate,
    ((s.duration_ms_sum)::double precision / (NULLIF(h.timed, (0)::numeric))::double precision) AS mean_ms,
    stateroom.histogram_percentile(h.durations, (0.5)::double precision) AS p50_ms,
    stateroom.histogram_percentile(h.durations, (0.95)::double precision) AS p95_ms,
    s.first_hour,
    s.last_hour
   FROM ((stateroom.tasks k
     CROSS JOIN LATERAL ( SELECT sum(((((r.succeeded + r.failed) + r.cancelled) + r.timed_out) + r.skipped)) AS total,
            sum(r.succeeded) AS succeeded,
            sum(r.failed) AS failed,
            sum(r.cancelled) AS cancelled,
            sum(r.timed_out) AS timed_out,
            sum(r.skipped) AS skipped,
            sum(r.duration_ms_sum) AS duration_ms_sum,
            min(r.hour) AS first_hour,
            max(r.hour) AS last_hour
           FROM stateroom.run_stats r
          WHERE (r.task_id = k.id)
         HAVING (count(*) > 0)) s)
     CROSS JOIN LATERAL ( SELECT array_agg(b.n ORDER BY b.no) AS durations,
            sum(b.n) AS timed
           FROM ( SELECT u.no,
                    sum(u.n) AS n
                   FROM (stateroom.run_stats r
                     CROSS JOIN LATERAL unnest(r.durations) WITH ORDINALITY u(n, no))
                  WHERE (r.task_id = k.id)
                  GROUP BY u.no) b) h)
  WHERE ((( SELECT stateroom.sees_all() AS sees_all) OR (k.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))) AND ((k.kind <> 'planned'::stateroom.task_kind) OR ( SELECT (stateroom.sees_all() OR (stateroom.current_role_name() = 'admin'::text))) OR (k.project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (k.assigned_user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (k.created_by = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((k.assigned_role)::text = ( SELECT stateroom.current_role_name() AS current_role_name))));

ALTER VIEW stateroom.execution_stats OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.finished_run_readers (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    name text NOT NULL,
    read_below xid8 NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    CONSTRAINT finished_run_readers_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100)))
);

ALTER TABLE ONLY stateroom.finished_run_readers FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.finished_run_readers OWNER TO stateroom_owner;

CREATE TABLE stateroom.finished_runs (
    slot smallint NOT NULL,
    state stateroom.run_state NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    finished_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    run_id uuid NOT NULL,
    task_id uuid NOT NULL,
    project_id uuid NOT NULL,
    workflow_run_id uuid,
    agent_id uuid
)
PARTITION BY LIST (slot);

ALTER TABLE ONLY stateroom.finished_runs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.finished_runs OWNER TO stateroom_owner;

CREATE TABLE stateroom.finished_runs_0 (
    slot smallint CONSTRAINT finished_runs_slot_not_null NOT NULL,
    state stateroom.run_state CONSTRAINT finished_runs_state_not_null NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() CONSTRAINT finished_runs_xid_not_null NOT NULL,
    finished_at timestamp with time zone CONSTRAINT finished_runs_finished_at_not_null NOT NULL,
    started_at timestamp with time zone,
    run_id uuid CONSTRAINT finished_runs_run_id_not_null NOT NULL,
    task_id uuid CONSTRAINT finished_runs_task_id_not_null NOT NULL,
    project_id uuid CONSTRAINT finished_runs_project_id_not_null NOT NULL,
    workflow_run_id uuid,
    agent_id uuid
);

ALTER TABLE stateroom.finished_runs_0 OWNER TO stateroom_owner;

CREATE TABLE stateroom.finished_runs_1 (
    slot smallint CONSTRAINT finished_runs_slot_not_null NOT NULL,
    state stateroom.run_state CONSTRAINT finished_runs_state_not_null NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() CONSTRAINT finished_runs_xid_not_null NOT NULL,
    finished_at timestamp with time zone CONSTRAINT finished_runs_finished_at_not_null NOT NULL,
    started_at timestamp with time zone,
    run_id uuid CONSTRAINT finished_runs_run_id_not_null NOT NULL,
    task_id uuid CONSTRAINT finished_runs_task_id_not_null NOT NULL,
    project_id uuid CONSTRAINT finished_runs_project_id_not_null NOT NULL,
    workflow_run_id uuid,
    agent_id uuid
);

ALTER TABLE stateroom.finished_runs_1 OWNER TO stateroom_owner;

CREATE TABLE stateroom.finished_runs_2 (
    slot smallint CONSTRAINT finished_runs_slot_not_null NOT NULL,
    state stateroom.run_state CONSTRAINT finished_runs_state_not_null NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() CONSTRAINT finished_runs_xid_not_null NOT NULL,
    finished_at timestamp with time zone CONSTRAINT finished_runs_finished_at_not_null NOT NULL,
    started_at timestamp with time zone,
    run_id uuid CONSTRAINT finished_runs_run_id_not_null NOT NULL,
    task_id uuid CONSTRAINT finished_runs_task_id_not_null NOT NULL,
    project_id uuid CONSTRAINT finished_runs_project_id_not_null NOT NULL,
    workflow_run_id uuid,
    agent_id uuid
);

ALTER TABLE stateroom.finished_runs_2 OWNER TO stateroom_owner;

CREATE TABLE stateroom.finished_runs_3 (
    slot smallint CONSTRAINT finished_runs_slot_not_null NOT NULL,
    state stateroom.run_state CONSTRAINT finished_runs_state_not_null NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() CONSTRAINT finished_runs_xid_not_null NOT NULL,
    finished_at timestamp with time zone CONSTRAINT finished_runs_finished_at_not_null NOT NULL,
    started_at timestamp with time zone,
    run_id uuid CONSTRAINT finished_runs_run_id_not_null NOT NULL,
    task_id uuid CONSTRAINT finished_runs_task_id_not_null NOT NULL,
    project_id uuid CONSTRAINT finished_runs_project_id_not_null NOT NULL,
    workflow_run_id uuid,
    agent_id uuid
);

ALTER TABLE stateroom.finished_runs_3 OWNER TO stateroom_owner;

CREATE TABLE stateroom.http_idempotency (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    user_id uuid NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    answer jsonb,
    expires_at timestamp with time zone DEFAULT (stateroom.now() + '1 day'::interval) NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    CONSTRAINT http_idempotency_key_check CHECK (((char_length(key) >= 1) AND (char_length(key) <= 255))),
    CONSTRAINT http_idempotency_request_hash_check CHECK ((request_hash ~ '^[0-9a-f]{64}$'::text))
);

ALTER TABLE ONLY stateroom.http_idempotency FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.http_idempotency OWNER TO stateroom_owner;

CREATE SEQUENCE stateroom.lease_tokens
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 100;

ALTER SEQUENCE stateroom.lease_tokens OWNER TO stateroom_owner;

CREATE VIEW stateroom.live_workers WITH (security_barrier='true') AS
 SELECT s.id AS session_id,
    s.agent_id,
    a.name AS agent_name,
    s.host,
    s.pid,
    s.started_at,
    s.last_heartbeat_at,
    s.expires_at,
    s.capacity,
    s.queues,
    s.handlers,
    (( SELECT count(*) AS count
           FROM stateroom.leases l
          WHERE (l.session_id = s.id)))::integer AS running
   FROM (stateroom.agent_sessions s
     JOIN stateroom.agents a ON ((a.id = s.agent_id)))
  WHERE ((s.expires_at > stateroom.now()) AND (s.unplugged_at IS NULL) AND (( SELECT stateroom.sees_all() AS sees_all) OR ((( SELECT stateroom.current_user_id() AS current_user_id) IS NOT NULL) AND ((a.project_id IS NULL) OR (a.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))))));

ALTER VIEW stateroom.live_workers OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.metric_rollups (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    aggregation_period stateroom.aggregation_period NOT NULL,
    rolled_until timestamp with time zone NOT NULL,
    "position" uuid NOT NULL,
    CONSTRAINT metric_rollups_aggregation_period_check CHECK ((aggregation_period <> 'instant'::stateroom.aggregation_period))
);

ALTER TABLE ONLY stateroom.metric_rollups FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.metric_rollups OWNER TO stateroom_owner;

CREATE TABLE stateroom.notifications (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    user_id uuid NOT NULL,
    project_id uuid,
    type stateroom.notification_type NOT NULL,
    title text NOT NULL,
    message text,
    related_task_id uuid,
    is_read boolean DEFAULT false NOT NULL,
    read_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT notifications_message_check CHECK ((char_length(message) <= 10000)),
    CONSTRAINT notifications_read CHECK ((is_read = (read_at IS NOT NULL))),
    CONSTRAINT notifications_title_check CHECK (((char_length(title) >= 1) AND (char_length(title) <= 300)))
);

ALTER TABLE ONLY stateroom.notifications FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.notifications OWNER TO stateroom_owner;

CREATE TABLE stateroom.partition_archives (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    partition_name text NOT NULL,
    table_name text NOT NULL,
    low uuid NOT NULL,
    high uuid NOT NULL,
    row_count bigint NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    location text NOT NULL,
    archived_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    dropped_at timestamp with time zone,
    loaded_until timestamp with time zone,
    CONSTRAINT partition_archives_location_check CHECK (((char_length(location) >= 1) AND (char_length(location) <= 4096))),
    CONSTRAINT partition_archives_partition_name_check CHECK (((char_length(partition_name) >= 1) AND (char_length(partition_name) <= 63))),
    CONSTRAINT partition_archives_range CHECK ((low < high)),
    CONSTRAINT partition_archives_row_count_check CHECK ((row_count >= 0)),
    CONSTRAINT partition_archives_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT partition_archives_size_bytes_check CHECK ((size_bytes >= 0)),
    CONSTRAINT partition_archives_table_name_check CHECK (((char_length(table_name) >= 1) AND (char_length(table_name) <= 50)))
);

ALTER TABLE ONLY stateroom.partition_archives FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.partition_archives OWNER TO stateroom_owner;

CREATE TABLE stateroom.project_members (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    user_id uuid NOT NULL,
    role stateroom.project_role DEFAULT 'contributor'::stateroom.project_role NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid
);

ALTER TABLE ONLY stateroom.project_members FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.project_members OWNER TO stateroom_owner;

CREATE VIEW stateroom.people WITH (security_barrier='true') AS
 SELECT id,
    username,
    name,
    avatar_url
   FROM stateroom.users u
  WHERE (( SELECT stateroom.sees_all() AS sees_all) OR (id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (id IN ( SELECT m.user_id
           FROM stateroom.project_members m
          WHERE (m.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])))));

ALTER VIEW stateroom.people OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.queues (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    name text NOT NULL,
    paused boolean DEFAULT false NOT NULL,
    max_concurrency integer,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    rate_limit_per_minute integer,
    weight smallint DEFAULT 1 NOT NULL,
    CONSTRAINT queues_max_concurrency_check CHECK ((max_concurrency >= 1)),
    CONSTRAINT queues_name_check CHECK ((name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'::text)),
    CONSTRAINT queues_rate_limit_per_minute_check CHECK ((rate_limit_per_minute >= 1)),
    CONSTRAINT queues_weight_check CHECK (((weight >= 1) AND (weight <= 100)))
);

ALTER TABLE ONLY stateroom.queues FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.queues OWNER TO stateroom_owner;

CREATE TABLE stateroom.ready_runs (
    lane text NOT NULL,
    rank smallint NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    run_id uuid NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='50000', autovacuum_vacuum_cost_delay='0');

ALTER TABLE ONLY stateroom.ready_runs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.ready_runs OWNER TO stateroom_owner;

CREATE VIEW stateroom.ready_tasks WITH (security_invoker='true') AS
 SELECT t.id,
    t.project_id,
    p.name AS project_name,
    t.number,
    t.title,
    t.type,
    t.priority,
    t.complexity_score,
    t.tags,
    t.parent_task_id,
    t.epic_id,
    t.story_id,
    t.assigned_role,
    t.assigned_user_id,
    t.assigned_agent_id,
    t.action,
    t.start_date,
    t.end_date,
    t.is_delayed,
    t.estimated_hours,
    t."position",
    t.revision,
    t.created_at
   FROM (stateroom.tasks t
     JOIN stateroom.projects p ON ((p.id = t.project_id)))
  WHERE ((t.kind = 'planned'::stateroom.task_kind) AND (t.deleted_at IS NULL) AND (t.status = 'pending'::stateroom.task_status) AND (p.status = 'active'::stateroom.project_status) AND ((t.start_date IS NULL) OR (t.start_date <= stateroom.now())) AND (NOT stateroom.is_blocked(t.id)));

ALTER VIEW stateroom.ready_tasks OWNER TO stateroom_maintenance;

CREATE VIEW stateroom.recent_activity WITH (security_barrier='true') AS
 SELECT e.id,
    stateroom.uuid_timestamp(e.id) AS created_at,
    e.project_id,
    p.name AS project_name,
    e.type,
    e.actor_id,
    COALESCE(u.name, u.username) AS actor_name,
    e.task_id,
    k.number AS task_number,
    k.title AS task_title,
    e.workflow_run_id,
    e.task_run_id,
    e.payload
   FROM (((stateroom.events e
     JOIN stateroom.projects p ON ((p.id = e.project_id)))
     LEFT JOIN stateroom.users u ON ((u.id = e.actor_id)))
     LEFT JOIN stateroom.tasks k ON ((k.id = e.task_id)))
  WHERE ((( SELECT stateroom.sees_all() AS sees_all) OR (e.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))) AND ((e.recipient_id IS NULL) OR (e.recipient_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (e.actor_id = ( SELECT stateroom.current_user_id() AS current_user_id))) AND (( SELECT (stateroom.sees_all() OR (stateroom.current_role_name() = 'admin'::text))) OR (e.project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (e.actor_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR
        CASE
            WHEN (e.task_id IS NULL) THEN (e.type ~ '^(run|message|agent|member|project|workflow|schedule)_'::text)
            ELSE ((k.kind <> 'planned'::stateroom.task_kind) OR (k.created_by = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (k.assigned_user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((k.assigned_role)::text = ( SELECT stateroom.current_role_name() AS current_role_name)))
        END));

ALTER VIEW stateroom.recent_activity OWNER TO stateroom_maintenance;

CREATE VIEW stateroom.recent_errors WITH (security_invoker='true') AS
 SELECT e.id,
    e.project_id,
    p.name AS project_name,
    e.task_id,
    t.title AS task_title,
    e.task_run_id,
    e.last_task_run_id,
    e.severity,
    e.error_category,
    e.error_type,
    e.error_code,
    e.error_message,
    e.source_component,
    e.occurrences,
    e.created_at AS first_seen_at,
    e.last_seen_at,
    e.fingerprint
   FROM ((stateroom.error_logs e
     LEFT JOIN stateroom.projects p ON ((p.id = e.project_id)))
     LEFT JOIN stateroom.tasks t ON ((t.id = e.task_id)))
  WHERE ((NOT e.resolved) AND (e.day >= (((stateroom.now() - '7 days'::interval) AT TIME ZONE 'UTC'::text))::date))
  ORDER BY e.severity DESC, e.last_seen_at DESC;

ALTER VIEW stateroom.recent_errors OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.role_permissions (
    scope stateroom.permission_scope NOT NULL,
    role text NOT NULL,
    permissions text[] NOT NULL,
    CONSTRAINT role_permissions_permissions_check CHECK (stateroom.are_permissions(permissions)),
    CONSTRAINT role_permissions_role_check CHECK ((char_length(role) <= 64))
);

ALTER TABLE ONLY stateroom.role_permissions FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.role_permissions OWNER TO stateroom_owner;

CREATE TABLE stateroom.run_keys (
    project_id uuid NOT NULL,
    key text NOT NULL,
    run_id uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    held_while stateroom.key_hold DEFAULT 'expiry'::stateroom.key_hold NOT NULL,
    CONSTRAINT run_keys_key_check CHECK (((char_length(key) >= 1) AND (char_length(key) <= 255)))
);

ALTER TABLE ONLY stateroom.run_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.run_keys OWNER TO stateroom_owner;

CREATE TABLE stateroom.run_limits (
    at timestamp with time zone NOT NULL,
    run_id uuid NOT NULL,
    kind stateroom.run_limit NOT NULL
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='20000', autovacuum_vacuum_cost_delay='0');

ALTER TABLE ONLY stateroom.run_limits FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.run_limits OWNER TO stateroom_owner;

CREATE TABLE stateroom.run_progress (
    run_id uuid NOT NULL,
    attempt integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    progress jsonb,
    parts jsonb,
    last_line text
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000');

ALTER TABLE ONLY stateroom.run_progress FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.run_progress OWNER TO stateroom_owner;

CREATE TABLE stateroom.schedule_firings (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    schedule_id uuid NOT NULL,
    fire_time timestamp with time zone NOT NULL,
    run_id uuid,
    outcome stateroom.firing_outcome DEFAULT 'started'::stateroom.firing_outcome NOT NULL,
    detail text,
    fired_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    run_open boolean DEFAULT false NOT NULL
);

ALTER TABLE ONLY stateroom.schedule_firings FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.schedule_firings OWNER TO stateroom_owner;

CREATE TABLE stateroom.schema_history (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    kind stateroom.schema_change NOT NULL,
    name text NOT NULL,
    version text NOT NULL,
    description text,
    checksum text,
    applied_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    duration_ms integer DEFAULT 0 NOT NULL,
    CONSTRAINT schema_history_checksum_check CHECK ((checksum ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT schema_history_duration_ms_check CHECK ((duration_ms >= 0)),
    CONSTRAINT schema_history_name_check CHECK ((char_length(name) <= 200)),
    CONSTRAINT schema_history_version_check CHECK ((char_length(version) <= 64))
);

ALTER TABLE ONLY stateroom.schema_history FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.schema_history OWNER TO stateroom_owner;

CREATE TABLE stateroom.state_transitions (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    machine text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    verb text NOT NULL,
    description text,
    CONSTRAINT state_transitions_description_check CHECK ((char_length(description) <= 1000)),
    CONSTRAINT state_transitions_from_state_check CHECK (((char_length(from_state) >= 1) AND (char_length(from_state) <= 63))),
    CONSTRAINT state_transitions_machine_check CHECK ((machine ~ '^[a-z][a-z_]{0,62}$'::text)),
    CONSTRAINT state_transitions_to_state_check CHECK (((char_length(to_state) >= 1) AND (char_length(to_state) <= 63))),
    CONSTRAINT state_transitions_verb_check CHECK (((char_length(verb) >= 1) AND (char_length(verb) <= 63)))
);

ALTER TABLE ONLY stateroom.state_transitions FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.state_transitions OWNER TO stateroom_owner;

CREATE VIEW stateroom.system_health_overview WITH (security_invoker='true') AS
 SELECT id,
    name,
    type,
    status,
    health_status,
    last_health_check,
    COALESCE((last_health_check < (stateroom.now() - '00:05:00'::interval)), true) AS is_silent,
    software_version,
    ARRAY( SELECT o.name
           FROM (stateroom.component_dependencies d
             JOIN stateroom.components o ON ((o.id = d.depends_on_component_id)))
          WHERE ((d.component_id = c.id) AND (o.health_status = ANY (ARRAY['degraded'::stateroom.health_status, 'unhealthy'::stateroom.health_status])))
          ORDER BY o.name) AS unwell_dependencies,
    ( SELECT count(*) AS count
           FROM (stateroom.alerts a
             JOIN stateroom.alert_rules r ON ((r.id = a.rule_id)))
          WHERE ((r.component_name = c.name) AND (a.state <> 'resolved'::stateroom.alert_state))) AS open_alerts
   FROM stateroom.components c
  ORDER BY
        CASE health_status
            WHEN 'unhealthy'::stateroom.health_status THEN 0
            WHEN 'degraded'::stateroom.health_status THEN 1
            WHEN 'unknown'::stateroom.health_status THEN 2
            ELSE 3
        END, name;

ALTER VIEW stateroom.system_health_overview OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.system_metrics (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    observed_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    value double precision NOT NULL,
    "least" double precision,
    "greatest" double precision,
    samples integer DEFAULT 1 NOT NULL,
    category stateroom.metric_category NOT NULL,
    kind stateroom.metric_kind DEFAULT 'gauge'::stateroom.metric_kind NOT NULL,
    aggregation_period stateroom.aggregation_period DEFAULT 'instant'::stateroom.aggregation_period NOT NULL,
    name text NOT NULL,
    unit text,
    component_name text,
    dimensions jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT system_metrics_aggregated CHECK (((("least" IS NULL) = ("greatest" IS NULL)) AND ((aggregation_period = 'instant'::stateroom.aggregation_period) = ("least" IS NULL)))),
    CONSTRAINT system_metrics_component_name_check CHECK (((char_length(component_name) >= 1) AND (char_length(component_name) <= 200))),
    CONSTRAINT system_metrics_dimensions_check CHECK (((jsonb_typeof(dimensions) = 'object'::text) AND (octet_length((dimensions)::text) <= 4096))),
    CONSTRAINT system_metrics_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT system_metrics_samples_check CHECK ((samples >= 1)),
    CONSTRAINT system_metrics_unit_check CHECK (((char_length(unit) >= 1) AND (char_length(unit) <= 50)))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY stateroom.system_metrics FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.system_metrics OWNER TO stateroom_owner;

CREATE TABLE stateroom.task_contexts (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    task_id uuid NOT NULL,
    context_type stateroom.context_type NOT NULL,
    context_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    CONSTRAINT task_contexts_context_data_check CHECK ((jsonb_typeof(context_data) = 'object'::text)),
    CONSTRAINT task_contexts_length CHECK ((pg_column_size(context_data) <= 1000000))
);

ALTER TABLE ONLY stateroom.task_contexts FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.task_contexts OWNER TO stateroom_owner;

CREATE MATERIALIZED VIEW stateroom.task_dependency_tree_rows AS
 SELECT root_id,
    task_id,
    min_depth,
    max_depth,
    via_task_id
   FROM stateroom.build_dependency_tree() b(root_id, task_id, min_depth, max_depth, via_task_id)
  WITH NO DATA;

ALTER MATERIALIZED VIEW stateroom.task_dependency_tree_rows OWNER TO stateroom_maintenance;

CREATE VIEW stateroom.task_dependency_tree WITH (security_barrier='true') AS
 SELECT r.root_id,
    r.task_id,
    t.project_id,
    t.number,
    t.title,
    t.status,
    r.min_depth,
    r.max_depth,
    r.via_task_id,
    stateroom.dependency_path(r.root_id, r.task_id) AS path
   FROM (stateroom.task_dependency_tree_rows r
     JOIN stateroom.tasks t ON ((t.id = r.task_id)))
  WHERE (( SELECT stateroom.sees_all() AS sees_all) OR ((t.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])) AND ((t.project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (t.assigned_user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((t.assigned_role)::text = ( SELECT stateroom.current_role_name() AS current_role_name)) OR (t.created_by = ( SELECT stateroom.current_user_id() AS current_user_id)))));

ALTER VIEW stateroom.task_dependency_tree OWNER TO stateroom_maintenance;

CREATE MATERIALIZED VIEW stateroom.task_performance_figures AS
 SELECT k.id AS task_id,
    k.estimated_hours,
    k.actual_hours,
        CASE
            WHEN ((k.estimated_hours > (0)::numeric) AND (k.actual_hours > (0)::numeric)) THEN round((((100)::numeric * LEAST(k.estimated_hours, k.actual_hours)) / GREATEST(k.estimated_hours, k.actual_hours)), 2)
            ELSE NULL::numeric
        END AS hours_accuracy_percent,
    COALESCE(e.errors, (0)::bigint) AS errors,
    COALESCE(e.unresolved_errors, (0)::bigint) AS unresolved_errors,
    COALESCE(e.error_occurrences, (0)::bigint) AS error_occurrences,
    COALESCE(d.deployments, (0)::bigint) AS deployments,
    COALESCE(d.succeeded_deployments, (0)::bigint) AS succeeded_deployments,
    COALESCE(s.deployment_scripts, (0)::bigint) AS deployment_scripts,
    COALESCE(r.runs, (0)::bigint) AS runs,
    COALESCE(r.succeeded_runs, (0)::bigint) AS succeeded_runs,
    stateroom.now() AS refreshed_at
   FROM ((((stateroom.tasks k
     LEFT JOIN ( SELECT e_1.task_id,
            count(*) AS errors,
            count(*) FILTER (WHERE (NOT e_1.resolved)) AS unresolved_errors,
            sum(e_1.occurrences) AS error_occurrences
           FROM stateroom.error_logs e_1
          WHERE (e_1.task_id IS NOT NULL)
          GROUP BY e_1.task_id) e ON ((e.task_id = k.id)))
     LEFT JOIN ( SELECT d_1.task_id,
            count(*) AS deployments,
            count(*) FILTER (WHERE (d_1.status = 'succeeded'::stateroom.deployment_status)) AS succeeded_deployments
           FROM stateroom.deployments d_1
          WHERE ((d_1.task_id IS NOT NULL) AND (d_1.deleted_at IS NULL))
          GROUP BY d_1.task_id) d ON ((d.task_id = k.id)))
     LEFT JOIN ( SELECT d_1.task_id,
            count(*) AS deployment_scripts
           FROM (stateroom.deployment_scripts s_1
             JOIN stateroom.deployments d_1 ON ((d_1.id = s_1.deployment_id)))
          WHERE ((d_1.task_id IS NOT NULL) AND (d_1.deleted_at IS NULL))
          GROUP BY d_1.task_id) s ON ((s.task_id = k.id)))
     LEFT JOIN ( SELECT r_1.task_id,
            sum((((r_1.succeeded + r_1.failed) + r_1.timed_out) + r_1.cancelled)) AS runs,
            sum(r_1.succeeded) AS succeeded_runs
           FROM stateroom.run_stats r_1
          GROUP BY r_1.task_id) r ON ((r.task_id = k.id)))
  WHERE ((k.kind <> 'step'::stateroom.task_kind) AND (k.deleted_at IS NULL))
  WITH NO DATA;

ALTER MATERIALIZED VIEW stateroom.task_performance_figures OWNER TO stateroom_maintenance;

CREATE VIEW stateroom.task_performance_summary WITH (security_barrier='true') AS
 SELECT f.task_id,
    k.project_id,
    k.title,
    k.kind,
    k.number,
    k.status,
    f.estimated_hours,
    f.actual_hours,
    f.hours_accuracy_percent,
    f.errors,
    f.unresolved_errors,
    f.error_occurrences,
    f.deployments,
    f.succeeded_deployments,
    f.deployment_scripts,
    f.runs,
    f.succeeded_runs,
    f.refreshed_at
   FROM (stateroom.task_performance_figures f
     JOIN stateroom.tasks k ON ((k.id = f.task_id)))
  WHERE ((( SELECT stateroom.sees_all() AS sees_all) OR (k.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))) AND (k.deleted_at IS NULL) AND ((k.kind <> 'planned'::stateroom.task_kind) OR ( SELECT (stateroom.sees_all() OR (stateroom.current_role_name() = 'admin'::text))) OR (k.project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (k.assigned_user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (k.created_by = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((k.assigned_role)::text = ( SELECT stateroom.current_role_name() AS current_role_name))));

ALTER VIEW stateroom.task_performance_summary OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.task_run_attempts (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    task_run_id uuid NOT NULL,
    attempt integer NOT NULL,
    agent_id uuid,
    started_at timestamp with time zone,
    finished_at timestamp with time zone NOT NULL,
    outcome stateroom.attempt_outcome NOT NULL,
    exit_code integer,
    error_type text,
    error_message text,
    output text
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY stateroom.task_run_attempts FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.task_run_attempts OWNER TO stateroom_owner;

CREATE VIEW stateroom.task_run_attempt_states WITH (security_barrier='true') AS
 SELECT a.id,
    a.task_run_id,
    t.project_id,
    t.workflow_run_id,
    a.attempt,
    a.agent_id,
    g.name AS agent_name,
    a.started_at,
    a.finished_at,
    a.outcome,
    a.exit_code,
    a.error_type,
    a.error_message,
    a.output
   FROM (((stateroom.task_run_attempts a
     JOIN stateroom.task_runs t ON ((t.id = a.task_run_id)))
     JOIN stateroom.tasks k ON ((k.id = t.task_id)))
     LEFT JOIN stateroom.agents g ON ((g.id = a.agent_id)))
  WHERE ((( SELECT stateroom.sees_all() AS sees_all) OR (t.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))) AND ((k.kind <> 'planned'::stateroom.task_kind) OR ( SELECT (stateroom.sees_all() OR (stateroom.current_role_name() = 'admin'::text))) OR (t.project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (k.assigned_user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (k.created_by = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((k.assigned_role)::text = ( SELECT stateroom.current_role_name() AS current_role_name))));

ALTER VIEW stateroom.task_run_attempt_states OWNER TO stateroom_maintenance;

CREATE VIEW stateroom.task_run_states WITH (security_barrier='true') AS
 SELECT t.id,
    t.task_id,
    t.project_id,
    t.workflow_run_id,
    t.schedule_id,
    t.parent_run_id,
    t.map_index,
    k.title,
    k.step_key,
    k.action,
    k.handler,
    k.command,
    k.execution_order,
    t.queue,
    t.priority,
    COALESCE(t.state, (
        CASE
            WHEN (l.run_id IS NOT NULL) THEN 'running'::text
            WHEN (w.run_id IS NOT NULL) THEN 'waiting'::text
            WHEN (d.run_id IS NOT NULL) THEN 'scheduled'::text
            ELSE 'queued'::text
        END)::stateroom.run_state) AS state,
    COALESCE(l.attempt, t.attempt) AS attempt,
    k.max_retries,
    t.failures,
    t.losses,
    COALESCE(d.run_at, t.run_at) AS run_at,
    w.waiting_on,
    t.input,
    t.result,
    t.output,
    t.exit_code,
    COALESCE(s.agent_id, t.agent_id) AS agent_id,
    a.name AS agent_name,
    t.error_type,
    t.error_message,
    COALESCE(p.parts, t.parts) AS parts,
    p.progress,
    p.last_line,
        CASE
            WHEN (t.map_index IS NOT NULL) THEN ((k.step_options -> 'matrix'::text) -> t.map_index)
            ELSE NULL::jsonb
        END AS matrix,
    l.cancel_requested_at,
    stateroom.uuid_timestamp(t.id) AS created_at,
    COALESCE(l.claimed_at,
        CASE
            WHEN (t.state IS NOT NULL) THEN t.started_at
            ELSE NULL::timestamp with time zone
        END) AS started_at,
    t.finished_at,
    ((EXTRACT(epoch FROM (t.finished_at - t.started_at)) * (1000)::numeric))::bigint AS duration_ms
   FROM (((((((stateroom.task_runs t
     JOIN stateroom.tasks k ON ((k.id = t.task_id)))
     LEFT JOIN stateroom.leases l ON (((l.run_id = t.id) AND (t.state IS NULL))))
     LEFT JOIN stateroom.agent_sessions s ON ((s.id = l.session_id)))
     LEFT JOIN stateroom.agents a ON ((a.id = COALESCE(s.agent_id, t.agent_id))))
     LEFT JOIN stateroom.waiting_runs w ON (((w.workflow_run_id = t.workflow_run_id) AND (w.task_id = t.task_id) AND (w.map_index = t.map_index) AND (t.state IS NULL))))
     LEFT JOIN stateroom.delayed_runs d ON (((d.run_at = t.run_at) AND (d.run_id = t.id) AND (t.state IS NULL))))
     LEFT JOIN stateroom.run_progress p ON ((p.run_id = t.id)))
  WHERE ((( SELECT stateroom.sees_all() AS sees_all) OR (t.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))) AND ((k.kind <> 'planned'::stateroom.task_kind) OR ( SELECT (stateroom.sees_all() OR (stateroom.current_role_name() = 'admin'::text))) OR (t.project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (k.assigned_user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (k.created_by = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((k.assigned_role)::text = ( SELECT stateroom.current_role_name() AS current_role_name))));

ALTER VIEW stateroom.task_run_states OWNER TO stateroom_maintenance;

CREATE VIEW stateroom.task_summary WITH (security_invoker='true') AS
 SELECT id,
    project_id,
    number,
    title,
    type,
    status,
    priority,
    assigned_user_id,
    start_date,
    end_date,
    is_delayed,
    completed_late,
    estimated_hours,
    actual_hours,
    started_at,
    completed_at,
    ((EXTRACT(epoch FROM (completed_at - started_at)) * (1000)::numeric))::bigint AS duration_ms,
    ( SELECT count(*) AS count
           FROM stateroom.tasks c
          WHERE ((c.parent_task_id = t.id) AND (c.deleted_at IS NULL))) AS subtasks,
    ( SELECT count(*) AS count
           FROM stateroom.tasks c
          WHERE ((c.parent_task_id = t.id) AND (c.deleted_at IS NULL) AND (c.status = 'completed'::stateroom.task_status))) AS subtasks_completed,
    ( SELECT count(*) AS count
           FROM stateroom.task_dependencies d
          WHERE ((d.task_id = t.id) AND (d.dependency_type = 'blocks'::stateroom.dependency_type))) AS prerequisites,
    ( SELECT count(*) AS count
           FROM stateroom.task_dependencies d
          WHERE ((d.depends_on_task_id = t.id) AND (d.dependency_type = 'blocks'::stateroom.dependency_type))) AS dependents,
    ( SELECT count(*) AS count
           FROM stateroom.task_contexts c
          WHERE (c.task_id = t.id)) AS contexts,
    ( SELECT count(*) AS count
           FROM stateroom.error_logs e
          WHERE (e.task_id = t.id)) AS errors
   FROM stateroom.tasks t
  WHERE ((kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL));

ALTER VIEW stateroom.task_summary OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.upkeep_jobs (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    name text NOT NULL,
    last_started_at timestamp with time zone NOT NULL,
    last_finished_at timestamp with time zone,
    last_succeeded_at timestamp with time zone,
    last_rows bigint,
    last_duration_ms double precision,
    last_error text,
    runs bigint DEFAULT 0 NOT NULL,
    failures bigint DEFAULT 0 NOT NULL,
    CONSTRAINT upkeep_jobs_last_error_check CHECK ((char_length(last_error) <= 2000)),
    CONSTRAINT upkeep_jobs_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100)))
);

ALTER TABLE ONLY stateroom.upkeep_jobs FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.upkeep_jobs OWNER TO stateroom_owner;

CREATE TABLE stateroom.user_sessions (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    user_id uuid NOT NULL,
    token_hash text NOT NULL,
    user_agent text,
    ip_address inet,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    CONSTRAINT user_sessions_expires CHECK ((expires_at > created_at)),
    CONSTRAINT user_sessions_token_hash_check CHECK ((token_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT user_sessions_user_agent_check CHECK ((char_length(user_agent) <= 1000))
);

ALTER TABLE ONLY stateroom.user_sessions FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.user_sessions OWNER TO stateroom_owner;

CREATE TABLE stateroom.webhook_deliveries_seen (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    source text NOT NULL,
    delivery_id text NOT NULL,
    webhook_event_id uuid NOT NULL,
    seen_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    CONSTRAINT webhook_deliveries_seen_delivery_id_check CHECK (((char_length(delivery_id) >= 1) AND (char_length(delivery_id) <= 200))),
    CONSTRAINT webhook_deliveries_seen_source_check CHECK (((char_length(source) >= 1) AND (char_length(source) <= 100)))
);

ALTER TABLE ONLY stateroom.webhook_deliveries_seen FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.webhook_deliveries_seen OWNER TO stateroom_owner;

CREATE TABLE stateroom.webhook_endpoints (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    project_id uuid NOT NULL,
    direction stateroom.webhook_direction NOT NULL,
    url text,
    slug text,
    secret text,
    event_types text[] DEFAULT '{}'::text[] NOT NULL,
    description text,
    is_active boolean DEFAULT true NOT NULL,
    failure_count integer DEFAULT 0 NOT NULL,
    disabled_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    updated_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    created_by uuid,
    updated_by uuid,
    CONSTRAINT webhook_endpoints_description_check CHECK ((char_length(description) <= 10000)),
    CONSTRAINT webhook_endpoints_direction CHECK ((((direction = 'in'::stateroom.webhook_direction) = (slug IS NOT NULL)) AND ((direction = 'out'::stateroom.webhook_direction) = (url IS NOT NULL)))),
    CONSTRAINT webhook_endpoints_disabled_at CHECK (((disabled_at IS NULL) OR (NOT is_active))),
    CONSTRAINT webhook_endpoints_event_types_check CHECK (((cardinality(event_types) <= 100) AND (array_to_string(event_types, ' '::text, '?'::text) ~ '^([a-z][a-z_]{0,63}( [a-z][a-z_]{0,63})*)?$'::text))),
    CONSTRAINT webhook_endpoints_failure_count_check CHECK ((failure_count >= 0)),
    CONSTRAINT webhook_endpoints_secret_check CHECK (((char_length(secret) >= 1) AND (char_length(secret) <= 4096))),
    CONSTRAINT webhook_endpoints_slug_check CHECK ((slug ~ '^[A-Za-z0-9][A-Za-z0-9_-]{7,99}$'::text)),
    CONSTRAINT webhook_endpoints_url_check CHECK (((char_length(url) <= 2048) AND (url ~ '^https?://[^[:space:]]+$'::text)))
);

ALTER TABLE ONLY stateroom.webhook_endpoints FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.webhook_endpoints OWNER TO stateroom_owner;

CREATE TABLE stateroom.webhook_events (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    endpoint_id uuid,
    project_id uuid NOT NULL,
    task_id uuid,
    direction stateroom.webhook_direction NOT NULL,
    event_type text NOT NULL,
    event_source text NOT NULL,
    event_data jsonb DEFAULT '{}'::jsonb NOT NULL,
    headers jsonb DEFAULT '{}'::jsonb NOT NULL,
    signature text,
    signature_verified boolean DEFAULT false NOT NULL,
    processed boolean DEFAULT false NOT NULL,
    processed_at timestamp with time zone,
    processing_attempts integer DEFAULT 0 NOT NULL,
    max_processing_attempts integer DEFAULT 3 NOT NULL,
    next_retry_at timestamp with time zone,
    response_status integer,
    response_data jsonb,
    CONSTRAINT webhook_events_attempts CHECK ((processing_attempts <= max_processing_attempts)),
    CONSTRAINT webhook_events_event_source_check CHECK (((char_length(event_source) >= 1) AND (char_length(event_source) <= 100))),
    CONSTRAINT webhook_events_event_type_check CHECK ((event_type ~ '^[a-z][a-z_]{0,63}$'::text)),
    CONSTRAINT webhook_events_headers_check CHECK ((jsonb_typeof(headers) = 'object'::text)),
    CONSTRAINT webhook_events_max_processing_attempts_check CHECK ((max_processing_attempts >= 1)),
    CONSTRAINT webhook_events_next_retry CHECK ((NOT (processed AND (next_retry_at IS NOT NULL)))),
    CONSTRAINT webhook_events_processed CHECK ((processed = (processed_at IS NOT NULL))),
    CONSTRAINT webhook_events_processing_attempts_check CHECK ((processing_attempts >= 0)),
    CONSTRAINT webhook_events_response_status_check CHECK (((response_status >= 100) AND (response_status <= 599))),
    CONSTRAINT webhook_events_signature_check CHECK ((char_length(signature) <= 1000))
)
PARTITION BY RANGE (id);

ALTER TABLE ONLY stateroom.webhook_events FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.webhook_events OWNER TO stateroom_owner;

CREATE VIEW stateroom.workflow_progress WITH (security_barrier='true') AS
 SELECT w.id AS workflow_run_id,
    w.project_id,
    c.total,
    c.done,
    c.succeeded,
    c.failed,
    c.cancelled,
    c.skipped,
    c.running,
    ((c.total - c.done) - c.running) AS waiting,
        CASE c.total
            WHEN 0 THEN 100
            ELSE ((100 * c.done) / c.total)
        END AS percent
   FROM (stateroom.workflow_runs w
     CROSS JOIN LATERAL ( SELECT (count(*))::integer AS total,
            (count(t.state))::integer AS done,
            (count(*) FILTER (WHERE (t.state = 'succeeded'::stateroom.run_state)))::integer AS succeeded,
            (count(*) FILTER (WHERE (t.state = ANY (ARRAY['failed'::stateroom.run_state, 'timed_out'::stateroom.run_state]))))::integer AS failed,
            (count(*) FILTER (WHERE (t.state = 'cancelled'::stateroom.run_state)))::integer AS cancelled,
            (count(*) FILTER (WHERE (t.state = 'skipped'::stateroom.run_state)))::integer AS skipped,
            (count(l.run_id))::integer AS running
           FROM (stateroom.task_runs t
             LEFT JOIN stateroom.leases l ON (((l.run_id = t.id) AND (t.state IS NULL))))
          WHERE (t.workflow_run_id = w.id)) c)
  WHERE (( SELECT stateroom.sees_all() AS sees_all) OR (w.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

ALTER VIEW stateroom.workflow_progress OWNER TO stateroom_maintenance;

CREATE VIEW stateroom.workflow_states WITH (security_barrier='true') AS
 SELECT w.project_id,
    w.workflow_id,
    f.name AS workflow_name,
    w.id AS workflow_run_id,
    w.run_number,
    w.version,
    w.state AS workflow_state,
    t.id AS task_run_id,
    t.task_id,
    k.step_key,
    k.title AS step_title,
    k.execution_order,
    t.map_index,
    COALESCE(t.state, (
        CASE
            WHEN (l.run_id IS NOT NULL) THEN 'running'::text
            WHEN (n.run_id IS NOT NULL) THEN 'waiting'::text
            WHEN (d.run_id IS NOT NULL) THEN 'scheduled'::text
            ELSE 'queued'::text
        END)::stateroom.run_state) AS status,
    t.result,
    t.exit_code,
    t.error_type,
    t.error_message,
    COALESCE(l.claimed_at,
        CASE
            WHEN (t.state IS NOT NULL) THEN t.started_at
            ELSE NULL::timestamp with time zone
        END) AS started_at,
    t.finished_at,
    ((EXTRACT(epoch FROM (t.finished_at - t.started_at)) * (1000)::numeric))::bigint AS duration_ms,
    GREATEST((COALESCE(l.attempt, t.attempt) - 1), 0) AS retry_count
   FROM ((((((stateroom.workflow_runs w
     JOIN stateroom.workflows f ON ((f.id = w.workflow_id)))
     JOIN stateroom.task_runs t ON ((t.workflow_run_id = w.id)))
     JOIN stateroom.tasks k ON ((k.id = t.task_id)))
     LEFT JOIN stateroom.leases l ON (((l.run_id = t.id) AND (t.state IS NULL))))
     LEFT JOIN stateroom.waiting_runs n ON (((n.workflow_run_id = t.workflow_run_id) AND (n.task_id = t.task_id) AND (n.map_index = t.map_index) AND (t.state IS NULL))))
     LEFT JOIN stateroom.delayed_runs d ON (((d.run_at = t.run_at) AND (d.run_id = t.id) AND (t.state IS NULL))))
  WHERE (( SELECT stateroom.sees_all() AS sees_all) OR (w.project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

ALTER VIEW stateroom.workflow_states OWNER TO stateroom_maintenance;

CREATE TABLE stateroom.workflow_versions (
    id uuid DEFAULT stateroom.uuidv7() NOT NULL,
    workflow_id uuid NOT NULL,
    version integer NOT NULL,
    definition jsonb NOT NULL,
    content_hash text NOT NULL,
    published_by uuid,
    created_at timestamp with time zone DEFAULT stateroom.now() NOT NULL,
    CONSTRAINT workflow_versions_content_hash_check CHECK ((content_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT workflow_versions_definition_check CHECK ((jsonb_typeof(definition) = 'object'::text)),
    CONSTRAINT workflow_versions_version_check CHECK ((version >= 1))
);

ALTER TABLE ONLY stateroom.workflow_versions FORCE ROW LEVEL SECURITY;

ALTER TABLE stateroom.workflow_versions OWNER TO stateroom_owner;

ALTER TABLE ONLY stateroom.finished_runs ATTACH PARTITION stateroom.finished_runs_0 FOR VALUES IN ('0');

ALTER TABLE ONLY stateroom.finished_runs ATTACH PARTITION stateroom.finished_runs_1 FOR VALUES IN ('1');

ALTER TABLE ONLY stateroom.finished_runs ATTACH PARTITION stateroom.finished_runs_2 FOR VALUES IN ('2');

ALTER TABLE ONLY stateroom.finished_runs ATTACH PARTITION stateroom.finished_runs_3 FOR VALUES IN ('3');

ALTER TABLE ONLY stateroom.agent_sessions
    ADD CONSTRAINT agent_sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.agent_stats
    ADD CONSTRAINT agent_stats_pkey PRIMARY KEY (agent_id, hour);

ALTER TABLE ONLY stateroom.agents
    ADD CONSTRAINT agents_name_key UNIQUE NULLS NOT DISTINCT (project_id, name);

ALTER TABLE ONLY stateroom.agents
    ADD CONSTRAINT agents_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.alert_rules
    ADD CONSTRAINT alert_rules_name_key UNIQUE (name);

ALTER TABLE ONLY stateroom.alert_rules
    ADD CONSTRAINT alert_rules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.api_access_logs
    ADD CONSTRAINT api_access_logs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.api_key_usage
    ADD CONSTRAINT api_key_usage_pkey PRIMARY KEY (api_key_id, hour);

ALTER TABLE ONLY stateroom.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.approvals
    ADD CONSTRAINT approvals_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.audit_logs
    ADD CONSTRAINT audit_logs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.auth_tokens
    ADD CONSTRAINT auth_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.auth_tokens
    ADD CONSTRAINT auth_tokens_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY stateroom.backups
    ADD CONSTRAINT backups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.chat_message_edits
    ADD CONSTRAINT chat_message_edits_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.chat_messages
    ADD CONSTRAINT chat_messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.client_grants
    ADD CONSTRAINT client_grants_key UNIQUE (database_user, project_id);

ALTER TABLE ONLY stateroom.client_grants
    ADD CONSTRAINT client_grants_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.component_dependencies
    ADD CONSTRAINT component_dependencies_key UNIQUE (component_id, depends_on_component_id);

ALTER TABLE ONLY stateroom.component_dependencies
    ADD CONSTRAINT component_dependencies_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.components
    ADD CONSTRAINT components_name_key UNIQUE (name);

ALTER TABLE ONLY stateroom.components
    ADD CONSTRAINT components_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.delayed_runs
    ADD CONSTRAINT delayed_runs_pkey PRIMARY KEY (run_at, run_id);

ALTER TABLE ONLY stateroom.deployment_scripts
    ADD CONSTRAINT deployment_scripts_name_key UNIQUE (deployment_id, script_name);

ALTER TABLE ONLY stateroom.deployment_scripts
    ADD CONSTRAINT deployment_scripts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.deployments
    ADD CONSTRAINT deployments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.error_logs
    ADD CONSTRAINT error_logs_fingerprint_key UNIQUE NULLS NOT DISTINCT (fingerprint, day, project_id);

ALTER TABLE ONLY stateroom.error_logs
    ADD CONSTRAINT error_logs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.finished_run_readers
    ADD CONSTRAINT finished_run_readers_name_key UNIQUE (name);

ALTER TABLE ONLY stateroom.finished_run_readers
    ADD CONSTRAINT finished_run_readers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.http_idempotency
    ADD CONSTRAINT http_idempotency_key UNIQUE (user_id, key);

ALTER TABLE ONLY stateroom.http_idempotency
    ADD CONSTRAINT http_idempotency_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY stateroom.logs
    ADD CONSTRAINT logs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.metric_rollups
    ADD CONSTRAINT metric_rollups_aggregation_period_key UNIQUE (aggregation_period);

ALTER TABLE ONLY stateroom.metric_rollups
    ADD CONSTRAINT metric_rollups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.partition_archives
    ADD CONSTRAINT partition_archives_partition_name_key UNIQUE (partition_name);

ALTER TABLE ONLY stateroom.partition_archives
    ADD CONSTRAINT partition_archives_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.partition_policies
    ADD CONSTRAINT partition_policies_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.partition_policies
    ADD CONSTRAINT partition_policies_table_name_key UNIQUE (table_name);

ALTER TABLE ONLY stateroom.project_members
    ADD CONSTRAINT project_members_key UNIQUE (user_id, project_id);

ALTER TABLE ONLY stateroom.project_members
    ADD CONSTRAINT project_members_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.projects
    ADD CONSTRAINT projects_name_key UNIQUE (owner_id, name);

ALTER TABLE ONLY stateroom.projects
    ADD CONSTRAINT projects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.queues
    ADD CONSTRAINT queues_name_key UNIQUE (name);

ALTER TABLE ONLY stateroom.queues
    ADD CONSTRAINT queues_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.ready_runs
    ADD CONSTRAINT ready_runs_pkey PRIMARY KEY (lane, rank, xid, run_id);

ALTER TABLE ONLY stateroom.role_permissions
    ADD CONSTRAINT role_permissions_pkey PRIMARY KEY (scope, role);

ALTER TABLE ONLY stateroom.run_keys
    ADD CONSTRAINT run_keys_pkey PRIMARY KEY (project_id, key);

ALTER TABLE ONLY stateroom.run_limits
    ADD CONSTRAINT run_limits_pkey PRIMARY KEY (at, run_id, kind);

ALTER TABLE ONLY stateroom.run_progress
    ADD CONSTRAINT run_progress_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY stateroom.run_stats
    ADD CONSTRAINT run_stats_key UNIQUE NULLS NOT DISTINCT (task_id, agent_id, hour);

ALTER TABLE ONLY stateroom.run_stats
    ADD CONSTRAINT run_stats_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.schedule_firings
    ADD CONSTRAINT schedule_firings_key UNIQUE (schedule_id, fire_time);

ALTER TABLE ONLY stateroom.schedule_firings
    ADD CONSTRAINT schedule_firings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.schedules
    ADD CONSTRAINT schedules_name_key UNIQUE (project_id, name);

ALTER TABLE ONLY stateroom.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.schema_history
    ADD CONSTRAINT schema_history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.settings
    ADD CONSTRAINT settings_key_unique UNIQUE NULLS NOT DISTINCT (key, environment, project_id);

ALTER TABLE ONLY stateroom.settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.state_transitions
    ADD CONSTRAINT state_transitions_key UNIQUE NULLS NOT DISTINCT (machine, from_state, to_state);

ALTER TABLE ONLY stateroom.state_transitions
    ADD CONSTRAINT state_transitions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.system_metrics
    ADD CONSTRAINT system_metrics_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.task_contexts
    ADD CONSTRAINT task_contexts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.task_dependencies
    ADD CONSTRAINT task_dependencies_key UNIQUE (task_id, depends_on_task_id, dependency_type);

ALTER TABLE ONLY stateroom.task_dependencies
    ADD CONSTRAINT task_dependencies_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.task_run_attempts
    ADD CONSTRAINT task_run_attempts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.task_runs
    ADD CONSTRAINT task_runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.tasks
    ADD CONSTRAINT tasks_number_key UNIQUE (project_id, number);

ALTER TABLE ONLY stateroom.tasks
    ADD CONSTRAINT tasks_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.tasks
    ADD CONSTRAINT tasks_step_key UNIQUE (workflow_version_id, step_key);

ALTER TABLE ONLY stateroom.triage_items
    ADD CONSTRAINT triage_items_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.upkeep_jobs
    ADD CONSTRAINT upkeep_jobs_name_key UNIQUE (name);

ALTER TABLE ONLY stateroom.upkeep_jobs
    ADD CONSTRAINT upkeep_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.user_sessions
    ADD CONSTRAINT user_sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.user_sessions
    ADD CONSTRAINT user_sessions_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY stateroom.users
    ADD CONSTRAINT users_github_id_key UNIQUE (github_id);

ALTER TABLE ONLY stateroom.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.waiting_runs
    ADD CONSTRAINT waiting_runs_pkey PRIMARY KEY (workflow_run_id, task_id, map_index);

ALTER TABLE ONLY stateroom.webhook_deliveries_seen
    ADD CONSTRAINT webhook_deliveries_seen_key UNIQUE (source, delivery_id);

ALTER TABLE ONLY stateroom.webhook_deliveries_seen
    ADD CONSTRAINT webhook_deliveries_seen_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_slug_key UNIQUE (slug);

ALTER TABLE ONLY stateroom.webhook_events
    ADD CONSTRAINT webhook_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.workflow_runs
    ADD CONSTRAINT workflow_runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.workflow_versions
    ADD CONSTRAINT workflow_versions_content_key UNIQUE (workflow_id, content_hash);

ALTER TABLE ONLY stateroom.workflow_versions
    ADD CONSTRAINT workflow_versions_key UNIQUE (workflow_id, version);

ALTER TABLE ONLY stateroom.workflow_versions
    ADD CONSTRAINT workflow_versions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY stateroom.workflows
    ADD CONSTRAINT workflows_name_key UNIQUE (project_id, name);

ALTER TABLE ONLY stateroom.workflows
    ADD CONSTRAINT workflows_pkey PRIMARY KEY (id);

CREATE INDEX agent_sessions_agent ON stateroom.agent_sessions USING btree (agent_id);

CREATE INDEX agents_capabilities ON stateroom.agents USING gin (capabilities);

CREATE INDEX alerts_closed ON stateroom.alerts USING btree (closed_at) WHERE (state = 'resolved'::stateroom.alert_state);

CREATE UNIQUE INDEX alerts_open_key ON stateroom.alerts USING btree (rule_id) WHERE (state <> 'resolved'::stateroom.alert_state);

CREATE INDEX alerts_rule ON stateroom.alerts USING btree (rule_id, id);

CREATE INDEX api_access_logs_key ON ONLY stateroom.api_access_logs USING btree (api_key_id, id) WHERE (api_key_id IS NOT NULL);

CREATE INDEX api_access_logs_user ON ONLY stateroom.api_access_logs USING btree (user_id, id) WHERE (user_id IS NOT NULL);

CREATE INDEX api_keys_expires ON stateroom.api_keys USING btree (expires_at);

CREATE UNIQUE INDEX api_keys_key_hash ON stateroom.api_keys USING btree (key_hash) INCLUDE (id, user_id, permissions, project_id, rate_limit_per_hour, rate_limit_per_day, allowed_ips, allowed_endpoints, expires_at, is_active);

CREATE INDEX api_keys_project ON stateroom.api_keys USING btree (project_id) WHERE (project_id IS NOT NULL);

CREATE INDEX api_keys_user ON stateroom.api_keys USING btree (user_id);

CREATE INDEX approvals_asked ON stateroom.approvals USING gin (requested_from) WHERE (decision IS NULL);

CREATE INDEX approvals_deployment ON stateroom.approvals USING btree (deployment_id) WHERE (deployment_id IS NOT NULL);

CREATE INDEX approvals_due ON stateroom.approvals USING btree (due_at) WHERE ((decision IS NULL) AND (default_answer IS NOT NULL));

CREATE UNIQUE INDEX approvals_open_deployment_key ON stateroom.approvals USING btree (deployment_id) WHERE (decision IS NULL);

CREATE UNIQUE INDEX approvals_open_task_run_key ON stateroom.approvals USING btree (task_run_id) WHERE (decision IS NULL);

CREATE INDEX approvals_project ON stateroom.approvals USING btree (project_id, id);

CREATE INDEX approvals_task_run ON stateroom.approvals USING btree (task_run_id) WHERE (task_run_id IS NOT NULL);

CREATE INDEX audit_logs_entity ON ONLY stateroom.audit_logs USING btree (entity_type, entity_id, id);

CREATE INDEX audit_logs_project ON ONLY stateroom.audit_logs USING btree (project_id, id);

CREATE INDEX audit_logs_user ON ONLY stateroom.audit_logs USING btree (user_id, id);

CREATE INDEX auth_tokens_expires ON stateroom.auth_tokens USING btree (expires_at);

CREATE INDEX auth_tokens_user ON stateroom.auth_tokens USING btree (user_id);

CREATE INDEX backups_parent ON stateroom.backups USING btree (parent_backup_id) WHERE (parent_backup_id IS NOT NULL);

CREATE INDEX chat_message_edits_message ON stateroom.chat_message_edits USING btree (message_id, id);

CREATE INDEX chat_message_edits_project ON stateroom.chat_message_edits USING btree (project_id);

CREATE INDEX chat_messages_channel ON ONLY stateroom.chat_messages USING btree (project_id, channel, id) WHERE (recipient_id IS NULL);

CREATE INDEX chat_messages_direct ON ONLY stateroom.chat_messages USING btree (LEAST(sender_id, recipient_id), GREATEST(sender_id, recipient_id), id) WHERE (recipient_id IS NOT NULL);

CREATE INDEX chat_messages_search ON ONLY stateroom.chat_messages USING gin (project_id, search) WHERE (deleted_at IS NULL);

CREATE INDEX chat_messages_task ON ONLY stateroom.chat_messages USING btree (related_task_id) WHERE (related_task_id IS NOT NULL);

CREATE INDEX client_grants_project ON stateroom.client_grants USING btree (project_id);

CREATE INDEX component_dependencies_depends_on ON stateroom.component_dependencies USING btree (depends_on_component_id);

CREATE UNIQUE INDEX deployment_scripts_task_run_key ON stateroom.deployment_scripts USING btree (task_run_id) WHERE (task_run_id IS NOT NULL);

CREATE INDEX deployments_project ON stateroom.deployments USING btree (project_id, id) WHERE (deleted_at IS NULL);

CREATE UNIQUE INDEX deployments_rollback_key ON stateroom.deployments USING btree (rolls_back) WHERE ((rolls_back IS NOT NULL) AND (status <> ALL (ARRAY['failed'::stateroom.deployment_status, 'cancelled'::stateroom.deployment_status])));

CREATE INDEX deployments_rolls_back ON stateroom.deployments USING btree (rolls_back) WHERE (rolls_back IS NOT NULL);

CREATE INDEX deployments_task ON stateroom.deployments USING btree (task_id) WHERE (task_id IS NOT NULL);

CREATE UNIQUE INDEX deployments_workflow_run_key ON stateroom.deployments USING btree (workflow_run_id) WHERE (workflow_run_id IS NOT NULL);

CREATE INDEX error_logs_deployment_script ON stateroom.error_logs USING btree (deployment_script_id) WHERE (deployment_script_id IS NOT NULL);

CREATE INDEX error_logs_project ON stateroom.error_logs USING btree (project_id, resolved, id);

CREATE INDEX error_logs_resolved_at ON stateroom.error_logs USING btree (resolved_at) WHERE resolved;

CREATE INDEX error_logs_task ON stateroom.error_logs USING btree (task_id) WHERE (task_id IS NOT NULL);

CREATE INDEX events_position ON ONLY stateroom.events USING btree (xid, id);

CREATE INDEX events_project ON ONLY stateroom.events USING btree (project_id, id);

CREATE INDEX http_idempotency_expires ON stateroom.http_idempotency USING btree (expires_at);

CREATE INDEX leases_session ON stateroom.leases USING btree (session_id);

CREATE INDEX logs_component ON ONLY stateroom.logs USING btree (component_name, level, id) WHERE (component_name IS NOT NULL);

CREATE INDEX logs_request ON ONLY stateroom.logs USING btree (request_id) WHERE (request_id IS NOT NULL);

CREATE INDEX logs_task_run ON ONLY stateroom.logs USING btree (task_run_id, attempt, line_no) WHERE (task_run_id IS NOT NULL);

CREATE INDEX logs_workflow_run ON ONLY stateroom.logs USING btree (workflow_run_id, id) WHERE (workflow_run_id IS NOT NULL);

CREATE INDEX notifications_project ON stateroom.notifications USING btree (project_id) WHERE (project_id IS NOT NULL);

CREATE INDEX notifications_read_at ON stateroom.notifications USING btree (read_at) WHERE is_read;

CREATE INDEX notifications_task ON stateroom.notifications USING btree (related_task_id) WHERE (related_task_id IS NOT NULL);

CREATE INDEX notifications_unread ON stateroom.notifications USING btree (user_id, id DESC) WHERE (NOT is_read);

CREATE INDEX notifications_user ON stateroom.notifications USING btree (user_id, id DESC);

CREATE INDEX partition_archives_loaded ON stateroom.partition_archives USING btree (table_name) WHERE (loaded_until IS NOT NULL);

CREATE INDEX project_members_project_id ON stateroom.project_members USING btree (project_id);

CREATE INDEX projects_name_trigram ON stateroom.projects USING gin (name public.gin_trgm_ops);

CREATE UNIQUE INDEX projects_personal_key ON stateroom.projects USING btree (owner_id) WHERE is_personal;

CREATE INDEX projects_search ON stateroom.projects USING gin (search);

CREATE INDEX run_keys_expires ON stateroom.run_keys USING btree (expires_at);

CREATE INDEX run_stats_agent ON stateroom.run_stats USING btree (agent_id, hour) WHERE (agent_id IS NOT NULL);

CREATE INDEX run_stats_project ON stateroom.run_stats USING btree (project_id, hour);

CREATE INDEX schedule_firings_open ON stateroom.schedule_firings USING btree (schedule_id) WHERE run_open;

CREATE INDEX schedule_firings_queued ON stateroom.schedule_firings USING btree (schedule_id, fire_time) WHERE (outcome = 'queued'::stateroom.firing_outcome);

CREATE INDEX schedules_due ON stateroom.schedules USING btree (due_at) WHERE enabled;

CREATE INDEX schedules_task ON stateroom.schedules USING btree (task_id) WHERE (task_id IS NOT NULL);

CREATE INDEX schedules_workflow ON stateroom.schedules USING btree (workflow_id) WHERE (workflow_id IS NOT NULL);

CREATE INDEX schema_history_name ON stateroom.schema_history USING btree (kind, name, id);

CREATE INDEX settings_project ON stateroom.settings USING btree (project_id) WHERE (project_id IS NOT NULL);

CREATE INDEX system_metrics_name ON ONLY stateroom.system_metrics USING btree (name, id);

CREATE INDEX task_contexts_task ON stateroom.task_contexts USING btree (task_id, id);

CREATE INDEX task_dependencies_depends_on ON stateroom.task_dependencies USING btree (depends_on_task_id) INCLUDE (task_id, condition);

CREATE UNIQUE INDEX task_dependency_tree_rows_key ON stateroom.task_dependency_tree_rows USING btree (root_id, task_id);

CREATE INDEX task_dependency_tree_rows_task ON stateroom.task_dependency_tree_rows USING btree (task_id);

CREATE UNIQUE INDEX task_performance_figures_key ON stateroom.task_performance_figures USING btree (task_id);

CREATE INDEX task_run_attempts_run ON ONLY stateroom.task_run_attempts USING btree (task_run_id, attempt);

CREATE INDEX task_runs_parent ON ONLY stateroom.task_runs USING btree (parent_run_id) WHERE (parent_run_id IS NOT NULL);

CREATE INDEX task_runs_project ON ONLY stateroom.task_runs USING btree (project_id, id);

CREATE INDEX task_runs_task ON ONLY stateroom.task_runs USING btree (task_id, id);

CREATE INDEX task_runs_workflow_run ON ONLY stateroom.task_runs USING btree (workflow_run_id, task_id, map_index) WHERE (workflow_run_id IS NOT NULL);

CREATE INDEX tasks_assigned_agent ON stateroom.tasks USING btree (assigned_agent_id) WHERE (assigned_agent_id IS NOT NULL);

CREATE INDEX tasks_assigned_role ON stateroom.tasks USING btree (assigned_role, status) WHERE ((kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL) AND (assigned_role IS NOT NULL));

CREATE INDEX tasks_assigned_user ON stateroom.tasks USING btree (assigned_user_id, status) WHERE (assigned_user_id IS NOT NULL);

CREATE INDEX tasks_dates ON stateroom.tasks USING btree (start_date, end_date) WHERE ((kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL));

CREATE INDEX tasks_delayed ON stateroom.tasks USING btree (end_date) WHERE ((kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL) AND is_delayed);

CREATE INDEX tasks_deleted ON stateroom.tasks USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);

CREATE INDEX tasks_due ON stateroom.tasks USING btree (end_date) WHERE ((kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL) AND (NOT is_delayed) AND (status = ANY (ARRAY['pending'::stateroom.task_status, 'in_progress'::stateroom.task_status])));

CREATE INDEX tasks_epic ON stateroom.tasks USING btree (epic_id) WHERE (epic_id IS NOT NULL);

CREATE UNIQUE INDEX tasks_handler_key ON stateroom.tasks USING btree (project_id, handler) WHERE ((kind = 'routine'::stateroom.task_kind) AND (handler IS NOT NULL) AND (deleted_at IS NULL));

CREATE INDEX tasks_parent ON stateroom.tasks USING btree (parent_task_id) WHERE (parent_task_id IS NOT NULL);

CREATE INDEX tasks_project_status ON stateroom.tasks USING btree (project_id, status, priority DESC) WHERE ((kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL));

CREATE INDEX tasks_requirements ON stateroom.tasks USING gin (requirements jsonb_path_ops) WHERE ((kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL) AND (requirements IS NOT NULL));

CREATE INDEX tasks_routine_title ON stateroom.tasks USING btree (project_id, title) WHERE ((kind = 'routine'::stateroom.task_kind) AND (deleted_at IS NULL));

CREATE INDEX tasks_search ON stateroom.tasks USING gin (search) WHERE ((kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL));

CREATE INDEX tasks_story ON stateroom.tasks USING btree (story_id) WHERE (story_id IS NOT NULL);

CREATE INDEX tasks_tags ON stateroom.tasks USING gin (tags) WHERE ((kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL));

CREATE INDEX tasks_title ON stateroom.tasks USING gin (title public.gin_trgm_ops) WHERE ((kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL));

CREATE INDEX triage_items_assigned ON stateroom.triage_items USING btree (assigned_to) WHERE (assigned_to IS NOT NULL);

CREATE INDEX triage_items_fingerprint ON stateroom.triage_items USING btree (project_id, fingerprint);

CREATE INDEX triage_items_project ON stateroom.triage_items USING btree (project_id, status, priority) WHERE (deleted_at IS NULL);

CREATE INDEX triage_items_reporter ON stateroom.triage_items USING btree (reporter_id, id);

CREATE INDEX triage_items_search ON stateroom.triage_items USING gin (project_id, search) WHERE (deleted_at IS NULL);

CREATE INDEX triage_items_task ON stateroom.triage_items USING btree (task_id) WHERE (task_id IS NOT NULL);

CREATE INDEX triage_items_title ON stateroom.triage_items USING gin (title public.gin_trgm_ops) WHERE (deleted_at IS NULL);

CREATE INDEX user_sessions_expires ON stateroom.user_sessions USING btree (expires_at);

CREATE INDEX user_sessions_user ON stateroom.user_sessions USING btree (user_id);

CREATE UNIQUE INDEX users_email_key ON stateroom.users USING btree (lower(email));

CREATE UNIQUE INDEX users_username_key ON stateroom.users USING btree (lower(username));

CREATE INDEX webhook_deliveries_seen_at ON stateroom.webhook_deliveries_seen USING btree (seen_at);

CREATE INDEX webhook_endpoints_project ON stateroom.webhook_endpoints USING btree (project_id);

CREATE INDEX webhook_events_due ON ONLY stateroom.webhook_events USING btree (next_retry_at) WHERE (NOT processed);

CREATE INDEX webhook_events_endpoint ON ONLY stateroom.webhook_events USING btree (endpoint_id, id) WHERE (endpoint_id IS NOT NULL);

CREATE INDEX webhook_events_project ON ONLY stateroom.webhook_events USING btree (project_id, id);

CREATE INDEX workflow_runs_project ON ONLY stateroom.workflow_runs USING btree (project_id, id);

CREATE INDEX workflow_runs_running ON ONLY stateroom.workflow_runs USING btree (project_id, workflow_id) WHERE (state = 'running'::stateroom.run_state);

CREATE INDEX workflow_runs_workflow ON ONLY stateroom.workflow_runs USING btree (workflow_id, id);

CREATE INDEX workflows_name_words ON stateroom.workflows USING gin (name public.gin_trgm_ops);

CREATE INDEX workflows_parent ON stateroom.workflows USING btree (parent_workflow_id) WHERE (parent_workflow_id IS NOT NULL);

CREATE INDEX workflows_project_status ON stateroom.workflows USING btree (project_id, status);

CREATE INDEX workflows_search ON stateroom.workflows USING gin (project_id, search);

CREATE INDEX workflows_type ON stateroom.workflows USING btree (type);

CREATE OR REPLACE VIEW stateroom.api_key_uses WITH (security_barrier='true') AS
 SELECT k.id AS api_key_id,
    k.user_id,
    max(c.last_used_at) AS last_used_at,
    COALESCE(sum(c.count), (0)::bigint) AS usage_count
   FROM (stateroom.api_keys k
     LEFT JOIN stateroom.api_key_usage c ON ((c.api_key_id = k.id)))
  WHERE ((k.user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (NOT ( SELECT stateroom.by_key() AS by_key)))
  GROUP BY k.id;

CREATE TRIGGER a_prepare BEFORE INSERT ON stateroom.tasks FOR EACH ROW WHEN ((new.kind = 'planned'::stateroom.task_kind)) EXECUTE FUNCTION stateroom.prepare_task();

CREATE TRIGGER announce AFTER INSERT ON stateroom.chat_messages FOR EACH ROW EXECUTE FUNCTION stateroom.announce_message();

CREATE TRIGGER announce AFTER INSERT ON stateroom.triage_items FOR EACH ROW EXECUTE FUNCTION stateroom.announce_issue();

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF project_id, name, type, capabilities, max_concurrency, budget, is_active, metadata ON stateroom.agents FOR EACH ROW EXECUTE FUNCTION stateroom.audit('project_id', 'name', 'type', 'capabilities', 'max_concurrency', 'budget', 'is_active');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF name, description, metric_name, component_name, dimensions, aggregate, comparison, threshold, window_seconds, severity, fires_without_data, enabled ON stateroom.alert_rules FOR EACH ROW EXECUTE FUNCTION stateroom.audit('name', 'description', 'metric_name', 'component_name', 'dimensions', 'aggregate', 'comparison', 'threshold', 'window_seconds', 'severity', 'fires_without_data', 'enabled');

CREATE TRIGGER audit AFTER UPDATE OF state ON stateroom.alerts FOR EACH ROW WHEN ((new.state <> old.state)) EXECUTE FUNCTION stateroom.audit('state', 'acknowledged_by', 'closed_by', 'notes');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON stateroom.api_keys FOR EACH ROW EXECUTE FUNCTION stateroom.audit('user_id', 'key_name', 'key_prefix', 'permissions', 'project_id', 'rate_limit_per_hour', 'rate_limit_per_day', 'allowed_ips', 'allowed_endpoints', 'expires_at', 'is_active');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON stateroom.approvals FOR EACH ROW EXECUTE FUNCTION stateroom.audit('project_id', 'task_run_id', 'deployment_id', 'title', 'requested_from', 'requested_role', 'due_at', 'default_answer', 'decision', 'decided_by', 'comment');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON stateroom.backups FOR EACH ROW EXECUTE FUNCTION stateroom.audit('kind', 'state', 'parent_backup_id', 'started_at', 'finished_at', 'size_bytes', 'location', 'encrypted', 'verified_at');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON stateroom.client_grants FOR EACH ROW EXECUTE FUNCTION stateroom.audit('database_user', 'project_id', 'permissions');

CREATE TRIGGER audit AFTER INSERT OR DELETE ON stateroom.component_dependencies FOR EACH ROW EXECUTE FUNCTION stateroom.audit('component_id', 'depends_on_component_id');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF name, type, description, status, configuration, endpoints, health_check_url, documentation_url, repository_url ON stateroom.components FOR EACH ROW EXECUTE FUNCTION stateroom.audit('name', 'type', 'description', 'status', 'health_check_url', 'documentation_url', 'repository_url');

CREATE TRIGGER audit AFTER INSERT OR DELETE ON stateroom.deployment_scripts FOR EACH ROW EXECUTE FUNCTION stateroom.audit('deployment_id', 'script_name', 'script_type', 'execution_order', 'timeout_seconds', 'max_retries');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON stateroom.deployments FOR EACH ROW EXECUTE FUNCTION stateroom.audit('project_id', 'task_id', 'environment', 'version', 'description', 'status', 'workflow_run_id', 'rolls_back', 'approved_by', 'deleted_at');

CREATE TRIGGER audit AFTER UPDATE OF resolved, resolution_notes ON stateroom.error_logs FOR EACH ROW WHEN (((new.resolved <> old.resolved) OR (new.resolution_notes IS DISTINCT FROM old.resolution_notes))) EXECUTE FUNCTION stateroom.audit('project_id', 'task_id', 'resolved', 'resolved_by', 'resolution_notes');

CREATE TRIGGER audit AFTER UPDATE ON stateroom.partition_policies FOR EACH ROW EXECUTE FUNCTION stateroom.audit('table_name', 'period', 'keep_days', 'archive');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON stateroom.project_members FOR EACH ROW EXECUTE FUNCTION stateroom.audit('project_id', 'user_id', 'role');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF owner_id, name, description, status, task_visibility, is_personal, metadata ON stateroom.projects FOR EACH ROW EXECUTE FUNCTION stateroom.audit('owner_id', 'name', 'description', 'status', 'task_visibility', 'is_personal');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON stateroom.queues FOR EACH ROW EXECUTE FUNCTION stateroom.audit('name', 'paused', 'max_concurrency');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF name, cron_expression, timezone, params, enabled, overlap_policy, catchup_policy, catchup_window_seconds, jitter_seconds ON stateroom.schedules FOR EACH ROW EXECUTE FUNCTION stateroom.audit('project_id', 'task_id', 'workflow_id', 'name', 'cron_expression', 'timezone', 'enabled', 'overlap_policy', 'catchup_policy', 'catchup_window_seconds', 'jitter_seconds');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON stateroom.settings FOR EACH ROW EXECUTE FUNCTION stateroom.audit('project_id', 'key', 'environment', 'value_type', 'description', 'is_sensitive', 'is_readonly', 'revision');

CREATE TRIGGER audit AFTER INSERT ON stateroom.task_dependencies FOR EACH ROW WHEN ((current_setting('stateroom.publishing'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION stateroom.audit('task_id', 'depends_on_task_id', 'dependency_type', 'condition');

CREATE TRIGGER audit AFTER INSERT OR UPDATE ON stateroom.tasks FOR EACH ROW WHEN ((new.kind <> 'step'::stateroom.task_kind)) EXECUTE FUNCTION stateroom.audit('project_id', 'kind', 'title', 'description', 'type', 'priority', 'tags', 'deleted_at', 'number', 'status', 'complexity_score', 'parent_task_id', 'assigned_role', 'assigned_user_id', 'assigned_agent_id', 'start_date', 'end_date', 'estimated_hours', 'actual_hours', 'started_at', 'completed_at', 'is_delayed', 'action', 'handler', 'queue', 'timeout_seconds', 'max_retries');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE ON stateroom.triage_items FOR EACH ROW EXECUTE FUNCTION stateroom.audit('project_id', 'reporter_id', 'title', 'description', 'status', 'assigned_to', 'priority', 'category', 'resolution', 'task_id', 'deleted_at');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF username, email, name, password_hash, github_id, avatar_url, role, is_active, preferences ON stateroom.users FOR EACH ROW EXECUTE FUNCTION stateroom.audit('username', 'email', 'name', 'github_id', 'avatar_url', 'role', 'is_active', 'preferences');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF url, slug, secret, event_types, description, is_active, disabled_at ON stateroom.webhook_endpoints FOR EACH ROW EXECUTE FUNCTION stateroom.audit('project_id', 'direction', 'url', 'slug', 'event_types', 'description', 'is_active', 'disabled_at');

CREATE TRIGGER audit AFTER INSERT OR DELETE OR UPDATE OF name, description, type, status, priority, configuration, env, tags, parent_workflow_id, timeout_seconds, latest_version ON stateroom.workflows FOR EACH ROW EXECUTE FUNCTION stateroom.audit('project_id', 'name', 'description', 'type', 'status', 'priority', 'tags', 'parent_workflow_id', 'timeout_seconds', 'latest_version');

CREATE TRIGGER audit_delete AFTER DELETE ON stateroom.task_dependencies FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION stateroom.audit('task_id', 'depends_on_task_id', 'dependency_type', 'condition');

CREATE TRIGGER audit_delete AFTER DELETE ON stateroom.tasks FOR EACH ROW WHEN ((old.kind <> 'step'::stateroom.task_kind)) EXECUTE FUNCTION stateroom.audit('project_id', 'kind', 'title', 'type', 'number', 'status', 'assigned_user_id');

CREATE TRIGGER author BEFORE INSERT ON stateroom.task_contexts FOR EACH ROW EXECUTE FUNCTION stateroom.author();

CREATE TRIGGER b_change BEFORE UPDATE OF project_id, kind, number, status, end_date, assigned_user_id, parent_task_id ON stateroom.tasks FOR EACH ROW WHEN (((old.kind = 'planned'::stateroom.task_kind) OR (new.kind = 'planned'::stateroom.task_kind))) EXECUTE FUNCTION stateroom.change_task();

CREATE TRIGGER c_index BEFORE UPDATE OF title, description ON stateroom.tasks FOR EACH ROW WHEN ((new.kind = 'planned'::stateroom.task_kind)) EXECUTE FUNCTION stateroom.index_task();

CREATE TRIGGER check_dependency BEFORE INSERT OR UPDATE ON stateroom.task_dependencies FOR EACH ROW WHEN ((current_setting('stateroom.publishing'::text, true) IS DISTINCT FROM 'on'::text)) EXECUTE FUNCTION stateroom.check_dependency();

CREATE TRIGGER flush_counter AFTER INSERT OR DELETE OR UPDATE ON stateroom.tasks FOR EACH STATEMENT EXECUTE FUNCTION stateroom.flush_task_counter();

CREATE TRIGGER follow_change AFTER UPDATE ON stateroom.tasks FOR EACH ROW WHEN (((new.kind = 'planned'::stateroom.task_kind) AND ((new.revision <> old.revision) OR (new.is_delayed AND (NOT old.is_delayed))))) EXECUTE FUNCTION stateroom.follow_task();

CREATE TRIGGER follow_decision AFTER UPDATE OF decision ON stateroom.approvals FOR EACH ROW WHEN (((new.deployment_id IS NOT NULL) AND (old.decision IS NULL) AND (new.decision IS NOT NULL))) EXECUTE FUNCTION stateroom.follow_decision();

CREATE TRIGGER follow_end AFTER DELETE ON stateroom.tasks FOR EACH ROW WHEN (((old.kind = 'planned'::stateroom.task_kind) AND (old.deleted_at IS NULL))) EXECUTE FUNCTION stateroom.follow_task();

CREATE TRIGGER follow_new AFTER INSERT ON stateroom.tasks FOR EACH ROW WHEN ((new.kind = 'planned'::stateroom.task_kind)) EXECUTE FUNCTION stateroom.follow_task();

CREATE TRIGGER hand_down_hierarchy AFTER UPDATE OF type, parent_task_id ON stateroom.tasks FOR EACH ROW WHEN (((new.kind = 'planned'::stateroom.task_kind) AND ((new.type IS DISTINCT FROM old.type) OR (new.epic_id IS DISTINCT FROM old.epic_id) OR (new.story_id IS DISTINCT FROM old.story_id)))) EXECUTE FUNCTION stateroom.hand_down_hierarchy();

CREATE TRIGGER hint_delete AFTER DELETE ON stateroom.api_keys REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache('user_id');

CREATE TRIGGER hint_delete AFTER DELETE ON stateroom.project_members REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache('user_id');

CREATE TRIGGER hint_delete AFTER DELETE ON stateroom.settings REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache('key');

CREATE TRIGGER hint_delete AFTER DELETE ON stateroom.user_sessions REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache('user_id');

CREATE TRIGGER hint_insert AFTER INSERT ON stateroom.project_members REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache('user_id');

CREATE TRIGGER hint_insert AFTER INSERT ON stateroom.settings REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache('key');

CREATE TRIGGER hint_update AFTER UPDATE ON stateroom.api_keys REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache('user_id');

CREATE TRIGGER hint_update AFTER UPDATE ON stateroom.project_members REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache('user_id');

CREATE TRIGGER hint_update AFTER UPDATE OF owner_id, status, task_visibility ON stateroom.projects FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache();

CREATE TRIGGER hint_update AFTER UPDATE ON stateroom.settings REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache('key');

CREATE TRIGGER hint_update AFTER UPDATE ON stateroom.user_sessions REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache('user_id');

CREATE TRIGGER hint_update AFTER UPDATE OF role, is_active ON stateroom.users FOR EACH STATEMENT EXECUTE FUNCTION stateroom.hint_cache();

CREATE TRIGGER keep_edit BEFORE UPDATE OF message ON stateroom.chat_messages FOR EACH ROW EXECUTE FUNCTION stateroom.keep_edit();

CREATE TRIGGER notify AFTER INSERT ON stateroom.events FOR EACH ROW WHEN (((new.type = ANY (ARRAY['task_completed'::text, 'task_delayed'::text, 'task_unblocked'::text, 'run_failed'::text, 'issue_reported'::text, 'approval_requested'::text])) OR ((new.type = ANY (ARRAY['task_created'::text, 'task_updated'::text])) AND (new.payload ? 'assigned_user_id'::text)))) EXECUTE FUNCTION stateroom.notify_of_event();

CREATE TRIGGER notify AFTER INSERT ON stateroom.task_contexts FOR EACH ROW WHEN (((new.created_by IS NOT NULL) AND ((new.context_data)::text ~~ '%@%'::text))) EXECUTE FUNCTION stateroom.notify_of_context();

CREATE TRIGGER prepare BEFORE INSERT ON stateroom.chat_messages FOR EACH ROW EXECUTE FUNCTION stateroom.prepare_message();

CREATE TRIGGER prepare BEFORE INSERT OR UPDATE OF assigned_to ON stateroom.triage_items FOR EACH ROW EXECUTE FUNCTION stateroom.prepare_issue();

CREATE TRIGGER replan BEFORE INSERT OR UPDATE OF cron_expression, timezone, jitter_seconds, enabled, next_run_at ON stateroom.schedules FOR EACH ROW EXECUTE FUNCTION stateroom.replan_schedule();

CREATE TRIGGER revise BEFORE UPDATE OF id, project_id, kind, title, description, type, priority, tags, metadata, deleted_at, number, status, complexity_score, affected_files, requirements, acceptance_criteria, parent_task_id, assigned_role, assigned_user_id, assigned_agent_id, start_date, end_date, estimated_hours, actual_hours, "position", started_at, completed_at, workflow_version_id, step_key, step_options, action, handler, command, parameters, env, working_directory, queue, required_capabilities, execution_order, timeout_seconds, max_retries, retry_policy, concurrency_key, estimated_duration_seconds, created_at, created_by, start_timeout_seconds, heartbeat_timeout_seconds, deadline_seconds ON stateroom.tasks FOR EACH ROW WHEN ((new.kind <> 'step'::stateroom.task_kind)) EXECUTE FUNCTION stateroom.revise();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.agents FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF name, description, metric_name, component_name, dimensions, aggregate, comparison, threshold, window_seconds, severity, fires_without_data, enabled, created_at, created_by ON stateroom.alert_rules FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.api_keys FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.approvals FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.client_grants FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.components FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.deployment_scripts FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.deployments FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.notifications FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.partition_policies FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.project_members FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF owner_id, name, description, status, task_visibility, is_personal, metadata, created_at, created_by ON stateroom.projects FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.queues FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.schedules FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.settings FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF id, project_id, kind, title, description, type, priority, tags, metadata, deleted_at, number, status, complexity_score, affected_files, requirements, acceptance_criteria, parent_task_id, assigned_role, assigned_user_id, assigned_agent_id, start_date, end_date, estimated_hours, actual_hours, "position", started_at, completed_at, workflow_version_id, step_key, step_options, action, handler, command, parameters, env, working_directory, queue, required_capabilities, execution_order, timeout_seconds, max_retries, retry_policy, concurrency_key, estimated_duration_seconds, created_at, created_by, start_timeout_seconds, heartbeat_timeout_seconds, deadline_seconds ON stateroom.tasks FOR EACH ROW WHEN ((new.kind <> 'step'::stateroom.task_kind)) EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.triage_items FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.users FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.webhook_endpoints FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON stateroom.workflows FOR EACH ROW EXECUTE FUNCTION stateroom.touch();

ALTER TABLE ONLY stateroom.agents
    ADD CONSTRAINT agents_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.alerts
    ADD CONSTRAINT alerts_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES stateroom.alert_rules(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.api_key_usage
    ADD CONSTRAINT api_key_usage_api_key_id_fkey FOREIGN KEY (api_key_id) REFERENCES stateroom.api_keys(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.api_keys
    ADD CONSTRAINT api_keys_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.api_keys
    ADD CONSTRAINT api_keys_user_id_fkey FOREIGN KEY (user_id) REFERENCES stateroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.approvals
    ADD CONSTRAINT approvals_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES stateroom.deployments(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.approvals
    ADD CONSTRAINT approvals_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.auth_tokens
    ADD CONSTRAINT auth_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES stateroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.backups
    ADD CONSTRAINT backups_parent_backup_id_fkey FOREIGN KEY (parent_backup_id) REFERENCES stateroom.backups(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.chat_message_edits
    ADD CONSTRAINT chat_message_edits_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE stateroom.chat_messages
    ADD CONSTRAINT chat_messages_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE stateroom.chat_messages
    ADD CONSTRAINT chat_messages_related_task_id_fkey FOREIGN KEY (related_task_id) REFERENCES stateroom.tasks(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.client_grants
    ADD CONSTRAINT client_grants_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.component_dependencies
    ADD CONSTRAINT component_dependencies_component_id_fkey FOREIGN KEY (component_id) REFERENCES stateroom.components(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.component_dependencies
    ADD CONSTRAINT component_dependencies_depends_on_component_id_fkey FOREIGN KEY (depends_on_component_id) REFERENCES stateroom.components(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.deployment_scripts
    ADD CONSTRAINT deployment_scripts_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES stateroom.deployments(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.deployments
    ADD CONSTRAINT deployments_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.deployments
    ADD CONSTRAINT deployments_rolls_back_fkey FOREIGN KEY (rolls_back) REFERENCES stateroom.deployments(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.deployments
    ADD CONSTRAINT deployments_task_id_fkey FOREIGN KEY (task_id) REFERENCES stateroom.tasks(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.error_logs
    ADD CONSTRAINT error_logs_deployment_script_id_fkey FOREIGN KEY (deployment_script_id) REFERENCES stateroom.deployment_scripts(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.error_logs
    ADD CONSTRAINT error_logs_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.error_logs
    ADD CONSTRAINT error_logs_task_id_fkey FOREIGN KEY (task_id) REFERENCES stateroom.tasks(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.http_idempotency
    ADD CONSTRAINT http_idempotency_user_id_fkey FOREIGN KEY (user_id) REFERENCES stateroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.notifications
    ADD CONSTRAINT notifications_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.notifications
    ADD CONSTRAINT notifications_related_task_id_fkey FOREIGN KEY (related_task_id) REFERENCES stateroom.tasks(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.notifications
    ADD CONSTRAINT notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES stateroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.project_members
    ADD CONSTRAINT project_members_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.project_members
    ADD CONSTRAINT project_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES stateroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.projects
    ADD CONSTRAINT projects_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES stateroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.schedule_firings
    ADD CONSTRAINT schedule_firings_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES stateroom.schedules(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.schedules
    ADD CONSTRAINT schedules_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.schedules
    ADD CONSTRAINT schedules_task_id_fkey FOREIGN KEY (task_id) REFERENCES stateroom.tasks(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.schedules
    ADD CONSTRAINT schedules_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES stateroom.workflows(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.settings
    ADD CONSTRAINT settings_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.task_contexts
    ADD CONSTRAINT task_contexts_task_id_fkey FOREIGN KEY (task_id) REFERENCES stateroom.tasks(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.task_dependencies
    ADD CONSTRAINT task_dependencies_depends_on_task_id_fkey FOREIGN KEY (depends_on_task_id) REFERENCES stateroom.tasks(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.task_dependencies
    ADD CONSTRAINT task_dependencies_task_id_fkey FOREIGN KEY (task_id) REFERENCES stateroom.tasks(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.tasks
    ADD CONSTRAINT tasks_assigned_agent_id_fkey FOREIGN KEY (assigned_agent_id) REFERENCES stateroom.agents(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.tasks
    ADD CONSTRAINT tasks_assigned_user_id_fkey FOREIGN KEY (assigned_user_id) REFERENCES stateroom.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.tasks
    ADD CONSTRAINT tasks_epic_id_fkey FOREIGN KEY (epic_id) REFERENCES stateroom.tasks(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.tasks
    ADD CONSTRAINT tasks_parent_task_id_fkey FOREIGN KEY (parent_task_id) REFERENCES stateroom.tasks(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.tasks
    ADD CONSTRAINT tasks_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.tasks
    ADD CONSTRAINT tasks_story_id_fkey FOREIGN KEY (story_id) REFERENCES stateroom.tasks(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.tasks
    ADD CONSTRAINT tasks_workflow_version_id_fkey FOREIGN KEY (workflow_version_id) REFERENCES stateroom.workflow_versions(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.triage_items
    ADD CONSTRAINT triage_items_assigned_to_fkey FOREIGN KEY (assigned_to) REFERENCES stateroom.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.triage_items
    ADD CONSTRAINT triage_items_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.triage_items
    ADD CONSTRAINT triage_items_task_id_fkey FOREIGN KEY (task_id) REFERENCES stateroom.tasks(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.user_sessions
    ADD CONSTRAINT user_sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES stateroom.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.webhook_endpoints
    ADD CONSTRAINT webhook_endpoints_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE stateroom.webhook_events
    ADD CONSTRAINT webhook_events_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES stateroom.webhook_endpoints(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.workflow_versions
    ADD CONSTRAINT workflow_versions_workflow_id_fkey FOREIGN KEY (workflow_id) REFERENCES stateroom.workflows(id) ON DELETE CASCADE;

ALTER TABLE ONLY stateroom.workflows
    ADD CONSTRAINT workflows_parent_workflow_id_fkey FOREIGN KEY (parent_workflow_id) REFERENCES stateroom.workflows(id) ON DELETE SET NULL;

ALTER TABLE ONLY stateroom.workflows
    ADD CONSTRAINT workflows_project_id_fkey FOREIGN KEY (project_id) REFERENCES stateroom.projects(id) ON DELETE CASCADE;

ALTER TABLE stateroom.agent_sessions ENABLE ROW LEVEL SECURITY;

CREATE POLICY agent_sessions_engine ON stateroom.agent_sessions TO stateroom_engine USING (true);

ALTER TABLE stateroom.agent_stats ENABLE ROW LEVEL SECURITY;

ALTER TABLE stateroom.agents ENABLE ROW LEVEL SECURITY;

CREATE POLICY agents_admin_writes ON stateroom.agents TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY agents_delete ON stateroom.agents FOR DELETE TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY agents_engine ON stateroom.agents FOR SELECT TO stateroom_engine USING (true);

CREATE POLICY agents_insert ON stateroom.agents FOR INSERT TO stateroom_user WITH CHECK ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY agents_members ON stateroom.agents FOR SELECT TO stateroom_user, stateroom_admin USING (((( SELECT stateroom.current_user_id() AS current_user_id) IS NOT NULL) AND ((project_id IS NULL) OR ( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])))));

CREATE POLICY agents_update ON stateroom.agents FOR UPDATE TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[]))) WITH CHECK ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

ALTER TABLE stateroom.alert_rules ENABLE ROW LEVEL SECURITY;

CREATE POLICY alert_rules_admin ON stateroom.alert_rules TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY alert_rules_readers ON stateroom.alert_rules FOR SELECT TO stateroom_user USING (( SELECT stateroom.has_permission('read:metrics'::text) AS has_permission));

ALTER TABLE stateroom.alerts ENABLE ROW LEVEL SECURITY;

CREATE POLICY alerts_admin ON stateroom.alerts TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY alerts_readers ON stateroom.alerts FOR SELECT TO stateroom_user USING (( SELECT stateroom.has_permission('read:metrics'::text) AS has_permission));

ALTER TABLE stateroom.api_access_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY api_access_logs_admin ON stateroom.api_access_logs FOR SELECT TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY api_access_logs_own ON stateroom.api_access_logs FOR SELECT TO stateroom_user USING ((user_id = ( SELECT stateroom.current_user_id() AS current_user_id)));

ALTER TABLE stateroom.api_key_usage ENABLE ROW LEVEL SECURITY;

ALTER TABLE stateroom.api_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY api_keys_own ON stateroom.api_keys FOR SELECT TO stateroom_user USING (((user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (NOT ( SELECT stateroom.by_key() AS by_key))));

CREATE POLICY api_keys_own_change ON stateroom.api_keys FOR UPDATE TO stateroom_user USING (((user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (NOT ( SELECT stateroom.by_key() AS by_key)))) WITH CHECK (((user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (NOT ( SELECT stateroom.by_key() AS by_key))));

CREATE POLICY api_keys_own_delete ON stateroom.api_keys FOR DELETE TO stateroom_user USING (((user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (NOT ( SELECT stateroom.by_key() AS by_key))));

ALTER TABLE stateroom.approvals ENABLE ROW LEVEL SECURITY;

CREATE POLICY approvals_admin ON stateroom.approvals FOR SELECT TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

CREATE POLICY approvals_asked ON stateroom.approvals FOR SELECT TO stateroom_user USING (((requested_from @> ARRAY[( SELECT stateroom.current_user_id() AS current_user_id)]) AND ( SELECT (NOT stateroom.is_narrowed()))));

CREATE POLICY approvals_members ON stateroom.approvals FOR SELECT TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

ALTER TABLE stateroom.audit_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY audit_logs_admin ON stateroom.audit_logs FOR SELECT TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[]))));

CREATE POLICY audit_logs_maintainers ON stateroom.audit_logs FOR SELECT TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY audit_logs_write ON stateroom.audit_logs FOR INSERT TO stateroom_maintenance WITH CHECK (true);

ALTER TABLE stateroom.auth_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE stateroom.backups ENABLE ROW LEVEL SECURITY;

CREATE POLICY backups_admin ON stateroom.backups TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY backups_readers ON stateroom.backups FOR SELECT TO stateroom_user USING (( SELECT stateroom.has_permission('read:metrics'::text) AS has_permission));

ALTER TABLE stateroom.chat_message_edits ENABLE ROW LEVEL SECURITY;

CREATE POLICY chat_message_edits_as_message ON stateroom.chat_message_edits FOR SELECT TO stateroom_user, stateroom_admin USING ((EXISTS ( SELECT
   FROM stateroom.chat_messages m
  WHERE (m.id = chat_message_edits.message_id))));

ALTER TABLE stateroom.chat_messages ENABLE ROW LEVEL SECURITY;

CREATE POLICY chat_messages_admin ON stateroom.chat_messages FOR SELECT TO stateroom_admin USING (((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))) AND (deleted_at IS NULL) AND ((recipient_id IS NULL) OR (recipient_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (sender_id = ( SELECT stateroom.current_user_id() AS current_user_id)))));

CREATE POLICY chat_messages_edit ON stateroom.chat_messages FOR UPDATE TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])) AND (sender_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (deleted_at IS NULL))) WITH CHECK (((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])) AND (sender_id = ( SELECT stateroom.current_user_id() AS current_user_id))));

CREATE POLICY chat_messages_edit_admin ON stateroom.chat_messages FOR UPDATE TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) AND (sender_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (deleted_at IS NULL))) WITH CHECK ((( SELECT stateroom.sees_all() AS sees_all) AND (sender_id = ( SELECT stateroom.current_user_id() AS current_user_id))));

CREATE POLICY chat_messages_members ON stateroom.chat_messages FOR SELECT TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])) AND (deleted_at IS NULL) AND ((recipient_id IS NULL) OR (recipient_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (sender_id = ( SELECT stateroom.current_user_id() AS current_user_id)))));

CREATE POLICY chat_messages_send ON stateroom.chat_messages FOR INSERT TO stateroom_user WITH CHECK (((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])) AND (message_type <> 'system'::stateroom.message_type) AND (sender_id = ( SELECT stateroom.current_user_id() AS current_user_id))));

CREATE POLICY chat_messages_send_admin ON stateroom.chat_messages FOR INSERT TO stateroom_admin WITH CHECK ((( SELECT stateroom.sees_all() AS sees_all) AND (message_type <> 'system'::stateroom.message_type) AND (sender_id = ( SELECT stateroom.current_user_id() AS current_user_id))));

ALTER TABLE stateroom.client_grants ENABLE ROW LEVEL SECURITY;

ALTER TABLE stateroom.component_dependencies ENABLE ROW LEVEL SECURITY;

CREATE POLICY component_dependencies_admin ON stateroom.component_dependencies TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY component_dependencies_readers ON stateroom.component_dependencies FOR SELECT TO stateroom_user USING (( SELECT stateroom.has_permission('read:metrics'::text) AS has_permission));

ALTER TABLE stateroom.components ENABLE ROW LEVEL SECURITY;

CREATE POLICY components_admin ON stateroom.components TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY components_readers ON stateroom.components FOR SELECT TO stateroom_user USING (( SELECT stateroom.has_permission('read:metrics'::text) AS has_permission));

ALTER TABLE stateroom.delayed_runs ENABLE ROW LEVEL SECURITY;

CREATE POLICY delayed_runs_engine ON stateroom.delayed_runs TO stateroom_engine USING (true);

ALTER TABLE stateroom.deployment_scripts ENABLE ROW LEVEL SECURITY;

CREATE POLICY deployment_scripts_members ON stateroom.deployment_scripts FOR SELECT TO stateroom_user, stateroom_admin USING ((EXISTS ( SELECT
   FROM stateroom.deployments d
  WHERE (d.id = deployment_scripts.deployment_id))));

ALTER TABLE stateroom.deployments ENABLE ROW LEVEL SECURITY;

CREATE POLICY deployments_admin ON stateroom.deployments TO stateroom_admin USING (((deleted_at IS NULL) AND (( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))))) WITH CHECK ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[]))));

CREATE POLICY deployments_members ON stateroom.deployments FOR SELECT TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])) AND (deleted_at IS NULL) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (created_by = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE (t.id = deployments.task_id))))));

CREATE POLICY deployments_update ON stateroom.deployments FOR UPDATE TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])) AND (deleted_at IS NULL) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (created_by = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE (t.id = deployments.task_id)))))) WITH CHECK ((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])));

ALTER TABLE stateroom.error_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY error_logs_admin ON stateroom.error_logs TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])))) WITH CHECK ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

CREATE POLICY error_logs_change ON stateroom.error_logs FOR UPDATE TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((task_id IS NOT NULL) AND (EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE (t.id = error_logs.task_id))))))) WITH CHECK ((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])));

CREATE POLICY error_logs_delete ON stateroom.error_logs FOR DELETE TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY error_logs_engine ON stateroom.error_logs TO stateroom_engine USING (true);

CREATE POLICY error_logs_members ON stateroom.error_logs FOR SELECT TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((task_id IS NOT NULL) AND (EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE (t.id = error_logs.task_id)))))));

ALTER TABLE stateroom.events ENABLE ROW LEVEL SECURITY;

CREATE POLICY events_admin ON stateroom.events FOR SELECT TO stateroom_admin USING (((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))) AND ((recipient_id IS NULL) OR (recipient_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (actor_id = ( SELECT stateroom.current_user_id() AS current_user_id)))));

CREATE POLICY events_engine ON stateroom.events TO stateroom_engine USING (true);

CREATE POLICY events_members ON stateroom.events FOR SELECT TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])) AND ((recipient_id IS NULL) OR (recipient_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (actor_id = ( SELECT stateroom.current_user_id() AS current_user_id))) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (actor_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR
CASE
    WHEN (task_id IS NULL) THEN (type ~ '^(run|message|agent|member|project|workflow|schedule)_'::text)
    ELSE (EXISTS ( SELECT
       FROM stateroom.tasks t
      WHERE (t.id = events.task_id)))
END)));

ALTER TABLE stateroom.finished_run_readers ENABLE ROW LEVEL SECURITY;

CREATE POLICY finished_run_readers_engine ON stateroom.finished_run_readers TO stateroom_engine USING (true);

ALTER TABLE stateroom.finished_runs ENABLE ROW LEVEL SECURITY;

CREATE POLICY finished_runs_engine ON stateroom.finished_runs TO stateroom_engine USING (true);

ALTER TABLE stateroom.http_idempotency ENABLE ROW LEVEL SECURITY;

ALTER TABLE stateroom.leases ENABLE ROW LEVEL SECURITY;

CREATE POLICY leases_engine ON stateroom.leases TO stateroom_engine USING (true);

ALTER TABLE stateroom.logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY logs_admin ON stateroom.logs FOR SELECT TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

CREATE POLICY logs_engine ON stateroom.logs TO stateroom_engine USING (true);

CREATE POLICY logs_members ON stateroom.logs FOR SELECT TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (task_id IS NULL) OR (EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE (t.id = logs.task_id))))));

CREATE POLICY maintenance ON stateroom.agent_sessions TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.agent_stats TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.agents TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.alert_rules TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.alerts TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.api_access_logs TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.api_key_usage TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.api_keys TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.approvals TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.audit_logs FOR SELECT TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.auth_tokens TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.backups TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.chat_message_edits TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.chat_messages TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.client_grants TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.component_dependencies TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.components TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.delayed_runs TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.deployment_scripts TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.deployments TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.error_logs TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.events TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.finished_run_readers TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.finished_runs TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.http_idempotency TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.leases TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.logs TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.metric_rollups TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.notifications TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.partition_archives TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.partition_policies TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.project_members TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.projects TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.queues TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.ready_runs TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.role_permissions TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.run_keys TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.run_limits TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.run_progress TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.run_stats TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.schedule_firings TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.schedules TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.schema_history TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.settings TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.state_transitions TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.system_metrics TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.task_contexts TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.task_dependencies TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.task_run_attempts TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.task_runs TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.tasks TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.triage_items TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.upkeep_jobs TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.user_sessions TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.users TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.waiting_runs TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.webhook_deliveries_seen TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.webhook_endpoints TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.webhook_events TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.workflow_runs TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.workflow_versions TO stateroom_maintenance USING (true);

CREATE POLICY maintenance ON stateroom.workflows TO stateroom_maintenance USING (true);

ALTER TABLE stateroom.metric_rollups ENABLE ROW LEVEL SECURITY;

ALTER TABLE stateroom.notifications ENABLE ROW LEVEL SECURITY;

CREATE POLICY notifications_own ON stateroom.notifications TO stateroom_user USING (((user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (( SELECT (NOT stateroom.is_narrowed())) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))))) WITH CHECK ((user_id = ( SELECT stateroom.current_user_id() AS current_user_id)));

ALTER TABLE stateroom.partition_archives ENABLE ROW LEVEL SECURITY;

CREATE POLICY partition_archives_admin ON stateroom.partition_archives TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

ALTER TABLE stateroom.partition_policies ENABLE ROW LEVEL SECURITY;

CREATE POLICY partition_policies_admin ON stateroom.partition_policies TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

ALTER TABLE stateroom.project_members ENABLE ROW LEVEL SECURITY;

CREATE POLICY project_members_admin ON stateroom.project_members FOR SELECT TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY project_members_members ON stateroom.project_members FOR SELECT TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

ALTER TABLE stateroom.projects ENABLE ROW LEVEL SECURITY;

CREATE POLICY projects_admin ON stateroom.projects FOR SELECT TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY projects_admin_change ON stateroom.projects FOR UPDATE TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY projects_maintainers ON stateroom.projects FOR UPDATE TO stateroom_user USING ((id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[]))) WITH CHECK ((id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY projects_members ON stateroom.projects FOR SELECT TO stateroom_user USING ((id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

ALTER TABLE stateroom.queues ENABLE ROW LEVEL SECURITY;

CREATE POLICY queues_engine ON stateroom.queues FOR SELECT TO stateroom_engine USING (true);

CREATE POLICY queues_signed_in ON stateroom.queues FOR SELECT TO stateroom_user, stateroom_admin USING ((( SELECT stateroom.current_user_id() AS current_user_id) IS NOT NULL));

CREATE POLICY readonly ON stateroom.agent_sessions FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.agent_stats FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.agents FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.alert_rules FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.alerts FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.api_access_logs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.api_key_usage FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.api_keys FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.approvals FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.audit_logs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.auth_tokens FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.backups FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.chat_message_edits FOR SELECT TO stateroom_readonly, stateroom_query USING ((EXISTS ( SELECT
   FROM stateroom.chat_messages m
  WHERE ((m.id = chat_message_edits.message_id) AND (m.recipient_id IS NULL)))));

CREATE POLICY readonly ON stateroom.chat_messages FOR SELECT TO stateroom_readonly, stateroom_query USING ((recipient_id IS NULL));

CREATE POLICY readonly ON stateroom.client_grants FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.component_dependencies FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.components FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.delayed_runs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.deployment_scripts FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.deployments FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.error_logs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.events FOR SELECT TO stateroom_readonly, stateroom_query USING ((recipient_id IS NULL));

CREATE POLICY readonly ON stateroom.finished_run_readers FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.finished_runs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.http_idempotency FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.leases FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.logs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.metric_rollups FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.notifications FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.partition_archives FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.partition_policies FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.project_members FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.projects FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.queues FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.ready_runs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.role_permissions FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.run_keys FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.run_limits FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.run_progress FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.run_stats FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.schedule_firings FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.schedules FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.schema_history FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.settings FOR SELECT TO stateroom_readonly, stateroom_query USING ((NOT (is_sensitive OR is_encrypted)));

CREATE POLICY readonly ON stateroom.state_transitions FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.system_metrics FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.task_contexts FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.task_dependencies FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.task_run_attempts FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.task_runs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.tasks FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.triage_items FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.upkeep_jobs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.user_sessions FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.users FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.waiting_runs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.webhook_deliveries_seen FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.webhook_endpoints FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.webhook_events FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.workflow_runs FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.workflow_versions FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

CREATE POLICY readonly ON stateroom.workflows FOR SELECT TO stateroom_readonly, stateroom_query USING (true);

ALTER TABLE stateroom.ready_runs ENABLE ROW LEVEL SECURITY;

CREATE POLICY ready_runs_engine ON stateroom.ready_runs TO stateroom_engine USING (true);

ALTER TABLE stateroom.role_permissions ENABLE ROW LEVEL SECURITY;

CREATE POLICY role_permissions_signed_in ON stateroom.role_permissions FOR SELECT TO stateroom_user USING ((( SELECT stateroom.current_user_id() AS current_user_id) IS NOT NULL));

ALTER TABLE stateroom.run_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE stateroom.run_limits ENABLE ROW LEVEL SECURITY;

CREATE POLICY run_limits_engine ON stateroom.run_limits TO stateroom_engine USING (true);

ALTER TABLE stateroom.run_progress ENABLE ROW LEVEL SECURITY;

CREATE POLICY run_progress_engine ON stateroom.run_progress TO stateroom_engine USING (true);

ALTER TABLE stateroom.run_stats ENABLE ROW LEVEL SECURITY;

CREATE POLICY run_stats_admin ON stateroom.run_stats FOR SELECT TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

CREATE POLICY run_stats_members ON stateroom.run_stats FOR SELECT TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

ALTER TABLE stateroom.schedule_firings ENABLE ROW LEVEL SECURITY;

CREATE POLICY schedule_firings_members ON stateroom.schedule_firings FOR SELECT TO stateroom_user, stateroom_admin USING ((EXISTS ( SELECT
   FROM stateroom.schedules s
  WHERE (s.id = schedule_firings.schedule_id))));

ALTER TABLE stateroom.schedules ENABLE ROW LEVEL SECURITY;

CREATE POLICY schedules_admin ON stateroom.schedules FOR SELECT TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

CREATE POLICY schedules_admin_writes ON stateroom.schedules TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY schedules_delete ON stateroom.schedules FOR DELETE TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY schedules_engine ON stateroom.schedules FOR SELECT TO stateroom_engine USING (true);

CREATE POLICY schedules_insert ON stateroom.schedules FOR INSERT TO stateroom_user WITH CHECK ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY schedules_members ON stateroom.schedules FOR SELECT TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

CREATE POLICY schedules_update ON stateroom.schedules FOR UPDATE TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[]))) WITH CHECK ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

ALTER TABLE stateroom.schema_history ENABLE ROW LEVEL SECURITY;

CREATE POLICY schema_history_admin ON stateroom.schema_history FOR SELECT TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all));

ALTER TABLE stateroom.settings ENABLE ROW LEVEL SECURITY;

CREATE POLICY settings_admin ON stateroom.settings FOR SELECT TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY settings_members ON stateroom.settings FOR SELECT TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

CREATE POLICY settings_signed_in ON stateroom.settings FOR SELECT TO stateroom_user USING (((project_id IS NULL) AND (NOT is_sensitive) AND (( SELECT stateroom.current_user_id() AS current_user_id) IS NOT NULL)));

ALTER TABLE stateroom.state_transitions ENABLE ROW LEVEL SECURITY;

CREATE POLICY state_transitions_signed_in ON stateroom.state_transitions FOR SELECT TO stateroom_user, stateroom_admin USING ((( SELECT stateroom.current_user_id() AS current_user_id) IS NOT NULL));

ALTER TABLE stateroom.system_metrics ENABLE ROW LEVEL SECURITY;

CREATE POLICY system_metrics_admin ON stateroom.system_metrics TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY system_metrics_readers ON stateroom.system_metrics FOR SELECT TO stateroom_user USING (( SELECT stateroom.has_permission('read:metrics'::text) AS has_permission));

ALTER TABLE stateroom.task_contexts ENABLE ROW LEVEL SECURITY;

CREATE POLICY task_contexts_insert ON stateroom.task_contexts FOR INSERT TO stateroom_user, stateroom_admin WITH CHECK (((context_type <> ALL (ARRAY['status_change'::stateroom.context_type, 'dependency_parent'::stateroom.context_type, 'dependency_child'::stateroom.context_type])) AND (created_by = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE ((t.id = task_contexts.task_id) AND (( SELECT stateroom.sees_all() AS sees_all) OR (t.project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[]))))))));

CREATE POLICY task_contexts_members ON stateroom.task_contexts FOR SELECT TO stateroom_user, stateroom_admin USING ((EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE (t.id = task_contexts.task_id))));

ALTER TABLE stateroom.task_dependencies ENABLE ROW LEVEL SECURITY;

CREATE POLICY task_dependencies_delete ON stateroom.task_dependencies FOR DELETE TO stateroom_user, stateroom_admin USING ((EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE ((t.id = task_dependencies.task_id) AND (t.kind = 'planned'::stateroom.task_kind) AND (( SELECT stateroom.sees_all() AS sees_all) OR (t.project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])))))));

CREATE POLICY task_dependencies_engine ON stateroom.task_dependencies FOR SELECT TO stateroom_engine USING (true);

CREATE POLICY task_dependencies_insert ON stateroom.task_dependencies FOR INSERT TO stateroom_user, stateroom_admin WITH CHECK (((EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE ((t.id = task_dependencies.task_id) AND (t.kind = 'planned'::stateroom.task_kind) AND (( SELECT stateroom.sees_all() AS sees_all) OR (t.project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])))))) AND (EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE ((t.id = task_dependencies.depends_on_task_id) AND (t.kind = 'planned'::stateroom.task_kind))))));

CREATE POLICY task_dependencies_members ON stateroom.task_dependencies FOR SELECT TO stateroom_user, stateroom_admin USING ((EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE (t.id = task_dependencies.task_id))));

ALTER TABLE stateroom.task_run_attempts ENABLE ROW LEVEL SECURITY;

CREATE POLICY task_run_attempts_engine ON stateroom.task_run_attempts TO stateroom_engine USING (true);

ALTER TABLE stateroom.task_runs ENABLE ROW LEVEL SECURITY;

CREATE POLICY task_runs_engine ON stateroom.task_runs TO stateroom_engine USING (true);

ALTER TABLE stateroom.tasks ENABLE ROW LEVEL SECURITY;

CREATE POLICY tasks_admin ON stateroom.tasks FOR SELECT TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

CREATE POLICY tasks_admin_insert ON stateroom.tasks FOR INSERT TO stateroom_admin WITH CHECK ((( SELECT stateroom.sees_all() AS sees_all) AND (kind = 'planned'::stateroom.task_kind)));

CREATE POLICY tasks_admin_update ON stateroom.tasks FOR UPDATE TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) AND (kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL))) WITH CHECK ((( SELECT stateroom.sees_all() AS sees_all) AND (kind = 'planned'::stateroom.task_kind)));

CREATE POLICY tasks_engine ON stateroom.tasks FOR SELECT TO stateroom_engine USING (true);

CREATE POLICY tasks_insert ON stateroom.tasks FOR INSERT TO stateroom_user WITH CHECK (((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])) AND (kind = 'planned'::stateroom.task_kind)));

CREATE POLICY tasks_members ON stateroom.tasks FOR SELECT TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (kind <> 'planned'::stateroom.task_kind) OR (assigned_user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((assigned_role)::text = ( SELECT stateroom.current_role_name() AS current_role_name)) OR (created_by = ( SELECT stateroom.current_user_id() AS current_user_id)))));

CREATE POLICY tasks_update ON stateroom.tasks FOR UPDATE TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (assigned_user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) OR ((assigned_role)::text = ( SELECT stateroom.current_role_name() AS current_role_name)) OR (created_by = ( SELECT stateroom.current_user_id() AS current_user_id))) AND (kind = 'planned'::stateroom.task_kind) AND (deleted_at IS NULL))) WITH CHECK (((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])) AND (kind = 'planned'::stateroom.task_kind)));

ALTER TABLE stateroom.triage_items ENABLE ROW LEVEL SECURITY;

CREATE POLICY triage_items_admin ON stateroom.triage_items FOR SELECT TO stateroom_admin USING (((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))) AND (deleted_at IS NULL)));

CREATE POLICY triage_items_change ON stateroom.triage_items FOR UPDATE TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])) AND (deleted_at IS NULL) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (assigned_to = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (reporter_id = ( SELECT stateroom.current_user_id() AS current_user_id))))) WITH CHECK ((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])));

CREATE POLICY triage_items_change_admin ON stateroom.triage_items FOR UPDATE TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) AND (deleted_at IS NULL))) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY triage_items_members ON stateroom.triage_items FOR SELECT TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])) AND (deleted_at IS NULL) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (assigned_to = ( SELECT stateroom.current_user_id() AS current_user_id)) OR (reporter_id = ( SELECT stateroom.current_user_id() AS current_user_id)))));

CREATE POLICY triage_items_report ON stateroom.triage_items FOR INSERT TO stateroom_user WITH CHECK (((project_id = ANY (( SELECT stateroom.write_projects() AS write_projects)::uuid[])) AND (reporter_id = ( SELECT stateroom.current_user_id() AS current_user_id))));

CREATE POLICY triage_items_report_admin ON stateroom.triage_items FOR INSERT TO stateroom_admin WITH CHECK ((( SELECT stateroom.sees_all() AS sees_all) AND (reporter_id = ( SELECT stateroom.current_user_id() AS current_user_id))));

CREATE POLICY triage_items_reporter ON stateroom.triage_items FOR SELECT TO stateroom_user USING (((reporter_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (deleted_at IS NULL) AND ( SELECT (NOT stateroom.is_narrowed()))));

ALTER TABLE stateroom.upkeep_jobs ENABLE ROW LEVEL SECURITY;

CREATE POLICY upkeep_jobs_admin ON stateroom.upkeep_jobs TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY upkeep_jobs_readers ON stateroom.upkeep_jobs FOR SELECT TO stateroom_user USING (( SELECT stateroom.has_permission('read:metrics'::text) AS has_permission));

ALTER TABLE stateroom.user_sessions ENABLE ROW LEVEL SECURITY;

CREATE POLICY user_sessions_own ON stateroom.user_sessions FOR SELECT TO stateroom_user USING (((user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (NOT ( SELECT stateroom.by_key() AS by_key))));

CREATE POLICY user_sessions_own_delete ON stateroom.user_sessions FOR DELETE TO stateroom_user USING (((user_id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (NOT ( SELECT stateroom.by_key() AS by_key))));

ALTER TABLE stateroom.users ENABLE ROW LEVEL SECURITY;

CREATE POLICY users_admin ON stateroom.users FOR SELECT TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY users_admin_change ON stateroom.users FOR UPDATE TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY users_self ON stateroom.users FOR SELECT TO stateroom_user USING ((id = ( SELECT stateroom.current_user_id() AS current_user_id)));

CREATE POLICY users_self_change ON stateroom.users FOR UPDATE TO stateroom_user USING (((id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (NOT ( SELECT stateroom.by_key() AS by_key)))) WITH CHECK (((id = ( SELECT stateroom.current_user_id() AS current_user_id)) AND (NOT ( SELECT stateroom.by_key() AS by_key))));

ALTER TABLE stateroom.waiting_runs ENABLE ROW LEVEL SECURITY;

CREATE POLICY waiting_runs_engine ON stateroom.waiting_runs TO stateroom_engine USING (true);

ALTER TABLE stateroom.webhook_deliveries_seen ENABLE ROW LEVEL SECURITY;

ALTER TABLE stateroom.webhook_endpoints ENABLE ROW LEVEL SECURITY;

CREATE POLICY webhook_endpoints_admin ON stateroom.webhook_endpoints FOR SELECT TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

CREATE POLICY webhook_endpoints_admin_writes ON stateroom.webhook_endpoints TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY webhook_endpoints_delete ON stateroom.webhook_endpoints FOR DELETE TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY webhook_endpoints_insert ON stateroom.webhook_endpoints FOR INSERT TO stateroom_user WITH CHECK ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY webhook_endpoints_members ON stateroom.webhook_endpoints FOR SELECT TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

CREATE POLICY webhook_endpoints_update ON stateroom.webhook_endpoints FOR UPDATE TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[]))) WITH CHECK ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

ALTER TABLE stateroom.webhook_events ENABLE ROW LEVEL SECURITY;

CREATE POLICY webhook_events_admin ON stateroom.webhook_events FOR SELECT TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

CREATE POLICY webhook_events_members ON stateroom.webhook_events FOR SELECT TO stateroom_user USING (((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])) AND ((project_id = ANY (( SELECT stateroom.open_projects() AS open_projects)::uuid[])) OR (task_id IS NULL) OR (EXISTS ( SELECT
   FROM stateroom.tasks t
  WHERE (t.id = webhook_events.task_id))))));

ALTER TABLE stateroom.workflow_runs ENABLE ROW LEVEL SECURITY;

CREATE POLICY workflow_runs_admin ON stateroom.workflow_runs FOR SELECT TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

CREATE POLICY workflow_runs_engine ON stateroom.workflow_runs TO stateroom_engine USING (true);

CREATE POLICY workflow_runs_members ON stateroom.workflow_runs FOR SELECT TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

ALTER TABLE stateroom.workflow_versions ENABLE ROW LEVEL SECURITY;

CREATE POLICY workflow_versions_engine ON stateroom.workflow_versions FOR SELECT TO stateroom_engine USING (true);

CREATE POLICY workflow_versions_members ON stateroom.workflow_versions FOR SELECT TO stateroom_user, stateroom_admin USING ((EXISTS ( SELECT
   FROM stateroom.workflows w
  WHERE (w.id = workflow_versions.workflow_id))));

ALTER TABLE stateroom.workflows ENABLE ROW LEVEL SECURITY;

CREATE POLICY workflows_admin ON stateroom.workflows FOR SELECT TO stateroom_admin USING ((( SELECT stateroom.sees_all() AS sees_all) OR (project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[]))));

CREATE POLICY workflows_admin_writes ON stateroom.workflows TO stateroom_admin USING (( SELECT stateroom.sees_all() AS sees_all)) WITH CHECK (( SELECT stateroom.sees_all() AS sees_all));

CREATE POLICY workflows_delete ON stateroom.workflows FOR DELETE TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY workflows_engine ON stateroom.workflows FOR SELECT TO stateroom_engine USING (true);

CREATE POLICY workflows_insert ON stateroom.workflows FOR INSERT TO stateroom_user WITH CHECK ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

CREATE POLICY workflows_members ON stateroom.workflows FOR SELECT TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.read_projects() AS read_projects)::uuid[])));

CREATE POLICY workflows_update ON stateroom.workflows FOR UPDATE TO stateroom_user USING ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[]))) WITH CHECK ((project_id = ANY (( SELECT stateroom.manage_projects() AS manage_projects)::uuid[])));

GRANT USAGE ON SCHEMA stateroom TO stateroom_app;
GRANT USAGE ON SCHEMA stateroom TO stateroom_user;
GRANT USAGE ON SCHEMA stateroom TO stateroom_admin;
GRANT USAGE ON SCHEMA stateroom TO stateroom_readonly;
GRANT USAGE ON SCHEMA stateroom TO stateroom_query;
GRANT USAGE ON SCHEMA stateroom TO stateroom_engine;
GRANT USAGE ON SCHEMA stateroom TO stateroom_client;

REVOKE ALL ON FUNCTION stateroom.actor_name() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.add_histograms(p_one integer[], p_other integer[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.add_partition(p_table text, p_name text, p_low uuid, p_high uuid, p_fill integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.advance(p_workflow_runs uuid[], p_tasks uuid[], p_ok boolean[], p_failed boolean[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.advance(p_workflow_runs uuid[], p_tasks uuid[], p_ok boolean[], p_failed boolean[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.now() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.now() TO stateroom_owner;
GRANT ALL ON FUNCTION stateroom.now() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.now() TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.now() TO stateroom_engine;
GRANT ALL ON FUNCTION stateroom.now() TO stateroom_app;
GRANT ALL ON FUNCTION stateroom.now() TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.now() TO stateroom_query;
GRANT ALL ON FUNCTION stateroom.now() TO stateroom_client;

REVOKE ALL ON FUNCTION stateroom.uuidv7() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.uuidv7() TO stateroom_owner;
GRANT ALL ON FUNCTION stateroom.uuidv7() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.uuidv7() TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.uuidv7() TO stateroom_engine;
GRANT ALL ON FUNCTION stateroom.uuidv7() TO stateroom_app;
GRANT ALL ON FUNCTION stateroom.uuidv7() TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.uuidv7() TO stateroom_query;
GRANT ALL ON FUNCTION stateroom.uuidv7() TO stateroom_client;

GRANT SELECT ON TABLE stateroom.alert_rules TO stateroom_user;
GRANT SELECT,DELETE ON TABLE stateroom.alert_rules TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.alert_rules TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.alert_rules TO stateroom_query;

GRANT INSERT(name),UPDATE(name) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(description),UPDATE(description) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(metric_name),UPDATE(metric_name) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(component_name),UPDATE(component_name) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(dimensions),UPDATE(dimensions) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(aggregate),UPDATE(aggregate) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(comparison),UPDATE(comparison) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(threshold),UPDATE(threshold) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(window_seconds),UPDATE(window_seconds) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(severity),UPDATE(severity) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(fires_without_data),UPDATE(fires_without_data) ON TABLE stateroom.alert_rules TO stateroom_admin;

GRANT INSERT(enabled),UPDATE(enabled) ON TABLE stateroom.alert_rules TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.alert_message(p_rule stateroom.alert_rules, p_value double precision) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.alert_value(p_rule stateroom.alert_rules) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.announce_issue() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.announce_message() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.approve(p_approval uuid, p_comment text, p_answers jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.approve(p_approval uuid, p_comment text, p_answers jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.approve(p_approval uuid, p_comment text, p_answers jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.approve_deployment(p_deployment uuid, p_comment text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.approve_deployment(p_deployment uuid, p_comment text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.approve_deployment(p_deployment uuid, p_comment text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.are_permissions(p_names text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.are_permissions(p_names text[]) TO stateroom_owner;
GRANT ALL ON FUNCTION stateroom.are_permissions(p_names text[]) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.are_permissions(p_names text[]) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.assign_tasks(p_tasks uuid[], p_user uuid, p_role stateroom.user_role, p_agent uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.assign_tasks(p_tasks uuid[], p_user uuid, p_role stateroom.user_role, p_agent uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.assign_tasks(p_tasks uuid[], p_user uuid, p_role stateroom.user_role, p_agent uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.audit() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.audit_event(p_action text, p_entity_type text, p_entity_id uuid, p_details jsonb, p_project uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.audit_event(p_action text, p_entity_type text, p_entity_id uuid, p_details jsonb, p_project uuid) TO stateroom_app;
GRANT ALL ON FUNCTION stateroom.audit_event(p_action text, p_entity_type text, p_entity_id uuid, p_details jsonb, p_project uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.audit_event(p_action text, p_entity_type text, p_entity_id uuid, p_details jsonb, p_project uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.audit_value(p_value jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.author() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.backfill_schedule(p_schedule uuid, p_times timestamp with time zone[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.backfill_schedule(p_schedule uuid, p_times timestamp with time zone[]) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.backfill_schedule(p_schedule uuid, p_times timestamp with time zone[]) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.begin_request(p_key text, p_request_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.begin_request(p_key text, p_request_hash text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.begin_request(p_key text, p_request_hash text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.below(p_workflow_run uuid, p_run uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.bloated_indexes(p_least_bytes bigint, p_ratio double precision) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.build_dependency_tree() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.by_key() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.by_key() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.by_key() TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.by_key() TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.by_key() TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.cancel_deployment(p_deployment uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.cancel_deployment(p_deployment uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.cancel_deployment(p_deployment uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.cancel_run(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.cancel_run(p_run uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.cancel_run(p_run uuid) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.cancel_run(p_run uuid) TO stateroom_client;

REVOKE ALL ON FUNCTION stateroom.cancel_task_run(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.cancel_task_run(p_run uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.cancel_workflow_run(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.cancel_workflow_run(p_run uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.change_task() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.schema_problem(p_schema jsonb, p_at text, p_depth integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.value_problem(p_value jsonb, p_schema jsonb, p_at text) FROM PUBLIC;

GRANT SELECT ON TABLE stateroom.settings TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.settings TO stateroom_query;

GRANT SELECT(id) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(id) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(key) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(key) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(environment) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(environment) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(project_id) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(project_id) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(value_type) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(value_type) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(description) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(description) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(is_encrypted) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(is_encrypted) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(is_sensitive) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(is_sensitive) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(is_readonly) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(is_readonly) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(validation_schema) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(validation_schema) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(revision) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(revision) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(created_at) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(created_at) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(updated_at) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(updated_at) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(created_by) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(created_by) ON TABLE stateroom.settings TO stateroom_admin;

GRANT SELECT(updated_by) ON TABLE stateroom.settings TO stateroom_user;
GRANT SELECT(updated_by) ON TABLE stateroom.settings TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.changed_setting(p_old stateroom.settings, p_key text, p_value jsonb, p_type stateroom.setting_type, p_is_sensitive boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.check_api_key(p_key_hash text, p_ip inet, p_endpoint text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.check_api_key(p_key_hash text, p_ip inet, p_endpoint text) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.check_assignee(p_project uuid, p_user uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.check_definition(p_project uuid, p_definition jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.check_dependency() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.check_integrity() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.check_priority(p_priority integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.check_session(p_token_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.check_session(p_token_hash text) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.check_unique(p_key text, p_unique jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.claim(p_session uuid, p_limit integer, p_lanes text[], p_ranks smallint[], p_xids xid8[], p_runs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.claim(p_session uuid, p_limit integer, p_lanes text[], p_ranks smallint[], p_xids xid8[], p_runs uuid[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.cleanup_old_logs(p_days integer, p_dry_run boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.client_projects(p_permission text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.client_projects(p_permission text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.client_projects(p_permission text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.close_session(p_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.close_session(p_session uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.closes_cycle(p_task uuid, p_above uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.complete(p_session uuid, p_runs uuid[], p_tokens bigint[], p_results jsonb[], p_details jsonb[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.complete(p_session uuid, p_runs uuid[], p_tokens bigint[], p_results jsonb[], p_details jsonb[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.compute_projects(p_user uuid, p_role text, p_project uuid, p_key text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.count_errors(p_runs uuid[], p_errors jsonb[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.count_errors(p_runs uuid[], p_errors jsonb[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.count_task(p_project uuid, p_delta integer, p_take boolean, p_number integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.create_api_key(p_name text, p_prefix text, p_key_hash text, p_permissions text[], p_project uuid, p_per_hour integer, p_per_day integer, p_ips cidr[], p_endpoints text[], p_expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.create_api_key(p_name text, p_prefix text, p_key_hash text, p_permissions text[], p_project uuid, p_per_hour integer, p_per_day integer, p_ips cidr[], p_endpoints text[], p_expires_at timestamp with time zone) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.create_api_key(p_name text, p_prefix text, p_key_hash text, p_permissions text[], p_project uuid, p_per_hour integer, p_per_day integer, p_ips cidr[], p_endpoints text[], p_expires_at timestamp with time zone) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.create_auth_token(p_user uuid, p_purpose stateroom.token_purpose, p_token_hash text, p_ttl interval, p_new_email text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.create_auth_token(p_user uuid, p_purpose stateroom.token_purpose, p_token_hash text, p_ttl interval, p_new_email text) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.create_deployment(p_project uuid, p_environment stateroom.deployment_environment, p_version text, p_scripts jsonb, p_task uuid, p_description text, p_needs_approval boolean, p_metadata jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.create_deployment(p_project uuid, p_environment stateroom.deployment_environment, p_version text, p_scripts jsonb, p_task uuid, p_description text, p_needs_approval boolean, p_metadata jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.create_deployment(p_project uuid, p_environment stateroom.deployment_environment, p_version text, p_scripts jsonb, p_task uuid, p_description text, p_needs_approval boolean, p_metadata jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.create_project(p_name text, p_description text, p_visibility stateroom.task_visibility) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.create_project(p_name text, p_description text, p_visibility stateroom.task_visibility) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.create_project(p_name text, p_description text, p_visibility stateroom.task_visibility) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.create_schedule(p_project uuid, p_name text, p_workflow uuid, p_task uuid, p_cron text, p_timezone text, p_params jsonb, p_next_run_at timestamp with time zone, p_overlap stateroom.overlap_policy, p_catchup stateroom.catchup_policy, p_catchup_window_seconds integer, p_jitter_seconds integer, p_enabled boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.create_schedule(p_project uuid, p_name text, p_workflow uuid, p_task uuid, p_cron text, p_timezone text, p_params jsonb, p_next_run_at timestamp with time zone, p_overlap stateroom.overlap_policy, p_catchup stateroom.catchup_policy, p_catchup_window_seconds integer, p_jitter_seconds integer, p_enabled boolean) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.create_schedule(p_project uuid, p_name text, p_workflow uuid, p_task uuid, p_cron text, p_timezone text, p_params jsonb, p_next_run_at timestamp with time zone, p_overlap stateroom.overlap_policy, p_catchup stateroom.catchup_policy, p_catchup_window_seconds integer, p_jitter_seconds integer, p_enabled boolean) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.create_session(p_user uuid, p_token_hash text, p_agent text, p_ip inet, p_ttl interval) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.create_session(p_user uuid, p_token_hash text, p_agent text, p_ip inet, p_ttl interval) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.create_user(p_username text, p_email text, p_name text, p_role stateroom.user_role, p_password_hash text, p_github_id bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.create_user(p_username text, p_email text, p_name text, p_role stateroom.user_role, p_password_hash text, p_github_id bigint) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.create_user(p_username text, p_email text, p_name text, p_role stateroom.user_role, p_password_hash text, p_github_id bigint) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.credentials_of(p_login text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.credentials_of(p_login text) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) TO stateroom_owner;
GRANT ALL ON FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) TO stateroom_engine;
GRANT ALL ON FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) TO stateroom_app;
GRANT ALL ON FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) TO stateroom_query;
GRANT ALL ON FUNCTION stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[]) TO stateroom_client;

REVOKE ALL ON FUNCTION stateroom.current_role_name() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.current_role_name() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.current_role_name() TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.current_role_name() TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.current_role_name() TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.current_user_id() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.current_user_id() TO stateroom_engine;
GRANT ALL ON FUNCTION stateroom.current_user_id() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.current_user_id() TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.current_user_id() TO stateroom_owner;
GRANT ALL ON FUNCTION stateroom.current_user_id() TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.current_user_id() TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.database_statistics(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.database_statistics(p_limit integer) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.database_statistics(p_limit integer) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.days_kept(p_setting text, p_default integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.decide(p_approval uuid, p_decision stateroom.approval_decision, p_comment text, p_answers jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.decide_due_approvals(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.decide_due_approvals(p_limit integer) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.delete_deployment(p_deployment uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.delete_deployment(p_deployment uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.delete_deployment(p_deployment uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.delete_issue(p_item uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.delete_issue(p_item uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.delete_issue(p_item uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.delete_message(p_message uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.delete_message(p_message uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.delete_message(p_message uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.delete_schedule(p_schedule uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.delete_schedule(p_schedule uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.delete_schedule(p_schedule uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.delete_setting(p_id uuid, p_expected_revision integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.delete_setting(p_id uuid, p_expected_revision integer) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.delete_setting(p_id uuid, p_expected_revision integer) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.delete_tasks(p_tasks uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.delete_tasks(p_tasks uuid[]) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.delete_tasks(p_tasks uuid[]) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.dependency_path(p_root uuid, p_task uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.dependency_path(p_root uuid, p_task uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.dependency_path(p_root uuid, p_task uuid) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.dependency_path(p_root uuid, p_task uuid) TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.dependency_path(p_root uuid, p_task uuid) TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.dependency_tree(p_task uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.dependency_tree(p_task uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.dependency_tree(p_task uuid) TO stateroom_admin;

GRANT SELECT ON TABLE stateroom.deployments TO stateroom_user;
GRANT SELECT ON TABLE stateroom.deployments TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.deployments TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.deployments TO stateroom_query;

GRANT UPDATE(description) ON TABLE stateroom.deployments TO stateroom_user;
GRANT UPDATE(description) ON TABLE stateroom.deployments TO stateroom_admin;

GRANT UPDATE(metadata) ON TABLE stateroom.deployments TO stateroom_user;
GRANT UPDATE(metadata) ON TABLE stateroom.deployments TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.deployment_definition(p_deployment stateroom.deployments) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.drop_expired_partitions(p_dry_run boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.drop_finished_runs() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.drop_finished_runs() TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.drop_partition(p_table text, p_partition text, p_high uuid, p_floor uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.due_schedules(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.due_schedules(p_limit integer) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.duration_bucket(p_ms double precision) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.edit_message(p_message uuid, p_text text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.edit_message(p_message uuid, p_text text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.edit_message(p_message uuid, p_text text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.emit(p_type text, p_project uuid, p_payload jsonb, p_task uuid, p_workflow_run uuid, p_task_run uuid, p_recipient uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.emit(p_type text, p_project uuid, p_payload jsonb, p_task uuid, p_workflow_run uuid, p_task_run uuid, p_recipient uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.enable_schedules(p_schedules uuid[], p_enabled boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.end_late(p_run uuid, p_type text, p_only_unstarted boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.end_late(p_run uuid, p_type text, p_only_unstarted boolean) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.enforce_limits(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.enforce_limits(p_limit integer) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.enqueue(p_task text, p_input jsonb, p_project uuid, p_priority integer, p_run_at timestamp with time zone, p_key text, p_unique jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.enqueue(p_task text, p_input jsonb, p_project uuid, p_priority integer, p_run_at timestamp with time zone, p_key text, p_unique jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.enqueue(p_task text, p_input jsonb, p_project uuid, p_priority integer, p_run_at timestamp with time zone, p_key text, p_unique jsonb) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.enqueue(p_task text, p_input jsonb, p_project uuid, p_priority integer, p_run_at timestamp with time zone, p_key text, p_unique jsonb) TO stateroom_client;

REVOKE ALL ON FUNCTION stateroom.enqueue_batch(p_task uuid, p_inputs jsonb[], p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb, p_parent uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.enqueue_children(p_run uuid, p_token bigint, p_task text, p_inputs jsonb[], p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.enqueue_children(p_run uuid, p_token bigint, p_task text, p_inputs jsonb[], p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.enqueue_many(p_task text, p_inputs jsonb[], p_project uuid, p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.enqueue_many(p_task text, p_inputs jsonb[], p_project uuid, p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.enqueue_many(p_task text, p_inputs jsonb[], p_project uuid, p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.enqueue_many(p_task text, p_inputs jsonb[], p_project uuid, p_priority integer, p_run_at timestamp with time zone, p_delay double precision, p_keys text[], p_unique jsonb) TO stateroom_client;

REVOKE ALL ON FUNCTION stateroom.enqueue_runs(p_tasks uuid[], p_inputs jsonb[], p_priorities smallint[], p_run_ats timestamp with time zone[], p_keys text[], p_ids uuid[], p_schedules uuid[], p_unique jsonb, p_parent uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.ensure_partitions(p_months integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.ensure_partitions(p_months integer) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.evaluate_alerts() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.expire_partitions(p_table text, p_days integer, p_dry_run boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.explain_run(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.explain_run(p_run uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.explain_run(p_run uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.explain_task(p_task uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.explain_task(p_task uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.explain_task(p_task uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.explain_task_run(p_run uuid) FROM PUBLIC;

GRANT SELECT ON TABLE stateroom.partition_policies TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.partition_policies TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.partition_policies TO stateroom_query;

GRANT UPDATE(period) ON TABLE stateroom.partition_policies TO stateroom_admin;

GRANT UPDATE(keep_days) ON TABLE stateroom.partition_policies TO stateroom_admin;

GRANT UPDATE(archive) ON TABLE stateroom.partition_policies TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.extend_partitions(p_policy stateroom.partition_policies, p_months integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.fail(p_session uuid, p_runs uuid[], p_tokens bigint[], p_errors jsonb[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.fail(p_session uuid, p_runs uuid[], p_tokens bigint[], p_errors jsonb[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.find_deployment(p_deployment uuid, p_need text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.find_matches(p_query tsquery, p_number integer, p_kinds text[], p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.find_matches(p_query tsquery, p_number integer, p_kinds text[], p_limit integer) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.find_matches(p_query tsquery, p_number integer, p_kinds text[], p_limit integer) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.find_run(p_run uuid, p_need text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.find_schedule(p_schedule uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.find_similar(p_words text, p_kinds text[], p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.find_similar(p_words text, p_kinds text[], p_limit integer) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.find_similar(p_words text, p_kinds text[], p_limit integer) TO stateroom_admin;

GRANT SELECT ON TABLE stateroom.tasks TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.tasks TO stateroom_user;
GRANT SELECT ON TABLE stateroom.tasks TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.tasks TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.tasks TO stateroom_query;

GRANT INSERT(id) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(id) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(project_id) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(project_id) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(title),UPDATE(title) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(title),UPDATE(title) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(description),UPDATE(description) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(description),UPDATE(description) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(type),UPDATE(type) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(type),UPDATE(type) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(priority),UPDATE(priority) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(priority),UPDATE(priority) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(tags),UPDATE(tags) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(tags),UPDATE(tags) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(metadata),UPDATE(metadata) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(metadata),UPDATE(metadata) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(complexity_score),UPDATE(complexity_score) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(complexity_score),UPDATE(complexity_score) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(affected_files),UPDATE(affected_files) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(affected_files),UPDATE(affected_files) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(requirements),UPDATE(requirements) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(requirements),UPDATE(requirements) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(acceptance_criteria),UPDATE(acceptance_criteria) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(acceptance_criteria),UPDATE(acceptance_criteria) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(parent_task_id),UPDATE(parent_task_id) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(parent_task_id),UPDATE(parent_task_id) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(assigned_role),UPDATE(assigned_role) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(assigned_role),UPDATE(assigned_role) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(assigned_user_id),UPDATE(assigned_user_id) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(assigned_user_id),UPDATE(assigned_user_id) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(assigned_agent_id),UPDATE(assigned_agent_id) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(assigned_agent_id),UPDATE(assigned_agent_id) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(start_date),UPDATE(start_date) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(start_date),UPDATE(start_date) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(end_date),UPDATE(end_date) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(end_date),UPDATE(end_date) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(estimated_hours),UPDATE(estimated_hours) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(estimated_hours),UPDATE(estimated_hours) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(actual_hours),UPDATE(actual_hours) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(actual_hours),UPDATE(actual_hours) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT("position"),UPDATE("position") ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT("position"),UPDATE("position") ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(action),UPDATE(action) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(action),UPDATE(action) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(handler),UPDATE(handler) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(handler),UPDATE(handler) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(command),UPDATE(command) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(command),UPDATE(command) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(parameters),UPDATE(parameters) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(parameters),UPDATE(parameters) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(env),UPDATE(env) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(env),UPDATE(env) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(working_directory),UPDATE(working_directory) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(working_directory),UPDATE(working_directory) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(queue),UPDATE(queue) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(queue),UPDATE(queue) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(required_capabilities),UPDATE(required_capabilities) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(required_capabilities),UPDATE(required_capabilities) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(execution_order),UPDATE(execution_order) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(execution_order),UPDATE(execution_order) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(timeout_seconds),UPDATE(timeout_seconds) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(timeout_seconds),UPDATE(timeout_seconds) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(max_retries),UPDATE(max_retries) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(max_retries),UPDATE(max_retries) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(retry_policy),UPDATE(retry_policy) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(retry_policy),UPDATE(retry_policy) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(concurrency_key),UPDATE(concurrency_key) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(concurrency_key),UPDATE(concurrency_key) ON TABLE stateroom.tasks TO stateroom_admin;

GRANT INSERT(estimated_duration_seconds),UPDATE(estimated_duration_seconds) ON TABLE stateroom.tasks TO stateroom_user;
GRANT INSERT(estimated_duration_seconds),UPDATE(estimated_duration_seconds) ON TABLE stateroom.tasks TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.find_task(p_task uuid, p_need text, p_revision integer, p_deleted boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.finish_request(p_key text, p_answer jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.finish_request(p_key text, p_answer jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.finish_request(p_key text, p_answer jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.finish_workflow_run(p_workflow_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.finish_workflow_run(p_workflow_run uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.finished_slot() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.finished_slot() TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.is_cron(p_rule text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.is_cron(p_rule text) TO stateroom_owner;
GRANT ALL ON FUNCTION stateroom.is_cron(p_rule text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.is_cron(p_rule text) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.is_cron(p_rule text) TO stateroom_engine;
GRANT ALL ON FUNCTION stateroom.is_cron(p_rule text) TO stateroom_app;
GRANT ALL ON FUNCTION stateroom.is_cron(p_rule text) TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.is_cron(p_rule text) TO stateroom_query;
GRANT ALL ON FUNCTION stateroom.is_cron(p_rule text) TO stateroom_client;

GRANT SELECT ON TABLE stateroom.schedules TO stateroom_engine;
GRANT SELECT,DELETE ON TABLE stateroom.schedules TO stateroom_user;
GRANT SELECT,DELETE ON TABLE stateroom.schedules TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.schedules TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.schedules TO stateroom_query;

GRANT UPDATE(name) ON TABLE stateroom.schedules TO stateroom_user;
GRANT UPDATE(name) ON TABLE stateroom.schedules TO stateroom_admin;

GRANT UPDATE(cron_expression) ON TABLE stateroom.schedules TO stateroom_user;
GRANT UPDATE(cron_expression) ON TABLE stateroom.schedules TO stateroom_admin;

GRANT UPDATE(timezone) ON TABLE stateroom.schedules TO stateroom_user;
GRANT UPDATE(timezone) ON TABLE stateroom.schedules TO stateroom_admin;

GRANT UPDATE(params) ON TABLE stateroom.schedules TO stateroom_user;
GRANT UPDATE(params) ON TABLE stateroom.schedules TO stateroom_admin;

GRANT UPDATE(enabled) ON TABLE stateroom.schedules TO stateroom_user;
GRANT UPDATE(enabled) ON TABLE stateroom.schedules TO stateroom_admin;

GRANT UPDATE(overlap_policy) ON TABLE stateroom.schedules TO stateroom_user;
GRANT UPDATE(overlap_policy) ON TABLE stateroom.schedules TO stateroom_admin;

GRANT UPDATE(catchup_policy) ON TABLE stateroom.schedules TO stateroom_user;
GRANT UPDATE(catchup_policy) ON TABLE stateroom.schedules TO stateroom_admin;

GRANT UPDATE(catchup_window_seconds) ON TABLE stateroom.schedules TO stateroom_user;
GRANT UPDATE(catchup_window_seconds) ON TABLE stateroom.schedules TO stateroom_admin;

GRANT UPDATE(jitter_seconds) ON TABLE stateroom.schedules TO stateroom_user;
GRANT UPDATE(jitter_seconds) ON TABLE stateroom.schedules TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.fire_once(p_schedule stateroom.schedules, p_time timestamp with time zone, p_backfill boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.fire_schedules(p_schedules uuid[], p_expected timestamp with time zone[], p_next timestamp with time zone[], p_following timestamp with time zone[], p_fired uuid[], p_fire_times timestamp with time zone[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.fire_schedules(p_schedules uuid[], p_expected timestamp with time zone[], p_next timestamp with time zone[], p_following timestamp with time zone[], p_fired uuid[], p_fire_times timestamp with time zone[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.flush_task_counter() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.follow_decision() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.follow_deployment(p_workflow_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.follow_deployment(p_workflow_run uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.follow_task() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.forget_session(p_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.forget_session(p_session uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.read_projects() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.read_projects() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.read_projects() TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.read_projects() TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.read_projects() TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.sees_all() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.sees_all() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.sees_all() TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.sees_all() TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.sees_all() TO stateroom_query;

GRANT SELECT ON TABLE stateroom.setting_values TO stateroom_user;
GRANT SELECT ON TABLE stateroom.setting_values TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.setting_values TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.setting_values TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.get_setting(p_key text, p_environment stateroom.setting_environment, p_project uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.get_setting(p_key text, p_environment stateroom.setting_environment, p_project uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.get_setting(p_key text, p_environment stateroom.setting_environment, p_project uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.give_back(p_runs uuid[], p_tokens bigint[], p_delays double precision[], p_outcome stateroom.attempt_outcome, p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.give_back(p_runs uuid[], p_tokens bigint[], p_delays double precision[], p_outcome stateroom.attempt_outcome, p_reason text) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.give_project(p_project uuid, p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.give_project(p_project uuid, p_user uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.give_project(p_project uuid, p_user uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.grant_client(p_database_user text, p_project uuid, p_permissions text[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.grantable_permissions(p_user uuid, p_project uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.graph_depths(p_from uuid[], p_to uuid[], p_roots uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.guard_partition(p_table text, p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.hand_down_hierarchy() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.outlives(p_table text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.has_expired(p_table text, p_floor uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.has_permission(p_permission text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.has_permission(p_permission text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.has_permission(p_permission text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.heartbeat(p_session uuid, p_ttl integer, p_runs uuid[], p_tokens bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.heartbeat(p_session uuid, p_ttl integer, p_runs uuid[], p_tokens bigint[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.hint_cache() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.hint_ready() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.hint_ready() TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.histogram_percentile(p_counts bigint[], p_share double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.histogram_percentile(p_counts bigint[], p_share double precision) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.histogram_percentile(p_counts bigint[], p_share double precision) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.histogram_percentile(p_counts bigint[], p_share double precision) TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.histogram_percentile(p_counts bigint[], p_share double precision) TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.home_project() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.index_task() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.insert_steps(p_project uuid, p_version uuid, p_definition jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.is_blocked(p_task uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.is_blocked(p_task uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.is_blocked(p_task uuid) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.is_blocked(p_task uuid) TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.is_blocked(p_task uuid) TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.is_met(p_status stateroom.task_status, p_deleted_at timestamp with time zone, p_condition stateroom.edge_condition) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.is_met(p_status stateroom.task_status, p_deleted_at timestamp with time zone, p_condition stateroom.edge_condition) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.is_met(p_status stateroom.task_status, p_deleted_at timestamp with time zone, p_condition stateroom.edge_condition) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.is_met(p_status stateroom.task_status, p_deleted_at timestamp with time zone, p_condition stateroom.edge_condition) TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.is_met(p_status stateroom.task_status, p_deleted_at timestamp with time zone, p_condition stateroom.edge_condition) TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.is_narrowed() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.is_narrowed() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.is_narrowed() TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.is_timezone(p_name text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.is_timezone(p_name text) TO stateroom_owner;
GRANT ALL ON FUNCTION stateroom.is_timezone(p_name text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.is_timezone(p_name text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.is_preferences(p_value jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.is_preferences(p_value jsonb) TO stateroom_owner;
GRANT ALL ON FUNCTION stateroom.is_preferences(p_value jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.is_preferences(p_value jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.is_secret_name(p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.issue_fingerprint(p_title text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.issue_fingerprint(p_title text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.issue_fingerprint(p_title text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.jittered(p_schedule uuid, p_time timestamp with time zone, p_jitter integer, p_following timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.keep_edit() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.keep_progress(p_runs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.keep_progress(p_runs uuid[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.kept_headers(p_headers jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.key_allows(p_permission text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.key_allows(p_permission text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.key_allows(p_permission text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.key_holds(p_run uuid, p_hold stateroom.key_hold) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.lane(p_queue text, p_action stateroom.action_kind, p_capabilities text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.lane(p_queue text, p_action stateroom.action_kind, p_capabilities text[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.last_progress(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.last_progress(p_run uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.likeness(p_words text, p_name text) FROM PUBLIC;

GRANT SELECT ON TABLE stateroom.triage_items TO stateroom_user;
GRANT SELECT ON TABLE stateroom.triage_items TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.triage_items TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.triage_items TO stateroom_query;

GRANT INSERT(project_id) ON TABLE stateroom.triage_items TO stateroom_user;
GRANT INSERT(project_id) ON TABLE stateroom.triage_items TO stateroom_admin;

GRANT INSERT(reporter_id) ON TABLE stateroom.triage_items TO stateroom_user;
GRANT INSERT(reporter_id) ON TABLE stateroom.triage_items TO stateroom_admin;

GRANT INSERT(title),UPDATE(title) ON TABLE stateroom.triage_items TO stateroom_user;
GRANT INSERT(title),UPDATE(title) ON TABLE stateroom.triage_items TO stateroom_admin;

GRANT INSERT(description),UPDATE(description) ON TABLE stateroom.triage_items TO stateroom_user;
GRANT INSERT(description),UPDATE(description) ON TABLE stateroom.triage_items TO stateroom_admin;

GRANT INSERT(assigned_to),UPDATE(assigned_to) ON TABLE stateroom.triage_items TO stateroom_user;
GRANT INSERT(assigned_to),UPDATE(assigned_to) ON TABLE stateroom.triage_items TO stateroom_admin;

GRANT INSERT(priority),UPDATE(priority) ON TABLE stateroom.triage_items TO stateroom_user;
GRANT INSERT(priority),UPDATE(priority) ON TABLE stateroom.triage_items TO stateroom_admin;

GRANT INSERT(category),UPDATE(category) ON TABLE stateroom.triage_items TO stateroom_user;
GRANT INSERT(category),UPDATE(category) ON TABLE stateroom.triage_items TO stateroom_admin;

GRANT INSERT(fingerprint) ON TABLE stateroom.triage_items TO stateroom_user;
GRANT INSERT(fingerprint) ON TABLE stateroom.triage_items TO stateroom_admin;

GRANT INSERT(metadata),UPDATE(metadata) ON TABLE stateroom.triage_items TO stateroom_user;
GRANT INSERT(metadata),UPDATE(metadata) ON TABLE stateroom.triage_items TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.lock_issue(p_item uuid, p_need text, p_reporter_too boolean) FROM PUBLIC;

GRANT SELECT ON TABLE stateroom.projects TO stateroom_user;
GRANT SELECT ON TABLE stateroom.projects TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.projects TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.projects TO stateroom_query;

GRANT UPDATE(name) ON TABLE stateroom.projects TO stateroom_user;
GRANT UPDATE(name) ON TABLE stateroom.projects TO stateroom_admin;

GRANT UPDATE(description) ON TABLE stateroom.projects TO stateroom_user;
GRANT UPDATE(description) ON TABLE stateroom.projects TO stateroom_admin;

GRANT UPDATE(task_visibility) ON TABLE stateroom.projects TO stateroom_user;
GRANT UPDATE(task_visibility) ON TABLE stateroom.projects TO stateroom_admin;

GRANT UPDATE(metadata) ON TABLE stateroom.projects TO stateroom_user;
GRANT UPDATE(metadata) ON TABLE stateroom.projects TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.lock_project(p_project uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.lock_setting(p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.lock_task_graph(p_project uuid) FROM PUBLIC;

GRANT SELECT(id) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(id) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(id) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(id) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(username),UPDATE(username) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(username),UPDATE(username) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(username) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(username) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(email),UPDATE(email) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(email),UPDATE(email) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(email) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(email) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(name),UPDATE(name) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(name),UPDATE(name) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(name) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(name) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(github_id) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(github_id) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(github_id) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(github_id) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(avatar_url),UPDATE(avatar_url) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(avatar_url),UPDATE(avatar_url) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(avatar_url) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(avatar_url) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(role) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(role) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(role) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(role) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(is_active) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(is_active) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(is_active) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(is_active) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(last_login_at) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(last_login_at) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(last_login_at) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(last_login_at) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(preferences),UPDATE(preferences) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(preferences),UPDATE(preferences) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(preferences) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(preferences) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(created_at) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(created_at) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(created_at) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(created_at) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(updated_at) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(updated_at) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(updated_at) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(updated_at) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(created_by) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(created_by) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(created_by) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(created_by) ON TABLE stateroom.users TO stateroom_query;

GRANT SELECT(updated_by) ON TABLE stateroom.users TO stateroom_user;
GRANT SELECT(updated_by) ON TABLE stateroom.users TO stateroom_admin;
GRANT SELECT(updated_by) ON TABLE stateroom.users TO stateroom_readonly;
GRANT SELECT(updated_by) ON TABLE stateroom.users TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.lock_user(p_user uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.log(p_runs uuid[], p_tokens bigint[], p_nos integer[], p_part_nos integer[], p_line_nos integer[], p_streams text[], p_levels stateroom.log_level[], p_times timestamp with time zone[], p_messages text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.log(p_runs uuid[], p_tokens bigint[], p_nos integer[], p_part_nos integer[], p_line_nos integer[], p_streams text[], p_levels stateroom.log_level[], p_times timestamp with time zone[], p_messages text[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.make_local_user() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.make_personal_project(p_user uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.manage_projects() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.manage_projects() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.manage_projects() TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.managed_schedules(p_project uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.mark_delayed_tasks(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.mark_notifications_read(p_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.mark_notifications_read(p_ids uuid[]) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.mark_notifications_read(p_ids uuid[]) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.may_fail(p_options jsonb, p_map_index integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.may_fail(p_options jsonb, p_map_index integer) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.mentioned(p_project uuid, p_text text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.move_deployment(p_deployment uuid, p_to stateroom.deployment_status, p_event text, p_workflow_run uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.move_issue(p_item uuid, p_status stateroom.triage_status, p_resolution text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.move_issue(p_item uuid, p_status stateroom.triage_status, p_resolution text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.move_issue(p_item uuid, p_status stateroom.triage_status, p_resolution text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.neglected_tables(p_least_rows bigint) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.note_limits(p_runs uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.notify_of_context() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.notify_of_event() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.notify_people(p_users uuid[], p_type stateroom.notification_type, p_title text, p_message text, p_project uuid, p_task uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.number_problem(p_value numeric, p_schema jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.open_projects() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.open_projects() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.open_projects() TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.open_projects() TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.open_projects() TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.open_runs(p_schedule uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.open_session(p_session uuid, p_agent text, p_host text, p_pid integer, p_capacity integer, p_queues text[], p_handlers text[], p_ttl integer, p_version text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.open_session(p_session uuid, p_agent text, p_host text, p_pid integer, p_capacity integer, p_queues text[], p_handlers text[], p_ttl integer, p_version text) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.partition_bounds(p_table text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.partition_holes(p_table text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.pause_queue(p_queue text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.pause_queue(p_queue text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.pause_queue(p_queue text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.pause_schedule(p_schedule uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.pause_schedule(p_schedule uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.pause_schedule(p_schedule uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.pause_schedules(p_project uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.pause_schedules(p_project uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.pause_schedules(p_project uuid) TO stateroom_admin;

GRANT SELECT ON TABLE stateroom.approvals TO stateroom_user;
GRANT SELECT ON TABLE stateroom.approvals TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.approvals TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.approvals TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.people_asked(p_approval stateroom.approvals) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.personal_project() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.personal_project() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.personal_project() TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.place_in_hierarchy(p_task uuid, p_project uuid, p_parent uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.place_runs(p_workflow_run uuid, p_version uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.plug_key(p_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.plug_key(p_session uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.plug_session(p_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.plug_session(p_session uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.prepare_issue() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.prepare_message() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.prepare_task() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.progress(p_runs uuid[], p_tokens bigint[], p_progress jsonb[], p_parts jsonb[], p_last_lines text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.progress(p_runs uuid[], p_tokens bigint[], p_progress jsonb[], p_parts jsonb[], p_last_lines text[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.project_of_workers() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.promote_due(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.promote_due(p_limit integer) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.publish_code(p_name text, p_definition jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.publish_code(p_name text, p_definition jsonb) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.publish_workflow(p_project uuid, p_name text, p_definition jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.publish_workflow(p_project uuid, p_name text, p_definition jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.publish_workflow(p_project uuid, p_name text, p_definition jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.purge_deleted_tasks(p_days integer, p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.purge_expired_access() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.purge_expired_access() TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.purge_expired_keys(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.purge_personal_project(p_user uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.purge_project(p_project uuid, p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.purge_rows(p_table text, p_which text, p_project uuid, p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.purge_user(p_user uuid, p_heir uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.purge_user(p_user uuid, p_heir uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.put_off_schedule(p_schedule uuid, p_until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.put_off_schedule(p_schedule uuid, p_until timestamp with time zone) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.put_password(p_user uuid, p_password_hash text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.read_events(p_after_xid xid8, p_after_id uuid, p_limit integer, p_types text[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.read_events(p_after_xid xid8, p_after_id uuid, p_limit integer, p_types text[]) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.read_events(p_after_xid xid8, p_after_id uuid, p_limit integer, p_types text[]) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.receive_webhook(p_slug text, p_delivery_id text, p_event_type text, p_source text, p_headers jsonb, p_body jsonb, p_signature text, p_verified boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.receive_webhook(p_slug text, p_delivery_id text, p_event_type text, p_source text, p_headers jsonb, p_body jsonb, p_signature text, p_verified boolean) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.receiving_endpoint(p_slug text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.receiving_endpoint(p_slug text) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.redact_body(p_body text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.redact_json(p_value jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.redact_text(p_text text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.refresh_context() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.refresh_materialized_views() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.refuse_schedule(p_error text, p_cron text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.refuse_tasks(p_tasks uuid[]) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.register_agent(p_project uuid, p_name text, p_type stateroom.agent_type, p_capabilities jsonb, p_max_concurrency integer, p_budget jsonb, p_software_version text, p_metadata jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.register_agent(p_project uuid, p_name text, p_type stateroom.agent_type, p_capabilities jsonb, p_max_concurrency integer, p_budget jsonb, p_software_version text, p_metadata jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.register_agent(p_project uuid, p_name text, p_type stateroom.agent_type, p_capabilities jsonb, p_max_concurrency integer, p_budget jsonb, p_software_version text, p_metadata jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.register_handlers(p_project uuid, p_handlers jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.register_handlers(p_project uuid, p_handlers jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.register_handlers(p_project uuid, p_handlers jsonb) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.register_handlers(p_project uuid, p_handlers jsonb) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.reject(p_approval uuid, p_comment text, p_answers jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.reject(p_approval uuid, p_comment text, p_answers jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.reject(p_approval uuid, p_comment text, p_answers jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.release(p_runs uuid[], p_tokens bigint[], p_reason text, p_delay double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.release(p_runs uuid[], p_tokens bigint[], p_reason text, p_delay double precision) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.release_all(p_session uuid, p_except uuid[], p_reason text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.release_all(p_session uuid, p_except uuid[], p_reason text) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.release_dependents(p_task stateroom.tasks, p_reason text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.remove_member(p_project uuid, p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.remove_member(p_project uuid, p_user uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.remove_member(p_project uuid, p_user uuid) TO stateroom_admin;

GRANT SELECT,INSERT,UPDATE ON TABLE stateroom.error_logs TO stateroom_engine;
GRANT SELECT,DELETE ON TABLE stateroom.error_logs TO stateroom_user;
GRANT SELECT,DELETE ON TABLE stateroom.error_logs TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.error_logs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.error_logs TO stateroom_query;

GRANT UPDATE(error_category) ON TABLE stateroom.error_logs TO stateroom_user;
GRANT UPDATE(error_category) ON TABLE stateroom.error_logs TO stateroom_admin;

GRANT UPDATE(context) ON TABLE stateroom.error_logs TO stateroom_user;
GRANT UPDATE(context) ON TABLE stateroom.error_logs TO stateroom_admin;

GRANT UPDATE(severity) ON TABLE stateroom.error_logs TO stateroom_user;
GRANT UPDATE(severity) ON TABLE stateroom.error_logs TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.reopen_error(p_id uuid, p_notes text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.reopen_error(p_id uuid, p_notes text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.reopen_error(p_id uuid, p_notes text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.replan_schedule() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.report_error(p_project uuid, p_error jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.report_error(p_project uuid, p_error jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.report_error(p_project uuid, p_error jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.report_health(p_name text, p_type text, p_health stateroom.health_status, p_version text, p_metrics jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.report_health(p_name text, p_type text, p_health stateroom.health_status, p_version text, p_metrics jsonb) TO stateroom_app;
GRANT ALL ON FUNCTION stateroom.report_health(p_name text, p_type text, p_health stateroom.health_status, p_version text, p_metrics jsonb) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.report_issue(p_project uuid, p_title text, p_description text, p_priority stateroom.triage_priority, p_category text, p_fingerprint text, p_metadata jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.report_issue(p_project uuid, p_title text, p_description text, p_priority stateroom.triage_priority, p_category text, p_fingerprint text, p_metadata jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.report_issue(p_project uuid, p_title text, p_description text, p_priority stateroom.triage_priority, p_category text, p_fingerprint text, p_metadata jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.request_approval(p_project uuid, p_title text, p_task_run uuid, p_deployment uuid, p_requested_from uuid[], p_requested_role stateroom.user_role, p_form jsonb, p_due_at timestamp with time zone, p_default_answer stateroom.approval_decision) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.request_approval(p_project uuid, p_title text, p_task_run uuid, p_deployment uuid, p_requested_from uuid[], p_requested_role stateroom.user_role, p_form jsonb, p_due_at timestamp with time zone, p_default_answer stateroom.approval_decision) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.request_approval(p_project uuid, p_title text, p_task_run uuid, p_deployment uuid, p_requested_from uuid[], p_requested_role stateroom.user_role, p_form jsonb, p_due_at timestamp with time zone, p_default_answer stateroom.approval_decision) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.require_admin() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.require_admin() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.require_admin() TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.require_admin(p_what text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.require_error(p_id uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.require_maintainer(p_project stateroom.projects, p_user uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.require_other_admin(p_user uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.require_project(p_project uuid, p_need text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.require_project(p_project uuid, p_need text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.require_project(p_project uuid, p_need text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.require_setting(p_project uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.require_setting_fits(p_setting stateroom.settings) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.require_setting_open(p_setting stateroom.settings, p_expected_revision integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.require_transition(p_machine text, p_id uuid, p_from text, p_to text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.rescue_expired(p_grace interval) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.rescue_expired(p_grace interval) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.resembles(p_words text, p_name text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.resolve_error(p_id uuid, p_notes text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.resolve_error(p_id uuid, p_notes text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.resolve_error(p_id uuid, p_notes text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.restore_tasks(p_tasks uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.restore_tasks(p_tasks uuid[]) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.restore_tasks(p_tasks uuid[]) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.result(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.result(p_run uuid) TO stateroom_client;
GRANT ALL ON FUNCTION stateroom.result(p_run uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.result(p_run uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.results(p_runs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.results(p_runs uuid[]) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.results(p_runs uuid[]) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.results(p_runs uuid[]) TO stateroom_client;

REVOKE ALL ON FUNCTION stateroom.resume_queue(p_queue text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.resume_queue(p_queue text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.resume_queue(p_queue text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.resume_schedule(p_schedule uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.resume_schedule(p_schedule uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.resume_schedule(p_schedule uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.resume_schedules(p_project uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.resume_schedules(p_project uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.resume_schedules(p_project uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.retry_delay(p_policy jsonb, p_failures integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.retry_delay(p_policy jsonb, p_failures integer) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.retry_run(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.retry_run(p_run uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.retry_run(p_run uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.reveal_setting(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.reveal_setting(p_id uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.reveal_setting(p_id uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.revert_setting(p_id uuid, p_expected_revision integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.revert_setting(p_id uuid, p_expected_revision integer) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.revert_setting(p_id uuid, p_expected_revision integer) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.revise() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.revoke_api_key(p_key uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.revoke_api_key(p_key uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.revoke_api_key(p_key uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.revoke_client(p_database_user text, p_project uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.revoke_sessions(p_session uuid, p_user uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.revoke_sessions(p_session uuid, p_user uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.revoke_sessions(p_session uuid, p_user uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.roll_up_metrics(p_until timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.roll_up_period(p_period stateroom.aggregation_period, p_finer stateroom.aggregation_period, p_width interval, p_position uuid, p_until uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.rollback_deployment(p_deployment uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.rollback_deployment(p_deployment uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.rollback_deployment(p_deployment uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.rollup_run_stats() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.rollup_run_stats() TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.rotate_api_key(p_key uuid, p_prefix text, p_key_hash text, p_overlap interval) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.rotate_api_key(p_key uuid, p_prefix text, p_key_hash text, p_overlap interval) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.rotate_api_key(p_key uuid, p_prefix text, p_key_hash text, p_overlap interval) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.routine_task(p_project uuid, p_task text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.run_context(p_run uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.run_context(p_run uuid) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.run_projects() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.run_projects() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.run_projects() TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.search(p_query text, p_kinds text[], p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.search(p_query text, p_kinds text[], p_limit integer) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.search(p_query text, p_kinds text[], p_limit integer) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.sees_issue(p_project uuid, p_reporter uuid, p_assigned uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.sees_project(p_project uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.sees_project(p_project uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.sees_project(p_project uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.sees_task(p_project uuid, p_user uuid, p_role stateroom.user_role, p_creator uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.send_message(p_project uuid, p_text text, p_channel text, p_recipient uuid, p_reply_to uuid, p_task uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.send_message(p_project uuid, p_text text, p_channel text, p_recipient uuid, p_reply_to uuid, p_task uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.send_message(p_project uuid, p_text text, p_channel text, p_recipient uuid, p_reply_to uuid, p_task uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_agent_active(p_agent uuid, p_active boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_agent_active(p_agent uuid, p_active boolean) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.set_agent_active(p_agent uuid, p_active boolean) TO stateroom_admin;

GRANT SELECT ON TABLE stateroom.alerts TO stateroom_user;
GRANT SELECT,DELETE ON TABLE stateroom.alerts TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.alerts TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.alerts TO stateroom_query;

REVOKE ALL ON FUNCTION stateroom.set_alert_state(p_id uuid, p_state stateroom.alert_state, p_notes text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_alert_state(p_id uuid, p_state stateroom.alert_state, p_notes text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_context(p_user uuid, p_role text, p_project uuid, p_permissions text[], p_request text, p_key uuid, p_session uuid, p_ip inet, p_agent text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_context(p_user uuid, p_role text, p_project uuid, p_permissions text[], p_request text, p_key uuid, p_session uuid, p_ip inet, p_agent text) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.set_error_resolved(p_id uuid, p_resolved boolean, p_notes text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_error_resolved(p_id uuid, p_resolved boolean, p_notes text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.set_error_resolved(p_id uuid, p_resolved boolean, p_notes text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_idle(p_session uuid, p_idle boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_idle(p_session uuid, p_idle boolean) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.set_member(p_project uuid, p_user uuid, p_role stateroom.project_role) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_member(p_project uuid, p_user uuid, p_role stateroom.project_role) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.set_member(p_project uuid, p_user uuid, p_role stateroom.project_role) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_password(p_password_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_password(p_password_hash text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.set_password(p_password_hash text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_project_status(p_project uuid, p_status stateroom.project_status) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_project_status(p_project uuid, p_status stateroom.project_status) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.set_project_status(p_project uuid, p_status stateroom.project_status) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_queue_paused(p_queue text, p_paused boolean) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.set_setting(p_key text, p_value jsonb, p_environment stateroom.setting_environment, p_project uuid, p_type stateroom.setting_type, p_description text, p_is_sensitive boolean, p_is_readonly boolean, p_schema jsonb, p_expected_revision integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_setting(p_key text, p_value jsonb, p_environment stateroom.setting_environment, p_project uuid, p_type stateroom.setting_type, p_description text, p_is_sensitive boolean, p_is_readonly boolean, p_schema jsonb, p_expected_revision integer) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.set_setting(p_key text, p_value jsonb, p_environment stateroom.setting_environment, p_project uuid, p_type stateroom.setting_type, p_description text, p_is_sensitive boolean, p_is_readonly boolean, p_schema jsonb, p_expected_revision integer) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_task_status(p_task uuid, p_status stateroom.task_status, p_notes text, p_revision integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_task_status(p_task uuid, p_status stateroom.task_status, p_notes text, p_revision integer) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.set_task_status(p_task uuid, p_status stateroom.task_status, p_notes text, p_revision integer) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_task_statuses(p_tasks uuid[], p_status stateroom.task_status, p_notes text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_task_statuses(p_tasks uuid[], p_status stateroom.task_status, p_notes text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.set_task_statuses(p_tasks uuid[], p_status stateroom.task_status, p_notes text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_user_active(p_user uuid, p_is_active boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_user_active(p_user uuid, p_is_active boolean) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_user_role(p_user uuid, p_role stateroom.user_role) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_user_role(p_user uuid, p_role stateroom.user_role) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.set_workflow_status(p_workflow uuid, p_status stateroom.workflow_status) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.set_workflow_status(p_workflow uuid, p_status stateroom.workflow_status) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.set_workflow_status(p_workflow uuid, p_status stateroom.workflow_status) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.setting_or(p_key text, p_default jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.settle(p_runs uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.settle(p_runs uuid[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.slowest_statements(p_limit integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.snooze(p_runs uuid[], p_tokens bigint[], p_delays double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.snooze(p_runs uuid[], p_tokens bigint[], p_delays double precision[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.start_deployment(p_deployment uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.start_deployment(p_deployment uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.start_deployment(p_deployment uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.start_firing(p_schedule stateroom.schedules, p_firing uuid, p_time timestamp with time zone) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.start_queued(p_limit integer) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.start_queued(p_limit integer) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.start_run(p_workflow uuid, p_version integer, p_trigger stateroom.run_trigger, p_trigger_data jsonb, p_env jsonb, p_key text, p_schedule uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.start_workflow(p_workflow uuid, p_version integer, p_trigger stateroom.run_trigger, p_trigger_data jsonb, p_env jsonb, p_key text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.start_workflow(p_workflow uuid, p_version integer, p_trigger stateroom.run_trigger, p_trigger_data jsonb, p_env jsonb, p_key text) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.start_workflow(p_workflow uuid, p_version integer, p_trigger stateroom.run_trigger, p_trigger_data jsonb, p_env jsonb, p_key text) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.stray_rows() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.take_keys(p_tasks uuid[], p_keys text[], p_ids uuid[], p_hold stateroom.key_hold, p_seconds integer) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.take_rows(p_from text, p_which text, p_to text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.task_definitions(p_tasks uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.task_definitions(p_tasks uuid[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.task_history(p_task uuid, p_limit integer, p_before uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.task_history(p_task uuid, p_limit integer, p_before uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.task_history(p_task uuid, p_limit integer, p_before uuid) TO stateroom_admin;

GRANT SELECT ON TABLE stateroom.task_dependencies TO stateroom_engine;
GRANT SELECT,DELETE ON TABLE stateroom.task_dependencies TO stateroom_user;
GRANT SELECT,DELETE ON TABLE stateroom.task_dependencies TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.task_dependencies TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.task_dependencies TO stateroom_query;

GRANT INSERT(id) ON TABLE stateroom.task_dependencies TO stateroom_user;
GRANT INSERT(id) ON TABLE stateroom.task_dependencies TO stateroom_admin;

GRANT INSERT(task_id) ON TABLE stateroom.task_dependencies TO stateroom_user;
GRANT INSERT(task_id) ON TABLE stateroom.task_dependencies TO stateroom_admin;

GRANT INSERT(depends_on_task_id) ON TABLE stateroom.task_dependencies TO stateroom_user;
GRANT INSERT(depends_on_task_id) ON TABLE stateroom.task_dependencies TO stateroom_admin;

GRANT INSERT(dependency_type) ON TABLE stateroom.task_dependencies TO stateroom_user;
GRANT INSERT(dependency_type) ON TABLE stateroom.task_dependencies TO stateroom_admin;

GRANT INSERT(condition) ON TABLE stateroom.task_dependencies TO stateroom_user;
GRANT INSERT(condition) ON TABLE stateroom.task_dependencies TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.task_prerequisites(p_task uuid) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.task_search(p_title text, p_description text) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.text_problem(p_value text, p_schema jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.touch() FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.triage_to_task(p_item uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.triage_to_task(p_item uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.triage_to_task(p_item uuid) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.unique_key(p_task uuid, p_queue text, p_input jsonb, p_unique jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.update_schedule(p_schedule uuid, p_changes jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.update_schedule(p_schedule uuid, p_changes jsonb) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.update_schedule(p_schedule uuid, p_changes jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.upsert_component(p_name text, p_type text, p_details jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.upsert_component(p_name text, p_type text, p_details jsonb) TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.use_auth_token(p_token_hash text, p_purpose stateroom.token_purpose, p_password_hash text) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.use_auth_token(p_token_hash text, p_purpose stateroom.token_purpose, p_password_hash text) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.uuid_timestamp(p_id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.uuid_timestamp(p_id uuid) TO stateroom_owner;
GRANT ALL ON FUNCTION stateroom.uuid_timestamp(p_id uuid) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.uuid_timestamp(p_id uuid) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.uuid_timestamp(p_id uuid) TO stateroom_engine;
GRANT ALL ON FUNCTION stateroom.uuid_timestamp(p_id uuid) TO stateroom_app;
GRANT ALL ON FUNCTION stateroom.uuid_timestamp(p_id uuid) TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.uuid_timestamp(p_id uuid) TO stateroom_query;
GRANT ALL ON FUNCTION stateroom.uuid_timestamp(p_id uuid) TO stateroom_client;

REVOKE ALL ON FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) TO stateroom_owner;
GRANT ALL ON FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) TO stateroom_admin;
GRANT ALL ON FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) TO stateroom_engine;
GRANT ALL ON FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) TO stateroom_app;
GRANT ALL ON FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) TO stateroom_readonly;
GRANT ALL ON FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) TO stateroom_query;
GRANT ALL ON FUNCTION stateroom.uuidv7_floor(p_at timestamp with time zone) TO stateroom_client;

REVOKE ALL ON FUNCTION stateroom.wants(p_preferences jsonb, p_type stateroom.notification_type) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.watch_plugs() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.watch_plugs() TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.without_secrets(p_value jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.write_access_logs(p_entries jsonb[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.write_access_logs(p_entries jsonb[]) TO stateroom_app;

REVOKE ALL ON FUNCTION stateroom.write_audit(p_project uuid, p_type text, p_id uuid, p_action text, p_old jsonb, p_new jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.write_decision(p_approval stateroom.approvals, p_decision stateroom.approval_decision, p_by uuid, p_comment text, p_answers jsonb) FROM PUBLIC;

REVOKE ALL ON FUNCTION stateroom.write_metrics(p_metrics jsonb[]) FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.write_metrics(p_metrics jsonb[]) TO stateroom_app;
GRANT ALL ON FUNCTION stateroom.write_metrics(p_metrics jsonb[]) TO stateroom_engine;

REVOKE ALL ON FUNCTION stateroom.write_projects() FROM PUBLIC;
GRANT ALL ON FUNCTION stateroom.write_projects() TO stateroom_user;
GRANT ALL ON FUNCTION stateroom.write_projects() TO stateroom_admin;

REVOKE ALL ON FUNCTION stateroom.write_version(p_project uuid, p_name text, p_definition jsonb, p_type stateroom.workflow_type) FROM PUBLIC;

GRANT SELECT ON TABLE stateroom.active_tasks TO stateroom_user;
GRANT SELECT ON TABLE stateroom.active_tasks TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.active_tasks TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.active_tasks TO stateroom_query;

GRANT SELECT,INSERT,UPDATE ON TABLE stateroom.task_runs TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.task_runs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.task_runs TO stateroom_query;

GRANT SELECT ON TABLE stateroom.workflow_runs TO stateroom_user;
GRANT SELECT ON TABLE stateroom.workflow_runs TO stateroom_admin;
GRANT SELECT,INSERT,UPDATE ON TABLE stateroom.workflow_runs TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.workflow_runs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.workflow_runs TO stateroom_query;

GRANT SELECT ON TABLE stateroom.workflows TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.workflows TO stateroom_user;
GRANT SELECT ON TABLE stateroom.workflows TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.workflows TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.workflows TO stateroom_query;

GRANT INSERT(project_id) ON TABLE stateroom.workflows TO stateroom_user;
GRANT INSERT(project_id) ON TABLE stateroom.workflows TO stateroom_admin;

GRANT INSERT(name),UPDATE(name) ON TABLE stateroom.workflows TO stateroom_user;
GRANT INSERT(name),UPDATE(name) ON TABLE stateroom.workflows TO stateroom_admin;

GRANT INSERT(description),UPDATE(description) ON TABLE stateroom.workflows TO stateroom_user;
GRANT INSERT(description),UPDATE(description) ON TABLE stateroom.workflows TO stateroom_admin;

GRANT INSERT(type),UPDATE(type) ON TABLE stateroom.workflows TO stateroom_user;
GRANT INSERT(type),UPDATE(type) ON TABLE stateroom.workflows TO stateroom_admin;

GRANT INSERT(priority),UPDATE(priority) ON TABLE stateroom.workflows TO stateroom_user;
GRANT INSERT(priority),UPDATE(priority) ON TABLE stateroom.workflows TO stateroom_admin;

GRANT INSERT(configuration),UPDATE(configuration) ON TABLE stateroom.workflows TO stateroom_user;
GRANT INSERT(configuration),UPDATE(configuration) ON TABLE stateroom.workflows TO stateroom_admin;

GRANT INSERT(env),UPDATE(env) ON TABLE stateroom.workflows TO stateroom_user;
GRANT INSERT(env),UPDATE(env) ON TABLE stateroom.workflows TO stateroom_admin;

GRANT INSERT(tags),UPDATE(tags) ON TABLE stateroom.workflows TO stateroom_user;
GRANT INSERT(tags),UPDATE(tags) ON TABLE stateroom.workflows TO stateroom_admin;

GRANT INSERT(timeout_seconds),UPDATE(timeout_seconds) ON TABLE stateroom.workflows TO stateroom_user;
GRANT INSERT(timeout_seconds),UPDATE(timeout_seconds) ON TABLE stateroom.workflows TO stateroom_admin;

GRANT SELECT ON TABLE stateroom.active_workflows_summary TO stateroom_user;
GRANT SELECT ON TABLE stateroom.active_workflows_summary TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.active_workflows_summary TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.active_workflows_summary TO stateroom_query;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE stateroom.agent_sessions TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.agent_sessions TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.agent_sessions TO stateroom_query;

GRANT SELECT ON TABLE stateroom.agent_stats TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.agent_stats TO stateroom_query;

GRANT SELECT ON TABLE stateroom.agents TO stateroom_engine;
GRANT SELECT,DELETE ON TABLE stateroom.agents TO stateroom_user;
GRANT SELECT,DELETE ON TABLE stateroom.agents TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.agents TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.agents TO stateroom_query;

GRANT INSERT(project_id) ON TABLE stateroom.agents TO stateroom_user;
GRANT INSERT(project_id) ON TABLE stateroom.agents TO stateroom_admin;

GRANT INSERT(name),UPDATE(name) ON TABLE stateroom.agents TO stateroom_user;
GRANT INSERT(name),UPDATE(name) ON TABLE stateroom.agents TO stateroom_admin;

GRANT INSERT(type),UPDATE(type) ON TABLE stateroom.agents TO stateroom_user;
GRANT INSERT(type),UPDATE(type) ON TABLE stateroom.agents TO stateroom_admin;

GRANT INSERT(capabilities),UPDATE(capabilities) ON TABLE stateroom.agents TO stateroom_user;
GRANT INSERT(capabilities),UPDATE(capabilities) ON TABLE stateroom.agents TO stateroom_admin;

GRANT INSERT(software_version),UPDATE(software_version) ON TABLE stateroom.agents TO stateroom_user;
GRANT INSERT(software_version),UPDATE(software_version) ON TABLE stateroom.agents TO stateroom_admin;

GRANT INSERT(max_concurrency),UPDATE(max_concurrency) ON TABLE stateroom.agents TO stateroom_user;
GRANT INSERT(max_concurrency),UPDATE(max_concurrency) ON TABLE stateroom.agents TO stateroom_admin;

GRANT INSERT(budget),UPDATE(budget) ON TABLE stateroom.agents TO stateroom_user;
GRANT INSERT(budget),UPDATE(budget) ON TABLE stateroom.agents TO stateroom_admin;

GRANT INSERT(metadata),UPDATE(metadata) ON TABLE stateroom.agents TO stateroom_user;
GRANT INSERT(metadata),UPDATE(metadata) ON TABLE stateroom.agents TO stateroom_admin;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE stateroom.leases TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.leases TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.leases TO stateroom_query;

GRANT SELECT ON TABLE stateroom.agent_utilization TO stateroom_user;
GRANT SELECT ON TABLE stateroom.agent_utilization TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.agent_utilization TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.agent_utilization TO stateroom_query;

GRANT SELECT ON TABLE stateroom.api_access_logs TO stateroom_user;
GRANT SELECT ON TABLE stateroom.api_access_logs TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.api_access_logs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.api_access_logs TO stateroom_query;

GRANT SELECT ON TABLE stateroom.api_key_usage TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.api_key_usage TO stateroom_query;

GRANT SELECT ON TABLE stateroom.api_key_uses TO stateroom_user;
GRANT SELECT ON TABLE stateroom.api_key_uses TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.api_key_uses TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.api_key_uses TO stateroom_query;

GRANT DELETE ON TABLE stateroom.api_keys TO stateroom_user;
GRANT DELETE ON TABLE stateroom.api_keys TO stateroom_admin;

GRANT SELECT(id) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(id) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(id) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(id) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(user_id) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(user_id) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(user_id) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(user_id) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(key_name),UPDATE(key_name) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(key_name),UPDATE(key_name) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(key_name) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(key_name) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(key_prefix) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(key_prefix) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(key_prefix) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(key_prefix) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(permissions) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(permissions) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(permissions) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(permissions) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(project_id) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(project_id) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(project_id) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(project_id) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(rate_limit_per_hour) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(rate_limit_per_hour) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(rate_limit_per_hour) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(rate_limit_per_hour) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(rate_limit_per_day) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(rate_limit_per_day) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(rate_limit_per_day) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(rate_limit_per_day) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(allowed_ips),UPDATE(allowed_ips) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(allowed_ips),UPDATE(allowed_ips) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(allowed_ips) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(allowed_ips) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(allowed_endpoints),UPDATE(allowed_endpoints) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(allowed_endpoints),UPDATE(allowed_endpoints) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(allowed_endpoints) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(allowed_endpoints) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(expires_at) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(expires_at) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(expires_at) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(expires_at) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(is_active) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(is_active) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(is_active) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(is_active) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(created_at) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(created_at) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(created_at) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(created_at) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(updated_at) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(updated_at) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(updated_at) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(updated_at) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(created_by) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(created_by) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(created_by) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(created_by) ON TABLE stateroom.api_keys TO stateroom_query;

GRANT SELECT(updated_by) ON TABLE stateroom.api_keys TO stateroom_user;
GRANT SELECT(updated_by) ON TABLE stateroom.api_keys TO stateroom_admin;
GRANT SELECT(updated_by) ON TABLE stateroom.api_keys TO stateroom_readonly;
GRANT SELECT(updated_by) ON TABLE stateroom.api_keys TO stateroom_query;

REVOKE ALL ON TABLE stateroom.audit_logs FROM stateroom_owner;
GRANT SELECT,INSERT,REFERENCES,TRIGGER,MAINTAIN ON TABLE stateroom.audit_logs TO stateroom_owner;
GRANT SELECT ON TABLE stateroom.audit_logs TO stateroom_user;
GRANT SELECT ON TABLE stateroom.audit_logs TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.audit_logs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.audit_logs TO stateroom_query;

GRANT SELECT(id) ON TABLE stateroom.auth_tokens TO stateroom_readonly;
GRANT SELECT(id) ON TABLE stateroom.auth_tokens TO stateroom_query;

GRANT SELECT(user_id) ON TABLE stateroom.auth_tokens TO stateroom_readonly;
GRANT SELECT(user_id) ON TABLE stateroom.auth_tokens TO stateroom_query;

GRANT SELECT(purpose) ON TABLE stateroom.auth_tokens TO stateroom_readonly;
GRANT SELECT(purpose) ON TABLE stateroom.auth_tokens TO stateroom_query;

GRANT SELECT(new_email) ON TABLE stateroom.auth_tokens TO stateroom_readonly;
GRANT SELECT(new_email) ON TABLE stateroom.auth_tokens TO stateroom_query;

GRANT SELECT(expires_at) ON TABLE stateroom.auth_tokens TO stateroom_readonly;
GRANT SELECT(expires_at) ON TABLE stateroom.auth_tokens TO stateroom_query;

GRANT SELECT(used_at) ON TABLE stateroom.auth_tokens TO stateroom_readonly;
GRANT SELECT(used_at) ON TABLE stateroom.auth_tokens TO stateroom_query;

GRANT SELECT(created_at) ON TABLE stateroom.auth_tokens TO stateroom_readonly;
GRANT SELECT(created_at) ON TABLE stateroom.auth_tokens TO stateroom_query;

GRANT SELECT ON TABLE stateroom.backups TO stateroom_user;
GRANT SELECT,DELETE ON TABLE stateroom.backups TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.backups TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.backups TO stateroom_query;

GRANT SELECT ON TABLE stateroom.chat_message_edits TO stateroom_user;
GRANT SELECT ON TABLE stateroom.chat_message_edits TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.chat_message_edits TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.chat_message_edits TO stateroom_query;

GRANT SELECT ON TABLE stateroom.chat_messages TO stateroom_user;
GRANT SELECT ON TABLE stateroom.chat_messages TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.chat_messages TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.chat_messages TO stateroom_query;

GRANT INSERT(project_id) ON TABLE stateroom.chat_messages TO stateroom_user;
GRANT INSERT(project_id) ON TABLE stateroom.chat_messages TO stateroom_admin;

GRANT INSERT(sender_id) ON TABLE stateroom.chat_messages TO stateroom_user;
GRANT INSERT(sender_id) ON TABLE stateroom.chat_messages TO stateroom_admin;

GRANT INSERT(recipient_id) ON TABLE stateroom.chat_messages TO stateroom_user;
GRANT INSERT(recipient_id) ON TABLE stateroom.chat_messages TO stateroom_admin;

GRANT INSERT(channel) ON TABLE stateroom.chat_messages TO stateroom_user;
GRANT INSERT(channel) ON TABLE stateroom.chat_messages TO stateroom_admin;

GRANT INSERT(reply_to_id) ON TABLE stateroom.chat_messages TO stateroom_user;
GRANT INSERT(reply_to_id) ON TABLE stateroom.chat_messages TO stateroom_admin;

GRANT INSERT(related_task_id) ON TABLE stateroom.chat_messages TO stateroom_user;
GRANT INSERT(related_task_id) ON TABLE stateroom.chat_messages TO stateroom_admin;

GRANT INSERT(message),UPDATE(message) ON TABLE stateroom.chat_messages TO stateroom_user;
GRANT INSERT(message),UPDATE(message) ON TABLE stateroom.chat_messages TO stateroom_admin;

GRANT INSERT(message_type) ON TABLE stateroom.chat_messages TO stateroom_user;
GRANT INSERT(message_type) ON TABLE stateroom.chat_messages TO stateroom_admin;

GRANT INSERT(metadata) ON TABLE stateroom.chat_messages TO stateroom_user;
GRANT INSERT(metadata) ON TABLE stateroom.chat_messages TO stateroom_admin;

GRANT SELECT ON TABLE stateroom.client_grants TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.client_grants TO stateroom_query;

GRANT SELECT ON TABLE stateroom.component_dependencies TO stateroom_user;
GRANT SELECT,DELETE ON TABLE stateroom.component_dependencies TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.component_dependencies TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.component_dependencies TO stateroom_query;

GRANT INSERT(component_id) ON TABLE stateroom.component_dependencies TO stateroom_admin;

GRANT INSERT(depends_on_component_id) ON TABLE stateroom.component_dependencies TO stateroom_admin;

GRANT SELECT ON TABLE stateroom.components TO stateroom_user;
GRANT SELECT,DELETE ON TABLE stateroom.components TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.components TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.components TO stateroom_query;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE stateroom.delayed_runs TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.delayed_runs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.delayed_runs TO stateroom_query;

GRANT SELECT ON TABLE stateroom.deployment_scripts TO stateroom_user;
GRANT SELECT ON TABLE stateroom.deployment_scripts TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.deployment_scripts TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.deployment_scripts TO stateroom_query;

GRANT SELECT,INSERT ON TABLE stateroom.logs TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.logs TO stateroom_user;
GRANT SELECT ON TABLE stateroom.logs TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.logs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.logs TO stateroom_query;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE stateroom.waiting_runs TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.waiting_runs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.waiting_runs TO stateroom_query;

GRANT SELECT ON TABLE stateroom.deployment_script_results TO stateroom_user;
GRANT SELECT ON TABLE stateroom.deployment_script_results TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.deployment_script_results TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.deployment_script_results TO stateroom_query;

GRANT SELECT,INSERT ON TABLE stateroom.events TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.events TO stateroom_user;
GRANT SELECT ON TABLE stateroom.events TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.events TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.events TO stateroom_query;

GRANT SELECT ON TABLE stateroom.run_stats TO stateroom_user;
GRANT SELECT ON TABLE stateroom.run_stats TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.run_stats TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.run_stats TO stateroom_query;

GRANT SELECT ON TABLE stateroom.execution_stats TO stateroom_user;
GRANT SELECT ON TABLE stateroom.execution_stats TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.execution_stats TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.execution_stats TO stateroom_query;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE stateroom.finished_run_readers TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.finished_run_readers TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.finished_run_readers TO stateroom_query;

GRANT SELECT,INSERT ON TABLE stateroom.finished_runs TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.finished_runs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.finished_runs TO stateroom_query;

GRANT SELECT(id) ON TABLE stateroom.http_idempotency TO stateroom_readonly;
GRANT SELECT(id) ON TABLE stateroom.http_idempotency TO stateroom_query;

GRANT SELECT(user_id) ON TABLE stateroom.http_idempotency TO stateroom_readonly;
GRANT SELECT(user_id) ON TABLE stateroom.http_idempotency TO stateroom_query;

GRANT SELECT(key) ON TABLE stateroom.http_idempotency TO stateroom_readonly;
GRANT SELECT(key) ON TABLE stateroom.http_idempotency TO stateroom_query;

GRANT SELECT(expires_at) ON TABLE stateroom.http_idempotency TO stateroom_readonly;
GRANT SELECT(expires_at) ON TABLE stateroom.http_idempotency TO stateroom_query;

GRANT SELECT(created_at) ON TABLE stateroom.http_idempotency TO stateroom_readonly;
GRANT SELECT(created_at) ON TABLE stateroom.http_idempotency TO stateroom_query;

GRANT USAGE ON SEQUENCE stateroom.lease_tokens TO stateroom_engine;

GRANT SELECT ON TABLE stateroom.live_workers TO stateroom_user;
GRANT SELECT ON TABLE stateroom.live_workers TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.live_workers TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.live_workers TO stateroom_query;

GRANT SELECT ON TABLE stateroom.metric_rollups TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.metric_rollups TO stateroom_query;

GRANT SELECT,DELETE ON TABLE stateroom.notifications TO stateroom_user;
GRANT SELECT,DELETE ON TABLE stateroom.notifications TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.notifications TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.notifications TO stateroom_query;

GRANT UPDATE(is_read) ON TABLE stateroom.notifications TO stateroom_user;
GRANT UPDATE(is_read) ON TABLE stateroom.notifications TO stateroom_admin;

GRANT UPDATE(read_at) ON TABLE stateroom.notifications TO stateroom_user;
GRANT UPDATE(read_at) ON TABLE stateroom.notifications TO stateroom_admin;

GRANT SELECT ON TABLE stateroom.partition_archives TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.partition_archives TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.partition_archives TO stateroom_query;

GRANT SELECT ON TABLE stateroom.project_members TO stateroom_user;
GRANT SELECT ON TABLE stateroom.project_members TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.project_members TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.project_members TO stateroom_query;

GRANT SELECT ON TABLE stateroom.people TO stateroom_user;
GRANT SELECT ON TABLE stateroom.people TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.people TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.people TO stateroom_query;

GRANT SELECT ON TABLE stateroom.queues TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.queues TO stateroom_user;
GRANT SELECT ON TABLE stateroom.queues TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.queues TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.queues TO stateroom_query;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE stateroom.ready_runs TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.ready_runs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.ready_runs TO stateroom_query;

GRANT SELECT ON TABLE stateroom.ready_tasks TO stateroom_user;
GRANT SELECT ON TABLE stateroom.ready_tasks TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.ready_tasks TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.ready_tasks TO stateroom_query;

GRANT SELECT ON TABLE stateroom.recent_activity TO stateroom_user;
GRANT SELECT ON TABLE stateroom.recent_activity TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.recent_activity TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.recent_activity TO stateroom_query;

GRANT SELECT ON TABLE stateroom.recent_errors TO stateroom_user;
GRANT SELECT ON TABLE stateroom.recent_errors TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.recent_errors TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.recent_errors TO stateroom_query;

GRANT SELECT ON TABLE stateroom.role_permissions TO stateroom_user;
GRANT SELECT ON TABLE stateroom.role_permissions TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.role_permissions TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.role_permissions TO stateroom_query;

GRANT SELECT ON TABLE stateroom.run_keys TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.run_keys TO stateroom_query;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE stateroom.run_limits TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.run_limits TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.run_limits TO stateroom_query;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE stateroom.run_progress TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.run_progress TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.run_progress TO stateroom_query;

GRANT SELECT ON TABLE stateroom.schedule_firings TO stateroom_user;
GRANT SELECT ON TABLE stateroom.schedule_firings TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.schedule_firings TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.schedule_firings TO stateroom_query;

GRANT SELECT ON TABLE stateroom.schema_history TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.schema_history TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.schema_history TO stateroom_query;

GRANT SELECT ON TABLE stateroom.state_transitions TO stateroom_user;
GRANT SELECT ON TABLE stateroom.state_transitions TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.state_transitions TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.state_transitions TO stateroom_query;

GRANT SELECT ON TABLE stateroom.system_health_overview TO stateroom_user;
GRANT SELECT ON TABLE stateroom.system_health_overview TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.system_health_overview TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.system_health_overview TO stateroom_query;

GRANT SELECT ON TABLE stateroom.system_metrics TO stateroom_user;
GRANT SELECT ON TABLE stateroom.system_metrics TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.system_metrics TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.system_metrics TO stateroom_query;

GRANT SELECT ON TABLE stateroom.task_contexts TO stateroom_user;
GRANT SELECT ON TABLE stateroom.task_contexts TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.task_contexts TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.task_contexts TO stateroom_query;

GRANT INSERT(id) ON TABLE stateroom.task_contexts TO stateroom_user;
GRANT INSERT(id) ON TABLE stateroom.task_contexts TO stateroom_admin;

GRANT INSERT(task_id) ON TABLE stateroom.task_contexts TO stateroom_user;
GRANT INSERT(task_id) ON TABLE stateroom.task_contexts TO stateroom_admin;

GRANT INSERT(context_type) ON TABLE stateroom.task_contexts TO stateroom_user;
GRANT INSERT(context_type) ON TABLE stateroom.task_contexts TO stateroom_admin;

GRANT INSERT(context_data) ON TABLE stateroom.task_contexts TO stateroom_user;
GRANT INSERT(context_data) ON TABLE stateroom.task_contexts TO stateroom_admin;

GRANT SELECT ON TABLE stateroom.task_dependency_tree TO stateroom_user;
GRANT SELECT ON TABLE stateroom.task_dependency_tree TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.task_dependency_tree TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.task_dependency_tree TO stateroom_query;

GRANT SELECT ON TABLE stateroom.task_performance_summary TO stateroom_user;
GRANT SELECT ON TABLE stateroom.task_performance_summary TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.task_performance_summary TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.task_performance_summary TO stateroom_query;

GRANT SELECT,INSERT ON TABLE stateroom.task_run_attempts TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.task_run_attempts TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.task_run_attempts TO stateroom_query;

GRANT SELECT ON TABLE stateroom.task_run_attempt_states TO stateroom_user;
GRANT SELECT ON TABLE stateroom.task_run_attempt_states TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.task_run_attempt_states TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.task_run_attempt_states TO stateroom_query;

GRANT SELECT ON TABLE stateroom.task_run_states TO stateroom_user;
GRANT SELECT ON TABLE stateroom.task_run_states TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.task_run_states TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.task_run_states TO stateroom_query;

GRANT SELECT ON TABLE stateroom.task_summary TO stateroom_user;
GRANT SELECT ON TABLE stateroom.task_summary TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.task_summary TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.task_summary TO stateroom_query;

GRANT SELECT ON TABLE stateroom.upkeep_jobs TO stateroom_user;
GRANT SELECT ON TABLE stateroom.upkeep_jobs TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.upkeep_jobs TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.upkeep_jobs TO stateroom_query;

GRANT DELETE ON TABLE stateroom.user_sessions TO stateroom_user;
GRANT DELETE ON TABLE stateroom.user_sessions TO stateroom_admin;

GRANT SELECT(id) ON TABLE stateroom.user_sessions TO stateroom_user;
GRANT SELECT(id) ON TABLE stateroom.user_sessions TO stateroom_admin;
GRANT SELECT(id) ON TABLE stateroom.user_sessions TO stateroom_readonly;
GRANT SELECT(id) ON TABLE stateroom.user_sessions TO stateroom_query;

GRANT SELECT(user_id) ON TABLE stateroom.user_sessions TO stateroom_user;
GRANT SELECT(user_id) ON TABLE stateroom.user_sessions TO stateroom_admin;
GRANT SELECT(user_id) ON TABLE stateroom.user_sessions TO stateroom_readonly;
GRANT SELECT(user_id) ON TABLE stateroom.user_sessions TO stateroom_query;

GRANT SELECT(user_agent) ON TABLE stateroom.user_sessions TO stateroom_user;
GRANT SELECT(user_agent) ON TABLE stateroom.user_sessions TO stateroom_admin;
GRANT SELECT(user_agent) ON TABLE stateroom.user_sessions TO stateroom_readonly;
GRANT SELECT(user_agent) ON TABLE stateroom.user_sessions TO stateroom_query;

GRANT SELECT(ip_address) ON TABLE stateroom.user_sessions TO stateroom_user;
GRANT SELECT(ip_address) ON TABLE stateroom.user_sessions TO stateroom_admin;
GRANT SELECT(ip_address) ON TABLE stateroom.user_sessions TO stateroom_readonly;
GRANT SELECT(ip_address) ON TABLE stateroom.user_sessions TO stateroom_query;

GRANT SELECT(expires_at) ON TABLE stateroom.user_sessions TO stateroom_user;
GRANT SELECT(expires_at) ON TABLE stateroom.user_sessions TO stateroom_admin;
GRANT SELECT(expires_at) ON TABLE stateroom.user_sessions TO stateroom_readonly;
GRANT SELECT(expires_at) ON TABLE stateroom.user_sessions TO stateroom_query;

GRANT SELECT(revoked_at) ON TABLE stateroom.user_sessions TO stateroom_user;
GRANT SELECT(revoked_at) ON TABLE stateroom.user_sessions TO stateroom_admin;
GRANT SELECT(revoked_at) ON TABLE stateroom.user_sessions TO stateroom_readonly;
GRANT SELECT(revoked_at) ON TABLE stateroom.user_sessions TO stateroom_query;

GRANT SELECT(created_at) ON TABLE stateroom.user_sessions TO stateroom_user;
GRANT SELECT(created_at) ON TABLE stateroom.user_sessions TO stateroom_admin;
GRANT SELECT(created_at) ON TABLE stateroom.user_sessions TO stateroom_readonly;
GRANT SELECT(created_at) ON TABLE stateroom.user_sessions TO stateroom_query;

GRANT SELECT ON TABLE stateroom.webhook_deliveries_seen TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.webhook_deliveries_seen TO stateroom_query;

GRANT DELETE ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT DELETE ON TABLE stateroom.webhook_endpoints TO stateroom_admin;

GRANT SELECT(id) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(id) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(id) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(id) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(project_id),INSERT(project_id) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(project_id),INSERT(project_id) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(project_id) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(project_id) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(direction),INSERT(direction) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(direction),INSERT(direction) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(direction) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(direction) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(url) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(url) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(url) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(url) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(slug),INSERT(slug),UPDATE(slug) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(slug),INSERT(slug),UPDATE(slug) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(slug) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(slug) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT INSERT(secret),UPDATE(secret) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT INSERT(secret),UPDATE(secret) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;

GRANT SELECT(event_types),INSERT(event_types),UPDATE(event_types) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(event_types),INSERT(event_types),UPDATE(event_types) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(event_types) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(event_types) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(description),INSERT(description),UPDATE(description) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(description),INSERT(description),UPDATE(description) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(description) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(description) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(is_active),INSERT(is_active),UPDATE(is_active) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(is_active),INSERT(is_active),UPDATE(is_active) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(is_active) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(is_active) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(failure_count) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(failure_count) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(failure_count) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(failure_count) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(disabled_at),UPDATE(disabled_at) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(disabled_at),UPDATE(disabled_at) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(disabled_at) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(disabled_at) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(created_at) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(created_at) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(created_at) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(created_at) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(updated_at) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(updated_at) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(updated_at) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(updated_at) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(created_by) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(created_by) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(created_by) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(created_by) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(updated_by) ON TABLE stateroom.webhook_endpoints TO stateroom_user;
GRANT SELECT(updated_by) ON TABLE stateroom.webhook_endpoints TO stateroom_admin;
GRANT SELECT(updated_by) ON TABLE stateroom.webhook_endpoints TO stateroom_readonly;
GRANT SELECT(updated_by) ON TABLE stateroom.webhook_endpoints TO stateroom_query;

GRANT SELECT(id) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(id) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(id) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(id) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(endpoint_id) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(endpoint_id) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(endpoint_id) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(endpoint_id) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(project_id) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(project_id) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(project_id) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(project_id) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(task_id) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(task_id) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(task_id) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(task_id) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(direction) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(direction) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(direction) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(direction) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(event_type) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(event_type) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(event_type) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(event_type) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(event_source) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(event_source) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(event_source) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(event_source) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(event_data) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(event_data) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(event_data) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(event_data) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(headers) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(headers) ON TABLE stateroom.webhook_events TO stateroom_admin;

GRANT SELECT(signature_verified) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(signature_verified) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(signature_verified) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(signature_verified) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(processed) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(processed) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(processed) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(processed) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(processed_at) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(processed_at) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(processed_at) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(processed_at) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(processing_attempts) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(processing_attempts) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(processing_attempts) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(processing_attempts) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(max_processing_attempts) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(max_processing_attempts) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(max_processing_attempts) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(max_processing_attempts) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(next_retry_at) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(next_retry_at) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(next_retry_at) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(next_retry_at) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(response_status) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(response_status) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(response_status) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(response_status) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT(response_data) ON TABLE stateroom.webhook_events TO stateroom_user;
GRANT SELECT(response_data) ON TABLE stateroom.webhook_events TO stateroom_admin;
GRANT SELECT(response_data) ON TABLE stateroom.webhook_events TO stateroom_readonly;
GRANT SELECT(response_data) ON TABLE stateroom.webhook_events TO stateroom_query;

GRANT SELECT ON TABLE stateroom.workflow_progress TO stateroom_user;
GRANT SELECT ON TABLE stateroom.workflow_progress TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.workflow_progress TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.workflow_progress TO stateroom_query;

GRANT SELECT ON TABLE stateroom.workflow_states TO stateroom_user;
GRANT SELECT ON TABLE stateroom.workflow_states TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.workflow_states TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.workflow_states TO stateroom_query;

GRANT SELECT ON TABLE stateroom.workflow_versions TO stateroom_engine;
GRANT SELECT ON TABLE stateroom.workflow_versions TO stateroom_user;
GRANT SELECT ON TABLE stateroom.workflow_versions TO stateroom_admin;
GRANT SELECT ON TABLE stateroom.workflow_versions TO stateroom_readonly;
GRANT SELECT ON TABLE stateroom.workflow_versions TO stateroom_query;
