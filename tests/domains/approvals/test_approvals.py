"""Who is asked decides, once."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest

ASK = "select stateroom.request_approval($1, 'Go?', p_deployment => $2, p_requested_from => $3)"
APPROVE = "select stateroom.approve($1, $2)"
REJECT = "select stateroom.reject($1, $2)"


async def ask(team, *names: str) -> uuid.UUID:
    return await team.value("carol", ASK, team.project, await team.deployment(), [team.ids[name] for name in names])


@pytest.mark.both
async def test_those_who_were_asked_decide_and_nobody_else(team):
    approval = await ask(team, "dan")
    others = {"ann": "SR403", "carol": "SR403", "vic": "SR403", "root": "SR403", "eve": "SR404", None: "SR404"}
    for name, said in others.items():
        assert await team.said(name, APPROVE, approval, None) == said, name
        assert await team.said(name, REJECT, uuid.uuid4(), None) == "SR404"
    assert await team.value("dan", APPROVE, approval, "fine") is True
    assert await team.value("dan", APPROVE, approval, "again") is False
    assert await team.said("dan", REJECT, approval, None) == "SR409"
    row = await team.owner.fetchrow("select decision, decided_by, comment from stateroom.approvals")
    assert tuple(row) == ("approved", team.ids["dan"], "fine")
    assert await team.said("dan", "update stateroom.approvals set decision = 'rejected'") == "42501"
    assert await team.said("ann", "insert into stateroom.approvals default values") == "42501"


async def test_two_who_decide_at_the_same_moment_decide_once(team):
    approval = await ask(team, "dan", "ann")
    decisions = await asyncio.gather(
        *(team.value(name, verb, approval, name) for name in ("dan", "ann") for verb in (APPROVE, REJECT)),
        return_exceptions=True,
    )
    assert decisions.count(True) == 1
    assert {getattr(each, "sqlstate", each) for each in decisions} == {True, False, "SR409"}
    events = await team.owner.fetch("select type from stateroom.events where type ~ '^approval_(approved|rejected)$'")
    assert len(events) == 1


async def test_a_role_or_the_maintainers_are_asked_when_no_people_are(team):
    maintainers = await ask(team)
    by_role = "select stateroom.request_approval($1, 'Go?', p_deployment => $2, p_requested_role => 'tester')"
    testers = await team.value("carol", by_role, team.project, await team.deployment())
    await team.owner.execute("update stateroom.users set role = 'tester' where username in ('dan', 'vic', 'eve')")
    assert await team.said("dan", APPROVE, maintainers, None) == "SR403"
    assert await team.value("ann", APPROVE, maintainers, None) is True
    for name, said in [("ann", "SR403"), ("vic", "SR403"), ("eve", "SR404")]:
        assert await team.said(name, REJECT, testers, None) == said
    assert await team.value("dan", REJECT, testers, "no") is True


async def test_what_cannot_be_asked_is_refused_and_the_open_one_is_asked_once(team):
    for name, said in [("vic", "SR403"), ("eve", "SR404"), (None, "SR404")]:
        assert await team.said(name, ASK, team.project, await team.deployment(), []) == said
    for stranger in ("eve", "vic"):
        assert await team.said("carol", ASK, team.project, await team.deployment(), [team.ids[stranger]]) == "SR404"
    run = "select stateroom.request_approval($1, 'Go?', $2)"
    assert await team.said("carol", run, team.project, uuid.uuid4()) == "SR404"
    for elsewhere in (await team.deployment(team.other), uuid.uuid4()):
        assert await team.said("carol", ASK, team.project, elsewhere, []) == "SR404"
    assert await team.said("carol", "select stateroom.request_approval($1, 'Go?')", team.project) == "SR422"
    deployment = await team.deployment()
    asked = [await team.value("carol", ASK, team.project, deployment, []) for _ in range(2)]
    assert asked[0] == asked[1]
    assert await team.value("ann", REJECT, asked[0], None)
    assert await team.value("carol", ASK, team.project, deployment, []) != asked[0]


async def test_what_nobody_decides_in_time_is_decided_by_its_default(team):
    query = "select stateroom.request_approval($1, 'Go?', p_deployment => $2, p_due_at => $3, p_default_answer => $4)"
    due = datetime.now(UTC) + timedelta(hours=1)
    for answer in ("approved", "rejected", None):
        await team.value("carol", query, team.project, await team.deployment(), due, answer)
    engine = await team.db.connect("engine")
    sweep = "select stateroom.decide_due_approvals()"
    assert await engine.fetchval(sweep) == 0
    await team.db.shift("2 hours")
    assert [await engine.fetchval(sweep) for _ in range(2)] == [2, 0]
    rows = await team.owner.fetch("select default_answer, decision, decided_by from stateroom.approvals order by id")
    assert [tuple(row) for row in rows] == [(word, word, None) for word in ("approved", "rejected", None)]
    assert await team.said("ann", sweep) == "42501"


async def test_members_and_those_who_were_asked_see_an_approval(team):
    await ask(team, "dan")
    count = "select count(*) from stateroom.approvals"
    assert [await team.value(name, count) for name in ("ann", "vic", "root", "eve", None)] == [1, 1, 1, 0, 0]
    await team.leave("dan")
    assert await team.value("dan", count) == 1
    async with team.acting("dan", within=team.other) as app:
        assert await app.fetchval(count) == 0
