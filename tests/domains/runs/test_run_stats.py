"""What is counted of runs: each once, whatever happens in between, and never multiplied by what is joined."""

import asyncio
import json

import pytest

from acting import Hand

ROLL = "select stateroom.rollup_run_stats()"
TOTALS = (
    "select sum(succeeded) as succeeded, sum(failed) as failed, sum(cancelled) as cancelled, count(*) as hours"
    " from stateroom.run_stats"
)


async def enqueue(team, number: int) -> object:
    registered = 'select stateroom.register_handlers($1, \'[{"handler": "h"}]\')'
    await team.value("ann", registered, team.project)
    async with team.acting("ann") as app:
        for _ in range(number):
            run = await app.fetchval("select stateroom.enqueue('h', p_project => $1)", team.project)
    return run


async def roll(connection, until: int) -> None:
    """Roll up until so many were counted: transactions of other databases hold back what is certain."""
    counted = 0
    async with asyncio.timeout(30):
        while counted < until:
            counted += await connection.fetchval(ROLL)
    assert counted == until


async def test_each_run_is_counted_once_through_rollbacks_rivals_and_slow_ends(db, team):
    await enqueue(team, 12)
    engine, slow, rival = [await db.connect("engine") for _ in range(3)]
    hand = await Hand.open(engine)
    claims = await hand.claim()
    await hand.complete(*claims[:5])
    transaction = engine.transaction()
    await transaction.start()
    await engine.fetchval(ROLL)
    assert await rival.fetchval(ROLL) == 0  # another is at it
    await transaction.rollback()
    late = slow.transaction()
    await late.start()
    await Hand(slow, hand.session).complete(*claims[5:8])
    await hand.complete(*claims[8:11])
    await late.commit()
    await roll(engine, 11)
    await hand.complete(claims[11])
    await asyncio.gather(roll(engine, 1), rival.fetchval("select 1"))
    assert await engine.fetchval(ROLL) == 0
    assert dict(await team.owner.fetchrow(TOTALS)) == {"succeeded": 12, "failed": 0, "cancelled": 0, "hours": 1}
    counted = "select sum(n) from stateroom.run_stats, unnest(durations) as n"
    assert await team.owner.fetchval(counted) == 12


@pytest.mark.both
async def test_statistics_are_read_from_the_counts(db, team):
    await enqueue(team, 3)
    hand = await Hand.open(await db.connect("engine"))
    claims = await hand.claim()
    await db.shift("10 seconds")
    await hand.complete(*claims[:2])
    await db.shift("1 hour")
    error = json.dumps({"type": "Boom", "message": "no", "retry": False})
    await hand.connection.fetch(
        "select * from stateroom.fail($1, $2, $3, $4)", hand.session, [claims[2].run], [claims[2].token], [error]
    )
    cancelled = await enqueue(team, 1)
    await team.value("ann", "select stateroom.cancel_run($1)", cancelled)
    await roll(hand.connection, 4)
    async with team.acting("vic") as app:
        row = await app.fetchrow("select * from stateroom.execution_stats")
        agent = await app.fetchrow("select * from stateroom.agent_utilization where name = 'hand'")
    assert (row["total"], row["succeeded"], row["failed"], row["cancelled"]) == (4, 2, 1, 1)
    assert float(row["success_rate"]) == pytest.approx(2 / 3, abs=0.001)
    assert 10_000 / 1.5 < row["p50_ms"] < 10_000 * 1.5
    assert row["p95_ms"] > 3_000_000
    assert (agent["runs_24h"], agent["succeeded_24h"], agent["failed_7d"], agent["running"]) == (3, 2, 1, 0)
    assert agent["utilization_percent"] > 0
    assert await team.value("eve", "select count(*) from stateroom.execution_stats") == 0
    assert await team.owner.fetchval("select count(*) from stateroom.run_stats") == 3


@pytest.mark.parametrize("share", [0.5, 0.95])
async def test_a_percentile_is_near_the_true_one(db, share):
    connection = await db.connect()
    row = await connection.fetchrow(
        "with x as (select exp(random() * 10) as ms from generate_series(1, 5000)), h as ("
        " select stateroom.duration_bucket(ms) as no, count(*) as n from x group by 1)"
        " select stateroom.histogram_percentile(array(select coalesce(h.n, 0) from generate_series(1, 64) as g (no)"
        " left join h using (no) order by g.no), $1) as found,"
        " (select percentile_cont($1) within group (order by ms) from x) as true",
        share,
    )
    assert row["found"] == pytest.approx(row["true"], rel=0.2)


@pytest.mark.defect(5)
async def test_counts_of_a_task_do_not_multiply_each_other(team):
    task = await team.owner.fetchval(
        "insert into stateroom.tasks (project_id, title, status, estimated_hours, actual_hours)"
        " values ($1, 't', 'pending', 8, 10) returning id",
        team.project,
    )
    scripts = json.dumps([{"script_name": name, "script_content": "true"} for name in "abc"])
    create = "select stateroom.create_deployment($1, 'testing', '1', $2, $3)"
    await team.value("ann", create, team.project, scripts, task)
    for no in range(2):
        await team.owner.execute(
            "insert into stateroom.error_logs (project_id, task_id, error_type, error_message, fingerprint, day)"
            " values ($1, $2, 'E', 'm', $3, current_date)",
            *(team.project, task, str(no)),
        )
    await team.owner.execute("refresh materialized view concurrently stateroom.task_performance_figures")
    query = (
        "select errors, deployments, deployment_scripts, hours_accuracy_percent"
        " from stateroom.task_performance_summary where task_id = $1"
    )
    async with team.acting("vic") as app:
        assert tuple(await app.fetchrow(query, task)) == (2, 1, 3, 80)
    await team.hide()
    assert await team.value("vic", "select count(*) from stateroom.task_performance_summary") == 0


async def test_runs_of_planned_tasks_are_seen_by_those_who_see_the_task(team):
    task = "insert into stateroom.tasks (project_id, title, status, assigned_user_id) values ($1, 't', 'pending', $2)"
    hers = await team.owner.fetchval(f"{task} returning id", team.project, team.ids["carol"])
    run = (
        "insert into stateroom.task_runs (id, task_id, project_id, state, finished_at, queue)"
        " values (stateroom.uuidv7(), $1, $2, 'succeeded', now(), 'default')"
    )
    await team.owner.execute(run, hers, team.project)
    await team.hide()
    count = "select count(*) from stateroom.task_run_states"
    seen = {name: await team.value(name, count) for name in ("ann", "carol", "dan", "eve", "root")}
    assert seen == {"ann": 1, "carol": 1, "dan": 0, "eve": 0, "root": 1}
