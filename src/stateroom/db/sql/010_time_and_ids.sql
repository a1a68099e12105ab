-- Time and time-ordered ids. Applied before the tables, whose defaults call these.
-- Only functions that compute: RETURN bodies with qualified names, so that the planner can inline them.

-- The clock of every rule: the start of the statement. Tests replace it to move time; ids keep real time.
create or replace function stateroom.now() returns timestamptz
    language sql stable parallel safe
    return pg_catalog.statement_timestamp();

-- A new UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits of the millisecond's fraction, 62 random bits.
-- Built in from PostgreSQL 18; before that a function with the same layout.
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
