-- Statistics of the server and of our tables, and what they say must be vacuumed or built anew. PostgreSQL 15 to 18: rows
-- of views whose columns were renamed between versions are read as JSON, by whichever of the names is there.

-- The slowest statements of this database, by their time in all; no rows where pg_stat_statements is not loaded.
-- Called by: database_statistics. Times are milliseconds.
create or replace function stateroom.slowest_statements(p_limit integer default 10) returns table (
    query text, calls bigint, total_ms double precision, mean_ms double precision, row_count bigint,
    read_ms double precision, hit_ratio double precision
)
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_schema text := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace
        where e.extname = 'pg_stat_statements');
begin
    if v_schema is null then
        return;
    end if;
    return query execute format($query$
        select left(s.j ->> 'query', 1000), (s.j ->> 'calls')::bigint,
            coalesce(s.j ->> 'total_exec_time', s.j ->> 'total_time')::double precision as total,
            coalesce(s.j ->> 'mean_exec_time', s.j ->> 'mean_time')::double precision, (s.j ->> 'rows')::bigint,
            coalesce(s.j ->> 'shared_blk_read_time', s.j ->> 'blk_read_time')::double precision,
            (s.j ->> 'shared_blks_hit')::double precision
                / nullif((s.j ->> 'shared_blks_hit')::bigint + (s.j ->> 'shared_blks_read')::bigint, 0)
        from (select to_jsonb(p) as j from %I.pg_stat_statements p
            where p.dbid = (select d.oid from pg_database d where d.datname = current_database())) s
        order by total desc limit %s$query$, v_schema, p_limit);
exception when object_not_in_prerequisite_state then -- the library is not preloaded
    return;
end
$$;

-- B-tree indexes of ours that are larger than p_least_bytes and p_ratio times what their rows need, as estimated from
-- the planner's statistics, and the statement that builds each anew.
-- Called by: the weekly upkeep and stateroom doctor, as maintenance.
create or replace function stateroom.bloated_indexes(p_least_bytes bigint default 10485760, p_ratio double precision default 2)
    returns table (index_name text, size_bytes bigint, needed_bytes bigint, statement text)
    language sql stable
    set search_path = pg_catalog
as $$
    select s.name, s.bytes, s.needed, format('reindex index concurrently stateroom.%I', s.name)
    from (
        select i.relname::text as name, pg_relation_size(i.oid) as bytes,
            (8192 * (2 + ceil(i.reltuples * (20 + sum(coalesce(w.avg_width, 8))) / (8150 * 0.9))))::bigint as needed
        from pg_index x
        join pg_class i on i.oid = x.indexrelid
        join pg_class t on t.oid = x.indrelid
        join pg_am m on m.oid = i.relam and m.amname = 'btree'
        cross join lateral unnest(x.indkey) as k (attnum)
        left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum
        left join pg_stats w on w.schemaname = 'stateroom' and w.tablename = t.relname and w.attname = a.attname
        where i.relnamespace = 'stateroom'::regnamespace and i.relkind = 'i' and i.reltuples >= 0 and x.indisvalid
            and pg_relation_size(i.oid) >= p_least_bytes
        group by i.oid, i.relname, i.reltuples
    ) s
    where s.bytes > s.needed * p_ratio
    order by s.bytes - s.needed desc
$$;

-- What autovacuum leaves behind, with the statement that makes it good: partitioned tables, which it never analyzes, and
-- tables with many dead or never looked-at rows or old transactions.
-- Called by: the weekly upkeep, as maintenance; a VACUUM runs outside transactions.
create or replace function stateroom.neglected_tables(p_least_rows bigint default 1000)
    returns table (name text, reason text, statement text)
    language sql stable
    set search_path = pg_catalog
