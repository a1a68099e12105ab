"""The API of health."""

from dataclasses import asdict
from http import HTTPStatus
from typing import cast

from fastapi import APIRouter, Request, Response

from stateroom.domains.identity.guard import caller_of, door_of
from stateroom.domains.observability import service
from stateroom.domains.observability.schema import Health, PoolHealth

router = APIRouter(tags=["health"])


@router.get(
    "/health", operation_id="show_health", responses={503: {"model": Health, "description": "The database is away."}}
)
async def show_health(request: Request, response: Response) -> Health:
    """Say whether everything is well; needs no token, but says only `status` and `version` without one."""
    door = door_of(request.app)
    known = caller_of(request)
    if known is None:
        found = await service.ping(door.pools.priority, door.caller)
    else:
        found = await service.health(door.pools.priority, known, embedded=cast("bool", request.app.state.embedded))
        found["pools"] = [cast("PoolHealth", cast("object", asdict(each))) for each in door.pools.figures()]
    if found["status"] == "down":
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return found
