-- Firings apart from their time: those that wait for their turn, those put off, and those of the past.

-- Start queued firings whose schedule has no run that goes on, the oldest of each; returns how many were taken up.
-- Called by: schedulers at each look. Locks the schedules with SKIP LOCKED. Security definer: it writes for the owners.
create or replace function stateroom.start_queued(p_limit integer default 100) returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_schedule stateroom.schedules;
    v_firing record;
    v_taken integer := 0;
begin
    for v_schedule in
        select s.* from stateroom.schedules s
        where s.enabled and s.id in (
            select f.schedule_id from stateroom.schedule_firings f where f.outcome = 'queued')
            and not exists (
                select from stateroom.schedule_firings f
                left join stateroom.task_runs t on t.id = f.run_id left join stateroom.workflow_runs w on w.id = f.run_id
                where f.schedule_id = s.id and f.run_open and (t.id is not null and t.state is null or w.state = 'running'))
        order by s.id limit p_limit for no key update of s skip locked
    loop
        continue when stateroom.open_runs(v_schedule.id) <> '{}';
        select f.id, f.fire_time into v_firing from stateroom.schedule_firings f
        where f.schedule_id = v_schedule.id and f.outcome = 'queued' order by f.fire_time limit 1;
        continue when not found;
        perform stateroom.start_firing(v_schedule, v_firing.id, v_firing.fire_time);
        v_taken := v_taken + 1;
    end loop;
    return v_taken;
end
$$;

-- Put off schedules whose times nobody can compute or start: they are looked at again at p_until.
-- Called by: schedulers. Security definer: it writes for the owners.
create or replace function stateroom.put_off_schedule(p_schedule uuid, p_until timestamptz) returns void
    language sql volatile security definer
    set search_path = pg_catalog
as $$
    update stateroom.schedules s set due_at = p_until where s.id = p_schedule
$$;

-- Fire times of a schedule that have passed, each once, also against those that fired already; all are started or, unless
-- its overlap policy is 'allow', take turns. Returns one row for each time: its run, and what became of it (now or before).
-- Raises SR404, SR403, SR409 (paused), SR422 (more than 1,000, or one is not past).
-- Called by: people who manage the project; REST and CLI compute the times of a range. Locks the schedule.
-- Security definer: firings are written by nobody directly.
create or replace function stateroom.backfill_schedule(p_schedule uuid, p_times timestamptz[]) returns table (
    fire_time timestamptz, run_id uuid, outcome stateroom.firing_outcome, is_new boolean
)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_schedule stateroom.schedules;
    v_since timestamptz := stateroom.now();
    v_before timestamptz[];
begin
    perform stateroom.find_schedule(p_schedule);
    select * into v_schedule from stateroom.schedules s where s.id = p_schedule for no key update;
    if cardinality(p_times) > 1000 or exists (select from unnest(p_times) as t where t is null or t > v_since) then
        raise exception using errcode = 'SR422', message = format('times: at most 1000 that have passed, not %s up to %s',
            cardinality(p_times), (select max(t) from unnest(p_times) as t)), hint = 'Ask for a shorter range.';
    elsif not v_schedule.enabled then
        raise exception using errcode = 'SR409', message = format('schedule %s is paused', v_schedule.name),
            hint = 'Resume it first.';
    end if;
    v_before := array(select f.fire_time from stateroom.schedule_firings f
        where f.schedule_id = p_schedule and f.fire_time = any (p_times));
    perform stateroom.fire_once(v_schedule, i.t, true) from (select distinct unnest(p_times) as t order by 1) as i;
    return query select f.fire_time, f.run_id, f.outcome, f.fire_time <> all (v_before)
        from stateroom.schedule_firings f
        where f.schedule_id = p_schedule and f.fire_time = any (p_times) order by f.fire_time;
end
$$;
