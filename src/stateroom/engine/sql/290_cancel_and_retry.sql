-- Cancel and retry, of a single task run or of a whole workflow run: both take either id.

-- Which of the two a run's id is, and whether the caller may do this to it: people to a planned task's run only if they see
-- the task, services of the database to all of their projects. Raises SR404 and SR403.
create or replace function stateroom.find_run(p_run uuid, p_need text) returns text
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_kind text := 'workflow_run';
    v_project uuid := (select w.project_id from stateroom.workflow_runs w where w.id = p_run);
    v_seen boolean := true;
begin
    if v_project is null then
        v_kind := 'task_run';
        select t.project_id, k.kind <> 'planned'
                or stateroom.sees_task(k.project_id, k.assigned_user_id, k.assigned_role, k.created_by)
                or t.project_id = any (stateroom.client_projects('read:tasks')) into v_project, v_seen
        from stateroom.task_runs t join stateroom.tasks k on k.id = t.task_id where t.id = p_run;
    end if;
    if v_project is null or not coalesce(v_seen, false) or not stateroom.sees_project(v_project) then
        raise exception using errcode = 'SR404', message = format('run %s does not exist', p_run),
            hint = 'List the runs that you may see.';
    end if;
    perform stateroom.require_project(v_project, p_need);
    return v_kind;
end
$$;

-- Cancel what is not finished, and what it has enqueued. What runs is told to stop and the answer is 'cancelling'; else 'cancelled'.
-- Raises SR409 when the run is already final. Locks leases in order of run, then what waits, then records that
-- nobody holds. Called by: people. Security definer: the record is written by nobody directly.
create or replace function stateroom.cancel_run(p_run uuid) returns text
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    if stateroom.find_run(p_run, 'run') = 'workflow_run' then
        return stateroom.cancel_workflow_run(p_run);
    end if;
    return stateroom.cancel_task_run(p_run);
end
$$;

-- Cancel a task run, and first the unfinished ones that it has enqueued. Called by: cancel_run, cancel_workflow_run.
create or replace function stateroom.cancel_task_run(p_run uuid) returns text
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_row record;
begin
    perform stateroom.cancel_task_run(t.id) from stateroom.task_runs t where t.parent_run_id = p_run and t.state is null;
    update stateroom.leases l set cancel_requested_at = coalesce(l.cancel_requested_at, stateroom.now())
    where l.run_id = p_run;
    if found then
        perform pg_notify('stateroom_cancel', '');
        return 'cancelling';
    end if;
    select t.workflow_run_id, t.task_id, t.map_index, t.run_at into v_row from stateroom.task_runs t where t.id = p_run;
    -- it goes on counting down: what needs it hears of it when what it needs has ended
    update stateroom.waiting_runs w set cancelling = true
    where w.workflow_run_id = v_row.workflow_run_id and w.task_id = v_row.task_id and w.map_index = v_row.map_index;
    delete from stateroom.delayed_runs d where d.run_at = v_row.run_at and d.run_id = p_run;
    update stateroom.task_runs t set state = 'cancelled', finished_at = stateroom.now()
    where t.id = p_run and t.state is null;
    if not found then
        raise exception using errcode = 'SR409',
            message = format('run %s already %s', p_run, (select t.state from stateroom.task_runs t where t.id = p_run)),
            hint = 'Only waiting, scheduled, queued or running runs can be cancelled.';
    end if;
    perform stateroom.settle(array[p_run]);
    return 'cancelled';
end
$$;

