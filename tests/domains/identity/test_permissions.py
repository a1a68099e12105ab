"""The permission matrix, from its own data: every role, with and without a key, in the context and in the database."""

import itertools

import pytest

from crowd import Crowd, refused
from stateroom.domains.access.model import Permission

pytestmark = pytest.mark.both

GLOBALS = ("developer", "designer", "tester", "project_manager", "admin")
NEEDS = {"read:tasks": "read", "write:tasks": "write", "run:work": "run", "manage:projects": "manage"}
KEYS = (
    None,
    [],
    ["read:tasks"],
    ["read:tasks", "run:work"],
    ["write:tasks"],
    ["read:tasks", "manage:projects"],
    ["admin"],
)


async def test_every_cell_of_the_matrix_is_what_the_database_lets_through(db):
    """By global role, project role, key and permission: what require_project refuses is what the data does not give."""
    crowd = await Crowd.make(db, **{role: role for role in GLOBALS if role != "admin"}, ann="developer")
    crowd.ids["admin"], crowd.roles["admin"] = crowd.ids["root"], "admin"
    rows = await crowd.owner.fetch("select scope::text, role, permissions from stateroom.role_permissions")
    matrix = {(row["scope"], row["role"]): set(row["permissions"]) for row in rows}
    assert set(matrix) == {("global", role) for role in GLOBALS} | {
        ("project", role) for role in ("viewer", "contributor", "maintainer")
    }
    assert set().union(*matrix.values()) == set(Permission)
    projects = {
        role: await crowd.project(
            "ann", role or "none", **({each: role for each in GLOBALS if each != "admin"} if role else {})
        )
        for role in ("viewer", "contributor", "maintainer", "")
    }
    for role, key in itertools.product(GLOBALS, KEYS):
        may = matrix["global", role]
        everything = "admin" in may and (key is None or "admin" in key)
        async with crowd.acting(role, permissions=key) as app:
            for permission in Permission:
                has = permission in may and (everything or key is None or permission in key)
                assert await app.fetchval("select stateroom.has_permission($1)", permission) is has, (role, key)
            for (member, project), (permission, need) in itertools.product(projects.items(), NEEDS.items()):
                here = matrix["project", member] if member and role != "admin" else set()
                if here and "manage:projects" in may:
                    here = matrix["project", "maintainer"]
                allowed = everything or (permission in here and (key is None or permission in key))
                seen = bool(here) and (key is None or "read:tasks" in key)
                said = await refused(app, "select stateroom.require_project($1, $2)", project, need)
                expected = None if allowed else "SR403" if seen else "SR404"
                assert said == expected, (role, member, key, need)


async def test_a_key_reads_and_writes_no_more_than_it_says(db):
    crowd = await Crowd.make(db, ann="developer")
    project = await crowd.project("ann")
    rename = "update stateroom.projects set name = 'x' where id = $1"
    async with crowd.acting("ann", permissions=["read:tasks"]) as app:
        assert await app.fetchval("select count(*) from stateroom.projects") == 2
        assert await app.execute(rename, project) == "UPDATE 0"
        assert await app.execute("update stateroom.users set email = 'thief@x.org'") == "UPDATE 0"
        assert await refused(app, "select stateroom.create_project('more')") == "SR403"
        assert await refused(app, "select stateroom.set_password('other')") == "SR403"
    async with crowd.acting("ann", permissions=["run:work"]) as app:
        assert await app.fetchval("select count(*) from stateroom.projects") == 0
    async with crowd.acting("ann", project=project) as app:
        assert [row[0] for row in await app.fetch("select id from stateroom.projects")] == [project]
        assert await app.execute(rename, project) == "UPDATE 1"
    async with crowd.acting("root", permissions=["read:tasks"]) as app:
        assert [row[0] for row in await app.fetch("select name from stateroom.projects")] == ["personal"]
    async with crowd.acting("root", project=project) as app:
        assert [row[0] for row in await app.fetch("select id from stateroom.projects")] == [project]
        assert await app.execute(rename.replace("'x'", "'y'"), project) == "UPDATE 1"


@pytest.mark.defect(6)
async def test_people_say_what_they_are_called_and_not_what_they_are(db):
    crowd = await Crowd.make(db, ann="developer", bob="developer")
    for who in ("ann", "root"):
        async with crowd.acting(who) as app:
            for column, value in (
                ("role", "'admin'"),
                ("is_active", "true"),
                ("github_id", "1"),
                ("password_hash", "'x'"),
            ):
                assert await refused(app, f"update stateroom.users set {column} = {value}") == "42501", column
            assert await refused(app, "insert into stateroom.users (username) values ('eve')") == "42501"
            assert await refused(app, "delete from stateroom.users") == "42501"
            role = "select stateroom.set_user_role($1, 'admin')"
            assert await refused(app, role, crowd.ids[who]) in {"42501", "SR403"}
    async with crowd.acting("ann") as app:
        assert await app.execute("update stateroom.users set name = 'Ann'") == "UPDATE 1"
        assert await app.execute("update stateroom.users set name = 'x' where username = 'bob'") == "UPDATE 0"
        assert await refused(app, "select stateroom.create_user('eve')") == "42501"
        for preferences in (
            '{"mail": true}',
            '{"email": 1}',
            '{"timezone": "Mars"}',
            '{"quiet_hours": {"from": "25:00"}}',
        ):
            said = await refused(app, "update stateroom.users set preferences = $1::text::jsonb", preferences)
            assert said == "23514", preferences
        good = '{"email": false, "timezone": "Europe/Berlin", "quiet_hours": {"from": "22:00", "to": "07:00"}}'
        assert await refused(app, "update stateroom.users set preferences = $1::text::jsonb", good) is None


async def test_no_policy_of_people_and_projects_calls_anything_per_row(db):
    crowd = await Crowd.make(db, ann="developer")
    async with crowd.acting("ann") as app:
        for name in ("users", "projects", "project_members", "audit_logs", "user_sessions", "api_keys", "people"):
            plan = "\n".join(
                row[0] for row in await app.fetch(f"explain verbose select count(*) from stateroom.{name}")
            )
            filters = [line for line in plan.splitlines() if "Filter:" in line or "Cond:" in line]
            assert filters, name
            assert not [line for line in filters if "current_setting" in line or "stateroom." in line], plan
