-- The outbox: every change that people care about, written in the transaction of the change itself.

-- Write one event; returns its id. p_payload holds ids and changed fields, never texts of private messages. With a
-- recipient the event is for that person and the one who acts alone (direct messages).
-- Called by: functions and triggers with their owner's rights, and the engine; people may not. Inserts one row.
create or replace function stateroom.emit(
    p_type text, p_project uuid, p_payload jsonb default '{}', p_task uuid default null,
    p_workflow_run uuid default null, p_task_run uuid default null, p_recipient uuid default null
) returns uuid
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_id uuid;
begin
    insert into stateroom.events (project_id, type, task_id, workflow_run_id, task_run_id, actor_id, recipient_id, payload)
    values (p_project, p_type, p_task, p_workflow_run, p_task_run, stateroom.current_user_id(), p_recipient, p_payload)
    returning id into v_id;
    return v_id;
end
$$;

-- The next events after a position (0 and the zero id: from the beginning), as the caller's policies show them. Give the
-- xid and id of the last row again to go on. An event shows up only when no older transaction is under way any more, so
-- what a slow one commits late is never skipped. No rows: nothing new, or nothing new that is certain.
-- Called by: whoever follows changes. Reads only.
create or replace function stateroom.read_events(
    p_after_xid xid8, p_after_id uuid, p_limit integer default 100, p_types text[] default null
) returns table (xid xid8, id uuid, created_at timestamptz, project_id uuid, type text, task_id uuid,
    workflow_run_id uuid, task_run_id uuid, actor_id uuid, recipient_id uuid, payload jsonb)
    language sql stable
    set search_path = pg_catalog
as $$
    select e.xid, e.id, stateroom.uuid_timestamp(e.id), e.project_id, e.type, e.task_id, e.workflow_run_id,
        e.task_run_id, e.actor_id, e.recipient_id, e.payload
    from stateroom.events e
    where (e.xid, e.id) > (p_after_xid, p_after_id) and e.xid < pg_snapshot_xmin(pg_current_snapshot())
        and (p_types is null or e.type = any (p_types))
    order by e.xid, e.id limit p_limit
$$;
