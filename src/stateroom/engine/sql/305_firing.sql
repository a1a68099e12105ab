-- Firing schedules: each time fires once, however many schedulers there are, kept by the unique key of schedule_firings.

-- When a schedule is due for one of its times: later by a jitter that its id and the time decide, at most p_jitter
-- seconds and always before the time that follows.
create or replace function stateroom.jittered(
    p_schedule uuid, p_time timestamptz, p_jitter integer, p_following timestamptz
) returns timestamptz
    language sql stable parallel safe
    return p_time + make_interval(secs => ('x' || substr(md5(p_schedule::text || extract(epoch from p_time)::bigint), 1, 15)
        )::bit(60)::bigint % (least(p_jitter, extract(epoch from p_following - p_time)::bigint - 1) + 1));

-- Schedules that are due or are to be planned, oldest first. Called by: schedulers, which compute the times of each.
create or replace function stateroom.due_schedules(p_limit integer default 1000) returns table (
    id uuid, cron_expression text, timezone text, next_run_at timestamptz, catchup_policy stateroom.catchup_policy,
    catchup_window_seconds integer, clock timestamptz, jitter_seconds integer, changed_at timestamptz
)
    language sql stable
    set search_path = pg_catalog
as $$
    select s.id, s.cron_expression, s.timezone, s.next_run_at, s.catchup_policy, s.catchup_window_seconds,
        stateroom.now(), s.jitter_seconds, s.updated_at
    from stateroom.schedules s
    where s.enabled and s.due_at <= stateroom.now()
    order by s.due_at limit p_limit
$$;

-- The runs of a schedule that go on; forgets those that have ended. Called by: whatever fires, holding the schedule's row.
create or replace function stateroom.open_runs(p_schedule uuid) returns uuid[]
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    update stateroom.schedule_firings f set run_open = false
    where f.schedule_id = p_schedule and f.run_open
        and not exists (select from stateroom.task_runs t where t.id = f.run_id and t.state is null)
        and not exists (select from stateroom.workflow_runs w where w.id = f.run_id and w.state = 'running');
    return array(select f.run_id from stateroom.schedule_firings f where f.schedule_id = p_schedule and f.run_open);
end
$$;

-- Start what a schedule starts, for a firing that is recorded; one that is refused (paused workflow, deleted task) is
-- recorded as refused. Returns the run or null. Called by: fire_once, start_queued, holding the schedule's row.
create or replace function stateroom.start_firing(p_schedule stateroom.schedules, p_firing uuid, p_time timestamptz)
returns uuid
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_run uuid;
begin
    if p_schedule.workflow_id is not null then
        v_run := stateroom.start_run(p_schedule.workflow_id, null, 'schedule', (p_schedule.params - 'env')
            || jsonb_build_object('schedule_id', p_schedule.id, 'fire_time', p_time),
            coalesce(p_schedule.params -> 'env', '{}'), null, p_schedule.id);
    else
        select e.run_id into v_run from stateroom.enqueue_runs(array[p_schedule.task_id], array[p_schedule.params],
            p_schedules => array[p_schedule.id]) as e;
    end if;
    update stateroom.schedule_firings f set run_id = v_run, outcome = 'started', detail = null,
        run_open = p_schedule.overlap_policy <> 'allow', fired_at = stateroom.now()
    where f.id = p_firing;
    update stateroom.schedules s set last_run_at = greatest(s.last_run_at, p_time),
        last_run_id = case when s.last_run_at > p_time then s.last_run_id else v_run end
    where s.id = p_schedule.id;
    return v_run;
exception when sqlstate 'SR404' or sqlstate 'SR409' then
    update stateroom.schedule_firings f set outcome = 'refused', detail = sqlerrm where f.id = p_firing;
    return null;
end
$$;

-- Fire one time of a schedule, which the caller has locked, as its overlap policy says: start it, or record it as skipped
-- or queued while a run goes on. A time that has fired, or is recorded, does nothing. At most 100 wait; a backfill never
-- skips or cancels, and waits for its turn without that limit. Returns the run, or null. Called by: fire_schedules, backfill.
create or replace function stateroom.fire_once(
    p_schedule stateroom.schedules, p_time timestamptz, p_backfill boolean default false
) returns uuid
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_firing uuid;
    v_open uuid[] := '{}';
    v_queued bigint := 0;
    v_policy stateroom.overlap_policy := p_schedule.overlap_policy;
