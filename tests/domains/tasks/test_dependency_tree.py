"""The dependency tree: right on diamonds, long chains and wide fans, for those who may see it."""

import itertools
import time

import pytest
from board import Board, refused

DIAMOND = [("b", "a"), ("c", "a"), ("d", "b"), ("d", "c"), ("e", "d"), ("e", "a")]
REFRESH = "select stateroom.refresh_materialized_views()"
TREE = "select * from stateroom.task_dependency_tree"
CHAIN = """
insert into stateroom.task_dependencies (task_id, depends_on_task_id)
select t.id, p.id from stateroom.tasks t join stateroom.tasks p on p.number = t.number - 1
"""
FAN = """
insert into stateroom.task_dependencies (task_id, depends_on_task_id)
select t.id, p.id from stateroom.tasks t join stateroom.tasks p on p.number = 1 where t.number > 1
"""


async def load(board: Board, count: int, edges: str) -> None:
    """Many tasks and edges at once, past the triggers that write a history of each."""
    admin = await board.db.connect("admin")
    await admin.execute("set session_replication_role = replica")
    for index in ("tags", "title", "search", "dates", "project_status"):
        await admin.execute(f"drop index stateroom.tasks_{index}")
    await admin.execute(
        "insert into stateroom.tasks (project_id, title, status, number, position, complexity_score, is_delayed)"
        " select $1, 't', 'pending', n, n, 5, false from generate_series(1, $2::integer) n",
        *(board.project, count),
    )
    await admin.execute("analyze stateroom.tasks")
    await admin.execute(edges)
    await admin.execute("update stateroom.projects set next_task_number = $2 where id = $1", board.project, count + 1)


@pytest.mark.both
@pytest.mark.defect(4)
async def test_a_diamond_has_one_row_for_each_task_and_root(board):
    names = {name: await board.add(name) for name in "abcdefg"}
    for task, above in [*DIAMOND, ("d", "f")]:
        await board.depend(names[task], names[above])
    await board.owner.execute(REFRESH)
    async with board.acting("bob") as bob:
        rows = await bob.fetch(TREE)
    title = {task: name for name, task in names.items()}
    found = {(title[row["root_id"]], row["title"]): (row["min_depth"], row["max_depth"]) for row in rows}
    below_a = {"a": (0, 0), "b": (1, 1), "c": (1, 1), "d": (2, 2), "e": (1, 3)}
    below_f = {"f": (0, 0), "d": (1, 1), "e": (2, 2)}
    assert found == {
        **{("a", name): depths for name, depths in below_a.items()},
        **{("f", name): depths for name, depths in below_f.items()},
        ("g", "g"): (0, 0),
    }
    assert len(rows) == len(found)
    for row in rows:
        path = [title[task] for task in row["path"]]
        assert (path[0], path[-1], len(path)) == (title[row["root_id"]], row["title"], row["min_depth"] + 1)
        assert all((after, before) in [*DIAMOND, ("d", "f")] for before, after in itertools.pairwise(path))


async def test_one_task_is_answered_at_once_and_what_has_ended_is_left_out(board):
    names = {name: await board.add(name) for name in "abcde"}
    for task, above in DIAMOND:
        await board.depend(names[task], names[above])
    statement = "select direction, title, min_depth, max_depth from stateroom.dependency_tree($1)"
    async with board.acting("bob") as bob:
        rows = {tuple(row) for row in await bob.fetch(statement, names["d"])}
    assert rows == {
        ("above", "d", 0, 0),
        ("above", "b", 1, 1),
        ("above", "c", 1, 1),
        ("above", "a", 2, 2),
        ("below", "e", 1, 1),
    }
    await board.to(names["a"], "completed")
    await board.owner.execute(REFRESH)
    async with board.acting("bob") as bob:
        assert {row["title"] for row in await bob.fetch(statement, names["b"])} == {"b", "d", "e"}
        roots = await bob.fetch("select distinct root_id from stateroom.task_dependency_tree")
    assert {row[0] for row in roots} == {names["b"], names["c"]}
    async with board.acting("eve") as eve:
        assert await refused(eve, statement, names["d"]) == "SR404"


