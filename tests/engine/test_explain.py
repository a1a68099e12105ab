"""Explain names the row that keeps a run from going on: each condition, met or not."""

import uuid

import asyncpg
import pytest
from lab import step

pytestmark = pytest.mark.both


async def said(lab, run) -> dict[str, asyncpg.Record]:
    """The rows of a run by condition."""
    rows = await lab.explain(run)
    assert all(row["detail"] for row in rows)
    return {row["condition"]: row for row in rows}


async def run_of(lab, key: str):
    return await lab.people.fetchval(
        "select r.id from stateroom.task_runs r join stateroom.tasks t on t.id = r.task_id where t.step_key = $1", key
    )


async def test_a_step_that_waits_names_what_it_waits_for_and_what_is_already_there(lab):
    await lab.start(step("a"), step("b"), step("c", "a", ("b", "always")))
    [first] = await lab.claim(1)
    await lab.complete(first)
    rows = await lab.explain(await run_of(lab, "c"))
    assert [(row["condition"], row["met"], row["subject"]) for row in rows] == [
        ("dependency", False, "b"),
        ("dependency", True, "a"),
    ]
    assert rows[0]["detail"] == "waits for always of b, which is not finished"
    assert rows[1]["detail"] == "waits for success of a, which is succeeded"
    assert rows[0]["subject_id"] == await run_of(lab, "b")


async def test_what_needs_a_step_that_was_cancelled_while_it_waited_waits_for_its_needs(lab):
    await lab.start(step("a"), step("b", "a"), step("c", "b"))
    await lab.verb("cancel_run", await run_of(lab, "b"))
    [row] = await lab.explain(await run_of(lab, "c"))
    assert (row["met"], row["subject"]) == (False, "b")
    assert row["detail"] == "waits for success of b, which is cancelled, but what that one needs is not finished"


async def test_a_scheduled_run_names_its_time(lab):
    at = await lab.people.fetchval("select stateroom.now() + interval '1 hour'")
    found = await said(lab, await lab.enqueue(p_run_at=at))
    assert found.keys() == {"time"}
    assert (found["time"]["met"], found["time"]["until"]) == (False, at)


async def test_a_run_that_failed_and_will_be_tried_again_says_so(lab):
    run = await lab.enqueue()
    await lab.fail(*await lab.claim(), delay_seconds=60)
    assert "retry 1 after a failure" in (await said(lab, run))["time"]["detail"]


async def test_a_queued_run_says_how_many_are_ahead_by_priority_and_age(lab):
    await lab.enqueue(p_priority=0)
    run = await lab.enqueue(p_priority=5)
    assert (await said(lab, run))["position"]["met"]
    await lab.enqueue(p_priority=5)
    await lab.enqueue(p_priority=10)
    last = await lab.enqueue(p_priority=5)
    found = await said(lab, last)
    assert not found["position"]["met"]
    assert found["position"]["detail"] == "3 are ahead of it in queue default"
    assert found["queue"]["met"]


async def test_a_paused_queue_is_named(lab):
    run = await lab.enqueue()
    await lab.people.execute("update stateroom.queues set paused = true")
    found = (await said(lab, run))["queue"]
    assert (found["met"], found["detail"]) == (False, "queue default is paused")


async def test_without_a_worker_it_says_how_to_start_one(lab):
    await lab.people.fetchval("select stateroom.close_session($1)", lab.session)
    found = (await said(lab, await lab.enqueue()))["worker"]
    assert not found["met"]
    assert found["detail"] == "no live worker serves queue default; start one with: stateroom worker --queue default"
    await lab.open_session(lab.session)


async def test_a_handler_that_no_live_worker_has_is_named(lab):
    run = await lab.enqueue()
    assert "handler" not in await said(lab, run)
    await lab.people.execute("update stateroom.agent_sessions set handlers = '{other}'")
    assert "no live worker has handler noop" in (await said(lab, run))["handler"]["detail"]


