-- Sessions: one row for each live worker process. A lease is valid while its session is.

-- The key of the advisory lock that a session's own connection holds while its process lives.
create or replace function stateroom.plug_key(p_session uuid) returns bigint
    language sql immutable parallel safe
    return hashtextextended(p_session::text, 7);

-- Note since when the connection of each plugged-in session has been gone, and forget it when it is back.
create or replace function stateroom.watch_plugs() returns void
    language sql volatile
    set search_path = pg_catalog
as $$
    with held as (
        select (l.classid::bigint << 32) | l.objid::bigint as key
        from pg_catalog.pg_locks l
        where l.locktype = 'advisory' and l.granted and l.objsubid = 1
            and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())
    ), seen as (
        select s.id, exists (select from held where held.key = stateroom.plug_key(s.id)) as plugged
        from stateroom.agent_sessions s where s.backend_pid is not null
    )
    update stateroom.agent_sessions s set unplugged_at = case when seen.plugged then null else stateroom.now() end
    from seen where s.id = seen.id and seen.plugged = (s.unplugged_at is not null)
$$;

-- Open a session of an agent (made if missing; one shared by all projects) for p_ttl seconds; returns the agent's id.
-- Raises SR403 when the agent was taken out of service.
-- Called by: workers at their start, and again when heartbeat says that the session is gone.
create or replace function stateroom.open_session(
    p_session uuid, p_agent text, p_host text, p_pid integer, p_capacity integer, p_queues text[], p_handlers text[],
    p_ttl integer, p_version text
) returns uuid
    language plpgsql volatile security definer -- the engine may not write agents and queues
    set search_path = pg_catalog
as $$
declare
    v_agent uuid;
    v_active boolean;
begin
    insert into stateroom.queues (name) select unnest(p_queues) on conflict (name) do nothing;
    insert into stateroom.agents as a (name, type, max_concurrency, software_version, status)
    values (p_agent, 'worker', p_capacity, p_version, 'idle')
    on conflict (project_id, name) do update set max_concurrency = excluded.max_concurrency,
        software_version = excluded.software_version, status = 'idle'
    returning a.id, a.is_active into v_agent, v_active;
    if not v_active then
        raise exception using errcode = 'SR403', message = format('agent %s was taken out of service', p_agent),
            hint = 'Ask an administrator to activate it.';
    end if;
    insert into stateroom.agent_sessions (id, agent_id, host, pid, started_at, last_heartbeat_at, expires_at, capacity,
        queues, handlers)
    values (p_session, v_agent, p_host, p_pid, stateroom.now(), stateroom.now(),
        stateroom.now() + make_interval(secs => p_ttl), p_capacity, p_queues, p_handlers)
    on conflict (id) do update set expires_at = excluded.expires_at; -- asked again, since the answer was lost
    return v_agent;
end
$$;

-- Tie the session to this connection: as long as it lives, its lock shows that the process does. Returns false when the
-- session is gone. Called by: workers on the direct connection on which they listen, at each (re)connect.
create or replace function stateroom.plug_session(p_session uuid) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    perform pg_advisory_lock(stateroom.plug_key(p_session));
    update stateroom.agent_sessions s set backend_pid = pg_backend_pid(), unplugged_at = null,
        backend_start = (select a.backend_start from pg_stat_activity a where a.pid = pg_backend_pid())
    where s.id = p_session;
    return found;
end
$$;

-- Extend the session by p_ttl seconds. Returns the runs of this worker that must stop: 'cancel' when that was asked for,
-- 'lost' when the lease is gone or another's. One row with a null run: the session itself is gone, open a new one.
-- Called by: workers every few seconds, and when they are told of a cancellation.
create or replace function stateroom.heartbeat(p_session uuid, p_ttl integer, p_runs uuid[], p_tokens bigint[])
    returns table (run_id uuid, verdict text)
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    update stateroom.agent_sessions s set last_heartbeat_at = stateroom.now(),
        expires_at = stateroom.now() + make_interval(secs => p_ttl)
    where s.id = p_session;
    if not found then
        return query select null::uuid, 'lost';
        return;
    end if;
    return query
    select i.id, case when l.run_id is null then 'lost' else 'cancel' end
    from unnest(p_runs, p_tokens) as i (id, token)
    left join stateroom.leases l on l.run_id = i.id and l.token = i.token
    left join stateroom.task_runs t on t.id = i.id
    where l.run_id is null or l.cancel_requested_at is not null or t.state is not null;
end
$$;

-- Say whether this session waits for work, so that NOTIFY is only sent when somebody listens.
create or replace function stateroom.set_idle(p_session uuid, p_idle boolean) returns void
    language sql volatile
    set search_path = pg_catalog
as $$
    update stateroom.agent_sessions s set is_idle = p_idle where s.id = p_session and s.is_idle <> p_idle
$$;

-- Forget a session; its agent is offline unless another session of it lives.
create or replace function stateroom.forget_session(p_session uuid) returns void
    language plpgsql volatile security definer -- the engine may not write agents
    set search_path = pg_catalog
as $$
declare
    v_agent uuid;
begin
    delete from stateroom.agent_sessions s where s.id = p_session returning s.agent_id into v_agent;
    update stateroom.agents a set status = 'offline'
    where a.id = v_agent and not exists (select from stateroom.agent_sessions s where s.agent_id = a.id);
end
$$;

-- Give back what the session holds, except these runs; returns how many.
-- Called by: workers, after a claim whose answer was lost on the way and while none is under way (the exceptions are
-- what they know of), and close_session.
create or replace function stateroom.release_all(p_session uuid, p_except uuid[], p_reason text) returns integer
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_runs uuid[];
    v_tokens bigint[];
begin
    select array_agg(l.run_id), array_agg(l.token) into v_runs, v_tokens
    from stateroom.leases l where l.session_id = p_session and l.run_id <> all (p_except);
    if v_runs is not null then
        perform stateroom.release(v_runs, v_tokens, p_reason);
    end if;
    return coalesce(cardinality(v_runs), 0);
end
$$;

-- Say goodbye: give back what the session still holds, then forget it. Returns how many runs were given back.
-- Called by: workers at their end.
create or replace function stateroom.close_session(p_session uuid) returns integer
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_count integer;
begin
    perform from stateroom.agent_sessions s where s.id = p_session for update; -- claims under way end first
    v_count := stateroom.release_all(p_session, '{}', 'its worker was stopped');
    perform stateroom.forget_session(p_session);
    return v_count;
end
$$;

-- Make due what was put off: move up to p_limit runs whose time has come to where they can be claimed; returns how many.
-- Called by: schedulers. Locks delayed_runs with SKIP LOCKED in order of time.
create or replace function stateroom.promote_due(p_limit integer default 1000) returns integer
    language plpgsql volatile
    set search_path = pg_catalog
    set plan_cache_mode = force_generic_plan
    set jit = off
    set enable_seqscan = off
as $$
declare
    v_count integer;
begin
    with c as materialized (
        select d.ctid as tid from stateroom.delayed_runs d where d.run_at <= stateroom.now()
        order by d.run_at, d.run_id limit p_limit for update skip locked
    ), d as (
        delete from stateroom.delayed_runs d where d.ctid = any (array(select c.tid from c))
        returning d.lane, d.rank, d.run_id
    ), r as (
        insert into stateroom.ready_runs (lane, rank, run_id) select d.lane, d.rank, d.run_id from d returning 1
    )
    select count(*) into v_count from r;
    if v_count > 0 then
        perform stateroom.hint_ready();
    end if;
    return v_count;
end
$$;
