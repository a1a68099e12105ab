"""Webhooks: a delivery has one effect, secrets stay inside, and members see what came."""

import asyncio
import json

import asyncpg
import pytest

RECEIVE = "select * from stateroom.receive_webhook($1, $2, 'pr_merged', 'github', '{}', $3, p_verified => $4)"
ENDPOINT = (
    "insert into stateroom.webhook_endpoints (project_id, direction, slug, secret, event_types)"
    " values ($1, 'in', 'github-main', $2, $3) returning id"
)


async def endpoint(team, secret: str | None = "sealed", types: tuple[str, ...] = ()) -> object:
    return await team.value("ann", ENDPOINT, team.project, secret, list(types))


@pytest.mark.both
async def test_a_delivery_has_one_effect_however_often_it_comes(db, team):
    await endpoint(team)
    doors = [await db.connect("app") for _ in range(4)]
    rows = await asyncio.gather(
        *(door.fetchrow(RECEIVE, "github-main", "d-1", '{"number": 7}', True) for door in doors)
    )
    assert sum(row["created"] for row in rows) == 1
    assert len({row["webhook_event_id"] for row in rows}) == 1
    again = await doors[0].fetchrow(RECEIVE, "github-main", "d-2", "{}", True)
    assert again["created"]
    async with team.acting("vic") as app:
        assert await app.fetchval("select count(*) from stateroom.webhook_events where processed") == 2
        events = await app.fetch("select payload from stateroom.events where type = 'pr_merged'")
    assert len(events) == 2
    assert await team.value("eve", "select count(*) from stateroom.webhook_events") == 0


async def test_what_is_not_signed_not_wanted_or_not_known_leaves_nothing(db, team):
    await endpoint(team, types=("pr_merged",))
    door = await db.connect("app")
    said = []
    for slug, kind, verified in [
        ("github-main", "pr_merged", False),
        ("github-main", "pr_closed", True),
        ("elsewhere", "pr_merged", True),
        ("github-main", "pr_merged", None),
    ]:
        with pytest.raises(asyncpg.PostgresError) as caught:
            await door.fetchrow(RECEIVE.replace("pr_merged", kind), slug, "d", "{}", verified)
        said.append(caught.value.sqlstate)
    assert said == ["SR403", "SR422", "SR404", "SR403"]
    await team.value("ann", "update stateroom.webhook_endpoints set is_active = false")
    assert await door.fetch("select * from stateroom.receiving_endpoint('github-main')") == []
    for table in ("webhook_events", "webhook_deliveries_seen"):
        assert await team.owner.fetchval(f"select count(*) from stateroom.{table}") == 0


async def test_no_endpoint_is_made_that_would_have_to_send(team):
    make = (
        "insert into stateroom.webhook_endpoints (project_id, direction, url) values ($1, 'out', 'https://a.example')"
    )
    assert await team.said("ann", make, team.project) == "42501"
    make = "insert into stateroom.webhook_endpoints (project_id, direction) values ($1, 'out')"
    assert await team.said("ann", make, team.project) == "23514"


@pytest.mark.defect(13)
async def test_a_secret_goes_in_and_never_comes_out(db, team):
    made = await endpoint(team, "sr1.sealed")
    for who in ("ann", "root"):
        assert await team.said(who, "select secret from stateroom.webhook_endpoints") == "42501"
        assert await team.value(who, "select id from stateroom.webhook_endpoints") == made
        assert await team.said(who, "select * from stateroom.receiving_endpoint('github-main')") == "42501"
    row = await (await db.connect("app")).fetchrow("select * from stateroom.receiving_endpoint('github-main')")
    assert row["secret"] == "sr1.sealed"
    assert await team.owner.fetchval("select count(*) from stateroom.events where payload::text like '%sealed%'") == 0
    headers = '{"Authorization": "Basic x", "X-Event": "y"}'
    await (await db.connect("app")).fetchrow(RECEIVE.replace("'{}'", f"'{headers}'"), "github-main", "d", "{}", True)
    kept = json.loads(await team.value("vic", "select headers from stateroom.webhook_events"))
    assert kept == {"Authorization": "[redacted]", "X-Event": "y"}


async def test_maintainers_manage_endpoints_and_what_they_took_in_outlives_them(db, team):
    assert await team.said("carol", ENDPOINT, team.project, None, []) == "42501"
    made = await endpoint(team, None)
    await (await db.connect("app")).fetchrow(RECEIVE, "github-main", "d", "{}", False)
    assert await team.value("carol", "delete from stateroom.webhook_endpoints returning id") is None
    assert await team.value("ann", "delete from stateroom.webhook_endpoints returning id") == made
    async with team.acting("vic") as app:
        row = await app.fetchrow("select endpoint_id, signature_verified from stateroom.webhook_events")
    assert tuple(row) == (None, False)
    assert await team.said("ann", ENDPOINT, team.other, None, []) == "42501"
