"""The graph of planned tasks: hierarchy, dependencies, cycles, what is ready, and why something is not."""

import asyncio
import random

import asyncpg
import pytest
from board import Board, refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DEPEND = "insert into stateroom.task_dependencies (task_id, depends_on_task_id) values ($1, $2)"
RELATE = (
    "insert into stateroom.task_dependencies (task_id, depends_on_task_id, dependency_type) values ($1, $2, 'related')"
)
MOVE = "update stateroom.tasks set parent_task_id = $2 where id = $1"
EXPLAIN = "select condition, met, subject, detail from stateroom.explain_task($1)"


async def unmet(board: Board, task: object) -> list[tuple[str, str]]:
    async with board.acting("carol") as carol:
        return [(row["condition"], row["subject"]) for row in await carol.fetch(EXPLAIN, task) if not row["met"]]


@pytest.mark.both
async def test_two_halves_of_a_cycle_at_the_same_moment_are_not_both_accepted(board):
    for half in ("dependency", "parent"):
        a, b = await board.chain(2)
        one, two = [await board.db.connect() for _ in range(2)]
        first, second = one.transaction(), two.transaction()
        await first.start()
        await second.start()
        await one.execute(DEPEND, a, b)
        late = asyncio.create_task(two.execute(DEPEND if half == "dependency" else MOVE, b, a))
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        while not await board.owner.fetchval(waiting):
            assert not late.done()
        await first.commit()
        with pytest.raises(asyncpg.PostgresError) as caught:
            await late
        assert caught.value.sqlstate == "SR422"
        await second.rollback()


async def test_many_at_once_leave_no_cycle(board):
    tasks = await board.chain(6)
    connections = [await board.db.connect() for _ in range(4)]

    async def work(connection: asyncpg.Connection, no: int) -> None:
        choose = random.Random(no)
        for _ in range(25):
            await refused(connection, DEPEND, *choose.sample(tasks, 2))

    await asyncio.gather(*(work(connection, no) for no, connection in enumerate(connections)))
    rows = await board.owner.fetch("select task_id, depends_on_task_id from stateroom.task_dependencies")
    assert len(rows) > 5
    assert not closed({(row[0], row[1]) for row in rows})


def closed(edges: set[tuple[object, object]]) -> bool:
    """Whether edges, from what waits to what it waits for, have a cycle."""
    edges = set(edges)
    while ends := {above for _, above in edges} - {task for task, _ in edges}:
        edges = {edge for edge in edges if edge[1] not in ends}
    return bool(edges)


async def test_repeatable_read_is_refused_and_serializable_is_not(board):
    a, b = await board.chain(2)
    for level, code in {"repeatable_read": "SR409", "serializable": None}.items():
        async with board.owner.transaction(isolation=level):
            assert await refused(board.owner, DEPEND, a, b) == code


@pytest.mark.defect(9)
async def test_dependencies_are_rows_between_tasks_of_one_project(board):
    a, b, c = await board.chain(3)
    foreign = await board.add(project_id=board.other)
    await board.depend(b, a)
    async with board.acting("carol") as carol:
        assert await refused(carol, DEPEND, b, a) == "23505"
        assert await refused(carol, DEPEND, a, b) == "SR422"
        assert await refused(carol, DEPEND, a, a) == "SR422"
        assert await refused(carol, DEPEND, a, foreign) == await refused(carol, DEPEND, a, board.other) == "SR422"
        assert await refused(carol, DEPEND, c, b) is None
        assert await refused(carol, RELATE, a, c) is None
        assert await refused(carol, "update stateroom.task_dependencies set condition = 'always'") == "42501"
        assert await carol.execute("delete from stateroom.task_dependencies where task_id = $1", c) == "DELETE 1"
    async with board.acting("bob") as bob:
        assert await bob.fetchval("select count(*) from stateroom.task_dependencies") == 2
        assert await refused(bob, DEPEND, c, b) == "42501"
        assert await bob.execute("delete from stateroom.task_dependencies") == "DELETE 0"
    async with board.acting("eve") as eve:
        assert await eve.fetchval("select count(*) from stateroom.task_dependencies") == 0
    await board.owner.execute("delete from stateroom.tasks where id = $1", a)
    assert await board.owner.fetchval("select count(*) from stateroom.task_dependencies") == 0


async def test_epic_and_story_are_those_above_and_follow_moves_and_types(board):
    one, two = [await board.add(type="epic") for _ in range(2)]
    story = await board.add(type="story", parent_task_id=one)
    task = await board.add(parent_task_id=story)
    leaf = await board.add(parent_task_id=task)

    async def above(each: object) -> tuple[object, object]:
        row = await board.row(each)
        return row["epic_id"], row["story_id"]

    assert (await above(story), await above(leaf)) == ((one, None), (one, story))
    revision = (await board.row(leaf))["revision"]
    await board.owner.execute(MOVE, story, two)
    assert (await above(story), await above(task), await above(leaf)) == ((two, None), (two, story), (two, story))
    await board.owner.execute("update stateroom.tasks set type = 'general' where id = $1", story)
    assert await above(leaf) == (two, None)
    await board.owner.execute("update stateroom.tasks set type = 'story' where id = $1", task)
    assert await above(leaf) == (two, task)
    await board.owner.execute("delete from stateroom.tasks where id = $1", two)
    assert await above(leaf) == (None, task)
    assert (await board.row(leaf))["revision"] == revision, "what is derived is no change by anybody"


