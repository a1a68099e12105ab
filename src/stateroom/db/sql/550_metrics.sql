-- Metrics: written in batches, rolled up step by step, so that old ones are few.

-- Write values as they are: [{"name", "value", "category", "kind", "unit", "component_name", "dimensions",
-- "observed_at"}], of which only name and value must be there. Counters are written as what was added since the last
-- time. Returns how many; SR422 when one is not well formed, and then none is written.
-- Called by: API, workers and upkeep, in the background. Security definer: nobody may insert otherwise.
create or replace function stateroom.write_metrics(p_metrics jsonb[]) returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_count integer;
begin
    insert into stateroom.system_metrics (observed_at, value, category, kind, name, unit, component_name, dimensions)
    select coalesce(r.observed_at, stateroom.now()), r.value, coalesce(r.category, 'performance'),
        coalesce(r.kind, 'gauge'), r.name, r.unit, r.component_name, coalesce(r.dimensions, '{}')
    from unnest(p_metrics) m cross join lateral jsonb_to_record(m) as r (
        observed_at timestamptz, value double precision, category stateroom.metric_category,
        kind stateroom.metric_kind, name text, unit text, component_name text, dimensions jsonb);
    get diagnostics v_count = row_count;
    return v_count;
exception when data_exception or integrity_constraint_violation then
    raise exception using errcode = 'SR422', message = format('a metric is not well formed: %s', sqlerrm),
        hint = 'Give name and value, and words of metric_category and metric_kind.';
end
$$;

-- Sum one period of metrics up from the finer one, p_position to below p_until by id, in slices of p_width.
-- A slice may get several rows, when values came late: `samples` says how many each stands for.
create or replace function stateroom.roll_up_period(
    p_period stateroom.aggregation_period, p_finer stateroom.aggregation_period, p_width interval, p_position uuid,
    p_until uuid
) returns bigint
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_count bigint;
begin
    insert into stateroom.system_metrics (observed_at, value, least, greatest, samples, category, kind,
        aggregation_period, name, unit, component_name, dimensions)
    select date_bin(p_width, m.observed_at, '2000-01-03 00:00:00+00'),
        case m.kind when 'counter' then sum(m.value) else sum(m.value * m.samples) / sum(m.samples) end,
        min(coalesce(m.least, m.value)), max(coalesce(m.greatest, m.value)), sum(m.samples), m.category, m.kind,
        p_period, m.name, m.unit, m.component_name, m.dimensions
    from stateroom.system_metrics m
    where m.id >= p_position and m.id < p_until and m.aggregation_period = p_finer
    group by 1, m.category, m.kind, m.name, m.unit, m.component_name, m.dimensions;
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

-- Roll metrics up: instant → 1min → 5min → 15min → 1hour → 1day, each when one of its slices has ended; returns how many
-- rows were written for each period. Ids below `position` have been rolled up; the last seconds are left, since a
-- slow transaction may still commit there.
-- Called by: the upkeep of each minute, as maintenance; one at a time.
create or replace function stateroom.roll_up_metrics(p_until timestamptz default clock_timestamp() - interval '10 seconds')
    returns table (period stateroom.aggregation_period, written bigint)
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_step record;
    v_done stateroom.metric_rollups;
    v_slice timestamptz;
    v_until uuid;
begin
    perform pg_advisory_xact_lock(hashtextextended('stateroom.roll_up_metrics', 0));
    for v_step in
        select * from (values ('1min', 'instant', interval '1 minute'), ('5min', '1min', '5 minutes'),
            ('15min', '5min', '15 minutes'), ('1hour', '15min', '1 hour'), ('1day', '1hour', '1 day')
        ) s (period, finer, width)
    loop
        period := v_step.period;
        v_slice := date_bin(v_step.width, p_until, '2000-01-03 00:00:00+00');
        select * into v_done from stateroom.metric_rollups r where r.aggregation_period = period;
        continue when v_done.rolled_until >= v_slice;
        v_until := case period when '1min' then stateroom.uuidv7_floor(v_slice) else stateroom.uuidv7() end;
        written := stateroom.roll_up_period(period, v_step.finer::stateroom.aggregation_period, v_step.width,
            coalesce(v_done.position, '00000000-0000-0000-0000-000000000000'), v_until);
        insert into stateroom.metric_rollups (aggregation_period, rolled_until, position)
        values (period, v_slice, v_until)
        on conflict (aggregation_period) do update set rolled_until = excluded.rolled_until,
            position = excluded.position;
        return next;
    end loop;
end
$$;
