"""One run for one key, or for equal dimensions: in bulk, and whoever is first at the same moment."""

import asyncio
import json

import asyncpg
import pytest

pytestmark = pytest.mark.both

MANY = "select * from stateroom.enqueue_runs($1, $2::text[]::jsonb[], p_keys => $3)"


async def test_in_bulk_each_key_is_one_run(lab):
    task = await lab.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    before = await lab.enqueue(p_key="b")
    rows = await lab.people.fetch(MANY, [task] * 5, ["{}"] * 5, ["a", "b", "a", None, "c"])
    runs = [row["run_id"] for row in rows]
    assert [row["created"] for row in rows] == [True, False, False, True, True]
    assert runs[0] == runs[2]
    assert runs[1] == before
    assert await lab.people.fetchval("select count(*) from stateroom.task_runs") == 4


async def test_at_the_same_moment_a_key_is_one_run(lab):
    task = await lab.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    others = [await lab.db.connect() for _ in range(4)]
    found = await asyncio.gather(*(one.fetch(MANY, [task] * 3, ["{}"] * 3, ["x", "y", "z"]) for one in others * 1))
    assert len({row["run_id"] for rows in found for row in rows}) == 3
    assert sum(row["created"] for rows in found for row in rows) == 3
    assert await lab.people.fetchval("select count(*) from stateroom.ready_runs") == 3


async def unique(lab, unique: dict, p_input: dict | None = None):
    return await lab.enqueue("noop", p_input=json.dumps(p_input or {}), p_unique=json.dumps(unique))


async def test_by_input_while_it_is_unfinished(lab):
    first = await unique(lab, {"input": True}, {"a": 1})
    assert await unique(lab, {"input": True}, {"a": 1}) == first
    assert await unique(lab, {"input": True}, {"a": 2}) != first
    claims = await lab.claim()
    assert await unique(lab, {"input": True}, {"a": 1}) == first
    await lab.complete(*claims)
    assert await unique(lab, {"input": True}, {"a": 1}) != first


async def test_by_some_of_the_input(lab):
    first = await unique(lab, {"input": ["customer"]}, {"customer": 7, "at": 1})
    assert await unique(lab, {"input": ["customer"]}, {"customer": 7, "at": 2}) == first
    assert await unique(lab, {"input": ["customer"]}, {"customer": 8, "at": 1}) != first


async def test_until_it_begins(lab):
    first = await unique(lab, {"while": "unstarted"})
    assert await unique(lab, {"while": "unstarted"}) == first
    await lab.claim()
    assert await unique(lab, {"while": "unstarted"}) != first


async def test_once_in_a_period_whatever_becomes_of_it(lab):
    second = await lab.people.fetchval("select extract(epoch from stateroom.now())::bigint % 3600")
    await lab.db.shift(f"{3600 - second + 1} seconds")
    dimensions = {"period_seconds": 3600, "while": "period"}
    first = await unique(lab, dimensions)
    await lab.complete(*await lab.claim())
    assert await unique(lab, dimensions) == first
    await lab.db.shift("1 hour")
    assert await unique(lab, dimensions) != first


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": 1},
        {"input": 1},
        {"queue": "x"},
        {"period_seconds": 0},
        {"period_seconds": "soon"},
        {"while": "it rains"},
        {"while": "period"},
        [],
    ],
    ids=str,
)
async def test_what_means_nothing_is_refused(lab, wrong):
    with pytest.raises(asyncpg.PostgresError, match="unique: ") as caught:
        await unique(lab, wrong)
    assert caught.value.sqlstate == "SR422"


async def test_a_key_and_dimensions_are_not_given_together(lab):
    with pytest.raises(asyncpg.PostgresError, match="not both"):
        await lab.enqueue(p_key="k", p_unique="{}")
