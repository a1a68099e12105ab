-- Partitions of the big append-only tables: made ahead, so that no row ever waits for one or is refused.
--
--   _past | 2026_10 | 2026_11 | 2026_12 | 2027_01 | _future
--
-- Both ends are ranges like the others. A default partition would forbid DETACH CONCURRENTLY and block the partition that
-- its rows belong to. What stands in the ends is counted by stray_rows(), and `stateroom doctor` reports it.
-- partition_policies says which tables there are, how wide their partitions are and how long their rows are kept.

-- The partitions of a table in the order of their ids, with their bounds; null is without end.
create or replace function stateroom.partition_bounds(p_table text) returns table (name text, low uuid, high uuid)
    language sql stable strict
    set search_path = pg_catalog
as $$
    select c.relname::text, (regexp_match(b.bound, 'FROM \(''([0-9a-f-]+)''\)'))[1]::uuid,
        (regexp_match(b.bound, 'TO \(''([0-9a-f-]+)''\)'))[1]::uuid
    from pg_inherits i join pg_class c on c.oid = i.inhrelid
    cross join lateral (select pg_get_expr(c.relpartbound, c.oid) as bound) b
    where i.inhparent = to_regclass('stateroom.' || quote_ident(p_table)) and not i.inhdetachpending
    order by 2 nulls first
$$;

-- Ranges between partitions that no partition covers: somebody has dropped one, and rows of that time are refused.
create or replace function stateroom.partition_holes(p_table text) returns table (low uuid, high uuid)
    language sql stable strict
    set search_path = pg_catalog
as $$
    select x.high, x.next from (
        select b.high, lead(b.low) over (order by b.low nulls first) as next from stateroom.partition_bounds(p_table) b
    ) x where x.high <> x.next
$$;

-- Make one partition; returns its name. A TRUNCATE trigger holds for one table only: the parent's are repeated on it.
-- Called by: ensure_partitions. Locks the parent.
create or replace function stateroom.add_partition(p_table text, p_name text, p_low uuid, p_high uuid, p_fill integer)
    returns text
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    execute format('create table stateroom.%I partition of stateroom.%I for values from (%s) to (%s) with (fillfactor = %s)',
        p_name, p_table, coalesce(quote_literal(p_low), 'minvalue'), coalesce(quote_literal(p_high), 'maxvalue'), p_fill);
    execute format('alter table stateroom.%I owner to stateroom_owner', p_name);
    perform stateroom.guard_partition(p_table, p_name);
    return p_name;
end
$$;

-- Repeat the parent's TRUNCATE triggers on a partition, and what its owner may not do (change or delete rows).
-- Called by: add_partition, and by the file that gives a partitioned table such a trigger.
create or replace function stateroom.guard_partition(p_table text, p_name text) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_trigger record;
begin
    for v_trigger in
        select t.tgname, t.tgfoid::regproc as called from pg_trigger t
        where t.tgrelid = to_regclass('stateroom.' || quote_ident(p_table)) and t.tgtype & 32 <> 0
    loop
        execute format('create or replace trigger %I before truncate on stateroom.%I for each statement '
            'execute function %s()', v_trigger.tgname, p_name, v_trigger.called);
    end loop;
    if not has_table_privilege('stateroom_owner', 'stateroom.' || quote_ident(p_table), 'DELETE') then
        execute format('revoke update, delete, truncate on stateroom.%I from stateroom_owner', p_name);
    end if;
end
$$;

-- Take rows out of a table that was a partition until now: to where they belong in p_to, or away for ever (null).
-- p_which is a condition on their columns. The audit trail, from which nobody may delete, is opened for the moment.
-- Called by: extend_partitions, drop_partition, while that table is detached: its row triggers are gone.
create or replace function stateroom.take_rows(p_from text, p_which text, p_to text default null) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_sealed constant boolean := not has_table_privilege('stateroom_owner', 'stateroom.' || quote_ident(p_from), 'DELETE');
    v_columns text;
begin
    if v_sealed then
        execute format('grant delete on stateroom.%I to stateroom_owner', p_from);
    end if;
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into v_columns from pg_attribute a
    where a.attrelid = to_regclass('stateroom.' || quote_ident(p_to)) and a.attnum > 0 and not a.attisdropped
        and a.attgenerated = '';
    if p_to is null then
        execute format('delete from stateroom.%I where %s', p_from, p_which);
    else
        execute format('with moved as (delete from stateroom.%I where %s returning %s) insert into stateroom.%I (%s) '
            'select %s from moved', p_from, p_which, v_columns, p_to, v_columns, v_columns);
    end if;
    if v_sealed then
        execute format('revoke delete on stateroom.%I from stateroom_owner', p_from);
    end if;
end
$$;