async def test_the_hierarchy_has_no_cycle_and_an_end(board):
    top = await board.add()
    below = await board.add(parent_task_id=top)
    bottom = await board.add(parent_task_id=below)
    other = await board.add(project_id=board.other)
    for task, parent in ((top, bottom), (top, top), (bottom, other), (bottom, board.project)):
        assert await refused(board.owner, MOVE, task, parent) == "SR422"
    assert await refused(board.owner, DEPEND, top, bottom) == "SR422", "the bottom inherits the waiting of the top"
    levels = [bottom]
    for _ in range(29):
        levels.append(await board.add(parent_task_id=levels[-1]))
    with pytest.raises(asyncpg.PostgresError, match="level 33"):
        await board.add(parent_task_id=levels[-1])
    root = await board.add()
    assert await refused(board.owner, MOVE, top, root) == "SR422"
    assert await refused(board.owner, MOVE, levels[-1], root) is None


@pytest.mark.both
async def test_what_is_ready_is_what_nothing_holds_back(board):
    first, second, epic = await board.chain(3)
    child = await board.add("child", parent_task_id=epic)
    later = await board.add("later", start_date=await board.owner.fetchval("select now() + interval '1 day'"))
    await board.depend(second, first)
    await board.depend(epic, second)
    await board.depend(later, first, kind="related")
    assert await board.ready() == {first}
    assert await unmet(board, child) == [("inherited", "t1")]
    assert await unmet(board, second) == [("dependency", "t0")]
    assert await unmet(board, later) == [("start_date", "later")]
    await board.to(first, "in_progress")
    assert await board.ready() == set()
    await board.to(first, "completed")
    assert await board.ready() == {second}
    assert (await board.events(second))[-1] == "task_unblocked"
    await board.db.shift("2 days")
    await board.to(second, "completed")
    assert await board.ready() == {epic, child, later}
    await board.to(second, "pending")
    assert await board.ready() == {second, later}
    await board.owner.execute("update stateroom.projects set status = 'paused' where id = $1", board.project)
    assert await board.ready() == set()
    assert await unmet(board, second) == [("project", "board")]
    assert await unmet(board, first) == [("finished", "t0")]


async def test_conditions_decide_what_an_end_releases(board):
    states = {
        "completed": ("in_progress", "completed"),
        "failed": ("in_progress", "failed"),
        "cancelled": ("cancelled",),
    }
    freed = {}
    for end, path in states.items():
        prerequisite = await board.add()
        waiting = {}
        for condition in ("success", "failure", "always"):
            waiting[condition] = await board.add()
            await board.depend(waiting[condition], prerequisite, condition)
        await board.to(prerequisite, *path)
        ready = await board.ready()
        freed[end] = {condition for condition, task in waiting.items() if task in ready}
        told = {condition for condition, task in waiting.items() if await board.contexts(task)}
        assert told == (freed[end] if end == "cancelled" else set()), "who is released by a cancellation is told"
    assert freed == {
        "completed": {"success", "always"},
        "failed": {"failure", "always"},
        "cancelled": {"success", "failure", "always"},
    }


async def test_a_deleted_prerequisite_releases_and_says_so(board):
    a, b = await board.chain(2)
    await board.depend(b, a)
    async with board.acting("ann") as ann:
        await ann.execute("select stateroom.delete_tasks($1)", [a])
    assert await board.ready() == {b}
    kind, data = (await board.contexts(b))[0]
    assert (kind, '"reason": "deleted"' in data) == ("dependency_parent", True)
    async with board.acting("ann") as ann:
        await ann.execute("select stateroom.restore_tasks($1)", [a])
    assert await board.ready() == {a}


STEPS = st.lists(
    st.tuples(st.sampled_from(["depend", "move", "complete", "cancel", "retry"]), *[st.integers(0, 5)] * 2), max_size=25
)


class Model:
    """What the rules say, in a few lines of Python."""

    def __init__(self, count: int):
        self.status = ["pending"] * count
        self.parent: list[int | None] = [None] * count
        self.needs: set[tuple[int, int]] = set()

    def waits(self) -> set[tuple[int, int]]:
        return self.needs | {(task, parent) for task, parent in enumerate(self.parent) if parent is not None}

    def do(self, verb: str, task: int, other: int) -> bool:
        if verb == "depend":
            fits = (task, other) not in self.needs and not closed({*self.waits(), (task, other)})
            self.needs |= {(task, other)} if fits else set()
            return fits
        if verb == "move":
            rest = self.waits() - ({(task, self.parent[task])} - self.needs)
            fits = self.parent[task] == other or not closed({*rest, (task, other)})
            self.parent[task] = other if fits else self.parent[task]
            return fits
        before, after = self.status[task], {"complete": "completed", "cancel": "cancelled", "retry": "pending"}[verb]
        fits = before == after or "pending" in {before, after}
        self.status[task] = after if fits else before
        return fits

    def blocked(self, task: int | None) -> bool:
        if task is None:
            return False
        own = any(self.status[above] == "pending" for below, above in self.needs if below == task)
        return own or self.blocked(self.parent[task])

    def ready(self) -> set[int]:
        return {task for task, status in enumerate(self.status) if status == "pending" and not self.blocked(task)}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
async def test_any_walk_through_the_graph_agrees_with_a_model(board, steps):
    model, tasks = Model(6), await board.chain(6)
    statements = {"depend": DEPEND, "move": MOVE}
    verbs = {"complete": "completed", "cancel": "cancelled", "retry": "pending"}
    for verb, task, other in steps:
        if verb in verbs:
            statement, argument = "update stateroom.tasks set status = $2 where id = $1", verbs[verb]
        else:
            statement, argument = statements[verb], tasks[other]
        assert (await refused(board.owner, statement, tasks[task], argument) is None) == model.do(verb, task, other)
    assert {tasks.index(task) for task in await board.ready() if task in tasks} == model.ready()
