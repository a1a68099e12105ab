"""Rows of planned tasks: numbers, counters, what is derived, what people may write, and what steps do not pay for."""

import asyncio
import json
from uuid import uuid4

import asyncpg
import pytest
from board import refused

from stateroom.domains.tasks.model import Priority

INSERT = "insert into stateroom.tasks (project_id, title) values ($1, $2) returning number"
MANY = "insert into stateroom.tasks (project_id, title) select $1, 't' || n from generate_series(1, $2) n"
COUNTS = "select tasks_count, next_task_number from stateroom.projects where id = $1"


async def test_a_task_begins_with_all_that_it_needs(board):
    async with board.acting("carol") as carol:
        row = await carol.fetchrow(
            "insert into stateroom.tasks (project_id, title, description) values ($1, 'Paint the bridge', 'green')"
            " returning *",
            board.project,
        )
    expected = {
        "kind": "planned",
        "status": "pending",
        "number": 1,
        "complexity_score": 5,
        "priority": Priority.NONE,
        "position": 1,
        "is_delayed": False,
        "revision": 1,
        "created_by": board.people["carol"],
        "search": "'bridg':3A 'green':4B 'paint':1A",
    }
    assert {key: row[key] for key in expected} == expected
    assert [word.value for word in Priority] == [0, 2, 5, 8, 10]


@pytest.mark.both
async def test_numbers_have_no_gaps_and_counts_are_right_whatever_happens_at_once(board):
    connections = [await board.db.connect() for _ in range(6)]

    async def work(connection: asyncpg.Connection, no: int) -> None:
        for turn in range(5):
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(MANY, board.project, 7)
            if (no + turn) % 3:
                await transaction.commit()
            else:
                await transaction.rollback()

    await asyncio.gather(*(work(connection, no) for no, connection in enumerate(connections)))
    numbers = [row[0] for row in await board.owner.fetch("select number from stateroom.tasks order by number")]
    assert numbers == list(range(1, 141))
    assert tuple(await board.owner.fetchrow(COUNTS, board.project)) == (140, 141)


async def test_the_count_speaks_of_planned_tasks_that_are_not_deleted(board):
    mixed = (
        "insert into stateroom.tasks (project_id, title) select p, 't' from generate_series(1, 50), unnest($1::uuid[])"
    )
    await board.owner.execute(mixed + " as p", [board.project, board.other])
    await board.add(number=500)
    assert tuple(await board.owner.fetchrow(COUNTS, board.other)) == (50, 51)
    assert tuple(await board.owner.fetchrow(COUNTS, board.project)) == (51, 501)
    tasks = [
        row[0] for row in await board.owner.fetch("select id from stateroom.tasks where project_id = $1", board.project)
    ]
    async with board.acting("ann") as ann:
        assert len(await ann.fetch("select stateroom.delete_tasks($1)", tasks[:20])) == 20
        assert len(await ann.fetch("select stateroom.delete_tasks($1)", tasks[:21])) == 1
        assert len(await ann.fetch("select stateroom.restore_tasks($1)", tasks[:2])) == 2
        assert await ann.fetchval("select tasks_count from stateroom.projects") == 32
        transaction = ann.transaction()
        await transaction.start()
        await ann.execute(MANY, board.project, 10)
        await transaction.rollback()
        assert await ann.fetchval(INSERT, board.project, "next") == 501
    purge = "select stateroom.purge_deleted_tasks()"
    assert await board.owner.fetchval(purge) == 0
    await board.db.shift("31 days")
    assert await board.owner.fetchval(purge) == 19
    assert tuple(await board.owner.fetchrow(COUNTS, board.project)) == (33, 502)
    history = "select count(*) from stateroom.audit_logs where entity_type = 'projects' and action = 'update'"
    assert await board.owner.fetchval(history) == 0, "counting is no change by anybody"


async def test_a_mere_change_of_status_does_not_compute_the_search_vector_again(board):
    task = await board.add("Paint the bridge")
    await board.owner.execute("update stateroom.tasks set search = 'marked'::tsvector where id = $1", task)
    await board.to(task, "in_progress", "completed")
    await board.owner.execute("update stateroom.tasks set priority = 5, tags = '{x}' where id = $1", task)
    assert (await board.row(task))["search"] == "'marked'"
    await board.owner.execute("update stateroom.tasks set description = 'in green' where id = $1", task)
    assert (await board.row(task))["search"] == "'bridg':3A 'green':5B 'paint':1A"


