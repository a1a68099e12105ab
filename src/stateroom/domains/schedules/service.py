"""Schedules: list, create and delete the rules that start workflows and routine tasks."""

from typing import Any, Final, cast

from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy

from stateroom.core.wire import plain, time_text
from stateroom.domains.runs.service import find_workflow
from stateroom.domains.schedules.cron import next_times
from stateroom.domains.schedules.schema import CreateSchedule, Schedule
from stateroom.errors import NotFound

PREVIEW: Final = 5

SCHEDULES: Final = """
select s.id, s.project_id, s.name, s.workflow_id, w.name as workflow, s.task_id, coalesce(t.handler, t.title) as task,
    s.cron_expression, s.timezone, s.params, s.enabled, s.next_run_at, s.last_run_at, s.last_run_id, s.created_at,
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
CREATE: Final = "select stateroom.create_schedule($1, $2, $3, $4, $5, $6, $7, $8)"
DELETE: Final = "select stateroom.delete_schedule($1)"


async def list_schedules(connection: PoolConnectionProxy) -> list[Schedule]:
    """List schedules by name, each with its next times."""
    return [_schedule(row) for row in await connection.fetch(SCHEDULES, None)]


async def create_schedule(connection: PoolConnectionProxy, body: CreateSchedule) -> Schedule:
    """Create a schedule in the project of what it starts; its first time is computed here."""
    now = await connection.fetchval(NOW)
    first = next_times(body.cron_expression, body.timezone, after=now)[0]
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
    made = await connection.fetchval(
        CREATE, project, body.name, workflow, task, body.cron_expression, body.timezone, params, first
    )
    rows = await connection.fetch(SCHEDULES, made)
    return _schedule(rows[0])


async def delete_schedule(connection: PoolConnectionProxy, name: str) -> None:
    """Delete the schedule with this id or name; what it has started stays."""
    found = await connection.fetchval(FIND_SCHEDULE, name)
    if found is None or not await connection.fetchval(DELETE, found):
        raise NotFound(f"schedule {name} does not exist", hint="List schedules with `stateroom schedule list`.")


def _schedule(row: Record) -> Schedule:
    found = plain(row.items())
    found.pop("asked_at")
    times = next_times(row["cron_expression"], row["timezone"], after=row["asked_at"], count=PREVIEW)
    preview = [time_text(each) for each in times] if row["enabled"] else []
    return cast("Schedule", cast("object", {**found, "next_times": preview}))