-- The whole workflow run: what waits ends now, what runs is told to stop, and its end comes with the last of them.
create or replace function stateroom.cancel_workflow_run(p_run uuid) returns text
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_running integer;
begin
    update stateroom.workflow_runs w set cancel_requested_at = coalesce(w.cancel_requested_at, stateroom.now())
    where w.id = p_run and w.state = 'running';
    if not found then
        raise exception using errcode = 'SR409',
            message = format('run %s already %s', p_run, (select w.state from stateroom.workflow_runs w where w.id = p_run)),
            hint = 'Only unfinished runs can be cancelled.';
    end if;
    perform from stateroom.task_runs t join stateroom.leases l on l.run_id = t.id
    where t.workflow_run_id = p_run and t.state is null order by l.run_id for update of l;
    perform from stateroom.waiting_runs w where w.workflow_run_id = p_run order by w.step_no, w.map_index for update;
    with u as (
        update stateroom.task_runs t set state = 'cancelled', finished_at = stateroom.now()
        where t.workflow_run_id = p_run and t.state is null
            and not exists (select from stateroom.leases l where l.run_id = t.id)
        returning t.id, t.task_id, t.project_id, t.run_at
    ), d as (
        delete from stateroom.delayed_runs d using u where d.run_at = u.run_at and d.run_id = u.id
    ), p as (
        delete from stateroom.run_progress p using u where p.run_id = u.id
    )
    insert into stateroom.finished_runs (slot, state, finished_at, run_id, task_id, project_id, workflow_run_id)
    select stateroom.finished_slot(), 'cancelled', stateroom.now(), u.id, u.task_id, u.project_id, p_run from u;
    update stateroom.leases l set cancel_requested_at = coalesce(l.cancel_requested_at, stateroom.now())
    from stateroom.task_runs t where t.workflow_run_id = p_run and t.state is null and l.run_id = t.id;
    perform stateroom.cancel_task_run(c.id)
    from stateroom.task_runs t join stateroom.task_runs c on c.parent_run_id = t.id
    where t.workflow_run_id = p_run and c.state is null;
    select count(*) into v_running from stateroom.task_runs t where t.workflow_run_id = p_run and t.state is null;
    delete from stateroom.waiting_runs w where w.workflow_run_id = p_run and (w.task_id <> p_run or v_running = 0);
    if v_running = 0 then
        perform stateroom.finish_workflow_run(p_run);
        return 'cancelled';
    end if;
    update stateroom.waiting_runs w set waiting_on = v_running, cancelling = true where w.workflow_run_id = p_run;
    perform pg_notify('stateroom_cancel', '');
    return 'cancelling';
end
$$;

-- Put failed, timed-out and cancelled runs back, with everything below them in the graph; returns how many task runs.
-- Their attempts go on counting, their retries start anew. Raises SR409 unless the run is final and not a success.
-- Called by: people. Locks the workflow run's row. Security definer: the record is written by nobody directly.
create or replace function stateroom.retry_run(p_run uuid) returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_kind text := stateroom.find_run(p_run, 'run');
    v_workflow_run uuid := p_run;
    v_row record;
    v_runs uuid[];
    v_deadline timestamptz;
begin
    if v_kind = 'task_run' then
        select t.state, t.workflow_run_id into v_row from stateroom.task_runs t where t.id = p_run;
        v_workflow_run := v_row.workflow_run_id;
    else
        select w.state, w.id into v_row from stateroom.workflow_runs w where w.id = p_run;
    end if;
    if v_row.state is null or v_row.state not in ('failed', 'timed_out', 'cancelled') then
        raise exception using errcode = 'SR409', message = format('run %s is %s', p_run,
            coalesce(v_row.state::text, 'not finished')),
            hint = 'Only failed, timed out or cancelled runs can be retried; a successful one can be started anew.';
    end if;
    if v_workflow_run is null then
        v_runs := array[p_run];
    else
        select w.state, w.version_id into v_row from stateroom.workflow_runs w where w.id = v_workflow_run for update;
        if v_row.state = 'running' then
            raise exception using errcode = 'SR409', message = format('workflow run %s is still running', v_workflow_run),
                hint = 'Wait for its end, or cancel it; then retry.';
        end if;
        v_runs := stateroom.below(v_workflow_run, case when v_kind = 'task_run' then p_run end);
    end if;
    insert into stateroom.task_run_attempts (task_run_id, attempt, agent_id, started_at, finished_at, outcome, exit_code,
        error_type, error_message, output)
    select t.id, t.attempt, t.agent_id, t.started_at, t.finished_at, t.state::text::stateroom.attempt_outcome, t.exit_code,
        t.error_type, t.error_message, t.output
    from stateroom.task_runs t
    where t.id = any (v_runs) and t.started_at is not null and t.state in ('failed', 'timed_out', 'cancelled');
    -- What a cancelled run may have left behind: its place among the ready, or a lease that was just being taken.
    delete from stateroom.leases l where l.run_id = any (v_runs);
    delete from stateroom.ready_runs r where r.run_id = any (v_runs);
    update stateroom.task_runs t set state = null, finished_at = null, started_at = null, result = null, parts = null,
        output = null, exit_code = null, error_type = null, error_message = null, failures = 0, losses = 0, run_at = null
    where t.id = any (v_runs) and t.state is not null;
    perform stateroom.note_limits(v_runs);
    if v_workflow_run is null then
        insert into stateroom.ready_runs (lane, rank, run_id)
        select stateroom.lane(t.queue, s.action, s.required_capabilities), 10 - t.priority, t.id
        from stateroom.task_runs t join stateroom.tasks s on s.id = t.task_id where t.id = p_run;
        perform stateroom.hint_ready();
    else
        update stateroom.workflow_runs r set state = 'running', finished_at = null, cancel_requested_at = null,
            error_message = null, late = false, deadline_at = stateroom.now() + make_interval(secs => w.timeout_seconds)
        from stateroom.workflows w where r.id = v_workflow_run and w.id = r.workflow_id
        returning r.deadline_at into v_deadline;
        insert into stateroom.run_limits (at, run_id, kind) values (v_deadline, v_workflow_run, 'deadline');
        perform stateroom.place_runs(v_workflow_run, v_row.version_id);
        insert into stateroom.events (project_id, type, workflow_run_id, actor_id, payload)
        select w.project_id, 'run_retried', w.id, stateroom.current_user_id(), jsonb_build_object('task_runs',
            cardinality(v_runs)) from stateroom.workflow_runs w where w.id = v_workflow_run;
        perform stateroom.follow_deployment(w.id) from stateroom.workflow_runs w
        where w.id = v_workflow_run and w.environment is not null;
    end if;
    return cardinality(v_runs);