as $$
    select r.relname, r.reason,
        format(case when r.reason like 'old%' then 'vacuum (freeze, analyze) stateroom.%I'
            when r.reason like 'dead%' or r.reason like 'never%' then 'vacuum (analyze) stateroom.%I'
            else 'analyze stateroom.%I' end, r.relname)
    from (
        select c.relname::text, case
            when age(c.relfrozenxid) > 150000000 then 'old transactions'
            when s.n_dead_tup > p_least_rows and s.n_dead_tup > 0.1 * s.n_live_tup then 'dead rows'
            when s.n_ins_since_vacuum > p_least_rows and s.last_vacuum is null and s.last_autovacuum is null
                then 'never vacuumed'
            when s.n_mod_since_analyze > p_least_rows and s.n_mod_since_analyze > 0.1 * s.n_live_tup then 'changed rows'
            end as reason
        from pg_stat_user_tables s join pg_class c on c.oid = s.relid
        where s.schemaname = 'stateroom' and c.relkind = 'r'
        union all
        select c.relname::text, 'partitioned' from pg_class c
        where c.relnamespace = 'stateroom'::regnamespace and c.relkind = 'p'
    ) r
    where r.reason is not null order by r.relname
$$;

-- Everything worth a look, as one document: size, connections, cache, transactions, slowest statements, largest tables
-- with their dead rows, indexes that are never used, queues. The same keys on every version.
-- Called by: whoever may read metrics. Security definer: the server's statistics are not for everybody.
create or replace function stateroom.database_statistics(p_limit integer default 10) returns jsonb
    language plpgsql stable security definer
    set search_path = pg_catalog
as $$
begin
    if not stateroom.has_permission('read:metrics') then
        perform stateroom.require_admin('read the statistics of the database, unless with the permission read:metrics,');
    end if;
    return jsonb_build_object(
        'server_version', current_setting('server_version'),
        'database_bytes', pg_database_size(current_database()),
        'connections', (select jsonb_object_agg(c.state, c.n) from (
            select coalesce(a.state, 'other') as state, count(*) as n from pg_stat_activity a
            where a.datname = current_database() group by 1) c),
        'connections_most', current_setting('max_connections')::integer,
        'oldest_transaction_seconds', (select coalesce(max(extract(epoch from clock_timestamp() - a.xact_start)), 0)
            from pg_stat_activity a where a.datname = current_database() and a.pid <> pg_backend_pid()),
        'transaction_age', (select age(d.datfrozenxid) from pg_database d where d.datname = current_database()),
        'database', (select jsonb_build_object('committed', s.xact_commit, 'rolled_back', s.xact_rollback,
                'deadlocks', s.deadlocks, 'temporary_bytes', s.temp_bytes,
                'cache_hit_ratio', s.blks_hit::double precision / nullif(s.blks_hit + s.blks_read, 0))
            from pg_stat_database s where s.datname = current_database()),
        'slowest_statements', (select coalesce(jsonb_agg(s), '[]') from stateroom.slowest_statements(p_limit) s),
        'tables', (select coalesce(jsonb_agg(t), '[]') from (
            select s.relname as name, pg_total_relation_size(s.relid) as bytes, s.n_live_tup as live, s.n_dead_tup as dead,
                s.n_dead_tup::double precision / nullif(s.n_live_tup + s.n_dead_tup, 0) as dead_ratio, s.seq_scan,
                s.idx_scan, greatest(s.last_vacuum, s.last_autovacuum) as vacuumed_at,
                greatest(s.last_analyze, s.last_autoanalyze) as analyzed_at
            from pg_stat_user_tables s where s.schemaname = 'stateroom' order by 2 desc limit p_limit) t),
        'unused_indexes', (select coalesce(jsonb_agg(u), '[]') from (
            select s.indexrelname as name, s.relname as table, pg_relation_size(s.indexrelid) as bytes
            from pg_stat_user_indexes s join pg_index x on x.indexrelid = s.indexrelid
            where s.schemaname = 'stateroom' and s.idx_scan = 0 and not x.indisunique and not x.indisprimary
                and pg_relation_size(s.indexrelid) > 65536
            order by 3 desc limit p_limit) u),
        'bloated_indexes', (select coalesce(jsonb_agg(b), '[]') from stateroom.bloated_indexes() b),
        'queues', jsonb_build_object(
            'ready', (select coalesce(jsonb_object_agg(r.lane, r.n), '{}') from (
                select q.lane, count(*) as n from stateroom.ready_runs q group by q.lane) r),
            'running', (select count(*) from stateroom.leases), 'waiting', (select count(*) from stateroom.waiting_runs),
            'delayed', (select count(*) from stateroom.delayed_runs)));
end
$$;
