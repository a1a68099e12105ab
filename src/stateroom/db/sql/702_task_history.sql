-- The newest runs of a task, behind a run of it (p_before) or from the start: what task_run_states says of them.
-- A view that hides rows is read as a whole before it is sorted: the function takes the ids first, newest partition
-- first, and stops when it has enough. None of a task that the caller does not see.
-- Called by: people. Reads only. Security definer: people read no runs but through the view, which asks who the caller is.
create or replace function stateroom.task_history(p_task uuid, p_limit integer default 20, p_before uuid default null)
    returns table (
        id uuid, project_id uuid, workflow_run_id uuid, map_index integer, state stateroom.run_state, attempt integer,
        agent_id uuid, agent_name text, exit_code integer, error_type text, error_message text, created_at timestamptz,
        started_at timestamptz, finished_at timestamptz, duration_ms bigint
    )
    language plpgsql stable security definer
    set search_path = pg_catalog
    set plan_cache_mode = force_generic_plan -- planning for each partition anew takes longer than reading
    set enable_seqscan = off
    set enable_bitmapscan = off
    set enable_hashjoin = off
    set jit = off
as $$
declare
    v_ids uuid[];
begin
    v_ids := array(
        select t.id from stateroom.task_runs t
        where t.task_id = p_task and t.id < coalesce(p_before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
        order by t.id desc limit least(greatest(p_limit, 0), 1000)
    );
    return query
    select s.id, s.project_id, s.workflow_run_id, s.map_index, s.state, s.attempt, s.agent_id, s.agent_name, s.exit_code,
        s.error_type, s.error_message, s.created_at, s.started_at, s.finished_at, s.duration_ms
    from stateroom.task_run_states s where s.id = any (v_ids) order by s.id desc;
end
$$;
