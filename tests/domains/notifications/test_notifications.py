"""Who is told of what, in the transaction of the change itself."""

import json

import pytest

from acting import Hand, definition, step

EMIT = "select stateroom.emit($1, $2, $3, $4)"


async def test_changes_of_tasks_reach_whom_they_concern(team):
    task = await team.owner.fetchval(
        "insert into stateroom.tasks (project_id, kind, status, title, assigned_user_id, created_by)"
        " values ($1, 'planned', 'pending', 'Write it', $2, $3) returning id",
        *(team.project, team.ids["dan"], team.ids["carol"]),
    )
    number = await team.owner.fetchval("select coalesce(number::text, '?') from stateroom.tasks")
    await team.owner.execute("delete from stateroom.notifications")
    assigned = json.dumps({"assigned_user_id": str(team.ids["dan"])})
    events = [("task_updated", "{}"), ("task_updated", assigned), ("task_completed", "{}"), ("task_started", "{}")]
    for kind, payload in events:
        await team.owner.execute(EMIT, kind, team.project, payload, task)
    await team.owner.execute("select set_config('stateroom.user_id', $1, false)", str(team.ids["carol"]))
    for kind in ("task_delayed", "task_unblocked"):
        await team.owner.execute(EMIT, kind, team.project, "{}", task)
    title = f"#{number} Write it"
    assert await team.told("dan") == [
        ("task_assigned", f"Stateroom assigned you {title}"),
        ("task_completed", f"Completed: {title}"),
        ("task_delayed", f"Delayed: {title}"),
        ("task_unblocked", f"Can be started now: {title}"),
    ]
    assert await team.told("carol") == [("task_completed", f"Completed: {title}")], "nobody is told what they do"
    assert await team.told("ann") == []


async def test_a_failed_run_reaches_who_started_it(team):
    steps = json.dumps(definition(step("a", max_retries=0)))
    publish = "select workflow_id from stateroom.publish_workflow($1, 'build', $2)"
    workflow = await team.value("ann", publish, team.project, steps)
    await team.value("dan", "select stateroom.start_workflow($1)", workflow)
    hand = await Hand.open(await team.db.connect("engine"))
    await hand.fail(*await hand.claim())
    assert await team.told("dan") == [("run_failed", "Run 1 of build failed")]
    assert await team.told("ann") == []


async def test_issues_and_approvals_reach_those_who_decide(team):
    await team.value("carol", "select stateroom.report_issue($1, 'Slow')", team.project)
    ask = "select stateroom.request_approval($1, 'Go?', p_deployment => $2, p_requested_from => $3)"
    await team.value("carol", ask, team.project, await team.deployment(), [team.ids["dan"]])
    assert await team.told("ann") == [("issue_reported", "Issue reported: Slow")]
    assert await team.told("dan") == [("approval_requested", "Approval requested: Go?")]
    assert await team.told("carol") == []


async def test_what_somebody_turned_off_and_who_is_gone_is_not_told(team):
    notify = "select stateroom.notify_people($1, $2, 'x', p_project => $3)"
    people = [team.ids[name] for name in ("ann", "carol", "dan", "vic", "eve", "root")]
    change = "update stateroom.users set preferences = $2 where id = $1"
    await team.owner.execute(change, team.ids["carol"], '{"failure": false}')
    await team.owner.execute(change, team.ids["ann"], '{"reminder": false}')
    await team.owner.execute(change, team.ids["vic"], '{"notifications": {"mention": false}}')
    await team.owner.execute("update stateroom.users set is_active = false where id = $1", team.ids["dan"])
    kinds = ("run_failed", "task_delayed", "mention")
    told = {kind: await team.owner.fetchval(notify, people * 2, kind, team.project) for kind in kinds}
    assert told == {"run_failed": 3, "task_delayed": 3, "mention": 3}, "members and administrators, once each"
    assert await team.owner.fetchval(notify, people, "system", None) == 5


async def test_who_is_named_in_the_context_of_a_task_is_told_if_they_see_it(team):
    add = "insert into stateroom.tasks (project_id, title) values ($1, 'Write it') returning id"
    task = await team.value("carol", add, team.project)
    say = "insert into stateroom.task_contexts (task_id, context_type, context_data) values ($1, 'requirement', $2)"
    await team.value("carol", say, task, '{"text": "@dan, ask @eve or @carol (not me@vic.example)"}')
    assert await team.told("dan") == [("mention", "carol mentioned you in #1 Write it")]
    await team.hide()
    await team.value("carol", say, task, '{"text": "@dan and @ann"}')
    assert await team.told("ann") == [("mention", "carol mentioned you in #1 Write it")]
    assert len(await team.told("dan")) == 1
    assert [await team.told(name) for name in ("eve", "carol", "vic")] == [[], [], []]


async def test_an_alert_that_opens_reaches_those_who_may_read_metrics(team):
    await team.owner.execute(
        "insert into stateroom.alert_rules (name, metric_name, comparison, threshold, fires_without_data)"
        " values ('disk', 'disk.free', 'below', 10, true)"
    )
    for _ in range(2):
        await team.owner.fetch("select * from stateroom.evaluate_alerts()")
    assert await team.told("root") == [("alert", "Alert (warning): disk")]
    assert await team.told("ann") == []


@pytest.mark.both
async def test_notifications_are_for_their_person_alone(team):
    notify = "select stateroom.notify_people($1, 'system', $2, p_project => $3)"
    people = [team.ids["ann"], team.ids["dan"]]
    for title, project in [("a", team.project), ("b", None)]:
        await team.owner.execute(notify, people, title, project)
    assert await team.told("dan") == [("system", "a"), ("system", "b")]
    for name in ("carol", "root", "eve"):
        assert await team.told(name) == []
    async with team.acting("dan", within=team.project) as app:
        assert [row[0] for row in await app.fetch("select title from stateroom.notifications")] == ["a"]
    read = "select stateroom.mark_notifications_read($1)"
    one_of = "select id from stateroom.notifications where user_id = $1"
    foreign, own = [await team.owner.fetchval(one_of, team.ids[name]) for name in ("ann", "dan")]
    assert [await team.value("dan", read, ids) for ids in ([foreign, own], None, None)] == [1, 1, 0]
    assert await team.owner.fetchval("select count(*) from stateroom.notifications where is_read") == 2
    assert await team.said("dan", "update stateroom.notifications set title = 'x'") == "42501"
    assert await team.said("dan", "update stateroom.notifications set is_read = false") == "23514"
    await team.value("dan", "delete from stateroom.notifications")
    assert await team.told("ann") == [("system", "a"), ("system", "b")]
