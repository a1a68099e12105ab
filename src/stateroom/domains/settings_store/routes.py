"""The API of settings."""

from typing import Annotated, TypeAlias, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from stateroom.core.cache import Caches
from stateroom.core.keys import key_ring
from stateroom.core.problem import answers
from stateroom.domains.identity.guard import Lister, SignedIn, Writer
from stateroom.domains.settings_store import service
from stateroom.domains.settings_store.known import KNOWN
from stateroom.domains.settings_store.schema import (
    Environment,
    KnownSettings,
    Revealed,
    SetSetting,
    Setting,
    Settings,
)
from stateroom.settings import Settings as ProcessSettings

router = APIRouter(prefix="/api/v1/settings", tags=["settings"], responses=answers(401, 403, 422, 503))

Key: TypeAlias = Annotated[str, Path(min_length=1, max_length=200)]
OfProject: TypeAlias = Annotated[
    str | None, Query(max_length=255, description="Id or name of a project. Default: everybody's settings.")
]
InEnvironment: TypeAlias = Annotated[Environment, Query(description="Where it counts.")]
Seen: TypeAlias = Annotated[int | None, Query(ge=1, description="The revision that you have seen.")]


def _settings(request: Request) -> ProcessSettings:
    return cast("ProcessSettings", request.app.state.settings)


def _caches(request: Request) -> Caches:
    return cast("Caches", request.app.state.caches)


Process: TypeAlias = Annotated[ProcessSettings, Depends(_settings)]
Kept: TypeAlias = Annotated[Caches, Depends(_caches)]


@router.get("", operation_id="list_settings")
async def list_settings(
    connection: Lister,
    project: OfProject = None,
    environment: Environment | None = None,
    prefix: Annotated[str | None, Query(max_length=200, description="What their keys begin with.")] = None,
) -> Settings:
    """List at most 1,000 settings, by key; sensitive values are null."""
    found = await service.find_project(connection, project)
    items = await service.list_settings(connection, project_id=found, environment=environment, prefix=prefix)
    return {"items": items}


@router.get("/known", operation_id="list_known_settings")
async def list_known_settings(_access: SignedIn) -> KnownSettings:
    """List the settings that Stateroom itself asks for, with their defaults."""
    return {"items": [KNOWN[key].shown() for key in sorted(KNOWN)]}


@router.get("/{key}", operation_id="get_setting", responses=answers(404))
async def get_setting(
    key: Key, access: SignedIn, caches: Kept, project: OfProject = None, environment: InEnvironment = "all"
) -> Setting:
    """Show the setting that counts: the project's before everybody's, the environment's before that of all."""
    caller = access.caller

    async def load() -> Setting:
        async with access.begin(read_only=True) as connection:
            place = service.Place(key, environment, await service.find_project(connection, project))
            return await service.get_setting(connection, place)

    # What one caller may see is kept for that caller, and forgotten with their rights.
    asked = (caller.user_id, caller.role, caller.project_id, caller.permissions, key, environment, project)
    cache = caches.cache("settings", "settings", "project_members", "projects", "users")
    return cast(
        "Setting",
        await cache.get(asked, load, lambda _: [("settings", key), ("project_members", str(caller.user_id))]),
    )


@router.put("/{key}", operation_id="set_setting", responses=answers(404, 409, 413))
async def set_setting(
    key: Key,
    body: SetSetting,
    access: SignedIn,
    process: Process,
    caches: Kept,
    project: OfProject = None,
    environment: InEnvironment = "all",
) -> Setting:
    """Set the value of exactly this key, environment and project."""
    async with access.begin() as connection:
        place = service.Place(key, environment, await service.find_project(connection, project))
        found = await service.set_setting(connection, key_ring(process), place, body)
    # After the commit: who reads next, reads what was written.
    caches.forget("settings", [key])
    return found


@router.post("/{key}/reveal", operation_id="reveal_setting", responses=answers(404))
async def reveal_setting(
    key: Key, connection: Writer, process: Process, project: OfProject = None, environment: InEnvironment = "all"
) -> Revealed:
    """Show the value of exactly this setting, also a sensitive one; the audit trail keeps who asked."""
    place = service.Place(key, environment, await service.find_project(connection, project))
    return await service.reveal_setting(connection, key_ring(process), place)


@router.post("/{key}/revert", operation_id="revert_setting", responses=answers(404, 409))
async def revert_setting(
    key: Key,
    access: SignedIn,
    caches: Kept,
    project: OfProject = None,
    environment: InEnvironment = "all",
    revision: Seen = None,
) -> Setting:
    """Take the last change of exactly this setting back; a second time brings it again."""
    async with access.begin() as connection:
        place = service.Place(key, environment, await service.find_project(connection, project))
        found = await service.revert_setting(connection, place, revision)
    caches.forget("settings", [key])
    return found


@router.delete("/{key}", operation_id="delete_setting", status_code=204, responses=answers(404, 409))
async def delete_setting(
    key: Key,
    access: SignedIn,
    caches: Kept,
    project: OfProject = None,
    environment: InEnvironment = "all",
    revision: Seen = None,
) -> None:
    """Delete exactly this setting, so that the next one in the order of precedence counts."""
    async with access.begin() as connection:
        place = service.Place(key, environment, await service.find_project(connection, project))
        await service.delete_setting(connection, place, revision)
    caches.forget("settings", [key])
