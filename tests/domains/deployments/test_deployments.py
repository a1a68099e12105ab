"""Deployments: scripts that are executed as a workflow run, and a status that follows it."""

import json

import asyncpg
import pytest

from acting import Hand

CREATE = "select stateroom.create_deployment($1, $2, $3, $4)"
START = "select stateroom.start_deployment($1)"


def script(name: str, order: int, kind: str = "deploy", **more: object) -> dict:
    return {
        "script_name": name,
        "script_type": kind,
        "script_content": f"echo {name}",
        "execution_order": order,
        **more,
    }


SCRIPTS = [
    script("build", 1, "build", parameters={"LEVEL": 3}, max_retries=1, timeout_seconds=60),
    script("copy", 2),
    script("switch", 2),
    script("tidy", 3, "cleanup"),
    script("check", 4, "validation"),
    script("undo", 1, "rollback"),
]


async def create(team, environment: str = "staging", scripts: object = None, who: str = "carol") -> object:
    return await team.value(who, CREATE, team.project, environment, "1.0", json.dumps(scripts or SCRIPTS))


async def status(team, deployment: object) -> str:
    return await team.owner.fetchval("select status::text from stateroom.deployments where id = $1", deployment)


async def results(team, deployment: object, who: str = "vic") -> dict[str, asyncpg.Record]:
    async with team.acting(who) as app:
        rows = await app.fetch("select * from stateroom.deployment_script_results where deployment_id = $1", deployment)
    return {row["script_name"]: row for row in rows}


async def titles(team, claims: list) -> list[str]:
    return sorted(
        [await team.owner.fetchval("select title from stateroom.tasks where id = $1", c.task) for c in claims]
    )


async def events(team, deployment: object) -> list[str]:
    rows = await team.owner.fetch(
        "select type from stateroom.events where payload ->> 'deployment_id' = $1 and type like 'deployment%'"
        " order by xid, id",
        str(deployment),
    )
    return [row[0].removeprefix("deployment_") for row in rows]


@pytest.mark.both
async def test_scripts_are_executed_in_their_order_and_the_status_follows(db, team):
    deployment = await create(team)
    assert {row["status"] for row in (await results(team, deployment)).values()} == {"pending"}
    run = await team.value("carol", START, deployment)
    assert await team.value("carol", START, deployment) == run  # started once
    hand = await Hand.open(await db.connect("engine"))
    first = await hand.claim()
    assert await titles(team, first) == ["build"]
    options = await team.owner.fetchrow(
        "select env, timeout_seconds, max_retries from stateroom.tasks where id = $1", first[0].task
    )
    assert (json.loads(options["env"]), options["timeout_seconds"], options["max_retries"]) == ({"LEVEL": "3"}, 60, 1)
    await hand.log(first[0], ["made", "it"])
    await hand.log(first[0], ["a warning"], stream="stderr")
    await hand.complete(*first)
    second = await hand.claim()
    assert await titles(team, second) == ["copy", "switch"]
    assert await status(team, deployment) == "running"
    await hand.complete(*second)
    assert await hand.drain() == 2
    assert await status(team, deployment) == "succeeded"
    found = await results(team, deployment)
    assert found["undo"]["status"] == "pending"
    build = found["build"]
    assert (build["status"], build["stdout_log"], build["stderr_log"]) == ("succeeded", "made\nit", "a warning")
    assert build["retry_count"] == 0
    assert build["executed_at"] is not None
    assert build["execution_duration_ms"] >= 0
    assert await events(team, deployment) == ["created", "started", "completed"]
    states = "select count(*) from stateroom.workflow_states where workflow_run_id = $1 and status = 'succeeded'"
    assert await team.value("vic", states, run) == 5


async def test_after_a_failure_only_what_cleans_up_runs_and_a_retry_goes_on(db, team):
    deployment = await create(team)
    run = await team.value("carol", START, deployment)
    hand = await Hand.open(await db.connect("engine"))
    await hand.complete(*await hand.claim())
    ended = {(await titles(team, [claim]))[0]: claim for claim in await hand.claim()}
    await hand.complete(ended["switch"])
    token = json.dumps({"type": "exit_code", "message": "no", "exit_code": 7, "retry": False})
    await hand.connection.fetch(
        "select * from stateroom.fail($1, $2, $3, $4)",
        hand.session,
        [ended["copy"].run],
        [ended["copy"].token],
        [token],
    )
    assert await status(team, deployment) == "running"
    cleaning = await hand.claim()
    assert await titles(team, cleaning) == ["tidy"]
    await hand.complete(*cleaning)
    assert await status(team, deployment) == "failed"
    found = await results(team, deployment)
    assert (found["copy"]["status"], found["copy"]["exit_code"]) == ("failed", 7)
    assert found["check"]["status"] == "skipped"
    await team.value("carol", "select stateroom.retry_run($1)", run)
    assert await status(team, deployment) == "running"
    await hand.drain()
    assert await status(team, deployment) == "succeeded"
    assert await events(team, deployment) == ["created", "started", "failed", "started", "completed"]


