-- Partitions of the big append-only tables: made ahead by month, so that no row ever waits for one.

-- Create the partitions of this month and of the next p_months, and one for everything before the first;
-- returns the names of those made now (none when nothing was missing). Takes one advisory lock; safe to run at any time.
-- Called by: every start and the daily upkeep. Security definer: only the tables' owner may add a partition.
create or replace function stateroom.ensure_partitions(p_months integer default 2) returns setof text
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_table record;
    v_from timestamptz;
    v_name text;
    v_with text;
begin
    perform pg_advisory_xact_lock(hashtextextended('stateroom.ensure_partitions', 0));
    for v_table in
        select * from (values
            ('workflow_runs', 70), ('task_runs', 70), ('task_run_attempts', 100), ('logs', 100), ('events', 100)
        ) t (name, fill)
    loop
        v_with := format('with (fillfactor = %s)', v_table.fill);
        if not exists (select from pg_class c where c.relname = v_table.name || '_past'
                and c.relnamespace = 'stateroom'::regnamespace) then
            execute format('create table stateroom.%I partition of stateroom.%I for values from (minvalue) to (%L) %s',
                v_table.name || '_past', v_table.name,
                stateroom.uuidv7_floor(date_trunc('month', clock_timestamp(), 'UTC')), v_with);
            execute format('alter table stateroom.%I owner to stateroom_owner', v_table.name || '_past');
            return next v_table.name || '_past';
        end if;
        for v_offset in 0 .. p_months loop
            v_from := date_trunc('month', clock_timestamp(), 'UTC');
            v_from := (v_from at time zone 'UTC' + v_offset * interval '1 month') at time zone 'UTC';
            v_name := v_table.name || to_char(v_from at time zone 'UTC', '_YYYY_MM');
            if exists (select from pg_class c where c.relname = v_name
                    and c.relnamespace = 'stateroom'::regnamespace) then
                continue;
            end if;
            execute format('create table stateroom.%I partition of stateroom.%I for values from (%L) to (%L) %s',
                v_name, v_table.name, stateroom.uuidv7_floor(v_from),
                stateroom.uuidv7_floor((v_from at time zone 'UTC' + interval '1 month') at time zone 'UTC'), v_with);
            execute format('alter table stateroom.%I owner to stateroom_owner', v_name);
            return next v_name;
        end loop;
    end loop;
end
$$;

select stateroom.ensure_partitions();

-- Empty the slots of finished_runs that every reader has read (with no reader: that are older than five minutes);
-- returns how many were emptied. A slot in which somebody still reads is left for the next time.
-- Called by: the scheduler, each minute. Security definer: TRUNCATE is granted to nobody.
create or replace function stateroom.drop_finished_runs() returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog
    set lock_timeout = '500ms'
as $$
declare
    v_below xid8 := (select min(read_below) from stateroom.finished_run_readers);
    v_slot smallint;
    v_count integer := 0;
begin
    foreach v_slot in array array[0, 1, 2, 3]::smallint[] loop
        if v_slot in (stateroom.finished_slot(), (stateroom.finished_slot() + 3) % 4)
            or not exists (select from stateroom.finished_runs f where f.slot = v_slot)
            or exists (select from stateroom.finished_runs f where f.slot = v_slot and f.xid >= v_below) then
            continue;
        end if;
        begin
            case v_slot
                when 0 then truncate stateroom.finished_runs_0;
                when 1 then truncate stateroom.finished_runs_1;
                when 2 then truncate stateroom.finished_runs_2;
                else truncate stateroom.finished_runs_3;
            end case;
            v_count := v_count + 1;
        exception when lock_not_available then
            continue;
        end;
    end loop;
    return v_count;
end
$$;

-- The slot of finished_runs that is written now: four of five minutes each, in turn.
create or replace function stateroom.finished_slot() returns smallint
    language sql stable parallel safe
    return ((extract(epoch from stateroom.now())::bigint / 300) % 4)::smallint;
