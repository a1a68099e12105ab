"""A session that is gone gets nothing any more: whoever ends it and whoever claims for it cannot miss each other."""

import asyncio
import uuid

import asyncpg
import pytest

from stateroom.engine import calls

pytestmark = pytest.mark.both

FRONT = "'{default}', '{10}', '{0}', array['00000000-0000-0000-0000-000000000000']::uuid[]"
CLAIM = f"select run_id from stateroom.claim($1, 10, {FRONT})"


async def test_a_session_that_was_never_opened_or_is_gone_claims_nothing(lab):
    run = await lab.enqueue()
    with pytest.raises(asyncpg.PostgresError, match="does not exist any more") as caught:
        await lab.claim(session=uuid.uuid4())
    assert caught.value.sqlstate == "SR404"
    assert [claim.run for claim in await lab.claim()] == [run]


async def test_opening_a_session_twice_is_opening_it_once(lab):
    session = await lab.open_session()
    assert await lab.open_session(session) == session
    assert await lab.people.fetchval("select count(*) from stateroom.agent_sessions where id = $1", session) == 1


@pytest.mark.parametrize("ending", ["close", "rescue"])
async def test_a_claim_under_way_while_its_session_ends_strands_no_run(lab, ending):
    """The claim has its leases and has not committed: who ends the session waits for it, or leaves the session be."""
    run = await lab.enqueue()
    session = await lab.open_session()
    other = await lab.db.connect("engine")
    transaction = other.transaction()
    await transaction.start()
    assert [row[0] for row in await other.fetch(CLAIM, session)] == [run]
    if ending == "close":
        closing = asyncio.create_task(calls.close_session(lab.engine, session))
        await _until_somebody_waits(lab)
        await transaction.commit()
        assert await closing == 1
    else:
        await lab.db.shift("31 seconds")
        assert await calls.rescue_expired(lab.engine) == 0
        await transaction.commit()
        assert await calls.rescue_expired(lab.engine) == 1
    assert await lab.problems() == []
    assert await lab.state(run) == "queued"


async def test_a_claim_that_comes_while_its_session_is_ended_is_refused_as_a_whole(lab):
    run = await lab.enqueue()
    session = await lab.open_session()
    other = await lab.db.connect("engine")
    transaction = other.transaction()
    await transaction.start()
    await other.fetchval("select stateroom.close_session($1)", session)
    claiming = asyncio.create_task(lab.claim(session=session))
    await _until_somebody_waits(lab)
    await transaction.commit()
    with pytest.raises(asyncpg.PostgresError, match="does not exist any more"):
        await claiming
    assert await lab.state(run) == "queued"


async def _until_somebody_waits(lab):
    query = "select exists (select from pg_locks where not granted)"
    async with asyncio.timeout(10):
        while not await lab.people.fetchval(query):
            pass
