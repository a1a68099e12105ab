-- Claim: hand ready runs to a session, each to exactly one.

-- Take up to p_limit ready runs for the session and lease them. The cursors are parallel arrays in scan order: a lane,
-- a rank, and the last (xid, run) that this claimer took there, after which the scan starts, so that rows just deleted
-- are not walked again. A cursor must never move past horizon (pg_snapshot_xmin): below it nothing can commit late.
-- Returns for each run what the worker needs and its key (lane, rank, xid, run_id), the new cursor, in order of rank and
-- age. Runs that ended while they stood here (cancelled) are cleared away. Paused queues give nothing.
-- Raises SR404 when the session is gone: nobody would ever take such leases over.
-- Called by: workers. Locks ready_runs rows with SKIP LOCKED, in key order; writes leases; then holds the session against
-- those who end it, and these hold it before they look at its leases. Does not touch the record.
create or replace function stateroom.claim(
    p_session uuid, p_limit integer, p_lanes text[], p_ranks smallint[], p_xids xid8[], p_runs uuid[]
) returns table (run_id uuid, token bigint, attempt integer, task_id uuid, workflow_run_id uuid, map_index integer,
    input jsonb, lane text, rank smallint, xid xid8, horizon xid8)
    language plpgsql volatile
    set search_path = pg_catalog
    set plan_cache_mode = force_generic_plan
    set jit = off
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_material = off
    set enable_hashjoin = off
    set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
    v_paused text[] := array(select q.name from stateroom.queues q where q.paused);
begin
    return query
    with c as materialized ( -- the fence: without it the scan may be inlined and run again for each row of the delete
        select x.tid
        from unnest(p_lanes, p_ranks, p_xids, p_runs) as c (lane, rank, xid, run_id)
        cross join lateral (
            select q.ctid as tid from stateroom.ready_runs q
            where q.lane = c.lane and q.rank = c.rank and (q.xid, q.run_id) > (c.xid, c.run_id)
                and split_part(c.lane, '/', 1) <> all (v_paused)
            order by q.xid, q.run_id limit p_limit
            for update skip locked
        ) as x
        limit p_limit
    ), d as (
        delete from stateroom.ready_runs r where r.ctid = any (array(select c.tid from c))
        returning r.run_id, r.lane, r.rank, r.xid
    ), e as materialized (
        select d.run_id, nextval('stateroom.lease_tokens') as token, t.attempt + 1 as attempt, t.task_id,
            t.workflow_run_id, t.map_index, t.input, d.lane, d.rank, d.xid
        from d join stateroom.task_runs t on t.id = d.run_id
        where t.state is null
    ), l as (
        insert into stateroom.leases (run_id, session_id, token, attempt, claimed_at)
        select e.run_id, p_session, e.token, e.attempt, stateroom.now() from e
    )
    select e.run_id, e.token, e.attempt, e.task_id, e.workflow_run_id, e.map_index, e.input, e.lane, e.rank, e.xid,
        pg_snapshot_xmin(pg_current_snapshot())
    from e
    order by e.rank, e.xid, e.run_id;
    if found then
        perform from stateroom.agent_sessions s where s.id = p_session for key share;
        if not found then
            raise exception using errcode = 'SR404', message = format('session %s does not exist any more', p_session),
                hint = 'Open a new one.';
        end if;
    end if;
end
$$;
