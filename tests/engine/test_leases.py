"""Leases: every write of a worker is fenced, failures are retried with back-off, lost work goes to others."""

import asyncio
import json
import uuid

import pytest
from lab import step

from stateroom.engine import calls
from stateroom.engine.types import LogLine, Report

pytestmark = pytest.mark.both


async def test_a_write_with_another_token_is_refused_and_changes_nothing(lab):
    run = await lab.enqueue()
    [claim] = await lab.claim()
    late = claim._replace(token=claim.token + 1)
    assert await lab.complete(late) == [run]
    assert await lab.fail(late) == [run]
    assert await lab.state(run) == "running"
    assert await lab.complete(claim) == []


async def test_a_second_completion_is_refused(lab):
    run = await lab.enqueue()
    [claim] = await lab.claim()
    await lab.complete(claim)
    assert await lab.complete(claim) == [run]
    assert await lab.fail(claim) == [run]
    assert await lab.state(run) == "succeeded"


async def test_a_batch_takes_what_is_valid_and_refuses_the_rest(lab):
    await lab.enqueue()
    stale = await lab.enqueue()
    good, bad = await lab.claim()
    assert await lab.complete(good, bad._replace(token=0)) == [stale]
    await lab.complete(bad)


async def test_a_failed_attempt_is_recorded_and_tried_again_until_retries_are_used_up(lab):
    await lab.register(max_retries=2)
    run = await lab.enqueue()
    for attempt in (1, 2, 3):
        [claim] = await lab.claim()
        assert claim.attempt == attempt
        await lab.people.execute("update stateroom.error_logs set resolved = true, resolved_at = now()")
        await lab.fail(claim, exit_code=attempt)
        await lab.people.fetchval("select stateroom.promote_due()")
    assert await lab.claim() == []
    assert await lab.state(run) == "failed"
    attempts = await lab.people.fetch(
        "select attempt, outcome, exit_code from stateroom.task_run_attempts order by attempt"
    )
    assert [tuple(row) for row in attempts] == [(1, "failed", 1), (2, "failed", 2)]
    [error] = await lab.people.fetch("select occurrences, error_type, resolved from stateroom.error_logs")
    assert tuple(error) == (3, "Boom", False), "what happens again is not resolved"


async def test_back_off_grows_and_has_a_limit(lab):
    policy = json.dumps({"initial_seconds": 2, "factor": 3, "maximum_seconds": 100, "jitter": 0})
    query = "select stateroom.retry_delay($1, n) from generate_series(0, 5) as n"
    assert [row[0] for row in await lab.people.fetch(query, policy)] == [2, 6, 18, 54, 100, 100]


async def test_jitter_spreads_retries_around_the_delay(lab):
    query = 'select stateroom.retry_delay(\'{"initial_seconds": 10, "jitter": 0.5}\', 0) from generate_series(1, 200)'
    delays = [row[0] for row in await lab.people.fetch(query)]
    assert 5 <= min(delays) < 8
    assert 12 < max(delays) <= 15


async def test_a_retry_waits_for_its_time(lab):
    await lab.register(max_retries=1)
    run = await lab.enqueue()
    [claim] = await lab.claim()
    await lab.fail(claim, delay_seconds=60)
    assert await lab.state(run) == "scheduled"
    assert await lab.people.fetchval("select stateroom.promote_due()") == 0
    await lab.db.shift("61 seconds")
    await lab.people.fetchval("select stateroom.promote_due()")
    assert (await lab.claim())[0].attempt == 2


async def test_an_error_that_is_not_to_be_retried_ends_the_run(lab):
    run = await lab.enqueue()
    await lab.fail(*await lab.claim(), retry=False, state="timed_out")
    assert await lab.state(run) == "timed_out"


async def test_a_retry_that_succeeds_leaves_no_error_on_the_run(lab):
    run = await lab.enqueue()
    await lab.fail(*await lab.claim())
    await lab.people.fetchval("select stateroom.promote_due()")
    await lab.complete(*await lab.claim())
    row = await lab.people.fetchrow(
        "select attempt, error_type, error_message from stateroom.task_runs where id = $1", run
    )
    assert tuple(row) == (2, None, None)


async def test_released_and_snoozed_attempts_use_no_retries(lab):
    await lab.register(max_retries=0)
    run = await lab.enqueue()
    [claim] = await lab.claim()
    await calls.release(lab.engine, [(claim.run, claim.token)], "drained")
    [claim] = await lab.claim()
    await calls.snooze(lab.engine, [(claim.run, claim.token)], [30.0])
    assert await lab.state(run) == "scheduled"
    await lab.db.shift("31 seconds")
    await lab.open_session()
    await lab.people.fetchval("select stateroom.promote_due()")
    [claim] = await lab.claim()
    assert claim.attempt == 3
    await lab.complete(claim)
    rows = await lab.people.fetch("select outcome from stateroom.task_run_attempts order by attempt")
    assert [row[0] for row in rows] == ["released", "snoozed"]


