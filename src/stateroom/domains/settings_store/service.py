"""Settings: list, get the one that counts, set, reveal, revert and delete; sealing and checks before they are sent."""

import json
from dataclasses import dataclass
from typing import Final, cast
from uuid import UUID

from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy

from stateroom.core.crypto import KeyRing
from stateroom.core.wire import plain
from stateroom.domains.settings_store.checks import check_value
from stateroom.domains.settings_store.known import KNOWN
from stateroom.domains.settings_store.schema import Environment, Revealed, SetSetting, Setting, ValueType
from stateroom.errors import Conflict, NotFound

FIND_PROJECT: Final = """
select p.id from stateroom.projects p where p.id::text = $1 or p.name = $1
order by p.id::text = $1 desc, p.owner_id = stateroom.current_user_id() desc, p.id limit 1"""
LIST: Final = """
select * from stateroom.setting_values v
where ($1::uuid is null or v.project_id = $1) and ($2::text is null or v.environment::text = $2)
    and ($3::text is null or starts_with(v.key, $3))
order by v.key, v.project_id nulls first, v.environment limit $4"""
GET: Final = "select * from stateroom.get_setting($1, $2, $3)"
EXACT: Final = """
select * from stateroom.setting_values v
where v.key = $1 and v.environment = $2 and v.project_id is not distinct from $3::uuid"""
BY_ID: Final = "select * from stateroom.setting_values v where v.id = $1"
SET: Final = """
select id from stateroom.set_setting($1, $2::text::jsonb, $3, $4, p_type => $5, p_description => $6,
    p_is_sensitive => $7, p_is_readonly => $8, p_schema => $9::text::jsonb, p_expected_revision => $10)"""
REVEAL: Final = "select stateroom.reveal_setting($1)"
REVERT: Final = "select stateroom.revert_setting($1, $2)"
DELETE: Final = "select stateroom.delete_setting($1, $2)"
MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a setting stands: a key, an environment, and a project or everybody."""

    key: str
    environment: Environment = "all"
    project_id: UUID | None = None

    @property
    def bound(self) -> tuple[str, ...]:
        """What a sealed value of this place is sealed for."""
        return bound(self.key, self.environment, self.project_id)


def bound(key: str, environment: str, project_id: UUID | None) -> tuple[str, ...]:
    """Return what a sealed value is sealed for; elsewhere it does not open."""
    return ("setting", key, environment, str(project_id or ""))


async def find_project(connection: PoolConnectionProxy, project: str | None) -> UUID | None:
    """Return the id of a project by its id or name; None for everybody's settings."""
    if project is None:
        return None
    found = await connection.fetchval(FIND_PROJECT, project)
    if found is None:
        raise NotFound(f"project {project} does not exist", hint="List the projects that you are a member of.")
    return cast("UUID", found)


async def list_settings(
    connection: PoolConnectionProxy, *, project_id: UUID | None, environment: Environment | None, prefix: str | None
) -> list[Setting]:
    """List settings that the caller may see, without what is sensitive."""
    return [_setting(row) for row in await connection.fetch(LIST, project_id, environment, prefix, MOST)]


async def get_setting(connection: PoolConnectionProxy, place: Place) -> Setting:
    """Return the setting that counts there: the project's before everybody's, the environment's before that of all."""
    row = await connection.fetchrow(GET, place.key, place.environment, place.project_id)
    if row is None:
        known = KNOWN.get(place.key)
        hint = "It is not set" + (f"; its default, {json.dumps(known.default)}, counts." if known else ".")
        raise _missing(place.key, hint)
    return _setting(row)


async def set_setting(connection: PoolConnectionProxy, ring: KeyRing, place: Place, body: SetSetting) -> Setting:
    """Set the value of exactly this place, sealed if it is to be; only what the body names changes."""
    row = await connection.fetchrow(EXACT, place.key, place.environment, place.project_id)
    known = KNOWN.get(place.key)
    before: ValueType | None = None if row is None else row["value_type"]
    schema = body.validation_schema
    if schema is None:
        schema = row["validation_schema"] if row is not None else known.schema if known else None
    sealed = (body.value_type or before) == "encrypted"
    text: str | None = None
    if "value" in body.model_fields_set:
        if known is not None:
            check_value(place.key, body.value, known.schema, sealed=sealed)
        check_value(place.key, body.value, schema, sealed=sealed)
        text = json.dumps(body.value)
        text = json.dumps(ring.seal(text, *place.bound)) if sealed else text
    made = await connection.fetchval(
        SET,
        place.key,
        text,
        place.environment,
        place.project_id,
        body.value_type or before,
        body.description,
        body.is_sensitive,
        body.is_readonly,
        None if schema is None else json.dumps(schema),
        body.revision,
    )
    return _setting(await connection.fetchrow(BY_ID, made))


async def reveal_setting(connection: PoolConnectionProxy, ring: KeyRing, place: Place) -> Revealed:
    """Return the value of exactly this place, opened; the audit trail says who asked."""
    row = await _exact(connection, place)
    value = await connection.fetchval(REVEAL, row["id"])
    if row["is_encrypted"]:
        value = json.loads(ring.open(value, *place.bound))
    return {"id": str(row["id"]), "key": place.key, "value": value, "revision": row["revision"]}


async def revert_setting(connection: PoolConnectionProxy, place: Place, revision: int | None) -> Setting:
    """Exchange value and previous value of exactly this place."""
    row = await _exact(connection, place)
    await connection.fetchval(REVERT, row["id"], revision)
    return _setting(await connection.fetchrow(BY_ID, row["id"]))


async def delete_setting(connection: PoolConnectionProxy, place: Place, revision: int | None) -> None:
    """Delete the setting of exactly this place, so that the next one in the order of precedence counts."""
    row = await _exact(connection, place)
    await connection.fetchval(DELETE, row["id"], revision)


async def _exact(connection: PoolConnectionProxy, place: Place) -> Record:
    row = await connection.fetchrow(EXACT, place.key, place.environment, place.project_id)
    if row is None:
        raise _missing(place.key, "Name the environment and the project for which it is set.")
    return row


def _missing(key: str, hint: str) -> NotFound:
    return NotFound(f"setting {key} does not exist here", hint=hint)


def _setting(row: Record | None) -> Setting:
    if row is None:
        raise Conflict("the setting was deleted meanwhile", hint="Set it again.")
    return cast("Setting", cast("object", plain(row.items())))