-- Extend one table to the end of the p_months-th month from now; returns the names of the partitions made.
-- Each takes its rows from `_future`, whose low bound says how far the table reaches.
-- Called by: ensure_partitions. Locks the table for a moment, once in a month or week.
create or replace function stateroom.extend_partitions(p_policy stateroom.partition_policies, p_months integer)
    returns text[]
    language plpgsql volatile
    set search_path = pg_catalog
    set timezone = 'UTC'
as $$
declare
    v_table constant text := p_policy.table_name;
    v_step constant interval := '1 ' || p_policy.period;
    v_until constant timestamptz := date_trunc('month', stateroom.now()) + (p_months + 1) * interval '1 month';
    v_next timestamptz;
    v_has_future boolean;
    v_high timestamptz;
    v_hole record;
    v_made text[] := '{}';
begin
    for v_hole in select * from stateroom.partition_holes(v_table) loop
        v_made := v_made || stateroom.add_partition(v_table,
            v_table || to_char(stateroom.uuid_timestamp(v_hole.low), '_YYYY_MM_DD_HH24MI'), v_hole.low, v_hole.high,
            p_policy.fillfactor);
    end loop;
    select stateroom.uuid_timestamp(coalesce(b.high, b.low)), b.high is null into v_next, v_has_future
    from stateroom.partition_bounds(v_table) b order by b.low desc nulls last limit 1;
    if v_has_future and v_next >= v_until then
        return v_made;
    end if;
    if v_next is null then
        v_next := date_trunc(p_policy.period, stateroom.now());
        v_made := v_made || stateroom.add_partition(v_table, v_table || '_past', null, stateroom.uuidv7_floor(v_next),
            p_policy.fillfactor);
    end if;
    if v_has_future then
        execute format('alter table stateroom.%I detach partition stateroom.%I', v_table, v_table || '_future');
    end if;
    while v_next < v_until loop
        v_high := date_trunc(p_policy.period, v_next) + v_step;
        v_made := v_made || stateroom.add_partition(v_table,
            v_table || to_char(v_next, case p_policy.period when 'month' then '_YYYY_MM' else '_YYYY_MM_DD' end),
            stateroom.uuidv7_floor(v_next), stateroom.uuidv7_floor(v_high), p_policy.fillfactor);
        v_next := v_high;
    end loop;
    if v_has_future is not true then
        return v_made || stateroom.add_partition(v_table, v_table || '_future', stateroom.uuidv7_floor(v_next), null,
            p_policy.fillfactor);
    end if;
    perform stateroom.take_rows(v_table || '_future', format('id < %L', stateroom.uuidv7_floor(v_next)), v_table);
    execute format('alter table stateroom.%I attach partition stateroom.%I for values from (%L) to (maxvalue)', v_table,
        v_table || '_future', stateroom.uuidv7_floor(v_next));
    return v_made;
end
$$;

-- Make what is missing of the partitions of this month and of the next p_months, of `_past` and of `_future`;
-- returns the names of those made now (none when nothing was missing). A table that somebody holds for longer than a
-- moment is left for the next time: there are months left. Takes one advisory lock; safe to run at any time.
-- Called by: every start, and the upkeep of each minute. Security definer: only the tables' owner may add a partition.
create or replace function stateroom.ensure_partitions(p_months integer default 2) returns setof text
    language plpgsql volatile security definer
    set search_path = pg_catalog
    set lock_timeout = '10s'
as $$
declare
    v_policy stateroom.partition_policies;
    v_made text[];
begin
    perform pg_advisory_xact_lock(hashtextextended('stateroom.ensure_partitions', 0));
    perform set_config('lock_timeout', '300ms', true);
    for v_policy in
        select p.* from stateroom.partition_policies p
        where to_regclass('stateroom.' || quote_ident(p.table_name)) is not null order by p.table_name
    loop
        begin
            v_made := stateroom.extend_partitions(v_policy, p_months);
        exception when lock_not_available then
            continue;
        end;
        return query select unnest(v_made);
    end loop;
end
$$;

-- How many rows stand in the outer partitions, with ids older than the first or younger than the last one made, up to a
-- million of each: none for a table whose clients have the right time.
-- Called by: stateroom doctor, as maintenance.
create or replace function stateroom.stray_rows() returns table (partition text, rows bigint)
    language plpgsql stable
    set search_path = pg_catalog
as $$
begin
    for partition in
        select b.name from stateroom.partition_policies p cross join stateroom.partition_bounds(p.table_name) b
        where b.low is null or b.high is null order by b.name
    loop
        execute format('select count(*) from (select from stateroom.%I limit 1000000) r', partition) into rows;
        if rows > 0 then
            return next;
        end if;
    end loop;
end
$$;