async def test_the_runs_of_an_expired_session_go_to_another_and_its_late_write_is_refused(lab):
    run = await lab.enqueue()
    [late] = await lab.claim()
    assert await calls.rescue_expired(lab.engine) == 0
    await lab.db.shift("31 seconds")
    assert await calls.rescue_expired(lab.engine) == 1
    other = await lab.open_session()
    [claim] = await lab.claim(session=other)
    assert (claim.run, claim.attempt) == (run, 2)
    assert await lab.complete(late) == [run]
    verdicts = await calls.heartbeat(lab.engine, lab.session, 30, [(late.run, late.token)])
    assert [v.run for v in verdicts] == [None]
    assert await lab.complete(claim, session=other) == []


async def test_a_run_that_is_lost_three_times_fails_as_worker_lost(lab):
    run = await lab.enqueue()
    for _ in range(3):
        session = await lab.open_session()
        assert len(await lab.claim(session=session)) == 1
        await lab.db.shift("31 seconds")
        await calls.rescue_expired(lab.engine)
    row = await lab.people.fetchrow("select state, error_type, failures from stateroom.task_runs where id = $1", run)
    assert tuple(row) == ("failed", "worker_lost", 0)


async def test_a_session_whose_connection_is_gone_is_dead_after_the_grace(lab):
    session = uuid.uuid4()
    await lab.open_session(session, ttl=3600)
    connection = await lab.db.connect("engine")
    assert await calls.plug_session(connection, session)
    await lab.enqueue()
    await lab.claim(session=session)
    assert await calls.rescue_expired(lab.engine) == 0
    await connection.close()
    await _until_unplugged(lab, session)
    assert await calls.rescue_expired(lab.engine) == 0
    await lab.db.shift("2 seconds")
    assert await calls.rescue_expired(lab.engine) == 1
    await lab.complete(*await lab.claim())


async def test_a_session_that_comes_back_within_the_grace_keeps_its_runs(lab):
    session = uuid.uuid4()
    await lab.open_session(session, ttl=3600)
    connection = await lab.db.connect("engine")
    await calls.plug_session(connection, session)
    await lab.enqueue()
    [claim] = await lab.claim(session=session)
    await connection.close()
    await _until_unplugged(lab, session)
    await calls.plug_session(await lab.db.connect("engine"), session)
    await lab.db.shift("2 seconds")
    assert await calls.rescue_expired(lab.engine) == 0
    assert await lab.complete(claim, session=session) == []


async def _until_unplugged(lab, session):
    async with asyncio.timeout(10):
        query = "select unplugged_at is not null from stateroom.agent_sessions where id = $1"
        while not await lab.people.fetchval(query, session):
            await calls.rescue_expired(lab.engine)


async def test_a_goodbye_gives_everything_back_at_once(lab):
    session = await lab.open_session()
    run = await lab.enqueue()
    await lab.claim(session=session)
    assert await calls.close_session(lab.engine, session) == 1
    assert [c.run for c in await lab.claim()] == [run]
    status = await lab.people.fetchval("select status from stateroom.agents where name = 'worker@lab'")
    assert status == "idle"


async def test_a_claim_whose_answer_was_lost_is_given_back_and_what_the_worker_knows_of_is_kept(lab):
    known_run, lost_run = await lab.enqueue(), await lab.enqueue()
    known, _ = await lab.claim()
    assert await calls.release_all(lab.engine, lab.session, [known_run], "its claim was not answered") == 1
    assert [c.run for c in await lab.claim()] == [lost_run]
    assert await lab.complete(known) == []


async def test_logs_and_progress_are_fenced_too(lab):
    run = await lab.start(step("a"))
    [claim] = await lab.claim()
    now = await lab.people.fetchval("select now()")
    good = LogLine(claim.run, claim.token, None, 1, "stdout", "info", now, "hello")
    bad = LogLine(claim.run, claim.token + 1, None, 2, "stdout", "info", now, "late")
    assert await calls.log(lab.engine, [good, bad]) == [claim.run]
    assert await calls.progress(lab.engine, [Report(claim.run, 0, None, None, "late")]) == [claim.run]
    assert await calls.progress(lab.engine, [Report(claim.run, claim.token, '{"percent": 50}', None, "half")]) == []
    logged = await lab.people.fetch("select message, workflow_run_id, attempt from stateroom.logs")
    assert [tuple(row) for row in logged] == [("hello", run, 1)]
    [state] = await lab.as_admin("select progress, last_line from stateroom.task_run_states where id = $1", claim.run)
    assert tuple(state) == ('{"percent": 50}', "half")
    await lab.complete(claim, details="{}")
    assert await lab.people.fetchval("select count(*) from stateroom.run_progress") == 0