async def test_people_write_what_is_theirs_to_write_and_each_change_is_a_revision(board):
    task = await board.add()
    async with board.acting("carol") as carol:
        update = "update stateroom.tasks set {} where id = $1"
        for column in ("title = 'new'", "priority = 8", "tags = '{a}'", "position = 0.5", "end_date = now()"):
            await carol.execute(update.format(column), task)
        for column in ("status = 'completed'", "number = 7", "deleted_at = now()", "is_delayed = true", "revision = 9"):
            assert await refused(carol, update.format(column), task) == "42501", column
        for column in (
            "project_id = project_id",
            "kind = 'routine'",
            "search = ''",
            "epic_id = null",
            "created_by = null",
        ):
            assert await refused(carol, update.format(column), task) == "42501", column
        assert await refused(carol, "delete from stateroom.tasks where id = $1", task) == "42501"
        kinds = "insert into stateroom.tasks (project_id, kind, title) values ($1, 'routine', 't')"
        assert await refused(carol, kinds, board.project) == "42501"
        assert await refused(carol, INSERT, board.other, "t") == "42501"
        stale = "update stateroom.tasks set title = 'x' where id = $1 and revision = $2"
        assert await carol.execute(stale, task, 5) == "UPDATE 0"
        assert await carol.execute(stale, task, 6) == "UPDATE 1"
        row = await carol.fetchrow("select * from stateroom.tasks where id = $1", task)
        assert (row["revision"], row["updated_by"]) == (7, board.people["carol"])
    async with board.acting("bob") as bob:
        assert await bob.execute("update stateroom.tasks set title = 'x'") == "UPDATE 0"
        assert await refused(bob, INSERT, board.project, "t") == "42501"
    assert await refused(board.owner, "update stateroom.tasks set project_id = $1", board.other) == "SR422"
    assert await refused(board.owner, "update stateroom.tasks set created_at = now()") == "SR422"
    events = await board.owner.fetch("select payload from stateroom.events where type = 'task_updated' order by id")
    assert [json.loads(row[0])["changed"] for row in events] == [
        ["title"],
        ["priority"],
        ["tags"],
        ["position"],
        ["end_date"],
        ["title"],
    ]


async def test_what_a_task_must_not_be(board):
    task = await board.add()
    wrong = ["title = ''", "title = repeat('x', 256)", "priority = 11", "complexity_score = 0", "actual_hours = -1"]
    wrong += ["tags = array_fill('x'::text, array[51])", "tags = array[repeat('x', 2501)]", "is_delayed = null"]
    wrong += ["start_date = now(), end_date = now()", "parent_task_id = id", "revision = 0", "started_at = now()"]
    wrong += ["description = repeat('x', 100001)", "affected_files = array_fill('x'::text, array[1001])"]
    said = {
        each: await refused(board.owner, f"update stateroom.tasks set {each} where id = $1", task) for each in wrong
    }
    assert set(said.values()) == {"23514", "SR422"}
    assert [each for each, code in said.items() if code == "SR422"] == ["parent_task_id = id"]


async def test_tasks_are_given_to_members_only(board):
    task = await board.add()
    async with board.acting("carol") as carol:
        give = "update stateroom.tasks set assigned_user_id = $2 where id = $1"
        assert await refused(carol, give, task, board.people["eve"]) == "SR422"
        assert await refused(carol, give, task, board.people["dan"]) is None
        rows = await carol.fetch("select * from stateroom.assign_tasks($1, p_role => 'tester')", [task])
        assert [tuple(row) for row in rows] == [(task, 3)]
        assert await refused(carol, "select stateroom.assign_tasks($1, p_agent => $2)", [task], uuid4()) == "SR422"
    row = await board.row(task)
    assert (row["assigned_user_id"], row["assigned_role"]) == (None, "tester")


async def test_where_only_assigned_tasks_are_shown_others_do_not_exist(board):
    await board.owner.execute("update stateroom.projects set task_visibility = 'assigned' where id = $1", board.project)
    mine = await board.add("mine", assigned_user_id=board.people["dan"])
    role = await board.add("role", assigned_role="developer")
    hidden = await board.add("hidden", assigned_user_id=board.people["carol"])
    await board.depend(mine, hidden)
    async with board.acting("dan") as dan:
        number = await dan.fetchval(INSERT, board.project, "made")
        seen = {row[0] for row in await dan.fetch("select title from stateroom.tasks")}
        assert (number, seen) == (4, {"mine", "role", "made"})
        assert await dan.execute("update stateroom.tasks set title = title where id = $1", hidden) == "UPDATE 0"
        for verb in ("explain_task($1)", "dependency_tree($1)", "set_task_status($1, 'completed')"):
            assert await refused(dan, f"select * from stateroom.{verb}", hidden) == "SR404", verb
        rows = await dan.fetch("select condition, met, subject_id, subject from stateroom.explain_task($1)", mine)
        assert ("dependency", False, None, "task #3") in [tuple(row) for row in rows]
        assert {row[0] for row in await dan.fetch("select title from stateroom.ready_tasks")} == {"role", "made"}
        handed = await dan.fetch("select id from stateroom.assign_tasks($1, $2)", [mine], board.people["carol"])
        assert [row[0] for row in handed] == [mine]
        assert await dan.fetchval("select count(*) from stateroom.tasks where id = $1", mine) == 0
    for name, person in {"ann": "developer", "bob": "project_manager"}.items():
        async with board.acting(name, role=person) as sees:
            assert await sees.fetchval("select count(*) from stateroom.tasks") == 4
    assert role


async def test_contexts_are_added_by_contributors_and_those_of_the_system_by_nobody(board):
    task = await board.add()
    add = "insert into stateroom.task_contexts (task_id, context_type, context_data) values ($1, $2, '{\"a\": 1}')"
    async with board.acting("carol") as carol:
        assert await refused(carol, add, task, "requirement") is None
        assert await carol.fetchval("select created_by from stateroom.task_contexts") == board.people["carol"]
        for kind in ("status_change", "dependency_parent"):
            assert await refused(carol, add, task, kind) == "42501"
        assert await refused(carol, "delete from stateroom.task_contexts") == "42501"
    for name in ("bob", "eve", None):
        async with board.acting(name) as person:
            assert await refused(person, add, task, "requirement") == "42501"
    assert await refused(board.owner, add.replace('{"a": 1}', "[]"), task, "error") == "23514"
