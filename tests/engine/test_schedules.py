"""Schedules: each time fires once, however many schedulers there are, and no rule that cannot be read is taken."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import asyncpg
import pytest
from lab import step

from stateroom.domains.schedules import catch_up
from stateroom.domains.schedules.cron import next_times
from stateroom.engine import calls
from stateroom.engine.types import DueSchedule, Firing
from stateroom.errors import InvalidInput
from stateroom.runtime import scheduler

pytestmark = pytest.mark.both

CREATE = "select stateroom.create_schedule($1, $2, $3, $4, $5, $6, $7, $8)"
GOOD = """
* * * * *|0 0 * * *|*/5 * * * *|0-30/10 8-18 * * mon-fri|15,45 * * * *|0 0 1 1 *|0 0 1 jan *|0 0 * JAN-mar *|0 0 * * 7
0 0 * * 0|0 0 * * sun|0 0 * * Sat|0 0 l * *|0 0 L * *|0 0 LW * *|0 0 1,15,L * *|0 0 * * 5L|0 0 * * 1#2|0 0 * * mon#1
0 0 * * mon#5,fri#1|*/100 * * * *|5/10 * * * *|0 */2 * * *|00 07 * * *|0 0 29 2 *|0 0 31 1,2 *|0 0 31 2 mon
0 0 30-31 2 5L|59 23 31 12 7|@hourly|@DAILY|@midnight|@weekly|@monthly|@yearly|@annually|  0   0 * * *  |0 0 L/3 * *
0 0 * * 5-7|0 0 */31 2 *|0 0 30/2 4 *|1-1/7 * * * *|0 0 30 2-2/3 *|*,5 * * * *|0 0 * * 0-7|0 0 * * sun-sat|*/05 0 * * *
"""
BAD = """
|x|* * * *|* * * * * *|60 * * * *|0 24 * * *|0 0 0 * *|0 0 32 * *|0 0 * 0 *|0 0 * 13 *|0 0 * * 8|@often|@reboot
@hourly x|*/0 * * * *|5-3 * * * *|0 0 * * fri-mon|0 0 * * mon#6|0 0 * * mon#0|0 0 * * monL|0 0 * * L|0 0 30 2 *
0 0 31 4,6 *
0 0 31 2 */2|1,,2 * * * *|,1 * * * *|1-2-3 * * * *|*/2/2 * * * *|-1 * * * *|1- * * * *|a * * * *|0 0 * jan2 *
0 0 * * 1#mon|0 0 * januar *|0 0 * * 5#|*/mon * * * *|0 0 L-3 * *|0 0 W * *|0 0 15W * *|? * * * *|0 0 ? * *|0 0 * * 1L/2
** * * * *|+1 * * * *|0 0 * * 1#2-3|0 0 LL * *|0 0 1L * *|l * * * *|1.5 * * * *|0 0 * * mon-5L|H * * * *|0 0 L/0 * *
0 0 * * mon#1#2
100 * * * *
"""


def rules(text: str) -> list[str]:
    return text.replace("\n", "|").strip("|").split("|")


async def schedule(lab, cron: str = "* * * * *", *, workflow: bool = False, **more) -> object:
    """A schedule whose first time is the next one of its rule, at the beginning of a minute.

    The clock goes on by itself: a test that moved it from the end of a minute would find one time more than it made.
    """
    second = await lab.people.fetchval("select extract(second from stateroom.now())::float")
    if second > 15:
        await lab.db.shift(f"{60 - second} seconds")
    task = await lab.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    subject = (await lab.publish(step("a")))["workflow_id"] if workflow else None
    zone = more.get("zone", "UTC")
    first = next_times(cron, zone, after=await lab.people.fetchval("select stateroom.now()"))[0]
    arguments = [more.get("name", "s"), subject, None if workflow else task, cron, zone, "{}", more.get("first", first)]
    made = (await lab.as_admin(CREATE, lab.project, *arguments))[0][0]
    for column in ("catchup_policy", "catchup_window_seconds"):
        if column in more:
            await lab.people.execute(f"update stateroom.schedules set {column} = $2 where id = $1", made, more[column])
    return made


async def firings(lab, made: object) -> list[datetime]:
    rows = await lab.people.fetch(
        "select fire_time from stateroom.schedule_firings where schedule_id = $1 order by 1", made
    )
    return [row[0] for row in rows]


async def count(lab, table: str) -> int:
    return await lab.people.fetchval(f"select count(*) from stateroom.{table}")


@pytest.mark.parametrize("workflow", [False, True])
async def test_three_schedulers_at_once_fire_a_time_once(lab, workflow):
    made = await schedule(lab, workflow=workflow, catchup_policy="all")
    connections = [await lab.db.connect("engine") for _ in range(3)]
    for expected in range(1, 6):
        await lab.db.shift("1 minute")
        await asyncio.gather(*(scheduler.tick(each) for each in connections))
        assert len(await firings(lab, made)) == expected
    assert await count(lab, "task_runs") == 5
    times = await firings(lab, made)
    assert {later - earlier for earlier, later in pairwise(times)} == {timedelta(minutes=1)}


async def test_what_a_schedule_starts_knows_its_schedule_and_its_time(lab):
    made = await schedule(lab, workflow=True)
    await lab.db.shift("1 minute")
    await scheduler.tick(lab.engine)
    row = await lab.people.fetchrow("select trigger, trigger_data ->> 'schedule_id' from stateroom.workflow_runs")
    assert tuple(row) == ("schedule", str(made))
    row = await lab.people.fetchrow("select last_run_at, last_run_id, next_run_at from stateroom.schedules")
    [time] = await firings(lab, made)
    assert row["last_run_at"] == time
    assert row["next_run_at"] == time + timedelta(minutes=1)
    assert row["last_run_id"] == await lab.people.fetchval("select id from stateroom.workflow_runs")


@pytest.mark.parametrize(("policy", "fired"), [("none", 1), ("latest", 1), ("all", 60)])
async def test_after_a_silence_of_three_hours_the_policy_says_what_is_made_up_for(lab, policy, fired):
    made = await schedule(lab, catchup_policy=policy, catchup_window_seconds=3600)
    await lab.db.shift("3 hours")
    await scheduler.tick(lab.engine)
    times = await firings(lab, made)
    assert fired <= len(times) <= fired + (policy == "all")  # both ends of the window may be on the minute
    now = await lab.people.fetchval("select stateroom.now()")
    assert now - timedelta(minutes=1, seconds=5) <= times[-1] <= now
    assert await scheduler.tick(lab.engine) is False


async def test_the_policy_none_lets_what_is_too_late_go(lab):
    made = await schedule(lab, "0 0 1 * *", catchup_policy="none")
    await lab.db.shift("40 days")
    await scheduler.tick(lab.engine)
    assert await firings(lab, made) == []
    following = await lab.people.fetchval("select next_run_at > stateroom.now() from stateroom.schedules")
    assert following


@pytest.mark.parametrize("policy", ["none", "latest", "all"])
def test_a_year_of_silence_of_a_rule_for_each_minute_is_no_walk_through_each_minute(policy):
    clock = datetime(2027, 6, 1, 12, 0, 30, tzinfo=UTC)
    due = DueSchedule(None, "* * * * *", "UTC", clock - timedelta(days=365), policy, 10**7, clock)
    times = catch_up.due_times(due)
    assert len(times) == (catch_up.MOST_CATCH_UP if policy == "all" else 1)
    assert policy == "all" or times[-1] == clock - timedelta(seconds=30)


def test_the_latest_of_a_rare_rule_is_found_far_back():
    clock = datetime(2027, 6, 1, 12, tzinfo=UTC)
    due = DueSchedule(None, "0 0 29 2 *", "UTC", datetime(2020, 2, 29, tzinfo=UTC), "latest", 0, clock)
    assert catch_up.due_times(due) == [datetime(2024, 2, 29, tzinfo=UTC)]


def test_a_first_time_that_is_not_one_of_the_rule_fires_as_it_was_set():
    first = datetime(2027, 1, 1, 0, 0, 17, tzinfo=UTC)
    due = DueSchedule(None, "0 * * * *", "UTC", first, "latest", 0, first + timedelta(seconds=1))
    assert catch_up.due_times(due) == [first]


@pytest.mark.parametrize(
    ("day", "fires"),
    [("2027-03-27", ["01:30", "01:00", "00:30"]), ("2027-10-30", ["00:30", "00:30", "01:30"])],
)
def test_daylight_saving_neither_drops_nor_doubles_a_daily_time(day, fires):
    """Berlin, 02:30: skipped on 28 March 2027 (taken at 03:00), shown twice on 31 October (taken once)."""
    first = next_times("30 2 * * *", "Europe/Berlin", after=datetime.fromisoformat(f"{day}T00:00:00+00:00"))[0]
    clock = first + timedelta(days=2, hours=6)
    found = catch_up.due_times(DueSchedule(None, "30 2 * * *", "Europe/Berlin", first, "all", 10**6, clock))
    assert [time.strftime("%H:%M") for time in found] == fires


async def test_a_workflow_that_is_paused_is_recorded_as_refused_and_fires_again_when_resumed(lab):
    made = await schedule(lab, workflow=True)
    await lab.people.execute("update stateroom.workflows set status = 'paused'")
    await lab.db.shift("1 minute")
    await scheduler.tick(lab.engine)
    [row] = await lab.people.fetch("select outcome, detail, run_id from stateroom.schedule_firings")
    assert row["outcome"] == "refused"
    assert "paused" in row["detail"]
    assert row["run_id"] is None
    await lab.people.execute("update stateroom.workflows set status = 'active'")
    await lab.db.shift("1 minute")
    await scheduler.tick(lab.engine)
    assert len(await firings(lab, made)) == 2
    assert await count(lab, "workflow_runs") == 1


async def test_a_rule_that_nobody_can_read_is_put_off_and_stops_no_other(lab, capsys):
    bad, broken, good = [await schedule(lab, name=name) for name in ("bad", "broken", "good")]
    await lab.people.execute("alter table stateroom.schedules drop constraint schedules_cron_grammar")
    await lab.people.execute("update stateroom.schedules set cron_expression = 'whenever' where id = $1", bad)
    await lab.db.shift("1 minute")
    await scheduler.tick(lab.engine)
    assert "is not a cron rule" in capsys.readouterr().err
    assert [len(await firings(lab, each)) for each in (bad, broken, good)] == [0, 1, 1]
    later = await lab.people.fetchval("select due_at - stateroom.now() from stateroom.schedules where id = $1", bad)
    assert timedelta(minutes=59) < later <= timedelta(hours=1)


async def test_a_firing_that_the_database_refuses_is_put_off_and_stops_no_other(lab, capsys):
    first, second = [await schedule(lab, name=name) for name in ("first", "second")]
    await lab.people.execute(
        "alter table stateroom.task_runs add constraint no check (schedule_id <> '%s'::uuid)" % first  # noqa: UP031
    )
    await lab.db.shift("1 minute")
    await scheduler.tick(lab.engine)
    assert str(first) in capsys.readouterr().err
    assert [len(await firings(lab, each)) for each in (first, second)] == [0, 1]
    assert await scheduler.tick(lab.engine) is False


async def test_a_schedule_that_is_disabled_or_far_away_does_nothing(lab):
    made = await schedule(lab)
    far = await schedule(lab, name="far", first=datetime(2999, 1, 1, tzinfo=UTC))
    await lab.people.execute("update stateroom.schedules set enabled = false where id = $1", made)
    await lab.db.shift("1 hour")
    assert await scheduler.tick(lab.engine) is False
    assert await firings(lab, made) == await firings(lab, far) == []


async def test_a_time_fires_once_even_if_the_next_one_was_set_back_to_it(lab):
    made = await schedule(lab)
    await lab.db.shift("1 minute")
    await scheduler.tick(lab.engine)
    await lab.people.execute("update stateroom.schedules set next_run_at = last_run_at")
    await scheduler.tick(lab.engine)
    assert len(await firings(lab, made)) == await count(lab, "task_runs") == 1


async def test_a_scheduler_that_saw_an_older_time_does_nothing(lab):
    made = await schedule(lab)
    await lab.db.shift("1 minute")
    [seen] = await calls.due_schedules(lab.engine)
    await scheduler.tick(lab.engine)
    assert await calls.fire_schedules(lab.engine, [Firing(seen, [seen.clock], seen.clock, None)]) == []
    assert len(await firings(lab, made)) == 1


async def test_a_deleted_task_is_recorded_as_refused(lab):
    await schedule(lab)
    await lab.people.execute("update stateroom.tasks set deleted_at = now() where handler = 'noop'")
    await lab.db.shift("1 minute")
    await scheduler.tick(lab.engine)
    assert await lab.people.fetchval("select outcome from stateroom.schedule_firings") == "refused"


@pytest.mark.parametrize(
    ("values", "sqlstate", "said"),
    [
        ({"p_cron": "61 * * * *"}, "SR422", "not a cron expression"),
        ({"p_timezone": "Mars/Base"}, "SR422", "not a time zone"),
        ({"p_task": None}, "SR422", "exactly one"),
        ({"p_workflow": "00000000-0000-0000-0000-000000000000", "p_task": None}, "SR404", "has no workflow"),
        ({"p_name": "taken"}, "SR409", "exists already"),
    ],
)
async def test_what_is_wrong_with_a_schedule_is_said_at_once(lab, values, sqlstate, said):
    await schedule(lab, name="taken")
    task = await lab.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    given = {"p_name": "new", "p_workflow": None, "p_task": task, "p_cron": "* * * * *", "p_timezone": "UTC", **values}
    with pytest.raises(asyncpg.PostgresError, match=said) as caught:
        await lab.as_admin(CREATE, lab.project, *given.values(), None, None)
    assert caught.value.sqlstate == sqlstate


@pytest.mark.parametrize(("text", "expected"), [(GOOD, True), (BAD, False)])
async def test_the_table_takes_the_rules_that_the_scheduler_can_read_and_no_others(lab, text, expected):
    def readable(rule: str) -> bool:
        try:
            next_times(rule, "UTC", after=datetime(2026, 1, 1, tzinfo=UTC))
        except InvalidInput:
            return False
        return True

    assert {rule for rule in rules(text) if readable(rule) is not expected} == set()
    rows = await lab.people.fetch("select rule, stateroom.is_cron(rule) from unnest($1::text[]) as rule", rules(text))
    assert {row[0] for row in rows if row[1] is not expected} == set()


async def test_the_check_of_the_table_is_that_function(lab):
    made = await schedule(lab)
    with pytest.raises(asyncpg.CheckViolationError, match="schedules_cron_grammar"):
        await lab.people.execute("update stateroom.schedules set cron_expression = '0 0 30 2 *' where id = $1", made)
