"""The key of sealed values can be changed beside running processes, and an interrupted change goes on."""

import json

import pytest

from stateroom.core.crypto import Key, key_id_of
from stateroom.core.keys import add_key, key_ring, stored_keys
from stateroom.domains.settings_store import rotate
from stateroom.domains.settings_store.service import bound
from stateroom.errors import SealBroken

INSERT = """
insert into stateroom.settings (key, environment, value, previous_value, value_type, is_encrypted, is_sensitive)
values ($1, 'production', $2, $3, 'encrypted', true, true)"""
ROWS = """
select key, value #>> '{}' as value, previous_value #>> '{}' as previous, revision
from stateroom.settings order by id"""


@pytest.fixture
async def connection(db):
    return await db.connect()


async def fill(connection, ring, count):
    for number in range(count):
        place = bound(f"k{number}", "production", None)
        value, previous = ring.seal(f"v{number}", *place), ring.seal(f"p{number}", *place)
        await connection.execute(INSERT, f"k{number}", json.dumps(value), json.dumps(previous) if number % 2 else None)


async def opened(connection, ring):
    found = []
    for row in await connection.fetch(ROWS):
        place = bound(row["key"], "production", None)
        assert row["revision"] == 1
        found += [ring.open(text, *place) for text in (row["value"], row["previous"]) if text]
    return found


async def test_all_values_are_sealed_anew_and_the_old_key_is_forgotten_when_it_is_no_longer_needed(
    db, connection, monkeypatch
):
    monkeypatch.setattr(rotate, "BATCH", 3)
    settings = db.settings()
    before = key_ring(settings)
    await fill(connection, before, 8)
    values = await opened(connection, before)
    done = await rotate.rotate(connection, settings)
    after = key_ring(settings)
    assert (done.resealed, done.forgotten, done.key_id) == (8, 0, after.current.id)
    assert await opened(connection, after) == values
    assert {key_id_of(row["value"]) for row in await connection.fetch(ROWS)} == {after.current.id}
    assert [key.id for key in after.keys] == [after.current.id, before.current.id]
    assert (await rotate.rotate(connection, settings, forget=True)).forgotten == 1
    assert [key.id for key in stored_keys(settings.home)] == [after.current.id]


async def test_what_was_interrupted_goes_on_with_the_same_key(db, connection):
    settings = db.settings()
    old = key_ring(settings)
    await fill(connection, old, 4)
    new = add_key(settings.home)
    place = bound("k0", "production", None)
    await connection.execute(
        "update stateroom.settings set value = $1, previous_value = null where key = 'k0'",
        json.dumps(key_ring(settings).seal("v0", *place)),
    )
    done = await rotate.rotate(connection, settings)
    assert (done.key_id, done.resealed) == (new.id, 3)
    again = await rotate.rotate(connection, settings)
    assert again.key_id not in {new.id, old.current.id}
    assert [key.id for key in stored_keys(settings.home)] == [again.key_id, new.id]


async def test_a_key_of_the_variable_is_sealed_with_and_never_made(db, connection):
    stored = db.settings()
    await fill(connection, key_ring(stored), 2)
    given = Key.make()
    settings = db.settings(secret_key=given.text())
    done = await rotate.rotate(connection, settings)
    assert (done.key_id, done.resealed) == (given.id, 2)
    assert (await rotate.rotate(connection, settings)).resealed == 0


async def test_a_value_that_does_not_open_stops_it_without_loss(db, connection):
    settings = db.settings()
    old = key_ring(settings)
    await fill(connection, old, 3)
    await connection.execute("update stateroom.settings set key = 'moved' where key = 'k2'")
    with pytest.raises(SealBroken, match="setting moved production is broken"):
        await rotate.rotate(connection, settings)
    await connection.execute("update stateroom.settings set key = 'k2' where key = 'moved'")
    assert len(await opened(connection, key_ring(settings))) == 4
    assert (await rotate.rotate(connection, settings)).resealed == 3