async def test_the_tree_shows_nobody_what_they_may_not_see(board):
    a, b = await board.chain(2, assigned_user_id=board.people["carol"])
    await board.depend(b, a)
    await board.owner.execute(REFRESH)
    await board.owner.execute("update stateroom.projects set task_visibility = 'assigned' where id = $1", board.project)
    seen = {}
    for name in ("ann", "carol", "dan", "eve", None):
        async with board.acting(name) as person:
            seen[name] = len(await person.fetch(TREE))
            assert await refused(person, "select from stateroom.task_dependency_tree_rows") == "42501"
            assert await refused(person, REFRESH) == "42501"
    assert seen == {"ann": 2, "carol": 2, "dan": 0, "eve": 0, None: 0}


async def test_a_chain_of_ten_thousand_is_told_in_seconds(board):
    await load(board, 10_000, CHAIN)
    started = time.monotonic()
    await board.owner.execute(REFRESH)
    async with board.acting("bob") as bob:
        row = await bob.fetchrow(TREE + " where number = 10000")
        assert (row["min_depth"], row["max_depth"], len(row["path"])) == (9999, 9999, 10_000)
        assert await bob.fetchval("select count(*) from stateroom.task_dependency_tree") == 10_000
    first, last = [
        await board.owner.fetchval("select id from stateroom.tasks where number = $1", no) for no in (1, 10_000)
    ]
    edge = "insert into stateroom.task_dependencies (task_id, depends_on_task_id) values ($1, $2)"
    assert await refused(board.owner, edge, first, last) == "SR422"
    assert await refused(board.owner, edge, last, first) is None
    assert time.monotonic() - started < 10


async def test_a_wide_fan_is_told_and_one_more_leaf_does_not_walk_it(board):
    await load(board, 5_001, FAN)
    await board.owner.execute(REFRESH)
    count = "select min_depth, max_depth, count(*) from stateroom.task_dependency_tree group by 1, 2"
    async with board.acting("bob") as bob:
        assert {tuple(row) for row in await bob.fetch(count)} == {(0, 0, 1), (1, 1, 5_000)}
    root = await board.owner.fetchval("select id from stateroom.tasks where number = 1")
    leaf = await board.add()
    started = time.monotonic()
    await board.depend(leaf, root)
    assert time.monotonic() - started < 0.5


async def test_depths_of_a_fan_of_a_hundred_thousand_take_seconds(board):
    statement = """
    with i as (select array_agg(stateroom.uuidv7()) as ids from generate_series(1, 100000)),
        r as (select stateroom.uuidv7() as id)
    select g.min_depth, g.max_depth, count(*)
    from i, r, stateroom.graph_depths(array_fill(r.id, array[100000]), i.ids, array[r.id]) as g group by 1, 2
    """
    started = time.monotonic()
    assert {tuple(row) for row in await board.owner.fetch(statement)} == {(0, 0, 1), (1, 1, 100_000)}
    assert time.monotonic() - started < 15


async def test_what_a_thousand_roots_reach_stays_readable(board):
    """Each task keeps its first hundred roots: a full mesh of layers does not become their product."""
    mesh = """
    insert into stateroom.task_dependencies (task_id, depends_on_task_id)
    select t.id, p.id from stateroom.tasks t join stateroom.tasks p on (p.number - 1) / 120 = (t.number - 1) / 120 - 1
    """
    await load(board, 240, mesh)
    await board.owner.execute(REFRESH)
    rows = await board.owner.fetch("select root_id, task_id from stateroom.task_dependency_tree_rows")
    assert len(rows) == 120 + 120 * 100
    assert len({row["task_id"] for row in rows}) == 240
