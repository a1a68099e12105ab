"""What is asked about runs: static SQL, read through the row policies and barrier views of the caller."""

from typing import Final

RUNS: Final = """
select r.id, r.workflow_id, w.name as workflow, r.project_id, r.version, r.run_number, r.state::text as state,
    r.trigger::text as trigger, r.trigger_data, r.environment, r.env, r.result, r.error_message, r.started_at,
    r.finished_at, r.duration_ms, r.triggered_by
from stateroom.workflow_runs r join stateroom.workflows w on w.id = r.workflow_id
where ($1::text is null or w.name = $1 or w.id::text = $1)
    and ($2::text is null or r.state::text = $2)
    and ($3::uuid is null or r.id < $3)
order by r.id desc
limit $4
"""

RUN: Final = """
select r.id, r.workflow_id, w.name as workflow, r.project_id, r.version, r.run_number, r.state::text as state,
    r.trigger::text as trigger, r.trigger_data, r.environment, r.env, r.result, r.error_message, r.started_at,
    r.finished_at, r.duration_ms, r.triggered_by, r.version_id, stateroom.now() as asked_at
from stateroom.workflow_runs r join stateroom.workflows w on w.id = r.workflow_id
where r.id = $1
"""

# The ids are a constant here, which is pushed below the view's grouping; a join is not.
PROGRESS: Final = """
select p.workflow_run_id, p.total, p.done, p.succeeded, p.failed, p.cancelled, p.skipped, p.running, p.waiting,
    p.percent
from stateroom.workflow_progress p
where p.workflow_run_id = any ($1)
"""

GRAPH_STEPS: Final = """
select t.id, t.step_key from stateroom.tasks t where t.workflow_version_id = $1 order by t.execution_order, t.id
"""

GRAPH_EDGES: Final = """
select d.task_id, d.depends_on_task_id, d.condition::text as condition
from stateroom.tasks t join stateroom.task_dependencies d on d.task_id = t.id
where t.workflow_version_id = $1 and d.dependency_type = 'blocks'
"""

STEPS: Final = """
select s.id, s.task_id, s.step_key, s.title, s.map_index, s.matrix, s.action::text as action, s.handler, s.command,
    s.queue, s.state::text as state, s.attempt, s.max_retries, s.run_at, s.waiting_on, s.exit_code, s.agent_name,
    s.error_type, s.error_message, s.parts, s.progress,
    coalesce(s.last_line, right(rtrim(s.output, E'\\n'), 500)) as last_line,
    s.created_at, s.started_at, s.finished_at, s.duration_ms
from stateroom.task_run_states s
where s.workflow_run_id = $1
order by s.state in ('running', 'failed', 'timed_out') desc, s.id
limit $2
"""

# Those steps of a run that were not final when last seen.
KNOWN_STEPS: Final = """
select s.id, s.task_id, s.step_key, s.title, s.map_index, s.matrix, s.action::text as action, s.handler, s.command,
    s.queue, s.state::text as state, s.attempt, s.max_retries, s.run_at, s.waiting_on, s.exit_code, s.agent_name,
    s.error_type, s.error_message, s.parts, s.progress,
    coalesce(s.last_line, right(rtrim(s.output, E'\\n'), 500)) as last_line,
    s.created_at, s.started_at, s.finished_at, s.duration_ms
from stateroom.task_run_states s
where s.id = any ($1)
"""

# The same for a run of which not all steps are known: also what runs now, and what has failed since.
CHANGED_STEPS: Final = """
select s.id, s.task_id, s.step_key, s.title, s.map_index, s.matrix, s.action::text as action, s.handler, s.command,
    s.queue, s.state::text as state, s.attempt, s.max_retries, s.run_at, s.waiting_on, s.exit_code, s.agent_name,
    s.error_type, s.error_message, s.parts, s.progress,
    coalesce(s.last_line, right(rtrim(s.output, E'\\n'), 500)) as last_line,
    s.created_at, s.started_at, s.finished_at, s.duration_ms
from stateroom.task_run_states s
where s.workflow_run_id = $1
    and (s.id = any ($2) or (s.state in ('running', 'failed', 'timed_out') and coalesce(s.finished_at >= $3, true)))
order by s.id = any ($2) desc, s.id
limit $4
"""

LAYERS: Final = """
select l.layer, s.state::text as state, count(*) as runs
from stateroom.task_run_states s join unnest($2::uuid[], $3::int[]) as l (task_id, layer) on l.task_id = s.task_id
where s.workflow_run_id = $1
group by 1, 2
order by 1, 2
"""

