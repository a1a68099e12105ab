"""What a schedule does while its last run goes on, when it is paused, for times of the past, and with jitter."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from lab import step

from stateroom.domains.schedules.catch_up import plan
from stateroom.engine.types import DueSchedule
from stateroom.runtime import scheduler

pytestmark = pytest.mark.both

CREATE = """
select stateroom.create_schedule($1, $2, $3, $4, '* * * * *', p_overlap => $5, p_jitter_seconds => $6,
    p_next_run_at => date_trunc('minute', stateroom.now()))
"""
OUTCOMES = "select outcome::text from stateroom.schedule_firings where schedule_id = $1 order by fire_time"


async def schedule(lab, overlap="allow", *, name="s", jitter=0, workflow=False):
    await lab.open_session(lab.session, ttl=86400)
    subject = (await lab.publish(step("a")))["workflow_id"] if workflow else None
    task = None if workflow else await lab.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    second = await lab.people.fetchval("select extract(second from stateroom.now())::float")
    if second > 15:
        await lab.db.shift(f"{60 - second} seconds")
    return (await lab.as_admin(CREATE, lab.project, name, subject, task, overlap, jitter))[0][0]


async def outcomes(lab, made) -> list[str]:
    return [row[0] for row in await lab.people.fetch(OUTCOMES, made)]


async def minute(lab) -> None:
    await lab.db.shift("1 minute")
    await scheduler.tick(lab.engine)


@pytest.mark.parametrize("workflow", [False, True])
async def test_skip_records_what_it_leaves_out_and_starts_again_after_the_end(lab, workflow):
    made = await schedule(lab, "skip", workflow=workflow)
    await scheduler.tick(lab.engine)
    await minute(lab)
    assert await outcomes(lab, made) == ["started", "skipped"]
    await lab.work()
    await minute(lab)
    assert await outcomes(lab, made) == ["started", "skipped", "started"]


@pytest.mark.parametrize("workflow", [False, True])
async def test_queue_holds_each_time_until_the_one_before_has_ended(lab, workflow):
    made = await schedule(lab, "queue", workflow=workflow)
    await scheduler.tick(lab.engine)
    await minute(lab)
    await minute(lab)
    assert await outcomes(lab, made) == ["started", "queued", "queued"]
    for expected in (["started", "started", "queued"], ["started"] * 3):
        claims = await lab.claim()
        assert len(claims) == 1
        await lab.complete(*claims)
        await asyncio.gather(scheduler.tick(lab.engine), scheduler.tick(await lab.db.connect("engine")))
        assert await outcomes(lab, made) == expected


async def test_at_most_a_hundred_wait(lab):
    made = await schedule(lab, "queue")
    await lab.people.execute("update stateroom.schedules set catchup_policy = 'all', catchup_window_seconds = 1000000")
    await lab.db.shift("2 hours")
    await scheduler.tick(lab.engine)
    found = await outcomes(lab, made)
    assert found[:101] == ["started"] + ["queued"] * 100
    assert set(found[101:]) == {"skipped"}


@pytest.mark.parametrize("workflow", [False, True])
async def test_cancel_running_stops_the_last_run_first_and_never_runs_two(lab, workflow):
    made = await schedule(lab, "cancel_running", workflow=workflow)
    await scheduler.tick(lab.engine)
    await minute(lab)
    assert await outcomes(lab, made) == ["started", "started"], "the first had not begun, and is cancelled at once"
    [claim] = await lab.claim()
    await minute(lab)
    await minute(lab)
    assert await outcomes(lab, made) == ["started", "started", "skipped", "queued"]
    assert await lab.claim() == []
    await lab.complete(claim)
    await scheduler.tick(lab.engine)
    assert await outcomes(lab, made) == ["started", "started", "skipped", "started"]


async def test_paused_it_does_nothing_and_resumed_it_makes_up_for_nothing(lab):
    made = await schedule(lab)
    await scheduler.tick(lab.engine)
    assert (await lab.as_admin("select stateroom.pause_schedules($1)", lab.project))[0][0] == 1
    await minute(lab)
    await lab.db.shift("1 hour")
    assert (await lab.as_admin("select stateroom.resume_schedule($1)", made))[0][0] is True
    await scheduler.tick(lab.engine)
    assert await outcomes(lab, made) == ["started"]
    await minute(lab)
    assert await outcomes(lab, made) == ["started"] * 2


async def test_a_new_rule_set_by_plain_sql_is_planned_by_the_scheduler(lab):
    made = await schedule(lab)
    await lab.people.execute("update stateroom.schedules set cron_expression = '30 4 * * *', timezone = 'Asia/Tokyo'")
    await scheduler.tick(lab.engine)
    assert await outcomes(lab, made) == []
    found = await lab.people.fetchval(
        "select to_char(next_run_at at time zone timezone, 'HH24:MI') from stateroom.schedules"
    )
    assert found == "04:30"
    with pytest.raises(asyncpg.PostgresError, match="not a time zone"):
        await lab.people.execute("update stateroom.schedules set timezone = 'Mars'")
    with pytest.raises(asyncpg.PostgresError, match="no such value"):
        await lab.as_admin("""select stateroom.update_schedule($1, '{"task_id": "x"}')""", made)
    with pytest.raises(asyncpg.PostgresError, match="out of range"):
        await lab.as_admin("""select stateroom.update_schedule($1, '{"jitter_seconds": 4000}')""", made)


BACKFILL = "select * from stateroom.backfill_schedule($1, $2)"


async def test_a_backfill_fires_each_time_once_and_takes_turns_unless_all_may_run_at_once(lab):
    made = await schedule(lab)
    await scheduler.tick(lab.engine)
    first = await lab.people.fetchval("select fire_time from stateroom.schedule_firings")
    times = [first - timedelta(minutes=n) for n in range(3)]
    rows = await lab.as_admin(BACKFILL, made, times)
    assert [(row["outcome"], row["is_new"]) for row in rows] == [
        ("started", True),
        ("started", True),
        ("started", False),
    ]
    assert not any(row["is_new"] for row in await lab.as_admin(BACKFILL, made, times))
    turns = await schedule(lab, "skip", name="turns")
    rows = await lab.as_admin(BACKFILL, turns, times)
    assert [row["outcome"] for row in rows] == ["started", "queued", "queued"]
    with pytest.raises(asyncpg.PostgresError, match="that have passed"):
        await lab.as_admin(BACKFILL, turns, [first + timedelta(days=1)])


def test_all_that_was_missed_comes_in_several_goes_none_lost():
    clock = datetime(2027, 6, 1, 12, 0, 30, tzinfo=UTC)
    due = DueSchedule(None, "* * * * *", "UTC", clock.replace(second=0) - timedelta(minutes=2499), "all", 10**7, clock)
    times = []
    while due.next_run_at <= clock:
        fired = plan(due)
        times += fired.times
        due = due._replace(next_run_at=fired.next)
    assert times == [clock.replace(second=0) - timedelta(minutes=2499 - n) for n in range(2500)]


async def test_jitter_is_the_same_each_time_spread_and_before_the_next_time(lab):
    query = """
    select n, stateroom.jittered($1, t, 600, t + interval '5 minutes') - t, stateroom.jittered($1, t, 60, null) - t
    from generate_series(0, 499) n, lateral (select timestamptz '2026-01-01' + n * interval '1 minute') as m (t)"""
    made = await schedule(lab, jitter=600)
    rows = [tuple(row) for row in await lab.people.fetch(query, made)]
    assert rows == [tuple(row) for row in await lab.people.fetch(query, made)]
    late = [row[1].total_seconds() for row in rows]
    assert 0 <= min(late) < 10
    assert 290 < max(late) < 300
    assert max(row[2] for row in rows) == timedelta(seconds=60)
    await scheduler.tick(lab.engine)  # its first time was given, and comes without jitter
    await scheduler.tick(lab.engine)
    due, time = await lab.people.fetchrow("select due_at, next_run_at from stateroom.schedules")
    assert timedelta(0) <= due - time < timedelta(seconds=60)


@pytest.mark.full
async def test_many_schedules_of_one_second_fire_together_each_once(lab):
    task = await lab.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    await lab.people.execute(
        "insert into stateroom.schedules (project_id, task_id, name, cron_expression, overlap_policy, next_run_at)"
        " select $1, $2, 's' || n, '* * * * *', "
        " (array['allow', 'skip', 'queue']::stateroom.overlap_policy[])[n % 3 + 1],"
        " date_trunc('minute', stateroom.now()) from generate_series(1, 3000) n",
        lab.project,
        task,
    )
    connections = [lab.engine, await lab.db.connect("engine")]
    while any(await asyncio.gather(*(scheduler.tick(each) for each in connections))):
        pass
    found = await lab.people.fetchrow(
        "select count(*), count(distinct schedule_id), count(distinct run_id), bool_and(outcome = 'started')"
        " from stateroom.schedule_firings where fire_time = (select min(fire_time) from stateroom.schedule_firings)"
    )
    assert tuple(found) == (3000, 3000, 3000, True)
    runs = await lab.people.fetchval("select count(distinct schedule_id) from stateroom.task_runs")
    assert runs == 3000
