"""The API of schedules."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stateroom.core.problem import answers
from stateroom.domains.identity.guard import Lister, Reader, Writer
from stateroom.domains.schedules import changes, service
from stateroom.domains.schedules.schema import (
    Backfilled,
    BackfillSchedule,
    Changed,
    CreateSchedule,
    Firings,
    Schedule,
    Schedules,
    Some,
    Times,
    UpdateSchedule,
)

router = APIRouter(prefix="/api/v1/schedules", tags=["schedules"], responses=answers(401, 403, 422, 503))
Name = Annotated[str, Path(min_length=1, max_length=200, description="Id or name of a schedule.")]
Count = Annotated[int, Query(ge=1, le=1000)]


@router.get("", operation_id="list_schedules")
async def list_schedules(connection: Lister) -> Schedules:
    """List schedules by name, each with its next times."""
    return {"items": await service.list_schedules(connection)}


@router.post("", operation_id="create_schedule", status_code=201, responses=answers(404, 409, 413))
async def create_schedule(body: CreateSchedule, connection: Writer) -> Schedule:
    """Start a workflow or a routine task by a cron rule in a time zone."""
    return await service.create_schedule(connection, body)


@router.get("/preview", operation_id="preview_rule")
async def preview_rule(connection: Reader, cron: str, timezone: str = "UTC", count: Count = 5) -> Times:
    """Show the next times of any rule."""
    return {"items": await service.preview(connection, cron, timezone, count)}


@router.post("/pause", operation_id="pause_schedules", responses=answers(404))
async def pause_schedules(body: Some, connection: Writer) -> Changed:
    """Pause all schedules of a project, or all that one may manage."""
    return {"changed": await changes.set_all(connection, body.project, enabled=False)}


@router.post("/resume", operation_id="resume_schedules", responses=answers(404))
async def resume_schedules(body: Some, connection: Writer) -> Changed:
    """Resume all schedules of a project, or all that one may manage."""
    return {"changed": await changes.set_all(connection, body.project, enabled=True)}


@router.post("/{schedule:path}/pause", operation_id="pause_schedule", responses=answers(404))
async def pause_schedule(schedule: Name, connection: Writer) -> Schedule:
    """Pause a schedule: it fires no more until it is resumed."""
    return await changes.set_one(connection, schedule, enabled=False)


@router.post("/{schedule:path}/resume", operation_id="resume_schedule", responses=answers(404))
async def resume_schedule(schedule: Name, connection: Writer) -> Schedule:
    """Resume a schedule; what has passed meanwhile is not made up for."""
    return await changes.set_one(connection, schedule, enabled=True)


@router.post("/{schedule:path}/backfill", operation_id="backfill_schedule", responses=answers(404, 409))
async def backfill_schedule(schedule: Name, body: BackfillSchedule, connection: Writer) -> Backfilled:
    """Fire the times of a range that has passed, each once; at most 1,000."""
    return await changes.backfill(connection, schedule, body)


@router.get("/{schedule:path}/firings", operation_id="list_firings", responses=answers(404))
async def list_firings(schedule: Name, connection: Reader, limit: Count = 20) -> Firings:
    """List the last firings of a schedule, newest first."""
    return {"items": await service.firings(connection, schedule, limit)}


@router.get("/{schedule:path}", operation_id="show_schedule", responses=answers(404))
async def show_schedule(schedule: Name, connection: Reader, count: Count = 5) -> Schedule:
    """Show a schedule with so many of its next times."""
    return await service.show_schedule(connection, schedule, count)


@router.patch("/{schedule:path}", operation_id="update_schedule", responses=answers(404, 409, 413))
async def update_schedule(schedule: Name, body: UpdateSchedule, connection: Writer) -> Schedule:
    """Change a schedule; what is left out stays."""
    return await changes.update(connection, schedule, body)


@router.delete("/{schedule:path}", operation_id="delete_schedule", status_code=204, responses=answers(404))
async def delete_schedule(schedule: Name, connection: Writer) -> None:
    """Delete a schedule by its id or name; what it has started stays."""
    await service.delete_schedule(connection, schedule)
