"""Settings over HTTP: what counts, what is sealed, and what nobody sees unless they ask."""

import asyncio
import json

import pytest

from stateroom.core.keys import add_key
from stateroom.errors import Conflict, InvalidInput, NotFound, SealBroken

SECRET = "swordfish-and-chips"


@pytest.fixture
async def maintenance(db):
    return await db.connect()


async def test_a_sealed_value_is_nowhere_but_where_it_is_asked_for(client, http, maintenance):
    made = await client.settings.set("mail.password", value=SECRET, value_type="encrypted", environment="production")
    shown = [
        made,
        await client.settings.get("mail.password", environment="production"),
        await client.settings.list(),
        await client.settings.set("mail.password", value={"user": "x", "word": SECRET + "2"}, environment="production"),
    ]
    assert shown[0]["is_sensitive"] is shown[0]["is_encrypted"] is True
    assert shown[3]["revision"] == 2
    assert shown[3]["value_type"] == "encrypted"
    tables = ("settings", "audit_logs", "events", "logs")
    stored = [await maintenance.fetch(f"select to_jsonb(t)::text from stateroom.{name} t") for name in tables]
    assert SECRET not in json.dumps(shown) + str(stored)
    revealed = await client.settings.reveal("mail.password", environment="production")
    assert revealed["value"] == {"user": "x", "word": SECRET + "2"}
    await client.settings.revert("mail.password", environment="production")
    assert (await client.settings.reveal("mail.password", environment="production"))["value"] == SECRET
    trail = await maintenance.fetch("select action::text from stateroom.audit_logs where entity_type = 'settings'")
    assert [row[0] for row in trail].count("reveal") == 2
    with pytest.raises(NotFound):
        await client.settings.reveal("mail.password")
    assert (await http.get("/api/v1/settings")).status_code == 401


async def test_a_sealed_value_that_was_moved_to_another_place_does_not_open(client, maintenance):
    for environment in ("staging", "production"):
        await client.settings.set("key", value=environment, value_type="encrypted", environment=environment)
    await maintenance.execute(
        "update stateroom.settings s set value = o.value from stateroom.settings o"
        " where s.environment = 'staging' and o.environment = 'production'"
    )
    with pytest.raises(SealBroken, match="copied from elsewhere"):
        await client.settings.reveal("key", environment="staging")


async def test_a_new_key_seals_at_once_and_the_old_one_still_opens(app, client):
    await client.settings.set("old", value=1, value_type="encrypted")
    add_key(app.state.home)
    await client.settings.set("new", value=2, value_type="encrypted")
    assert [(await client.settings.reveal(key))["value"] for key in ("old", "new")] == [1, 2]


async def test_the_nearest_setting_counts_and_own_changes_are_read_at_once(client, app):
    for number, (project, environment) in enumerate(
        [(None, "all"), (None, "production"), ("personal", "all"), ("personal", "production")]
    ):
        for _ in range(2):
            await client.settings.set("colour", value=number, project=project, environment=environment)
            found = await client.settings.get("colour", project="personal", environment="production")
            assert (found["value"], found["environment"]) == (number, environment)
    figures = app.state.caches.figures()["settings"]
    assert figures["misses"] >= 4
    await client.settings.delete("colour", project="personal", environment="production")
    assert (await client.settings.get("colour", project="personal", environment="production"))["value"] == 2
    assert [each["value"] for each in await client.settings.list(prefix="col", project="personal")] == [2]


async def test_another_process_that_writes_is_heard(client, app, maintenance):
    await client.settings.set("colour", value="red")
    assert (await client.settings.get("colour"))["value"] == "red"
    await maintenance.execute("update stateroom.settings set value = '\"blue\"', revision = 2")
    async with asyncio.timeout(20):
        while (await client.settings.get("colour"))["value"] != "blue":  # noqa: ASYNC110 (another process is waited for)
            await asyncio.sleep(0.01)
    assert app.state.caches.figures()["settings"]["hits"] >= 0


async def test_values_are_held_to_type_schema_and_revision(client):
    await client.settings.set("n", value=1, validation_schema={"type": "integer", "maximum": 9}, revision=0)
    with pytest.raises(InvalidInput, match="10 is greater than the maximum of 9"):
        await client.settings.set("n", value=10)
    with pytest.raises(Conflict, match="at revision 1, not 3"):
        await client.settings.set("n", value=2, revision=3)
    with pytest.raises(InvalidInput, match="is not a keyword that is understood"):
        await client.settings.set("n", value=2, validation_schema={"$ref": "http://localhost/schema"})
    with pytest.raises(InvalidInput, match="setting p: value does not look like"):
        await client.settings.set("p", value="b", validation_schema={"pattern": "^a"})
    with pytest.raises(InvalidInput, match="cannot be held to a pattern"):
        await client.settings.set("p", value="b", value_type="encrypted", validation_schema={"pattern": "^a"})
    schema = {"type": "string", "minLength": 8}
    with pytest.raises(InvalidInput, match="value: does not fit minLength") as refused:
        await client.settings.set("p", value="secret", value_type="encrypted", validation_schema=schema)
    assert "secret" not in refused.value.message
    with pytest.raises(InvalidInput, match="nested too deep"):
        await client.settings.set("p", value=1, validation_schema=json.loads('{"not":' * 40 + "{}" + "}" * 40))
    assert (await client.settings.set("n", description="how many"))["value"] == 1


async def test_what_stateroom_asks_for_has_a_default_and_a_schema(client):
    known = {each["key"]: each for each in await client.settings.known()}
    key = "retention.deleted-tasks-days"
    assert known[key]["default"] == 30
    with pytest.raises(NotFound) as missing:
        await client.settings.get(key)
    assert "its default, 30, counts" in missing.value.hint
    with pytest.raises(InvalidInput):
        await client.settings.set(key, value=0)
    assert (await client.settings.set(key, value=7))["validation_schema"] == known[key]["validation_schema"]