async def test_production_waits_for_those_who_are_asked(team):
    deployment = await create(team, "production")
    assert await status(team, deployment) == "awaiting_approval"
    assert await team.said("carol", START, deployment) == "SR409"
    assert await team.said("carol", "select stateroom.approve_deployment($1)", deployment) == "SR403"
    await team.value("ann", "select stateroom.approve_deployment($1)", deployment)
    row = await team.owner.fetchrow(
        "select status::text, approved_by from stateroom.deployments where id = $1", deployment
    )
    assert tuple(row) == ("pending", team.ids["ann"])
    assert await team.said("ann", "select stateroom.approve_deployment($1)", deployment) == "SR409"
    await team.value("carol", START, deployment)
    refused = await create(team, "production")
    approval = await team.owner.fetchval("select id from stateroom.approvals where deployment_id = $1", refused)
    await team.value("ann", "select stateroom.reject($1)", approval)
    assert await status(team, refused) == "cancelled"


async def test_it_can_be_cancelled_before_and_while_it_runs(db, team):
    cancel = "select stateroom.cancel_deployment($1)"
    early, late = await create(team), await create(team)
    assert await team.value("carol", cancel, early) == "cancelled"
    assert await team.said("carol", cancel, early) == "SR409"
    await team.value("carol", START, late)
    hand = await Hand.open(await db.connect("engine"))
    claims = await hand.claim()
    assert await team.value("carol", cancel, late) == "cancelling"
    assert await status(team, late) == "running"
    await hand.fail(*claims)
    assert await status(team, late) == "cancelled"


async def test_a_rollback_is_a_deployment_of_its_own_and_happens_once(db, team):
    rollback = "select stateroom.rollback_deployment($1)"
    deployment = await create(team)
    assert await team.said("carol", rollback, deployment) == "SR409"  # it has not run
    await team.value("carol", START, deployment)
    hand = await Hand.open(await db.connect("engine"))
    await hand.drain()
    undo = await team.value("carol", rollback, deployment)
    assert await team.said("carol", rollback, deployment) == "SR409"
    claims = await hand.claim()
    assert await titles(team, claims) == ["undo"]
    await hand.complete(*claims)
    assert [await status(team, each) for each in (deployment, undo)] == ["rolled_back", "succeeded"]
    bare = await create(team, scripts=[script("only", 1)])
    await team.value("carol", START, bare)
    await hand.drain()
    assert await team.said("carol", rollback, bare) == "SR422"


async def test_the_same_scripts_are_the_same_version_of_one_workflow(team):
    for _ in range(2):
        await team.value("carol", START, await create(team))
    rows = await team.owner.fetch(
        "select w.name, w.latest_version, w.next_run_number from stateroom.workflows w where w.type = 'deployment'"
    )
    assert [tuple(row) for row in rows] == [("deployments to staging", 1, 3)]


@pytest.mark.parametrize(
    "scripts",
    [
        [],
        {},
        [script("undo", 1, "rollback")],
        [script("a", 1), script("a", 2)],
        [script("a", 1, "dance")],
        [script("a", 1, parameters={"not a name": 1})],
        [script("a", -1)],
        [{"script_name": "a"}],
    ],
    ids=["none", "no list", "only rollback", "same name", "unknown type", "bad parameter", "bad order", "no content"],
)
async def test_what_cannot_be_executed_is_refused_whole(team, scripts):
    said = await team.said("carol", CREATE, team.project, "staging", "1", json.dumps(scripts))
    assert said == "SR422"
    assert await team.owner.fetchval("select count(*) from stateroom.deployments") == 0


async def test_who_may_do_what(team):
    deployment = await create(team)
    assert await team.said("vic", START, deployment) == "SR403"
    assert await team.said("eve", START, deployment) == "SR404"
    assert await team.said("eve", START, team.project) == "SR404"
    assert await team.said("carol", "select stateroom.delete_deployment($1)", deployment) == "SR403"
    update = "update stateroom.deployments set description = 'x' where id = $1 returning id"
    assert await team.value("carol", update, deployment) == deployment
    assert await team.value("vic", update, deployment) is None
    assert await team.said("ann", "update stateroom.deployments set status = 'succeeded'") == "42501"
    await team.hide()
    count = "select count(*) from stateroom.deployments d join stateroom.deployment_scripts s on s.deployment_id = d.id"
    seen = {name: await team.value(name, count) for name in ("ann", "carol", "dan", "eve", "root")}
    assert seen == {"ann": 6, "carol": 6, "dan": 0, "eve": 0, "root": 6}
    assert await results(team, deployment, "dan") == {}
    assert await team.said("dan", START, deployment) == "SR404"
    assert await team.value("ann", "select stateroom.delete_deployment($1)", deployment) is True
    assert await team.value("ann", count) == 0
