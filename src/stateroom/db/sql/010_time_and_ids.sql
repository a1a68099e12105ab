-- Time and time-ordered ids. Applied before the tables, whose defaults call these.
-- Only functions that compute: RETURN bodies with qualified names, so that the planner can inline them.

-- The clock of every rule: the start of the statement. Tests replace it to move time; ids keep real time.
create or replace function stateroom.now() returns timestamptz
    language sql stable parallel safe
    return pg_catalog.statement_timestamp();

-- A new UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits of the millisecond's fraction, 62 random bits.
-- Built in from PostgreSQL 18; before that a function with the same layout. Ids are in the order of time to the microsecond;
-- of those made within one microsecond 18 keeps the order of one backend, and the function does not.
do $do$
begin
    if current_setting('server_version_num')::int >= 180000 then
        create or replace function stateroom.uuidv7() returns uuid
            language sql volatile parallel safe
            return pg_catalog.uuidv7();
    else
        create or replace function stateroom.uuidv7() returns uuid
            language sql volatile parallel safe
            return (overlay(
                lpad(to_hex((date_part('epoch', clock_timestamp()) * 4096000)::bigint), 15, '0') placing '7' from 13 for 0
            ) || substr(gen_random_uuid()::text, 20))::uuid;
    end if;
end
$do$;

-- The smallest UUIDv7 of the millisecond in which the time stands: turns a bound in time into a bound of ids.
-- Immutable, so a constant argument is folded when the statement is planned, and partitions are pruned.
create or replace function stateroom.uuidv7_floor(p_at timestamptz) returns uuid
    language sql immutable strict parallel safe
    return (lpad(to_hex(floor(extract(epoch from p_at - '1970-01-01 00:00:00+00'::timestamptz) * 1000)::bigint), 12, '0')
        || '70008000000000000000')::uuid;

-- The time in which a UUIDv7 was made, to about a quarter of a microsecond rounded to a microsecond.
create or replace function stateroom.uuid_timestamp(p_id uuid) returns timestamptz
    language sql immutable strict parallel safe
    return '1970-01-01 00:00:00+00'::timestamptz
        + ('x' || lpad(left(replace(p_id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint * interval '1 millisecond'
        + ('x' || lpad(substr(p_id::text, 16, 3), 8, '0'))::bit(32)::int * interval '1 microsecond' * 1000 / 4096;

-- Whether the text is the name of a time zone that this server knows.
create or replace function stateroom.is_timezone(p_name text) returns boolean
    language plpgsql stable strict parallel safe
    set search_path = pg_catalog
as $$
begin
    perform pg_catalog.now() at time zone p_name;
    return p_name ~ '^[A-Za-z]';
exception when invalid_parameter_value then
    return false;
end
$$;

-- The numbers that one field of a cron rule stands for (32 is the last day of the month); null when it is not well formed.
-- Only for is_cron: of days of the week like 5#2 or 5L it says nothing but that they are well formed.
create or replace function stateroom.cron_values(p_field text, p_least integer, p_most integer, p_names text[])
    returns integer[]
    language plpgsql immutable parallel safe
    set search_path = pg_catalog
as $$
declare
    v_term text;
    v_part text[];
    v_from integer;
    v_to integer;
    v_found integer[] := '{}';
begin
    foreach v_term in array string_to_array(p_field, ',') loop
        for v_no in 1 .. cardinality(p_names) loop -- the names' numbers begin with the least
            v_term := regexp_replace(v_term, '(?<![A-Z0-9#/])' || p_names[v_no] || '(?![A-Z0-9])',
                (v_no + p_least - 1)::text, 'g');
        end loop;
        if p_most = 31 and v_term ~ '^LW?(/0*[1-9][0-9]{0,8})?$' then
            v_found := v_found || 32;
            continue;
        elsif p_most = 7 and v_term ~ '^0*[0-7](#0*[1-5]|L)$' then
            continue;
        end if;
        v_part := regexp_match(v_term, '^(?:(\*)|0*([0-9]{1,2})(?:-0*([0-9]{1,2}))?)(?:/0*([1-9][0-9]{0,8}))?$');
        if v_part is null then
            return null;
        end if;
        v_from := coalesce(v_part[2]::integer, p_least);
        v_to := coalesce(v_part[3]::integer, case when v_part[2] is null then p_most else v_from end);
        if v_part[4] is not null and v_to = v_from then -- 5/10 goes on to the end
            v_to := p_most;
        end if;
        if v_from < p_least or v_to > p_most or v_from > v_to then
            return null;
        end if;
        v_found := v_found || array(select generate_series(v_from, v_to, coalesce(v_part[4]::integer, 1)));
    end loop;
    return v_found;
end
$$;

-- Whether the text is a cron rule that the scheduler understands: five fields with lists, ranges, steps, names, 7 for
-- Sunday, L and LW (last day, last working day), 5L, 5#2, or a macro; and no day that none of its months has.
-- The check of schedules.cron_expression; domains/schedules/cron.py says what the rules mean.
create or replace function stateroom.is_cron(p_rule text) returns boolean
    language plpgsql immutable strict parallel safe
    set search_path = pg_catalog
as $$
declare
    v_fields text[] := regexp_split_to_array(btrim(upper(p_rule), E' \t\n\r'), '[ \t\n\r]+');
    v_days integer[];
    v_months integer[];
begin
    if cardinality(v_fields) = 1 then
        return v_fields[1] in ('@YEARLY', '@ANNUALLY', '@MONTHLY', '@WEEKLY', '@DAILY', '@MIDNIGHT', '@HOURLY');
    elsif cardinality(v_fields) <> 5 then
        return false;
    end if;
    v_days := stateroom.cron_values(v_fields[3], 1, 31, '{}');
    v_months := stateroom.cron_values(v_fields[4], 1, 12, '{JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC}');
    if stateroom.cron_values(v_fields[1], 0, 59, '{}') is null or stateroom.cron_values(v_fields[2], 0, 23, '{}') is null
        or v_days is null or v_months is null
        or stateroom.cron_values(v_fields[5], 0, 7, '{SUN,MON,TUE,WED,THU,FRI,SAT}') is null then
        return false;
    end if;
    -- a day of the month and one of the week are alternatives, unless one of the fields starts with a star
    return not (v_fields[3] like '*%' or v_fields[5] like '*%') or 32 = any (v_days) or exists (
        select from unnest(v_months) as m (no)
        where (select min(d) from unnest(v_days) as d)
            <= case when m.no = 2 then 29 when m.no in (4, 6, 9, 11) then 30 else 31 end
    );
end
$$;
