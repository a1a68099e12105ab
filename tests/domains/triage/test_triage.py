"""Who sees which issue, how it moves, and how it becomes a task."""

import asyncio
import uuid

import pytest

REPORT = "select stateroom.report_issue($1, $2)"
MOVE = "select stateroom.move_issue($1, $2, $3)"
TITLES = "select title from stateroom.triage_items order by id"


async def seen(team, name) -> list[str]:
    async with team.acting(name) as app:
        return [row[0] for row in await app.fetch(TITLES)]


@pytest.mark.both
@pytest.mark.defect(7)
async def test_issues_are_for_members_and_where_work_is_assigned_for_those_whom_they_concern(team):
    first = await team.value("carol", REPORT, team.project, "One")
    await team.value("dan", REPORT, team.project, "Two")
    for name in ("ann", "carol", "dan", "vic", "root"):
        assert await seen(team, name) == ["One", "Two"], name
    for name in ("eve", None):
        assert await seen(team, name) == [], name
    await team.hide()
    expected = {"ann": ["One", "Two"], "root": ["One", "Two"], "carol": ["One"], "dan": ["Two"], "vic": [], "eve": []}
    assert {name: await seen(team, name) for name in expected} == expected
    assert await team.said("dan", MOVE, first, "in_review", None) == "SR404"
    await team.value("dan", "update stateroom.triage_items set description = 'mine'")
    assert await team.owner.fetchval("select count(description) from stateroom.triage_items") == 1
    await team.value("ann", "update stateroom.triage_items set assigned_to = $1", team.ids["dan"])
    assert await seen(team, "dan") == ["One", "Two"]
    await team.leave("carol")
    assert await seen(team, "carol") == ["One"], "its reporter sees it wherever they are now"
    async with team.acting("carol", within=team.other) as app:
        assert await app.fetch(TITLES) == []


async def test_nobody_reports_where_they_may_not_or_as_somebody_else(team):
    assert await team.said("vic", REPORT, team.project, "x") == "SR403"
    for name in ("eve", None):
        assert await team.said(name, REPORT, team.project, "x") == "SR404"
        assert await team.said(name, REPORT, uuid.uuid4(), "x") == "SR404"
    insert = "insert into stateroom.triage_items (project_id, reporter_id, title) values ($1, $2, 'x')"
    for name, reporter in [("carol", "dan"), ("eve", "eve"), ("vic", "vic")]:
        assert await team.said(name, insert, team.project, team.ids[reporter]) == "42501"
    assert await team.said("carol", insert, team.project, None) is None
    for title in ("", "x" * 256, None):
        assert await team.said("carol", REPORT, team.project, title) == "SR422", title
    assert await team.said("carol", "update stateroom.triage_items set assigned_to = $1", team.ids["eve"]) == "SR404"
    for column in ("status", "resolution", "resolved_at", "reporter_id", "task_id", "project_id", "deleted_at"):
        assert await team.said("ann", f"update stateroom.triage_items set {column} = null") == "42501", column


async def test_an_issue_moves_as_its_machine_says_and_its_reporter_brings_it_back(team):
    issue = await team.value("carol", REPORT, team.project, "It is slow")
    for _ in range(2):
        assert await team.value("dan", MOVE, issue, "in_review", None) == "in_review"
    assert await team.value("dan", MOVE, issue, "rejected", "It is not") == "rejected"
    assert await team.said("dan", MOVE, issue, "resolved", None) == "SR409"
    await team.join("carol", "viewer")
    assert await team.said("carol", MOVE, issue, "in_review", None) == "SR403"
    assert await team.value("carol", MOVE, issue, "pending", "not kept") == "pending"
    row = await team.owner.fetchrow("select resolution, resolved_at from stateroom.triage_items")
    assert tuple(row) == (None, None)
    assert await team.said("vic", MOVE, issue, "resolved", "done") == "SR403"
    for name in ("eve", None):
        assert await team.said(name, MOVE, issue, "resolved", None) == "SR404"
        assert await team.said(name, MOVE, uuid.uuid4(), "resolved", None) == "SR404"
    rows = await team.owner.fetch("select type from stateroom.events where type like 'issue%' order by id")
    assert [row[0] for row in rows] == ["issue_reported", "issue_started", "issue_rejected", "issue_reopened"]


async def test_the_same_issue_is_counted_while_it_is_open(team):
    first = await team.value("carol", REPORT, team.project, "Timeout after 30 s!")
    other = await asyncio.gather(*(team.value("dan", REPORT, team.project, "It is slow") for _ in range(3)))
    same = [await team.value(name, REPORT, team.project, "TIMEOUT, after 5 s") for name in ("ann", "dan")]
    assert len(set(other)) == 1
    assert set(same) == {first}
    counts = await team.owner.fetch("select occurrences from stateroom.triage_items order by id")
    assert [row[0] for row in counts] == [3, 3]
    await team.value("ann", MOVE, first, "resolved", "done")
    assert await team.value("dan", REPORT, team.project, "Timeout after 1 s") != first
    await team.hide()
    assert await team.value("carol", REPORT, team.project, "It is slow") != other[0], "what one cannot see is not told"


async def test_an_issue_becomes_one_task_however_many_ask(team):
    issue = await team.value("carol", "select stateroom.report_issue($1, 'Crash', 'At once', 'critical')", team.project)
    convert = "select stateroom.triage_to_task($1)"
    assert await team.said("vic", convert, issue) == "SR403"
    assert await team.said("eve", convert, issue) == "SR404"
    made = await asyncio.gather(*(team.value(name, convert, issue) for name in ("dan", "carol", "ann")))
    assert len(set(made)) == 1
    rows = await team.owner.fetch("select title, description, type, priority, status, kind from stateroom.tasks")
    assert [tuple(row) for row in rows] == [("Crash", "At once", "bug", 10, "pending", "planned")]
    row = await team.owner.fetchrow("select status, task_id, resolution from stateroom.triage_items")
    assert tuple(row) == ("resolved", made[0], "Made into a task")
    await team.owner.execute("delete from stateroom.tasks")
    assert await team.owner.fetchval("select task_id is null from stateroom.triage_items")


async def test_maintainers_delete_and_then_nobody_sees_it(team):
    issue = await team.value("carol", REPORT, team.project, "One")
    delete = "select stateroom.delete_issue($1)"
    assert await team.value("eve", delete, issue) is False
    assert await team.said("dan", delete, issue) == "SR403"
    assert [await team.value("ann", delete, issue) for _ in range(2)] == [True, False]
    for name in ("ann", "carol", "root"):
        assert await seen(team, name) == []
    assert await team.said("carol", MOVE, issue, "pending", None) == "SR404"