begin
    insert into stateroom.schedule_firings (schedule_id, fire_time) values (p_schedule.id, p_time)
    on conflict (schedule_id, fire_time) do nothing returning id into v_firing;
    if v_firing is null then
        return null;
    elsif v_policy = 'allow' then
        return stateroom.start_firing(p_schedule, v_firing, p_time);
    end if;
    v_open := stateroom.open_runs(p_schedule.id);
    if v_policy = 'cancel_running' and not p_backfill then
        update stateroom.schedule_firings f set outcome = 'skipped', detail = format('replaced by that of %s', p_time)
        where f.schedule_id = p_schedule.id and f.outcome = 'queued';
        perform case when w.id is null then stateroom.cancel_task_run(r.id) else stateroom.cancel_workflow_run(r.id) end
        from unnest(v_open) as r (id) left join stateroom.workflow_runs w on w.id = r.id;
        v_open := stateroom.open_runs(p_schedule.id); -- what runs is told to stop, and this one waits for its end
    end if;
    select count(*) into v_queued from stateroom.schedule_firings f
    where f.schedule_id = p_schedule.id and f.outcome = 'queued';
    if v_open = '{}' and v_queued = 0 then
        return stateroom.start_firing(p_schedule, v_firing, p_time);
    end if;
    update stateroom.schedule_firings f set (outcome, detail) = (select
        case when not p_backfill and (v_policy = 'skip' or v_queued >= 100) then 'skipped' else 'queued'
            end::stateroom.firing_outcome,
        case when v_queued >= 100 and v_policy <> 'skip' then '100 firings are waiting already'
            when v_open = '{}' then 'it waits for its turn' else format('run %s goes on', v_open[1]) end)
    where f.id = v_firing;
    return null;
end
$$;

-- Fire many schedules and set their next times; returns the runs that were started. Parallel arrays: the schedules, the
-- next_run_at that the scheduler saw (when another was faster, or holds one, nothing happens to it), the next time and
-- the one that follows it; and, apart, the times to fire with their schedules, oldest first. All of it is one transaction.
-- Those that start tasks and need no look at others start in one statement. Called by: schedulers. Locks the schedules in
-- order of id with SKIP LOCKED. Security definer: it writes for the owners.
create or replace function stateroom.fire_schedules(
    p_schedules uuid[], p_expected timestamptz[], p_next timestamptz[], p_following timestamptz[],
    p_fired uuid[], p_fire_times timestamptz[]
) returns setof uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_locked uuid[];
    v_plain uuid[];
    v_runs uuid[];
    v_tasks uuid[];
    v_inputs jsonb[];
    v_owners uuid[];
    v_fire record;
    v_schedule stateroom.schedules;
    v_run uuid;
begin
    v_locked := array(
        select s.id from unnest(p_schedules, p_expected) as i (id, expected)
        join stateroom.schedules s on s.id = i.id
        where s.enabled and s.next_run_at is not distinct from i.expected
        order by s.id for no key update of s skip locked);
    v_plain := array(
        select s.id from (select f as id, count(*) as times from unnest(p_fired) as f group by 1) as i
        join unnest(v_locked) as l (id) on l.id = i.id join stateroom.schedules s on s.id = i.id
        join stateroom.tasks t on t.id = s.task_id
        where t.deleted_at is null and t.kind = 'routine' and t.action not in ('manual', 'http')
            and (s.overlap_policy = 'allow' or i.times = 1
                and not exists (
                    select from stateroom.schedule_firings f where f.schedule_id = s.id and f.run_open)
                and not exists (
                    select from stateroom.schedule_firings f where f.schedule_id = s.id and f.outcome = 'queued')));
    with f as (
        insert into stateroom.schedule_firings (schedule_id, fire_time, run_id, run_open)
        select s.id, i.fire_time, stateroom.uuidv7(), s.overlap_policy <> 'allow'
        from unnest(p_fired, p_fire_times) with ordinality as i (id, fire_time, no)
        join unnest(v_plain) as p (id) on p.id = i.id join stateroom.schedules s on s.id = i.id
        order by i.no
        on conflict (schedule_id, fire_time) do nothing
        returning schedule_id, fire_time, run_id
    ), l as (
        select distinct on (f.schedule_id) f.schedule_id, f.fire_time, f.run_id from f
        order by f.schedule_id, f.fire_time desc
    ), n as (
        update stateroom.schedules s set next_run_at = i.next,
            due_at = stateroom.jittered(s.id, i.next, s.jitter_seconds, i.following),
            last_run_at = coalesce(l.fire_time, s.last_run_at), last_run_id = coalesce(l.run_id, s.last_run_id)
        from unnest(p_schedules, p_next, p_following) as i (id, next, following)
        join unnest(v_locked) as k (id) on k.id = i.id left join l on l.schedule_id = i.id
        where s.id = i.id
    )
    select array_agg(f.run_id order by f.run_id), array_agg(s.task_id order by f.run_id),
        array_agg(s.params order by f.run_id), array_agg(s.id order by f.run_id)
    into v_runs, v_tasks, v_inputs, v_owners
    from f join stateroom.schedules s on s.id = f.schedule_id;
    if v_runs is not null then
        return query select e.run_id from stateroom.enqueue_runs(v_tasks, v_inputs, p_ids => v_runs,
            p_schedules => v_owners) as e;
    end if;
    for v_fire in
        select i.id, i.fire_time from unnest(p_fired, p_fire_times) with ordinality as i (id, fire_time, no)
        join unnest(v_locked) as l (id) on l.id = i.id left join unnest(v_plain) as p (id) on p.id = i.id
        where p.id is null order by i.no
    loop
        select * into v_schedule from stateroom.schedules s where s.id = v_fire.id;
        v_run := stateroom.fire_once(v_schedule, v_fire.fire_time);
        if v_run is not null then
            return next v_run;
        end if;
    end loop;
end
$$;
