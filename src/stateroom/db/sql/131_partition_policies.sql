-- The big append-only tables, with the width of their partitions and how many days their rows are kept (null: for ever).
-- What an operator has changed stays. A table of a part that is not there yet is passed over.

insert into stateroom.partition_policies (table_name, period, fillfactor, keep_days) values
    -- updated once, when a run ends
    ('workflow_runs', 'month', 45, 365),
    ('task_runs', 'month', 45, 365),
    ('task_run_attempts', 'month', 100, 365),
    ('logs', 'month', 100, 90),
    ('events', 'month', 100, 30),
    ('audit_logs', 'month', 100, 400),
    ('chat_messages', 'month', 90, null),
    ('webhook_events', 'month', 80, 90),
    ('api_access_logs', 'month', 100, 90),
    ('system_metrics', 'month', 100, 90)
on conflict (table_name) do nothing;

select stateroom.ensure_partitions();
