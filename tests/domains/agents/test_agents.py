"""Agents, queues, workflows and schedules: who may change what of them, and what that does."""

import json

import pytest

from acting import Hand, definition, step
from stateroom.engine import calls

REGISTER = "select stateroom.register_agent($1, $2, 'ai', $3, 2, $4)"
BUDGET = {"tokens": {"limit": 1000, "reserved": 0, "used": 0}}


@pytest.mark.both
async def test_an_agent_is_registered_once_and_changed_by_those_who_manage(team):
    made = [
        await team.value("ann", REGISTER, team.project, "helper", json.dumps(can), json.dumps(BUDGET))
        for can in (["python"], ["python", "review"])
    ]
    assert made[0] == made[1]
    able = "select name from stateroom.agents where capabilities @> '[\"review\"]'"
    assert [await team.value(name, able) for name in ("vic", "eve")] == ["helper", None]
    update = "update stateroom.agents set max_concurrency = 5 where name = 'helper' returning max_concurrency"
    assert [await team.value(name, update) for name in ("ann", "carol", "eve", "root")] == [5, None, None, 5]
    assert await team.said("carol", REGISTER, team.project, "x", "[]", "{}") == "SR403"
    assert await team.said("eve", REGISTER, team.project, "x", "[]", "{}") == "SR404"
    assert await team.said("ann", REGISTER, None, "x", "[]", "{}") == "SR404"  # shared: administrators only
    assert await team.value("root", REGISTER, None, "x", "[]", "{}") is not None
    for column in ("is_active = false", "status = 'idle'"):
        assert await team.said("ann", f"update stateroom.agents set {column}") == "42501"


@pytest.mark.parametrize(
    "budget",
    [
        {"money": {"limit": 1}},
        {"tokens": 5},
        {"tokens": {"limit": -1}},
        {"tokens": {"limit": "1"}},
        {"cost": {"max": 1}},
    ],
    ids=["unknown kind", "no object", "negative", "no number", "unknown word"],
)
async def test_a_budget_has_its_shape(team, budget):
    assert await team.said("ann", REGISTER, team.project, "a", "[]", json.dumps(budget)) == "SR422"


async def test_an_agent_out_of_service_opens_no_session(db, team):
    active = "select stateroom.set_agent_active($1, $2)"
    hand = await Hand.open(await db.connect("engine"))
    agent = await team.owner.fetchval("select id from stateroom.agents where name = 'hand'")
    assert [await team.said(name, active, agent, False) for name in ("ann", None)] == ["SR403", "SR404"]
    assert [await team.value("root", active, agent, False) for _ in range(2)] == [True, False]
    with pytest.raises(Exception, match="taken out of service"):
        await Hand.open(hand.connection)
    assert await calls.heartbeat(hand.connection, hand.session, 60, []) == []  # those that live go on
    assert await team.value("root", active, agent, True) is True
    await Hand.open(hand.connection)
    assert await team.said("root", active, team.project, True) == "SR404"


async def test_administrators_hold_queues(db, team):
    await team.value("ann", 'select stateroom.register_handlers($1, \'[{"handler": "h"}]\')', team.project)
    await team.value("ann", "select stateroom.enqueue('h', p_project => $1)", team.project)
    hand = await Hand.open(await db.connect("engine"))
    assert await team.said("ann", "select stateroom.pause_queue('default')") == "SR403"
    assert await team.said("root", "select stateroom.pause_queue('nowhere')") == "SR404"
    assert [await team.value("root", "select stateroom.pause_queue('default')") for _ in range(2)] == [True, False]
    assert await hand.claim() == []
    assert await team.value("root", "select stateroom.resume_queue('default')") is True
    assert len(await hand.claim()) == 1
    for column in ("paused = true", "weight = 5", "rate_limit_per_minute = 1", "max_concurrency = 1"):
        assert await team.said("root", f"update stateroom.queues set {column}") == "42501"


async def test_workflows_and_schedules_are_changed_by_those_who_manage(team):
    publish = "select workflow_id from stateroom.publish_workflow($1, 'w', $2)"
    workflow = await team.value("ann", publish, team.project, json.dumps(definition(step("a"))))
    rename = "update stateroom.workflows set tags = '{x}' where id = $1 returning tags"
    assert [await team.value(name, rename, workflow) for name in ("ann", "carol", "eve")] == [["x"], None, None]
    status = "select stateroom.set_workflow_status($1, $2)"
    assert await team.said("carol", status, workflow, "paused") == "SR403"
    assert await team.said("eve", status, workflow, "paused") == "SR404"
    assert [await team.value("ann", status, workflow, "paused") for _ in range(2)] == [True, False]
    assert await team.said("carol", "select stateroom.start_workflow($1)", workflow) == "SR409"
    assert await team.said("ann", status, workflow, "draft") == "SR409"
    await team.value("ann", status, workflow, "active")
    await team.value("carol", "select stateroom.start_workflow($1)", workflow)
    query = "select running_runs, total_steps, percent from stateroom.active_workflows_summary where workflow_id = $1"
    async with team.acting("vic") as app:
        assert tuple(await app.fetchrow(query, workflow)) == (1, 1, 0)
        seen = await app.fetch("select type, actor_name from stateroom.recent_activity order by id desc limit 1")
        assert [tuple(row) for row in seen] == [("run_started", "carol")]
    create = "select stateroom.create_schedule($1, 's', $2, null, '@daily', 'UTC', '{}', now())"
    await team.value("ann", create, team.project, workflow)
    disable = "update stateroom.schedules set enabled = false returning enabled"
    assert [await team.value(name, disable) for name in ("carol", "ann")] == [None, False]
    assert await team.said("carol", "select stateroom.pause_schedule(id) from stateroom.schedules") == "SR403"
    assert await team.value("ann", "delete from stateroom.schedules returning name") == "s"
