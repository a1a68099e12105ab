"""Changes the key of sealed values: all of them are sealed anew, in batches; what was interrupted goes on next time."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from asyncpg import Record
from asyncpg.connection import Connection

from stateroom.core.crypto import KeyRing, key_id_of
from stateroom.core.keys import add_key, given_keys, keep_keys, key_ring
from stateroom.settings import Settings

BATCH: Final = 200
LOCK: Final = "select pg_advisory_lock(hashtextextended('stateroom.rotate-key', 0))"
UNLOCK: Final = "select pg_advisory_unlock(hashtextextended('stateroom.rotate-key', 0))"


@dataclass(frozen=True, slots=True)
class Sealed:
    """Where sealed texts stand. `page` gives (id, bound, sealed) behind an id; `reseal` takes (id, was, new)."""

    page: str
    reseal: str


# Neither revision nor previous value change, since values are the same ones; what was set anew meanwhile stays.
SETTINGS: Final = Sealed(
    page="""
select id, array['setting', key, environment::text, coalesce(project_id::text, '')] as bound,
    array[value #>> '{}', previous_value #>> '{}'] as sealed
from stateroom.settings where is_encrypted and id > $1 order by id limit $2""",
    reseal="""
update stateroom.settings set value = to_jsonb(($3::text[])[1]), previous_value = to_jsonb(($3::text[])[2])
where id = $1 and value = to_jsonb(($2::text[])[1])
    and previous_value is not distinct from to_jsonb(($2::text[])[2])""",
)
ENDPOINTS: Final = Sealed(
    page="""
select id, array['webhook_endpoint', id::text] as bound, array[secret] as sealed
from stateroom.webhook_endpoints where starts_with(secret, 'sr1.') and id > $1 order by id limit $2""",
    reseal="update stateroom.webhook_endpoints set secret = ($3::text[])[1] where id = $1 and secret = ($2::text[])[1]",
)
PLACES: Final = (SETTINGS, ENDPOINTS)


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key that seals now, how many rows were sealed anew, and how many keys were forgotten."""

    key_id: str
    resealed: int
    forgotten: int


async def rotate(
    connection: Connection, settings: Settings, *, forget: bool = False, say: Callable[[int], None] = lambda _: None
) -> Rotated:
    """Make a new key unless a rotation is under way, and seal everything with it.

    A key of STATEROOM_SECRET_KEY is not made here: its first key is the one to seal with. Older keys of the file are
    kept, since a process may just be sealing with one, until the next rotation or `forget`.

    Raises:
        SealBroken: a value cannot be opened; those before it are sealed anew, and nothing is lost.
    """
    await connection.execute(LOCK)
    try:
        ring = key_ring(settings)
        used = await _used(connection)
        if not forget and not given_keys(settings) and used <= {ring.current.id}:
            keep_keys(settings.home, frozenset())
            add_key(settings.home)
            ring = key_ring(settings)
        resealed = await _reseal_all(connection, ring, say)
        forgotten = keep_keys(settings.home, frozenset(await _used(connection))) if forget else 0
        return Rotated(ring.current.id, resealed, forgotten)
    finally:
        await connection.execute(UNLOCK)


async def _used(connection: Connection) -> set[str]:
    """Return the ids of the keys that have sealed something."""
    return {
        key_id_of(text)
        for place in PLACES
        async for rows in _pages(connection, place)
        for row in rows
        for text in row["sealed"]
        if text is not None
    }


async def _reseal_all(connection: Connection, ring: KeyRing, say: Callable[[int], None]) -> int:
    done = 0
    for place in PLACES:
        async for rows in _pages(connection, place):
            new = [(row["id"], row["sealed"], _resealed(row, ring)) for row in rows]
            changed = [each for each in new if each[1] != each[2]]
            if changed:
                await connection.executemany(place.reseal, changed)
                done += len(changed)
                say(done)
    return done


async def _pages(connection: Connection, place: Sealed) -> AsyncGenerator[list[Record]]:
    after = UUID(int=0)
    while rows := await connection.fetch(place.page, after, BATCH):
        yield rows
        after = rows[-1]["id"]


def _resealed(row: Record, ring: KeyRing) -> list[str | None]:
    return [None if text is None else ring.reseal(text, *row["bound"]) for text in row["sealed"]]
