-- Statistics of runs: one row for each task, agent and hour, added to from finished_runs, so that the record itself is
-- never read for them; and one for each agent and hour, so that a busy week of all tasks is not added up for a glance.
--
-- Durations are counted in buckets that grow by the square root of 2: bucket 1 is below 1 ms, bucket n ≥ 2 reaches from
-- 2^((n-2)/2) to 2^((n-1)/2) ms, bucket 64 is everything above 2^31 ms (25 days). An array ends with its last bucket that is not
-- empty. A percentile is a point within its bucket, so it is wrong by 41 % at most, and by 10 % as a rule.

-- The bucket of a duration.
create or replace function stateroom.duration_bucket(p_ms double precision) returns integer
    language sql immutable parallel safe
    return case when p_ms is null then null when p_ms < 1 then 1
        else least(64, floor(2 * ln(p_ms) / ln(2::double precision))::integer + 2) end;

-- The sum of two histograms. Called by: rollup_run_stats.
create or replace function stateroom.add_histograms(p_one integer[], p_other integer[]) returns integer[]
    language sql immutable parallel safe
    return array(select coalesce(u.one, 0) + coalesce(u.other, 0)
        from unnest(p_one, p_other) with ordinality as u (one, other, no) order by u.no);

-- The duration in ms below which the share p_share of the counted runs lies; null of none.
create or replace function stateroom.histogram_percentile(p_counts bigint[], p_share double precision)
    returns double precision
    language sql immutable parallel safe
    return (
        select case when c.no = 1 then 1 else power(2, (c.no - 2) / 2.0) end::double precision
            * case when c.no = 1 then c.share else power(2, c.share / 2) end
        from (
            select h.no, (h.total * p_share - (h.below - h.n)) / nullif(h.n, 0)::double precision as share, h.below, h.total
            from (
                select u.no, u.n, sum(u.n) over (order by u.no) as below, sum(u.n) over () as total
                from unnest(p_counts) with ordinality as u (n, no)
            ) as h
            where h.n > 0
        ) as c
        where c.below >= c.total * p_share
        order by c.no limit 1
    );

-- Add what has ended since the last call to run_stats; returns how many runs. Each is counted once: those of transactions
-- that were over when this one looked, from where the reader 'run_stats' stands, which moves in the same transaction. Where
-- another is at it, 0 at once. Called by: the scheduler, each minute, before drop_finished_runs. Takes an advisory lock.
create or replace function stateroom.rollup_run_stats() returns bigint
    language plpgsql volatile security definer -- the engine only adds to these statistics, it does not write them
    set search_path = pg_catalog
as $$
declare
    v_from xid8;
    v_below xid8;
    v_count bigint;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('stateroom.rollup_run_stats', 0)) then
        return 0;
    end if;
    insert into stateroom.finished_run_readers (name, read_below) values ('run_stats', '0') on conflict (name) do nothing;
    select r.read_below into v_from from stateroom.finished_run_readers r where r.name = 'run_stats' for update;
    v_below := pg_snapshot_xmin(pg_current_snapshot());
    with f as materialized (
        select f.project_id, f.task_id, f.agent_id, date_trunc('hour', f.finished_at, 'UTC') as hour, f.state,
            greatest(extract(epoch from f.finished_at - f.started_at)::double precision * 1000, 0) as ms
        from stateroom.finished_runs f where f.xid >= v_from and f.xid < v_below
    ), b as (
        select f.task_id, f.agent_id, f.hour, stateroom.duration_bucket(f.ms) as no, count(*)::integer as n
        from f where f.ms is not null and f.state <> 'skipped' group by 1, 2, 3, 4
    ), h as (
        select b.task_id, b.agent_id, b.hour, max(b.no) as most, array_agg(b.no) as nos, array_agg(b.n) as counts
        from b group by 1, 2, 3
    ), s as (
        select (array_agg(f.project_id))[1] as project_id, f.task_id, f.agent_id, f.hour, count(*) as n,
            count(*) filter (where f.state = 'succeeded') as succeeded, count(*) filter (where f.state = 'failed') as failed,
            count(*) filter (where f.state = 'cancelled') as cancelled,
            count(*) filter (where f.state = 'timed_out') as timed_out,
            count(*) filter (where f.state = 'skipped') as skipped,
            coalesce(round(sum(f.ms) filter (where f.state <> 'skipped'))::bigint, 0) as ms
        from f group by f.task_id, f.agent_id, f.hour
    ), w as (
        insert into stateroom.run_stats as r (project_id, task_id, agent_id, hour, succeeded, failed, cancelled, timed_out,
            skipped, duration_ms_sum, durations)
        select s.project_id, s.task_id, s.agent_id, s.hour, s.succeeded, s.failed, s.cancelled, s.timed_out, s.skipped,
            s.ms, case cardinality(h.nos) when 1 then array_fill(0, array[h.most - 1]) || h.counts -- as a rule
                else array(select coalesce(h.counts[array_position(h.nos, g.no)], 0)
                    from generate_series(1, h.most) as g (no) order by g.no) end
        from s left join h on h.task_id = s.task_id and h.hour = s.hour and h.agent_id is not distinct from s.agent_id
        order by s.task_id, s.agent_id, s.hour
        on conflict (task_id, agent_id, hour) do update set succeeded = r.succeeded + excluded.succeeded,
            failed = r.failed + excluded.failed, cancelled = r.cancelled + excluded.cancelled,
            timed_out = r.timed_out + excluded.timed_out, skipped = r.skipped + excluded.skipped,
            duration_ms_sum = r.duration_ms_sum + excluded.duration_ms_sum,
            durations = stateroom.add_histograms(r.durations, excluded.durations)
    ), a as (
        insert into stateroom.agent_stats as r (agent_id, hour, succeeded, failed, cancelled, timed_out, skipped,
            duration_ms_sum)
        select s.agent_id, s.hour, sum(s.succeeded), sum(s.failed), sum(s.cancelled), sum(s.timed_out), sum(s.skipped),
            sum(s.ms)
        from s where s.agent_id is not null group by s.agent_id, s.hour order by s.agent_id, s.hour
        on conflict (agent_id, hour) do update set succeeded = r.succeeded + excluded.succeeded,
            failed = r.failed + excluded.failed, cancelled = r.cancelled + excluded.cancelled,
            timed_out = r.timed_out + excluded.timed_out, skipped = r.skipped + excluded.skipped,
            duration_ms_sum = r.duration_ms_sum + excluded.duration_ms_sum
    )
    select coalesce(sum(s.n), 0) into v_count from s;
    update stateroom.finished_run_readers r set read_below = v_below, updated_at = stateroom.now() where r.name = 'run_stats';
    return v_count;
end
$$;
