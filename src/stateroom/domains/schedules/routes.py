"""The API of schedules."""

from typing import Annotated

from fastapi import APIRouter, Path

from stateroom.core.problem import answers
from stateroom.domains.identity.guard import Lister, Writer
from stateroom.domains.schedules import service
from stateroom.domains.schedules.schema import CreateSchedule, Schedule, Schedules

router = APIRouter(prefix="/api/v1/schedules", tags=["schedules"], responses=answers(401, 403, 422, 503))


@router.get("", operation_id="list_schedules")
async def list_schedules(connection: Lister) -> Schedules:
    """List schedules by name, each with its next times."""
    return {"items": await service.list_schedules(connection)}


@router.post("", operation_id="create_schedule", status_code=201, responses=answers(404, 409, 413))
async def create_schedule(body: CreateSchedule, connection: Writer) -> Schedule:
    """Start a workflow or a routine task by a cron rule in a time zone."""
    return await service.create_schedule(connection, body)


@router.delete("/{schedule:path}", operation_id="delete_schedule", status_code=204, responses=answers(404))
async def delete_schedule(schedule: Annotated[str, Path(min_length=1, max_length=200)], connection: Writer) -> None:
    """Delete a schedule by its id or name; what it has started stays."""
    await service.delete_schedule(connection, schedule)