TASK_RUN: Final = """
select s.id, s.task_id, s.project_id, s.workflow_run_id, s.schedule_id, s.step_key, s.title, s.map_index, s.matrix,
    s.action::text as action, s.handler, s.command, s.queue, s.priority, s.state::text as state, s.attempt,
    s.max_retries, s.run_at, s.waiting_on, s.input, s.result, s.output, s.exit_code, s.agent_name, s.error_type,
    s.error_message, s.parts, s.progress, s.created_at, s.started_at, s.finished_at, s.duration_ms
from stateroom.task_run_states s
where s.id = $1
"""

ATTEMPTS: Final = """
select a.attempt, a.started_at, a.finished_at, a.outcome::text as outcome, a.exit_code, a.error_type, a.error_message,
    a.output
from stateroom.task_run_attempt_states a
where a.task_run_id = $1
order by a.attempt, a.finished_at
"""

# Lines of a run, of one of its task runs, or of a task run that stands alone, behind (task run, attempt, line).
# Lines are younger than their run: the bound on their id keeps older partitions out of it.
LOGS: Final = """
select l.id, l.task_run_id, s.step_key, s.map_index, l.attempt, l.line_no, l.part_no, l.stream, l.level::text as level,
    l.message, l.logged_at
from (
    select s.id, s.step_key, s.map_index from stateroom.task_run_states s
    where (s.workflow_run_id = $1 or s.id = $1) and ($2::uuid is null or s.id = $2) and s.id >= $4
    order by s.id
) s
cross join lateral (
    select * from stateroom.logs l
    where l.task_run_id = s.id and l.id >= stateroom.uuidv7_floor(stateroom.uuid_timestamp($1) - interval '1 day')
        and (s.id > $4 or (l.attempt, l.line_no) > ($5, $6))
        and ($3::int is null or l.attempt = $3)
    order by l.attempt, l.line_no
    limit $7
) l
order by s.id, l.attempt, l.line_no
limit $7
"""

LAST_LOGS: Final = """
select l.id, l.task_run_id, s.step_key, s.map_index, l.attempt, l.line_no, l.part_no, l.stream, l.level::text as level,
    l.message, l.logged_at
from (
    select s.id, s.step_key, s.map_index from stateroom.task_run_states s
    where (s.workflow_run_id = $1 or s.id = $1) and ($2::uuid is null or s.id = $2)
    order by s.id desc
) s
cross join lateral (
    select * from stateroom.logs l
    where l.task_run_id = s.id and l.id >= stateroom.uuidv7_floor(stateroom.uuid_timestamp($1) - interval '1 day')
        and ($3::int is null or l.attempt = $3)
    order by l.attempt desc, l.line_no desc
    limit $4
) l
order by s.id desc, l.attempt desc, l.line_no desc
limit $4
"""

# New lines behind a position in each of these task runs.
NEW_LOGS: Final = """
select l.id, l.task_run_id, l.attempt, l.line_no, l.part_no, l.stream, l.level::text as level, l.message, l.logged_at
from unnest($2::uuid[], $3::int[], $4::int[]) as c (task_run_id, attempt, line_no)
cross join lateral (
    select * from stateroom.logs l
    where l.task_run_id = c.task_run_id and (l.attempt, l.line_no) > (c.attempt, c.line_no)
        and l.id >= stateroom.uuidv7_floor(stateroom.uuid_timestamp($1) - interval '1 day')
    order by l.attempt, l.line_no
    limit $5
) l
"""

LOG_ENDS: Final = """
select l.task_run_id, l.attempt, l.line_no
from unnest($2::uuid[]) as c (task_run_id)
cross join lateral (
    select * from stateroom.logs l
    where l.task_run_id = c.task_run_id
        and l.id >= stateroom.uuidv7_floor(stateroom.uuid_timestamp($1) - interval '1 day')
    order by l.attempt desc, l.line_no desc
    limit 1
) l
"""

# Which task runs of a large run have written lately; ids of lines are time-ordered, and late commits get some seconds.
RECENT_WRITERS: Final = """
select distinct l.task_run_id from stateroom.logs l
where l.workflow_run_id = $1 and l.id >= stateroom.uuidv7_floor($2::timestamptz - interval '10 seconds')
"""

FIND_WORKFLOW: Final = """
select w.id, w.project_id from stateroom.workflows w
where w.name = $1 or w.id::text = $1
order by w.id::text = $1 desc, w.project_id = stateroom.personal_project() desc
limit 2
"""

EXISTS: Final = "select exists (select from stateroom.workflow_runs where id = $1)"
START: Final = "select stateroom.start_workflow($1, $2, 'api', $3, $4, $5)"
CANCEL: Final = "select stateroom.cancel_run($1)"
RETRY: Final = "select stateroom.retry_run($1)"
EXPLAIN: Final = "select run_id, condition, met, subject_id, subject, detail, until from stateroom.explain_run($1)"
ENQUEUE: Final = """
select stateroom.enqueue(p_task => $1, p_input => $2, p_priority => $3, p_run_at => $4, p_key => $5)
"""