end
$$;

-- The runs that a retry starts from (one, or all that failed, timed out or were cancelled) and all below them.
create or replace function stateroom.below(p_workflow_run uuid, p_run uuid) returns uuid[]
    language sql stable
    set search_path = pg_catalog
as $$
    with recursive roots as (
        select t.id, t.task_id from stateroom.task_runs t
        where t.workflow_run_id = p_workflow_run
            and case when p_run is null then t.state in ('failed', 'timed_out', 'cancelled') else t.id = p_run end
    ), under (task_id) as (
        select d.task_id from roots join stateroom.task_dependencies d
            on d.depends_on_task_id = roots.task_id and d.dependency_type = 'blocks'
        union
        select d.task_id from under join stateroom.task_dependencies d
            on d.depends_on_task_id = under.task_id and d.dependency_type = 'blocks'
    )
    select array(
        select roots.id from roots
        union
        select t.id from under join stateroom.task_runs t
            on t.workflow_run_id = p_workflow_run and t.task_id = under.task_id
    )
$$;

-- How a single task run stands and what came of it; to be asked again while it is not final.
-- {"state", "result", "error_type", "error_message", "started_at", "finished_at"}. Raises SR404.
-- Called by: people, and services in their own transactions. Security definer: the record is read by nobody directly.
create or replace function stateroom.result(p_run uuid) returns jsonb
    language plpgsql stable security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.find_run(p_run, 'read');
    if not exists (select from stateroom.task_run_states s where s.id = p_run) -- what the caller sees as a person
        and not exists (select from stateroom.task_runs t where t.id = p_run
            and t.project_id = any (stateroom.client_projects('read:tasks'))) then
        raise exception using errcode = 'SR404', message = format('run %s does not exist', p_run),
            hint = 'List the runs that you may see.';
    end if;
    return (
        select jsonb_build_object('state', coalesce(t.state::text,
            case when exists (select from stateroom.leases l where l.run_id = t.id) then 'running'
                when exists (select from stateroom.delayed_runs d where d.run_at = t.run_at and d.run_id = t.id)
                    then 'scheduled'
                when exists (select from stateroom.waiting_runs w where w.workflow_run_id = t.workflow_run_id
                    and w.task_id = t.task_id and w.map_index = t.map_index) then 'waiting'
                else 'queued' end), 'result', t.result, 'error_type', t.error_type, 'error_message', t.error_message,
            'started_at', t.started_at, 'finished_at', t.finished_at)
        from stateroom.task_runs t where t.id = p_run);
end
$$;
