-- Which state may follow which, as data: one machine for each thing that has states. A null from_state is how it begins.

-- Refuse a change of state that the machine does not know (SR409, with the states that may follow); to stay is allowed.
-- Called by: every function that changes a state, while it holds the row. Reads state_transitions only.
create or replace function stateroom.require_transition(p_machine text, p_id uuid, p_from text, p_to text) returns void
    language plpgsql stable
    set search_path = pg_catalog
as $$
declare
    v_next text;
begin
    if p_from = p_to or exists (
        select from stateroom.state_transitions t
        where t.machine = p_machine and t.from_state is not distinct from p_from and t.to_state = p_to
    ) then
        return;
    end if;
    select string_agg(t.to_state, ', ' order by t.to_state) into v_next from stateroom.state_transitions t
    where t.machine = p_machine and t.from_state is not distinct from p_from;
    raise exception using errcode = 'SR409',
        message = format('%s %s is %s and cannot become %s', replace(p_machine, '_', ' '), p_id,
            coalesce(p_from, 'new'), p_to),
        hint = coalesce('It can become: ' || v_next || '.', 'Nothing can follow.');
end
$$;

delete from stateroom.state_transitions t where t.machine in ('task', 'task_run', 'workflow_run', 'workflow');
insert into stateroom.state_transitions (machine, from_state, to_state, verb, description) values
('task', null, 'pending', 'create', 'A planned task begins here'),
('task', 'pending', 'in_progress', 'start', 'Somebody has taken it up'),
('task', 'pending', 'completed', 'complete', 'Done without having been started'),
('task', 'pending', 'cancelled', 'cancel', 'It will not be done; what waits for it is released'),
('task', 'in_progress', 'completed', 'complete', 'Done'),
('task', 'in_progress', 'failed', 'fail', 'It was tried and did not succeed'),
('task', 'in_progress', 'cancelled', 'cancel', 'Given up; what waits for it is released'),
('task', 'in_progress', 'pending', 'release', 'Given back unfinished'),
('task', 'completed', 'pending', 'retry', 'It was not done after all'),
('task', 'failed', 'pending', 'retry', 'It is to be tried again'),
('task', 'failed', 'in_progress', 'start', 'Somebody tries again'),
('task', 'failed', 'cancelled', 'cancel', 'It will not be tried again; what waits for it is released'),
('task', 'cancelled', 'pending', 'retry', 'It is to be done after all');

-- Enforced by where a run stands: each function of the engine moves it between tables in the statement that decides it.
insert into stateroom.state_transitions (machine, from_state, to_state, verb, description) values
('task_run', null, 'waiting', 'start', 'Its workflow run has started, and what it needs has not ended'),
('task_run', null, 'queued', 'enqueue', 'It can be claimed at once'),
('task_run', null, 'scheduled', 'enqueue', 'It can be claimed from a time on'),
('task_run', null, 'skipped', 'start', 'What it needs has ended otherwise before'),
('task_run', 'waiting', 'queued', 'complete', 'The last of what it needs has ended as it needs'),
('task_run', 'waiting', 'skipped', 'fail', 'What it needs has ended otherwise'),
('task_run', 'waiting', 'cancelled', 'cancel', null),
('task_run', 'scheduled', 'queued', 'promote', 'Its time has come'),
('task_run', 'scheduled', 'cancelled', 'cancel', null),
('task_run', 'scheduled', 'timed_out', 'fail', 'It was not started in time, or its deadline has passed'),
('task_run', 'queued', 'running', 'claim', 'A session holds a lease of it'),
('task_run', 'queued', 'cancelled', 'cancel', null),
('task_run', 'queued', 'timed_out', 'fail', 'It was not started in time, or its deadline has passed'),
('task_run', 'running', 'succeeded', 'complete', null),
('task_run', 'running', 'skipped', 'complete', 'Its condition did not hold'),
('task_run', 'running', 'failed', 'fail', 'No retry is left, or the session was lost too often'),
('task_run', 'running', 'timed_out', 'fail', 'The last attempt took too long, or its deadline has passed'),
('task_run', 'running', 'cancelled', 'cancel', 'It was told to stop, and did'),
('task_run', 'running', 'scheduled', 'fail', 'It is tried again later, or snoozed'),
('task_run', 'running', 'queued', 'release', 'Given back, or its session is gone'),
('task_run', 'succeeded', 'queued', 'retry', 'Something above it is retried'),
('task_run', 'succeeded', 'waiting', 'retry', 'Something above it is retried'),
('task_run', 'succeeded', 'skipped', 'retry', 'Something above it is retried'),
('task_run', 'failed', 'queued', 'retry', null),
('task_run', 'failed', 'waiting', 'retry', 'Something above it is retried too'),
('task_run', 'failed', 'skipped', 'retry', 'What it needs has ended otherwise'),
('task_run', 'timed_out', 'queued', 'retry', null),
('task_run', 'timed_out', 'waiting', 'retry', 'Something above it is retried too'),
('task_run', 'timed_out', 'skipped', 'retry', 'What it needs has ended otherwise'),
('task_run', 'cancelled', 'queued', 'retry', null),
('task_run', 'cancelled', 'waiting', 'retry', 'Something above it is retried too'),
('task_run', 'cancelled', 'skipped', 'retry', 'What it needs has ended otherwise'),
('task_run', 'skipped', 'queued', 'retry', 'Something above it is retried'),
('task_run', 'skipped', 'waiting', 'retry', 'Something above it is retried'),
('workflow_run', null, 'running', 'start', null),
('workflow_run', 'running', 'succeeded', 'complete', 'Every step has ended, none that may not fail has failed'),
('workflow_run', 'running', 'failed', 'fail', 'Every step has ended, one that may not fail has failed'),
('workflow_run', 'running', 'cancelled', 'cancel', null),
('workflow_run', 'running', 'timed_out', 'fail', 'Its deadline has passed, and what ran was told to stop'),
('workflow_run', 'succeeded', 'running', 'retry', 'A step that was allowed to fail is retried'),
('workflow_run', 'failed', 'running', 'retry', null),
('workflow_run', 'cancelled', 'running', 'retry', null),
('workflow_run', 'timed_out', 'running', 'retry', null),
('workflow', null, 'draft', 'create', null),
('workflow', null, 'active', 'create', null),
('workflow', 'draft', 'active', 'resume', 'It can be started'),
('workflow', 'draft', 'archived', 'delete', null),
('workflow', 'active', 'paused', 'pause', 'It can be started no more until it is resumed'),
('workflow', 'active', 'archived', 'delete', null),
('workflow', 'paused', 'active', 'resume', null),
('workflow', 'paused', 'archived', 'delete', null),
('workflow', 'archived', 'paused', 'update', 'Brought back; it starts only once it is resumed');
