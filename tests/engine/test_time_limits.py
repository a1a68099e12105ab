"""Limits that no worker keeps: a start in time, a deadline over all attempts, and workflow runs that take too long."""

import json

import pytest
from lab import step

from stateroom.engine import calls

pytestmark = pytest.mark.both


async def of(lab, run) -> tuple[str, str | None]:
    rows = await lab.as_admin("select state::text, error_type from stateroom.task_run_states where id = $1", run)
    return tuple(rows[0])


async def test_a_run_that_nobody_starts_in_time_times_out_and_one_that_has_begun_does_not(lab):
    await lab.register("slow", start_timeout_seconds=60)
    waiting, begun = await lab.enqueue("slow"), await lab.enqueue("slow")
    later = await lab.enqueue("slow", p_run_at=await lab.people.fetchval("select now() + interval '1 hour'"))
    claims = {claim.run: claim for claim in await lab.claim()}
    await calls.release(lab.engine, [(waiting, claims[waiting].token)], "no room")
    await lab.people.execute("update stateroom.task_runs set attempt = 0 where id = $1", waiting)
    await lab.db.shift("61 seconds")
    assert await calls.enforce_limits(lab.engine) == 1
    assert await of(lab, waiting) == ("timed_out", "StartTimedOut")
    assert (await of(lab, begun))[0] == "running"
    assert (await of(lab, later))[0] == "scheduled"
    assert await lab.claim() == []
    await lab.db.shift("1 hour")
    assert await calls.enforce_limits(lab.engine) == 1
    assert await of(lab, later) == ("timed_out", "StartTimedOut")
    assert await lab.problems() == []


async def test_a_deadline_holds_over_all_attempts(lab):
    await lab.register("slow", deadline_seconds=100, max_retries=9, retry_policy={"initial_seconds": 60, "jitter": 0})
    run = await lab.enqueue("slow")
    [claim] = await lab.claim()
    await lab.fail(claim, delay_seconds=None)
    assert (await of(lab, run))[0] == "scheduled"
    await lab.db.shift("61 seconds")
    await calls.promote_due(lab.engine)
    [claim] = await lab.claim()
    await lab.fail(claim, delay_seconds=None)  # the next attempt would begin after the deadline
    assert await of(lab, run) == ("failed", "Boom")
    assert await lab.problems() == []


@pytest.mark.parametrize("ending", ["fail", "release", "lost"])
async def test_what_runs_at_its_deadline_is_told_to_stop_and_has_timed_out(lab, ending):
    await lab.register("slow", deadline_seconds=10)
    run = await lab.enqueue("slow")
    [claim] = await lab.claim()
    await lab.db.shift("11 seconds")
    assert await calls.enforce_limits(lab.engine) == 1
    [verdict] = await calls.heartbeat(lab.engine, lab.session, 30, [(run, claim.token)])
    assert verdict.cancel
    if ending == "fail":
        await lab.fail(claim, state="cancelled")
    elif ending == "release":
        await calls.release(lab.engine, [(run, claim.token)], "stopped")
    else:
        await lab.db.shift("1 minute")
        await calls.rescue_expired(lab.engine)
    assert await of(lab, run) == ("timed_out", "DeadlineExceeded")
    assert await lab.problems() == []


async def test_a_retry_begins_a_new_deadline(lab):
    await lab.register("slow", deadline_seconds=10, max_retries=0)
    run = await lab.enqueue("slow")
    await lab.fail(*await lab.claim())
    await lab.db.shift("9 seconds")
    await lab.verb("retry_run", run)
    await lab.db.shift("2 seconds")
    assert await calls.enforce_limits(lab.engine) == 0
    assert (await of(lab, run))[0] == "queued"
    await lab.db.shift("9 seconds")
    assert await calls.enforce_limits(lab.engine) == 1
    assert await of(lab, run) == ("timed_out", "DeadlineExceeded")


async def test_a_workflow_run_ends_with_its_time(lab):
    run = await lab.start(step("a"), step("b", "a"), timeout_seconds=600)
    [claim] = await lab.claim()
    await lab.db.shift("601 seconds")
    assert await calls.enforce_limits(lab.engine) == 1
    assert await lab.states(run) == {"a": "running", "b": "cancelled"}
    assert await lab.state(run) == "running"
    await lab.fail(claim, state="cancelled")
    assert await lab.state(run) == "timed_out"
    assert await lab.people.fetchval("select error_message from stateroom.workflow_runs") == "its deadline has passed"
    await lab.verb("retry_run", run)
    assert await lab.work() == ["a", "b"]
    assert await lab.state(run) == "succeeded"
    assert await lab.problems() == []


async def test_what_has_ended_is_left_alone(lab):
    await lab.register("slow", deadline_seconds=10, start_timeout_seconds=5)
    run = await lab.enqueue("slow")
    await lab.complete(*await lab.claim())
    workflow_run = await lab.start(step("a"), timeout_seconds=10)
    await lab.work()
    await lab.db.shift("1 hour")
    assert await calls.enforce_limits(lab.engine) == 0
    assert (await of(lab, run))[0] == await lab.state(workflow_run) == "succeeded"
    assert await lab.people.fetchval("select count(*) from stateroom.run_limits") == 0


async def test_errors_that_the_policy_names_are_final(lab):
    await lab.register("picky", max_retries=5, retry_policy={"non_retryable": ["Boom"]})
    first, second = await lab.enqueue("picky"), await lab.enqueue("picky")
    claims = {claim.run: claim for claim in await lab.claim()}
    await lab.fail(claims[first])
    await lab.fail(claims[second], type="Other")
    assert (await of(lab, first))[0] == "failed"
    assert (await of(lab, second))[0] == "scheduled"


async def test_progress_is_handed_to_the_next_attempt_and_gone_with_the_last(lab):
    run = await lab.enqueue("noop")
    [claim] = await lab.claim()
    said = json.dumps({"percent": 40, "data": {"page": 7}})
    await lab.engine.execute(
        "select stateroom.progress($1, $2, $3::text[]::jsonb[], $4, $5)", [run], [claim.token], [said], [None], ["x"]
    )
    await lab.fail(claim)
    assert await lab.problems() == []
    await calls.promote_due(lab.engine)
    [claim] = await lab.claim()
    assert json.loads(await calls.last_progress(lab.engine, run)) == json.loads(said)
    await lab.complete(claim, details="{}")
    assert await calls.last_progress(lab.engine, run) is None
    assert await lab.problems() == []


async def test_cancelling_a_run_cancels_what_it_has_enqueued(lab):
    task = await lab.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    parent = await lab.enqueue()
    make = "select run_id from stateroom.enqueue_runs(array[$1::uuid], array['{}'::jsonb], p_parent => $2)"
    child = await lab.people.fetchval(make, task, parent)
    grandchild = await lab.people.fetchval(make, task, child)
    claims = {claim.run: claim for claim in await lab.claim()}
    await lab.complete(claims[child])
    assert await lab.verb("cancel_run", parent) == "cancelling"
    assert [(await of(lab, run))[0] for run in (parent, child)] == ["running", "succeeded"]
    other = await lab.people.fetchval(make, task, parent)
    await lab.verb("cancel_run", parent)
    assert (await of(lab, other))[0] == "cancelled"
    await lab.complete(claims[grandchild])
    await lab.fail(claims[parent], state="cancelled")
    assert (await of(lab, parent))[0] == "cancelled"
    assert await lab.problems() == []
