"""Schedules: list, create and delete the rules that start workflows and routine tasks."""

from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy

from stateroom.core.wire import plain, time_text
from stateroom.domains.runs.service import find_workflow
from stateroom.domains.schedules.cron import next_times
from stateroom.domains.schedules.schema import CreateSchedule, Firing, Schedule
from stateroom.errors import InvalidInput, NotFound

PREVIEW: Final = 5

SCHEDULES: Final = """
select s.id, s.project_id, s.name, s.workflow_id, w.name as workflow, s.task_id, coalesce(t.handler, t.title) as task,
    s.cron_expression, s.timezone, s.params, s.enabled, s.overlap_policy, s.catchup_policy,
    s.catchup_window_seconds, s.jitter_seconds, s.next_run_at, s.last_run_at, s.last_run_id, s.created_at,
    stateroom.now() as asked_at
from stateroom.schedules s
left join stateroom.workflows w on w.id = s.workflow_id
left join stateroom.tasks t on t.id = s.task_id
where $1::uuid is null or s.id = $1
order by s.name, s.id
"""

FIND_SCHEDULE: Final = """
select s.id from stateroom.schedules s
where s.id::text = $1 or s.name = $1
order by s.id::text = $1 desc, s.project_id = stateroom.personal_project() desc
limit 1
"""

FIND_TASK: Final = """
select t.id, t.project_id from stateroom.tasks t
where t.kind = 'routine' and t.deleted_at is null and (t.handler = $1 or t.title = $1 or t.id::text = $1)
order by t.project_id = stateroom.personal_project() desc, t.handler = $1 desc nulls last, t.id
limit 1
"""

PROJECT: Final = "select project_id from stateroom.workflows where id = $1"
NOW: Final = "select stateroom.now()"
CREATE: Final = "select stateroom.create_schedule($1, $2, $3, $4, $5, $6, $7, null, $8, $9, $10, $11, $12)"
FIRINGS: Final = """
select f.fire_time, f.outcome, f.run_id, f.detail from stateroom.schedule_firings f
where f.schedule_id = $1 order by f.fire_time desc limit $2
"""
DELETE: Final = "select stateroom.delete_schedule($1)"


async def list_schedules(connection: PoolConnectionProxy) -> list[Schedule]:
    """List schedules by name, each with its next times."""
    return [_schedule(row) for row in await connection.fetch(SCHEDULES, None)]


async def create_schedule(connection: PoolConnectionProxy, body: CreateSchedule) -> Schedule:
    """Create a schedule in the project of what it starts; a rule that never comes is refused here."""
    await preview(connection, body.cron_expression, body.timezone, 1)
    workflow, task = None, None
    if body.workflow is not None:
        workflow = await find_workflow(connection, body.workflow)
        project = await connection.fetchval(PROJECT, workflow)
    else:
        row = await connection.fetchrow(FIND_TASK, body.task)
        if row is None:
            raise NotFound(
                f"routine task {body.task} does not exist",
                hint="A worker started with --handlers package.module:app registers its handlers.",
            )
        task, project = row["id"], row["project_id"]
    params: dict[str, Any] = dict(body.params)
    if body.source is not None:
        params["source"] = body.source.model_dump()
    policies = (
        body.overlap_policy,
        body.catchup_policy,
        body.catchup_window_seconds,
        body.jitter_seconds,
        body.enabled,
    )
    rule = (body.cron_expression, body.timezone)
    made = await connection.fetchval(CREATE, project, body.name, workflow, task, *rule, params, *policies)
    return await show_schedule(connection, str(made))


async def show_schedule(connection: PoolConnectionProxy, name: str, count: int = PREVIEW) -> Schedule:
    """Show the schedule with this id or name."""
    rows = await connection.fetch(SCHEDULES, await find_schedule(connection, name))
    return _schedule(rows[0], count)


async def firings(connection: PoolConnectionProxy, name: str, limit: int) -> list[Firing]:
    """List the last firings of a schedule, newest first."""
    rows = await connection.fetch(FIRINGS, await find_schedule(connection, name), limit)
    return [cast("Firing", cast("object", plain(row.items()))) for row in rows]


async def preview(connection: PoolConnectionProxy, cron: str, timezone: str, count: int) -> list[str]:
    """Return the next times of any rule."""
    now = await connection.fetchval(NOW)
    return [time_text(each) for each in next_times(cron, timezone, after=now, count=count)]


async def delete_schedule(connection: PoolConnectionProxy, name: str) -> None:
    """Delete the schedule with this id or name; what it has started stays."""
    if not await connection.fetchval(DELETE, await find_schedule(connection, name)):
        raise _missing(name)


async def find_schedule(connection: PoolConnectionProxy, name: str) -> UUID:
    """Return the schedule with this id or name; raises NotFound."""
    found: UUID | None = await connection.fetchval(FIND_SCHEDULE, name)
    if found is None:
        raise _missing(name)
    return found


def _missing(name: str) -> NotFound:
    return NotFound(f"schedule {name} does not exist", hint="List schedules with `stateroom schedule list`.")


def _schedule(row: Record, count: int = PREVIEW) -> Schedule:
    found = plain(row.items())
    found.pop("asked_at")
    times: list[str] = []
    if row["enabled"]:
        after = row["asked_at"]
        times = [time_text(each) for each in _next(row, count, after)]
        found["next_run_at"] = found["next_run_at"] or next(iter(times), None)  # the scheduler has not planned it yet
    else:
        found["next_run_at"] = None
    return cast("Schedule", cast("object", {**found, "next_times": times}))


def _next(row: Record, count: int, after: datetime) -> list[datetime]:
    """Return no times for a rule that was set past our checks and never comes: a list must not fail because of it."""
    try:
        return next_times(row["cron_expression"], row["timezone"], after=after, count=count)
    except InvalidInput:
        return []
