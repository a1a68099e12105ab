-- Retention: partitions whose rows are all too old go at once, with what must not be lost moved to `_past` before.

-- Which rows of a big table outlive their partition: what is unfinished, and the coarse sums of metrics.
-- Called by: expire_partition. Conditions on the columns of the table, for DDL-like statements built there.
create or replace function stateroom.outlives(p_table text) returns text
    language sql immutable parallel safe
    return case p_table
        when 'task_runs' then 'state is null'
        when 'workflow_runs' then 'finished_at is null'
        when 'system_metrics' then 'aggregation_period = ''1day'' or aggregation_period = ''1hour'' '
            'and id >= stateroom.uuidv7_floor(stateroom.now() - interval ''730 days'')'
        else 'false' end;

-- Which rows of `_past` are to go: below p_floor, none that outlives its partition, and none that was loaded back from an
-- archive and is still to be looked at. Called by: expire_partitions and drop_partition.
create or replace function stateroom.has_expired(p_table text, p_floor uuid) returns text
    language sql immutable parallel safe
    return format('id < %L and not (%s) and not exists (select from stateroom.partition_archives a where a.table_name = %L '
        'and a.loaded_until > stateroom.now() and id >= a.low and id < a.high)',
        p_floor, stateroom.outlives(p_table), p_table);

-- Drop one partition; `_past`, relieved of its expired rows, then reaches up to where the partition ended, and takes the
-- rows that outlive it. Called by: expire_partitions. Locks the whole table for that moment.
create or replace function stateroom.drop_partition(p_table text, p_partition text, p_high uuid, p_floor uuid)
    returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_past constant text := p_table || '_past';
begin
    execute format('alter table stateroom.%I detach partition stateroom.%I', p_table, v_past);
    perform stateroom.take_rows(v_past, stateroom.has_expired(p_table, p_floor));
    if p_partition <> v_past then
        execute format('alter table stateroom.%I detach partition stateroom.%I', p_table, p_partition);
    end if;
    execute format('alter table stateroom.%I attach partition stateroom.%I for values from (minvalue) to (%L)',
        p_table, v_past, p_high);
    if p_partition <> v_past then
        perform stateroom.take_rows(p_partition, stateroom.outlives(p_table), p_table);
        execute format('drop table stateroom.%I', p_partition);
        update stateroom.partition_archives set dropped_at = stateroom.now() where partition_name = p_partition;
    end if;
end
$$;

-- Drop the partitions of one table whose rows are all older than p_days, oldest first, and old rows of `_past`; a dry
-- run only says which. Outcome: expired (dry run), dropped, to archive (its policy wants an archive, and there is none
-- with as many rows), in use (somebody holds the table: the next time).
-- Called by: drop_expired_partitions, cleanup_old_logs.
create or replace function stateroom.expire_partitions(p_table text, p_days integer, p_dry_run boolean default true)
    returns table (partition_name text, row_count bigint, size_bytes bigint, outcome text)
    language plpgsql volatile
    set search_path = pg_catalog
    set lock_timeout = '500ms'
as $$
declare
    v_floor constant uuid := stateroom.uuidv7_floor(stateroom.now() - p_days * interval '1 day');
    v_archive constant boolean := (select p.archive from stateroom.partition_policies p where p.table_name = p_table);
    v_bounds record;
begin
    for v_bounds in
        select b.name, b.low, b.high from stateroom.partition_bounds(p_table) b
        where b.high is not null and (b.high <= v_floor or b.low is null) order by b.low nulls last
    loop
        partition_name := v_bounds.name;
        size_bytes := pg_total_relation_size(to_regclass('stateroom.' || quote_ident(partition_name)));
        execute format('select count(*) from stateroom.%I where %s', partition_name,
            stateroom.has_expired(p_table, v_floor)) into row_count;
        continue when v_bounds.low is null and row_count = 0;
        if v_bounds.low is not null and v_archive and not exists (
            select from stateroom.partition_archives a
            where a.partition_name = v_bounds.name and a.row_count >= expire_partitions.row_count) then
            outcome := 'to archive';
        elsif p_dry_run then
            outcome := 'expired';
        else
            begin
                perform stateroom.drop_partition(p_table, v_bounds.name, case when v_bounds.low is null then (
                    select b.high from stateroom.partition_bounds(p_table) b where b.low is null)
                    else v_bounds.high end, v_floor);
                outcome := 'dropped';
            exception when lock_not_available then
                outcome := 'in use';
            end;
        end if;
        return next;
        exit when outcome in ('to archive', 'in use'); -- `_past` grows up to the next one only
    end loop;
end
$$;

-- Drop what its policy does not keep any longer, of all partitioned tables; a dry run (the default) only says what.
-- Called by: the daily upkeep, as maintenance.
create or replace function stateroom.drop_expired_partitions(p_dry_run boolean default true)
    returns table (table_name text, partition_name text, row_count bigint, size_bytes bigint, outcome text)
    language sql volatile
    set search_path = pg_catalog
as $$
    select p.table_name, e.*
    from stateroom.partition_policies p
    cross join lateral stateroom.expire_partitions(p.table_name, p.keep_days, p_dry_run) e
    where p.keep_days is not null and to_regclass('stateroom.' || quote_ident(p.table_name)) is not null
    order by p.table_name
$$;
