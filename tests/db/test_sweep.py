"""Every role against every table and view, by every verb, with own rows, those of others, and without a context."""

from collections.abc import Mapping

import asyncpg
import pytest
from access_rules import HIDDEN, READ
from policy_table import ACTORS, PLACES, RULES
from swept import World, login

pytestmark = pytest.mark.both

RELATIONS = """
select c.relname as name, c.relkind in ('r', 'p') as is_table from pg_class c
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
    and c.relname <> 'alembic_version'
"""
DELETED = """
select c.relname as name from pg_class c where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p')
    and not c.relispartition and has_table_privilege($1, c.oid, 'DELETE')
"""
# What a change without WHERE sets: it reads no column, so policies for reading do not hold it back.
CHANGES = {
    "users": "preferences = '{}'", "api_keys": "allowed_ips = '{}'", "projects": "metadata = '{}'",
    "notifications": "is_read = true, read_at = now()", "chat_messages": "message = 'x'", "tasks": "metadata = '{}'",
    "triage_items": "metadata = '{}'", "error_logs": "context = '{}'", "deployments": "metadata = '{}'",
    "workflows": "env = '{}'", "schedules": "params = '{}'", "agents": "metadata = '{}'",
    "webhook_endpoints": "description = 'x'", "alert_rules": "description = 'x'", "partition_policies": "keep_days = 1",
}  # fmt: skip


@pytest.fixture
async def world(db) -> World:
    return await World.make(db)


def told(
    found: Mapping[tuple[str, ...], object], expected: Mapping[tuple[str, ...], object]
) -> dict[tuple[str, ...], object]:
    """What differs, with what was found and expected."""
    return {key: (found[key], expected[key]) for key in expected if found[key] != expected[key]}


async def test_every_relation_is_in_the_table_of_policies_and_full(world):
    relations = await world.connection.fetch(RELATIONS)
    assert {row["name"] for row in relations} == set(RULES)
    for row in relations:
        if row["is_table"] and row["name"] not in {"role_permissions", "metric_rollups"}:
            assert world.where(await world.rows(row["name"])) >= PLACES, row["name"]


async def test_people_see_what_the_table_of_policies_says(world):
    found, expected = {}, {}
    for name, actor in ACTORS.items():
        granted = await world.granted(login(actor), "SELECT")
        async with world.passing():
            await world.become(actor)
            for relation, rule in RULES.items():
                rows = await world.rows(relation, granted[relation]) if relation in granted else []
                # rows of no project are for all who see any; only these are there to be seen of permissions of roles
                of_none = {"common"} - ({"common"} if relation == "role_permissions" else set())
                found[name, relation] = world.where(rows) - of_none
                expected[name, relation] = rule.allows(actor, "select") - of_none
                if relation == "role_permissions":
                    expected[name, relation] &= {"common"}
    assert told(found, expected) == {}


async def test_people_change_what_the_table_of_policies_says(world):
    found, expected = {}, {}
    for name, actor in ACTORS.items():
        granted = await world.granted(login(actor), "UPDATE")
        for relation, rule in RULES.items():
            found[name, relation], expected[name, relation] = set(), rule.allows(actor, "update")
            if relation in granted:
                async with world.passing():
                    await world.become(actor)
                    await world.connection.execute(f"update stateroom.{relation} set {CHANGES[relation]}")
                    await world.connection.execute("reset session authorization")
                    changed = f"(select * from stateroom.{relation} where xmin = pg_current_xact_id()::xid)"
                    read = f"select to_jsonb(r)::text from {changed} as r"
                    found[name, relation] = world.where([row[0] for row in await world.connection.fetch(read)]) - {
                        "common"
                    }
    assert told(found, expected) == {}


async def test_people_delete_what_the_table_of_policies_says(world):
    found, expected = {}, {}
    for name, actor in ACTORS.items():
        granted = {row["name"] for row in await world.connection.fetch(DELETED, login(actor))}
        for relation, rule in RULES.items():
            found[name, relation], expected[name, relation] = set(), rule.allows(actor, "delete")
            if relation in granted:
                async with world.passing():
                    before = await world.rows(relation)
                    await world.become(actor)
                    await world.connection.execute(f"delete from stateroom.{relation}")
                    await world.connection.execute("reset session authorization")
                    gone = set(before) - set(await world.rows(relation))
                    found[name, relation] = world.where(gone) - {"common"}
    assert told(found, expected) == {}


async def test_people_insert_what_the_table_of_policies_says(world):
    found, expected = {}, {}
    granted = {role: await world.granted(role, "INSERT") for role in ("stateroom_user", "stateroom_admin")}
    for name, actor in ACTORS.items():
        for relation, rule in RULES.items():
            found[name, relation], expected[name, relation] = set(), rule.allows(actor, "insert")
            for place in world.places.values() if relation in granted[login(actor)] else ():
                if await world.inserts(actor, relation, place, granted[login(actor)][relation]):
                    found[name, relation].add(place.name)
    assert told(found, expected) == {}


async def test_reports_see_every_row_but_private_ones(world):
    for role in ("stateroom_readonly", "stateroom_query"):
        granted = await world.granted(role, "SELECT")
        tables = {row["name"] for row in await world.connection.fetch(RELATIONS) if row["is_table"]}
        assert set(granted) == set(RULES) - HIDDEN
        everything = {name: world.where(await world.rows(name)) for name in tables}
        async with world.passing():
            await world.connection.execute(f"set local session authorization {role}")
            seen = {name: world.where(await world.rows(name, columns)) for name, columns in granted.items()}
        # a report reads the uses of keys from their tables: the view is for each key's owner
        seen.pop("api_key_uses")
        for name, places in seen.items():
            assert places - {"common"} == (everything[name] if name in tables else PLACES) - {"private", "common"}, name


async def test_services_see_what_they_work_with_and_nothing_else(world):
    for role in ("stateroom_engine", "stateroom_client", "stateroom_app"):
        for relation in RULES:
            everything = world.where(await world.rows(relation))
            async with world.passing():
                await world.connection.execute(f"set local session authorization {role}")
                if relation in READ[role]:
                    assert world.where(await world.rows(relation)) == everything, (role, relation)
                else:
                    with pytest.raises(asyncpg.InsufficientPrivilegeError):
                        await world.connection.execute(f"select from stateroom.{relation}")
