"""Cancel ends what is not finished, retry puts back what did not succeed; both keep the graph whole."""

import asyncio

import asyncpg
import pytest
from lab import step

from stateroom.engine import calls

pytestmark = pytest.mark.both

FRONT = "'{default}', '{10}', '{0}', array['00000000-0000-0000-0000-000000000000']::uuid[]"


async def test_a_queued_run_is_cancelled_at_once_and_never_claimed(lab):
    run = await lab.enqueue()
    assert await lab.verb("cancel_run", run) == "cancelled"
    assert await lab.claim() == []
    assert await lab.state(run) == "cancelled"


async def test_a_scheduled_run_is_cancelled_at_once(lab):
    later = await lab.people.fetchval("select stateroom.now() + interval '1 hour'")
    run = await lab.enqueue(p_run_at=later)
    assert await lab.verb("cancel_run", run) == "cancelled"
    await lab.db.shift("2 hours")
    assert await lab.people.fetchval("select stateroom.promote_due()") == 0


async def test_a_running_run_is_told_to_stop_by_its_heartbeat_and_ends_cancelled(lab):
    run = await lab.enqueue()
    [claim] = await lab.claim()
    assert await lab.verb("cancel_run", run) == "cancelling"
    [verdict] = await calls.heartbeat(lab.engine, lab.session, 30, [(claim.run, claim.token)])
    assert (verdict.run, verdict.cancel) == (run, True)
    await lab.fail(claim, state="cancelled")
    assert await lab.state(run) == "cancelled"
    assert await lab.people.fetchval("select count(*) from stateroom.error_logs") == 0


async def test_a_cancelled_run_whose_worker_dies_is_not_run_again(lab):
    run = await lab.enqueue()
    await lab.claim()
    await lab.verb("cancel_run", run)
    await lab.db.shift("31 seconds")
    await calls.rescue_expired(lab.engine)
    assert await lab.state(run) == "cancelled"


async def test_what_finished_before_it_heard_of_the_cancellation_has_succeeded(lab):
    run = await lab.enqueue()
    [claim] = await lab.claim()
    await lab.verb("cancel_run", run)
    assert await lab.complete(claim) == []
    assert await lab.state(run) == "succeeded"


async def test_a_final_run_cannot_be_cancelled(lab):
    run = await lab.enqueue()
    await lab.complete(*await lab.claim())
    with pytest.raises(asyncpg.PostgresError, match="already succeeded") as caught:
        await lab.verb("cancel_run", run)
    assert caught.value.sqlstate == "SR409"


async def test_cancelling_a_waiting_step_skips_what_needs_it_once_its_own_needs_have_ended(lab):
    run = await lab.start(step("a"), step("b", "a"), step("c", "b"))
    b = await lab.people.fetchval(
        "select r.id from stateroom.task_runs r join stateroom.tasks t on t.id = r.task_id where t.step_key = 'b'"
    )
    assert await lab.verb("cancel_run", b) == "cancelled"
    assert await lab.states(run) == {"a": "queued", "b": "cancelled", "c": "waiting"}
    assert await lab.state(run) == "running"
    assert await lab.work() == ["a"]
    assert await lab.states(run) == {"a": "succeeded", "b": "cancelled", "c": "skipped"}
    assert await lab.state(run) == "cancelled"


async def test_cancelling_a_workflow_run_ends_it_when_its_last_running_step_has_stopped(lab):
    run = await lab.start(step("a"), step("b"), step("c", "a", "b"))
    first, second = await lab.claim()
    await lab.complete(first)
    assert await lab.verb("cancel_run", run) == "cancelling"
    assert await lab.state(run) == "running"
    await lab.fail(second, state="cancelled")
    assert await lab.state(run) == "cancelled"
    assert sorted((await lab.states(run)).values()) == ["cancelled", "cancelled", "succeeded"]


async def test_cancelling_a_workflow_run_that_has_not_begun_ends_it_at_once(lab):
    run = await lab.start(step("a"), step("b", "a"))
    assert await lab.verb("cancel_run", run) == "cancelled"
    assert await lab.claim() == []
    assert await lab.state(run) == "cancelled"


async def test_a_claim_that_commits_after_the_cancellation_cannot_complete(lab):
    run = await lab.enqueue()
    other = await lab.db.connect("engine")
    transaction = other.transaction()
    await transaction.start()
    query = f"select run_id, token from stateroom.claim($1, 1, {FRONT})"
    [claim] = await other.fetch(query, lab.session)
    assert await lab.verb("cancel_run", run) == "cancelled"
    await transaction.commit()
    [verdict] = await calls.heartbeat(lab.engine, lab.session, 30, [(claim["run_id"], claim["token"])])
    assert verdict.cancel
    refused = await calls.complete(lab.engine, lab.session, [claim["run_id"]], [claim["token"]], [None], [None])
    assert refused == [run]
    assert await lab.state(run) == "cancelled"


async def test_retry_runs_the_failed_step_and_all_below_it_again(lab):
    run = await lab.start(step("a"), step("b", "a"), step("c", "b"), step("alarm", ("b", "failure")))
    await lab.work(fail=["b"])
    assert await lab.verb("retry_run", run) == 3
    assert await lab.states(run) == {"a": "succeeded", "b": "queued", "c": "waiting", "alarm": "waiting"}
    assert await lab.work() == ["b", "c"]
    assert await lab.states(run) == {"a": "succeeded", "b": "succeeded", "c": "succeeded", "alarm": "skipped"}
    assert await lab.state(run) == "succeeded"
    attempts = await lab.people.fetch("select attempt, outcome from stateroom.task_run_attempts")
    assert [tuple(row) for row in attempts] == [(1, "failed")]


async def test_retry_counts_attempts_on_and_gives_retries_anew(lab):
    await lab.register(max_retries=0)
    run = await lab.enqueue()
    await lab.fail(*await lab.claim())
    assert await lab.verb("retry_run", run) == 1
    [claim] = await lab.claim()
    assert claim.attempt == 2
    await lab.complete(claim)


async def test_a_cancelled_run_that_is_retried_is_claimed_exactly_once(lab):
    run = await lab.enqueue()
    await lab.verb("cancel_run", run)
    await lab.verb("retry_run", run)
    assert [c.run for c in await lab.claim()] == [run]


async def test_a_success_cannot_be_retried_and_a_running_workflow_run_neither(lab):
    run = await lab.start(step("a"), step("b"))
    with pytest.raises(asyncpg.PostgresError, match="running"):
        await lab.verb("retry_run", run)
    await lab.work()
    with pytest.raises(asyncpg.PostgresError, match="succeeded") as caught:
        await lab.verb("retry_run", run)
    assert caught.value.sqlstate == "SR409"


async def test_cancel_and_complete_at_once_end_in_one_state(lab):
    """Whoever is first wins, on both connections; nothing is left over and nobody deadlocks."""
    for _ in range(10):
        run = await lab.start(step("a"), step("b", "a"), step("c", ("b", "always")), name="race")
        [claim] = await lab.claim()
        await asyncio.gather(lab.verb("cancel_run", run), lab.complete(claim))
        await lab.work()
        assert await lab.state(run) in {"cancelled", "succeeded"}
