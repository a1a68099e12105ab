"""`stateroom seed`: databases to look at and to measure."""

import asyncio
from collections import Counter


async def test_an_example_is_made_once_by_its_people(db, stateroom, monkeypatch):
    for name, value in db.env().items():
        monkeypatch.setenv(name, value)
    made = await asyncio.to_thread(stateroom, "seed", "dev", "--json")
    assert made.status == 0, made.err
    assert {
        "people": 5,
        "projects": 2,
        "tasks": 14,
        "task runs": 6,
        "messages": 4,
        "issues": 3,
    }.items() <= made.json.items()
    assert made.json["notifications"] > 0
    connection = await db.connect()
    value = connection.fetchval
    roles = await value("select array_agg(distinct role::text order by role::text) from stateroom.users")
    assert roles == ["admin", "designer", "developer", "project_manager", "tester"]
    grace = await value("select id from stateroom.users where username = 'grace'")
    assert await value("select count(*) from stateroom.tasks where created_by = $1 and kind = 'planned'", grace) == 14
    assert await value("select count(*) from stateroom.tasks where is_delayed") == 2
    states = Counter(row["state"] for row in await connection.fetch("select state::text from stateroom.task_runs"))
    assert (states["succeeded"], states["failed"]) == (2, 1)
    assert await value("select count(*) from stateroom.leases") == 1
    assert await value("select count(*) from stateroom.delayed_runs") == 1
    assert await connection.fetch("select * from stateroom.check_integrity()") == []
    again = await asyncio.to_thread(stateroom, "seed", "dev")
    assert (again.status != 0, "ada" in again.err) == (True, True)


async def test_a_load_says_what_it_wrote(db, stateroom, monkeypatch):
    for name, value in db.env().items():
        monkeypatch.setenv(name, value)
    sizes = ("--users", 3, "--projects", 3, "--tasks", 20, "--runs", 30, "--days", 2)
    loaded = await asyncio.to_thread(stateroom, "seed", "load", *sizes)
    assert loaded.status == 0, loaded.err
    assert "30 task_runs" in loaded.out
