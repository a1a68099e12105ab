"""Enqueue: a run exists from its commit on, exactly once per key, and ready runs go out by priority and age."""

import asyncio

import asyncpg
import pytest

pytestmark = pytest.mark.both

FRONT = "'{default}', '{10}', '{0}', array['00000000-0000-0000-0000-000000000000']::uuid[]"


async def test_an_enqueued_run_is_queued_claimed_and_completed(lab):
    run = await lab.enqueue()
    assert await lab.state(run) == "queued"
    [claim] = await lab.claim()
    assert claim.run == run
    assert claim.attempt == 1
    assert await lab.state(run) == "running"
    assert await lab.complete(claim) == []
    assert await lab.state(run) == "succeeded"


async def test_higher_priority_goes_first_and_equal_priority_by_age(lab):
    slow, first, second, urgent = [await lab.enqueue(p_priority=p) for p in (0, 5, 5, 10)]
    assert [c.run for c in await lab.claim()] == [urgent, first, second, slow]


async def test_the_same_key_gives_the_same_run_also_after_its_end(lab):
    run = await lab.enqueue(p_key="invoice-7")
    assert await lab.enqueue(p_key="invoice-7") == run
    await lab.complete(*await lab.claim())
    assert await lab.enqueue(p_key="invoice-7") == run
    assert await lab.enqueue(p_key="invoice-8") != run


async def test_a_key_is_free_again_when_it_has_expired(lab):
    run = await lab.enqueue(p_key="k")
    await lab.db.shift("31 days")
    assert await lab.enqueue(p_key="k") != run


async def test_one_run_per_key_when_eight_enqueue_at_once(lab):
    task = await lab.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    connections = [await lab.db.connect("maintenance") for _ in range(8)]
    query = "select run_id, created from stateroom.enqueue_runs($1, $2, '{}', '{}', $3)"
    keys = [f"k{n}" for n in range(20)]
    batches = await asyncio.gather(
        *(c.fetch(query, [task] * 20, ["{}"] * 20, keys if no % 2 else keys[::-1]) for no, c in enumerate(connections))
    )
    rows = [row for batch in batches for row in batch]
    assert len({row["run_id"] for row in rows}) == 20
    assert sum(row["created"] for row in rows) == 20
    assert len(await lab.claim()) == 20


async def test_a_key_twice_in_one_batch_is_one_run(lab):
    task = await lab.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    query = "select run_id, created from stateroom.enqueue_runs($1, $2, '{}', '{}', $3)"
    rows = await lab.people.fetch(query, [task] * 3, ["{}"] * 3, ["a", "a", None])
    assert [row["created"] for row in rows] == [True, False, True]
    assert rows[0]["run_id"] == rows[1]["run_id"]


async def test_a_run_for_later_is_scheduled_until_its_time_has_come(lab):
    later = await lab.people.fetchval("select stateroom.now() + interval '1 hour'")
    run = await lab.enqueue(p_run_at=later)
    assert await lab.state(run) == "scheduled"
    assert await lab.people.fetchval("select stateroom.promote_due()") == 0
    assert await lab.claim() == []
    await lab.db.shift("61 minutes")
    assert await lab.people.fetchval("select stateroom.promote_due()") == 1
    assert [c.run for c in await lab.claim()] == [run]
    await lab.complete(*await lab.claim())


async def test_work_enqueued_in_a_transaction_that_rolls_back_never_existed(lab):
    other = await lab.db.connect("maintenance")
    transaction = other.transaction()
    await transaction.start()
    await other.execute("select stateroom.set_context((select id from stateroom.users), 'admin')")
    await other.fetchval("select stateroom.enqueue('noop', p_key => 'gone')")
    await transaction.rollback()
    assert await lab.claim() == []


@pytest.mark.parametrize(
    ("options", "sqlstate", "said"),
    [
        ({"p_task": "nope"}, "SR404", "no routine task"),
        ({"p_task": "noop", "p_priority": 11}, "SR422", "not between 0 and 10"),
        ({"p_task": "noop", "p_project": "00000000-0000-0000-0000-000000000000"}, "SR404", "routine task"),
    ],
)
async def test_bad_input_is_refused_with_what_is_wrong(lab, options, sqlstate, said):
    with pytest.raises(asyncpg.PostgresError, match=said) as caught:
        await lab.enqueue(options.pop("p_task"), **options)
    assert caught.value.sqlstate == sqlstate
    assert caught.value.hint


async def test_a_queue_that_is_paused_gives_nothing_until_it_is_open_again(lab):
    run = await lab.enqueue()
    await lab.people.execute("update stateroom.queues set paused = true where name = 'default'")
    assert await lab.claim() == []
    await lab.people.execute("update stateroom.queues set paused = false where name = 'default'")
    assert [c.run for c in await lab.claim()] == [run]


@pytest.mark.defect(10)
async def test_two_claimers_never_get_the_same_run(lab):
    for _ in range(60):
        await lab.enqueue()
    other = await lab.db.connect("engine")
    first, second = lab.people.transaction(), other.transaction()
    await first.start()
    await second.start()
    query = f"select run_id from stateroom.claim($1, 40, {FRONT})"
    mine = await lab.people.fetch(query, lab.session)
    theirs = await other.fetch(query, lab.session)
    await first.commit()
    await second.commit()
    assert len(mine) == 40
    assert len(theirs) == 20
    assert not {r[0] for r in mine} & {r[0] for r in theirs}
