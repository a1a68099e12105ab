"""Projects and their members: who makes, changes and leaves them, and what becomes of them when somebody goes."""

import asyncio

import pytest

from crowd import Crowd, refused

pytestmark = pytest.mark.both

SET = "select stateroom.set_member($1, $2, $3::text::stateroom.project_role)"
REMOVE = "select stateroom.remove_member($1, $2)"
STATUS = "select stateroom.set_project_status($1, $2::text::stateroom.project_status)"


@pytest.fixture
async def crowd(db):
    return await Crowd.make(db, ann="developer", bob="developer", carol="project_manager", eve="developer")


async def test_whoever_makes_a_project_owns_and_maintains_it_at_once(crowd):
    async with crowd.acting("ann") as app:
        project = await app.fetchval("select stateroom.create_project('new', 'About sharks')")
        row = await app.fetchrow(
            "select owner_id, status::text, created_by from stateroom.projects where id = $1", project
        )
        assert tuple(row) == (crowd.ids["ann"], "active", crowd.ids["ann"])
        assert await refused(app, "select stateroom.create_project('new')") == "SR409"
        assert await refused(app, "select stateroom.create_project('')") == "23514"
        found = "select count(*) from stateroom.projects where search @@ websearch_to_tsquery('english', 'shark')"
        assert await app.fetchval(found) == 1
    async with crowd.acting(None) as app:
        assert await refused(app, "select stateroom.create_project('x')") == "SR403"


async def test_members_see_and_maintainers_change(crowd):
    project = await crowd.project("ann", bob="contributor", carol="viewer")
    rename = "update stateroom.projects set description = 'x' where id = $1"
    for name, changed in (("ann", 1), ("bob", 0), ("carol", 1), ("eve", 0), ("root", 1)):
        async with crowd.acting(name) as app:
            assert await app.execute(rename, project) == f"UPDATE {changed}", name
            for column in ("status", "owner_id", "tasks_count", "is_personal"):
                assert await refused(app, f"update stateroom.projects set {column} = default") == "42501"
            assert await refused(app, "insert into stateroom.project_members default values") == "42501"
            said = {"ann": None, "carol": None, "root": None, "bob": "SR403", "eve": "SR404"}[name]
            assert await refused(app, STATUS, project, "paused") == said, name
    async with crowd.acting("eve") as app:
        people = {row[0] for row in await app.fetch("select username from stateroom.people")}
        assert people == {"eve"}
    async with crowd.acting("bob") as app:
        people = {row[0] for row in await app.fetch("select username from stateroom.people")}
        assert people == {"ann", "bob", "carol"}


async def test_states_follow_each_other_as_the_data_says(crowd):
    project = await crowd.project("ann", bob="maintainer")
    async with crowd.acting("bob") as app:
        assert await refused(app, STATUS, project, "archived") == "SR403"
    async with crowd.acting("ann") as app:
        assert await refused(app, STATUS, project, "archived") is None
        assert await refused(app, STATUS, project, "active") == "SR409"
        assert await refused(app, "select stateroom.require_project($1, 'write')", project) == "SR403"
        assert await refused(app, "select stateroom.require_project($1, 'read')", project) is None
        assert await refused(app, STATUS, project, "paused") is None
        personal = await app.fetchval("select stateroom.personal_project()")
        assert await refused(app, STATUS, personal, "archived") == "SR409"


async def test_nobody_raises_themselves_and_somebody_always_maintains(crowd):
    project = await crowd.project("ann", bob="maintainer", carol="viewer")
    ids = crowd.ids
    async with crowd.acting("carol") as app:
        assert await refused(app, SET, project, ids["carol"], "maintainer") == "SR403"
        assert await refused(app, SET, project, ids["eve"], "viewer") is None
    async with crowd.acting("eve") as app:
        assert await refused(app, SET, project, ids["eve"], "maintainer") == "SR403"
        assert await refused(app, REMOVE, project, ids["bob"]) == "SR403"
        assert await app.fetchval(REMOVE, project, ids["eve"]) is True
        assert await refused(app, REMOVE, project, ids["eve"]) == "SR404"
    async with crowd.acting("bob") as app:
        assert await refused(app, SET, project, ids["ann"], "viewer") == "SR409"
        assert await refused(app, REMOVE, project, ids["ann"]) == "SR409"
        assert await refused(app, "select stateroom.give_project($1, $2)", project, ids["bob"]) == "SR403"
    async with crowd.acting("ann") as app:
        assert await refused(app, REMOVE, project, ids["ann"]) == "SR409"
        assert await refused(app, "select stateroom.give_project($1, $2)", project, ids["bob"]) is None
        assert await refused(app, SET, project, ids["ann"], "contributor") is None


async def test_two_who_remove_each_other_leave_one(crowd):
    project = await crowd.project("ann", bob="maintainer", eve="maintainer")
    await crowd.owner.execute("update stateroom.users set is_active = false where username = 'ann'")

    async def step_down(name: str) -> str | None:
        async with crowd.acting(name) as app:
            return await refused(app, REMOVE, project, crowd.ids[name])

    said = await asyncio.gather(step_down("bob"), step_down("eve"))
    assert set(said) == {None, "SR409"}


async def test_a_purged_person_leaves_what_they_made_and_what_was_written_of_them(crowd):
    shared = await crowd.project("bob", "shared", ann="maintainer")
    own = await crowd.project("ann", "own")
    ann = crowd.ids["ann"]
    purge = "select stateroom.purge_user($1, $2)"
    personal = await crowd.owner.fetchval("select stateroom.make_personal_project($1)", ann)
    await crowd.owner.execute(
        "insert into stateroom.logs (project_id, logged_at, message) values ($1, now(), 'a'), ($2, now(), 'b')",
        personal,
        own,
    )
    async with crowd.acting("bob") as app:
        assert await refused(app, purge, ann, None) == "42501"
    async with crowd.acting("root") as app:
        assert await refused(app, purge, crowd.ids["root"], None) == "SR403"
        assert await refused(app, purge, ann, None) == "SR409"
        assert await refused(app, purge, ann, crowd.ids["bob"]) is None
        assert await refused(app, purge, ann, None) == "SR404"
    value = crowd.owner.fetchval
    assert await value("select owner_id from stateroom.projects where id = $1", own) == crowd.ids["bob"]
    assert await value("select created_by from stateroom.projects where id = $1", own) == ann
    assert await value("select count(*) from stateroom.projects where owner_id = $1", ann) == 0
    assert await value("select array_agg(message) from stateroom.logs") == ["b"], "the personal project goes whole"
    assert await value("select count(*) from stateroom.project_members where project_id = $1", shared) == 1
    assert await value("select count(*) from stateroom.audit_logs where user_id = $1", ann) > 0


async def test_the_last_administrator_stays(crowd):
    await crowd.owner.execute("update stateroom.users set is_active = false where username = 'local'")
    async with crowd.acting("root") as app:
        await app.execute("select stateroom.set_user_role($1, 'admin')", crowd.ids["ann"])
    crowd.roles["ann"] = "admin"

    async def dismiss(name: str, other: str) -> str | None:
        async with crowd.acting(name) as app:
            return await refused(app, "select stateroom.set_user_active($1, false)", crowd.ids[other])

    said = await asyncio.gather(dismiss("ann", "root"), dismiss("root", "ann"))
    assert set(said) <= {None, "SR409"}
    assert "SR409" in said
