-- Who may do what. Nothing is reachable that is not granted here; nobody is granted a partition.

revoke all on all tables in schema stateroom from public, stateroom_user, stateroom_admin, stateroom_engine,
    stateroom_app, stateroom_readonly, stateroom_query, stateroom_client;
revoke all on all sequences in schema stateroom from public, stateroom_engine;
revoke all on all functions in schema stateroom from public, stateroom_user, stateroom_admin, stateroom_engine,
    stateroom_app, stateroom_readonly, stateroom_query, stateroom_client;
revoke all on schema stateroom from public;
grant usage on schema stateroom to stateroom_user, stateroom_admin, stateroom_engine, stateroom_app, stateroom_readonly,
    stateroom_query, stateroom_client;

-- Everybody who logs in: the clock, ids, and the context of a transaction. The owner too: revisions insert rows.
grant execute on function stateroom.now(), stateroom.uuidv7(), stateroom.uuidv7_floor(timestamptz),
    stateroom.uuid_timestamp(uuid), stateroom.is_cron(text), stateroom.cron_values(text, integer, integer, text[])
    to stateroom_owner, stateroom_user, stateroom_admin, stateroom_engine, stateroom_app,
    stateroom_readonly, stateroom_query, stateroom_client;

-- People: read what row policies show, act through the verbs.
grant select on stateroom.workflow_runs,
    stateroom.task_run_states, stateroom.task_run_attempt_states, stateroom.workflow_progress, stateroom.live_workers
    to stateroom_user, stateroom_admin;
grant select on stateroom.schema_history to stateroom_admin;
grant execute on function
    stateroom.publish_workflow(uuid, text, jsonb),
    stateroom.register_handlers(uuid, jsonb),
    stateroom.start_workflow(uuid, integer, stateroom.run_trigger, jsonb, jsonb, text),
    stateroom.enqueue(text, jsonb, uuid, integer, timestamptz, text, jsonb),
    stateroom.cancel_run(uuid), stateroom.retry_run(uuid), stateroom.explain_run(uuid),
    stateroom.create_schedule(uuid, text, uuid, uuid, text, text, jsonb, timestamptz, stateroom.overlap_policy,
        stateroom.catchup_policy, integer, integer, boolean),
    stateroom.update_schedule(uuid, jsonb), stateroom.pause_schedule(uuid), stateroom.resume_schedule(uuid),
    stateroom.pause_schedules(uuid), stateroom.resume_schedules(uuid),
    stateroom.backfill_schedule(uuid, timestamptz[]), stateroom.delete_schedule(uuid)
    to stateroom_user, stateroom_admin;

-- The engine: the verbs of workers and schedulers, and the tables that these move.
grant select on stateroom.tasks, stateroom.task_dependencies, stateroom.workflows, stateroom.workflow_versions,
    stateroom.queues, stateroom.agents, stateroom.schedules to stateroom_engine;
grant select, insert, update on stateroom.task_runs, stateroom.workflow_runs, stateroom.error_logs to stateroom_engine;
grant select, insert on stateroom.task_run_attempts, stateroom.logs, stateroom.events, stateroom.finished_runs
    to stateroom_engine;
grant select, insert, update, delete on stateroom.waiting_runs, stateroom.delayed_runs, stateroom.ready_runs,
    stateroom.leases, stateroom.run_progress, stateroom.run_limits, stateroom.agent_sessions, stateroom.finished_run_readers
    to stateroom_engine;
grant usage on sequence stateroom.lease_tokens to stateroom_engine;
grant execute on function
    stateroom.lane(text, stateroom.action_kind, text[]), stateroom.may_fail(jsonb, integer),
    stateroom.hint_ready(), stateroom.finished_slot(),
    stateroom.current_user_id(),
    stateroom.register_handlers(uuid, jsonb),
    stateroom.open_session(uuid, text, text, integer, integer, text[], text[], integer, text),
    stateroom.plug_key(uuid), stateroom.plug_session(uuid), stateroom.heartbeat(uuid, integer, uuid[], bigint[]),
    stateroom.set_idle(uuid, boolean), stateroom.forget_session(uuid), stateroom.close_session(uuid),
    stateroom.release_all(uuid, uuid[], text),
    stateroom.claim(uuid, integer, text[], smallint[], xid8[], uuid[]),
    stateroom.complete(uuid, uuid[], bigint[], jsonb[], jsonb[]), stateroom.fail(uuid, uuid[], bigint[], jsonb[]),
    stateroom.retry_delay(jsonb, integer), stateroom.count_errors(uuid[], jsonb[]), stateroom.settle(uuid[]),
    stateroom.advance(uuid[], uuid[], boolean[], boolean[]), stateroom.finish_workflow_run(uuid),
    stateroom.give_back(uuid[], bigint[], double precision[], stateroom.attempt_outcome, text),
    stateroom.snooze(uuid[], bigint[], double precision[]),
    stateroom.release(uuid[], bigint[], text, double precision),
    stateroom.enforce_limits(integer), stateroom.end_late(uuid, text, boolean), stateroom.cancel_workflow_run(uuid),
    stateroom.cancel_task_run(uuid), stateroom.keep_progress(uuid[]), stateroom.last_progress(uuid),
    stateroom.rescue_expired(interval), stateroom.watch_plugs(), stateroom.promote_due(integer),
    stateroom.progress(uuid[], bigint[], jsonb[], jsonb[], text[]),
    stateroom.log(uuid[], bigint[], integer[], integer[], integer[], text[], stateroom.log_level[], timestamptz[], text[]),
    stateroom.task_definitions(uuid[]), stateroom.run_context(uuid),
    stateroom.due_schedules(integer),
    stateroom.fire_schedules(uuid[], timestamptz[], timestamptz[], timestamptz[], uuid[], timestamptz[]),
    stateroom.put_off_schedule(uuid, timestamptz), stateroom.start_queued(integer),
    stateroom.ensure_partitions(integer), stateroom.drop_finished_runs()
    to stateroom_engine;