async def test_a_worker_of_another_queue_or_one_that_is_gone_does_not_count(lab):
    run = await lab.enqueue()
    await lab.people.execute("update stateroom.agent_sessions set queues = '{other}'")
    assert not (await said(lab, run))["worker"]["met"]
    await lab.people.execute("update stateroom.agent_sessions set queues = '{default}', unplugged_at = now()")
    assert not (await said(lab, run))["worker"]["met"]
    await lab.people.execute("update stateroom.agent_sessions set unplugged_at = null, expires_at = now()")
    assert not (await said(lab, run))["worker"]["met"]


async def test_when_all_slots_are_busy_it_says_so(lab):
    for _ in range(8):
        await lab.enqueue()
    claims = await lab.claim()
    run = await lab.enqueue()
    found = (await said(lab, run))["worker"]
    assert not found["met"]
    assert found["detail"] == "8 of 8 slots of the workers of queue default are busy"
    await lab.complete(claims[0])
    assert (await said(lab, run))["worker"]["met"]


async def test_a_running_run_names_its_worker_and_until_when_its_lease_is_good(lab):
    run = await lab.enqueue()
    await lab.claim()
    found = await said(lab, run)
    assert found.keys() == {"lease"}
    lease = found["lease"]
    assert lease["met"]
    assert (lease["subject_id"], lease["subject"]) == (lab.session, "worker@lab")
    assert lease["until"] == await lab.people.fetchval("select expires_at from stateroom.agent_sessions")
    await lab.verb("cancel_run", run)
    assert "told to stop" in (await said(lab, run))["lease"]["detail"]


async def test_a_finished_run_says_how_it_ended(lab):
    good, bad = await lab.enqueue(), await lab.enqueue()
    first, second = await lab.claim()
    await lab.complete(first)
    await lab.fail(second, retry=False, state="timed_out")
    assert (await said(lab, good))["finished"]["detail"] == "it succeeded"
    assert (await said(lab, bad))["finished"]["detail"] == "it timed out: it broke"


async def test_a_workflow_run_explains_each_unfinished_step_in_order(lab):
    run = await lab.start(step("a"), step("b"), step("c", "a"), step("d", "c"))
    [first] = await lab.claim(1)
    rows = await lab.explain(run)
    by_run = {row["run_id"]: row["condition"] for row in rows}
    assert by_run == {
        first.run: "lease",
        await run_of(lab, "b"): "worker",
        await run_of(lab, "c"): "dependency",
        await run_of(lab, "d"): "dependency",
    }
    await lab.complete(first)
    assert first.run not in {row["run_id"] for row in await lab.explain(run)}


async def test_a_finished_workflow_run_says_how_it_ended(lab):
    run = await lab.start(step("a"))
    await lab.work(fail=["a"])
    [row] = await lab.explain(run)
    assert (row["condition"], row["met"], row["subject"], row["detail"]) == ("finished", True, "run 1", "it failed")
    assert row["until"] == await lab.people.fetchval("select finished_at from stateroom.workflow_runs")


async def test_a_run_that_does_not_exist_and_one_of_strangers_are_the_same(lab):
    run, task_run = await lab.start(step("a")), await lab.enqueue()
    stranger = await lab.people.fetchval("insert into stateroom.users (username) values ('eve') returning id")
    for each in (run, task_run, uuid.uuid4()):
        async with lab.people.transaction():
            await lab.people.execute("select stateroom.set_context($1, 'developer')", stranger)
            with pytest.raises(asyncpg.PostgresError, match=f"run {each} does not exist") as caught:
                async with lab.people.transaction():
                    await lab.people.fetch("select * from stateroom.explain_run($1)", each)
            assert caught.value.sqlstate == "SR404"


async def test_explaining_changes_nothing(lab):
    run = await lab.start(step("a"), step("b", "a"))
    before = await lab.states(run)
    await lab.explain(run)
    assert await lab.states(run) == before
