"""Upkeep: partitions are there before they are needed, and what has been read of finished runs is emptied."""

import asyncio
import re
from datetime import UTC, datetime

import pytest

from stateroom.engine import calls

pytestmark = pytest.mark.both

TABLES = """
select array_agg(partrelid::regclass::text) from pg_partitioned_table where partstrat = 'r'
"""
PARTITIONS = """
select p.relname as parent, c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound,
    pg_get_userbyid(c.relowner) as owner, c.reloptions
from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
where c.relnamespace = 'stateroom'::regnamespace and p.relname = any($1) and c.relkind = 'r'
"""
FINISHED = """
insert into stateroom.finished_runs (slot, state, finished_at, run_id, task_id, project_id)
select $1, 'succeeded', now(), stateroom.uuidv7(), stateroom.uuidv7(), stateroom.uuidv7() from generate_series(1, 3)
"""


def month(no: int) -> str:
    """This month and those after it, as partitions are named."""
    now = datetime.now(UTC)
    year, index = divmod(now.year * 12 + now.month - 1 + no, 12)
    return f"{year}_{index + 1:02}"


async def tables(lab) -> set[str]:
    """The tables that are partitioned by id."""
    return {name.removeprefix("stateroom.") for name in await lab.people.fetchval(TABLES)}


async def partitions(lab) -> list:
    return await lab.people.fetch(PARTITIONS, sorted(await tables(lab)))


async def test_every_big_table_has_this_month_the_next_two_and_the_past(lab):
    rows = await partitions(lab)
    expected = {
        f"{table}_{no}" for table in await tables(lab) for no in ("past", month(0), month(1), month(2), "future")
    }
    assert {row["name"] for row in rows} == expected
    assert {row["owner"] for row in rows} == {"stateroom_owner"}


async def test_ensuring_again_makes_nothing_and_for_longer_makes_what_is_missing(lab):
    assert await lab.engine.fetch("select stateroom.ensure_partitions()") == []
    made = await lab.engine.fetch("select stateroom.ensure_partitions(4)")
    assert {row[0] for row in made} == {f"{table}_{month(no)}" for table in await tables(lab) for no in (3, 4)}


async def test_eight_at_once_make_each_partition_once(lab):
    connections = [await lab.db.connect("engine") for _ in range(8)]
    made = await asyncio.gather(*(each.fetch("select stateroom.ensure_partitions(6)") for each in connections))
    names = [row[0] for rows in made for row in rows]
    assert len(names) == len(set(names)) == 4 * len(await tables(lab))


async def test_bounds_are_months_without_gap_or_overlap(lab):
    rows = await lab.people.fetch(
        "select c.relname as name, stateroom.uuid_timestamp((regexp_match(pg_get_expr(c.relpartbound, c.oid),"
        " 'FROM \\(''([^'']+)'))[1]::uuid) as low, stateroom.uuid_timestamp((regexp_match("
        "pg_get_expr(c.relpartbound, c.oid), 'TO \\(''([^'']+)'))[1]::uuid) as high"
        " from pg_inherits i join pg_class c on c.oid = i.inhrelid"
        " where i.inhparent = 'stateroom.task_runs'::regclass order by high"
    )
    past, *months, future = rows
    assert (past["name"], past["low"]) == ("task_runs_past", None)
    assert (future["name"], future["high"]) == ("task_runs_future", None)
    assert [row["low"] for row in [*months, future]] == [past["high"], *(row["high"] for row in months)]
    for row in months:
        assert (row["low"].day, row["low"].hour, row["low"].minute) == (1, 0, 0)
        assert row["name"] == f"task_runs_{row['low']:%Y_%m}"


async def test_a_bound_in_time_prunes_partitions_when_it_is_planned(lab):
    first = datetime.now(UTC).strftime("%Y-%m-01")

    async def scanned(condition: str) -> set[str]:
        plan = await lab.people.fetch(f"explain (costs off) select from stateroom.task_runs where {condition}")
        return {name for row in plan for name in re.findall(r"task_runs_(past|\d{4}_\d\d|future)\b", row[0])}

    everything = await scanned("state is null")
    assert everything == {"past", month(0), month(1), month(2), "future"}
    since = await scanned(f"id >= stateroom.uuidv7_floor('{first}Z') and state is null")
    assert "past" not in since
    before = await scanned(f"id < stateroom.uuidv7_floor('{first}Z') and state is null")
    assert before == {"past"}


async def test_early_and_late_ids_are_stored_and_reported(lab):
    assert await lab.people.fetch("select * from stateroom.stray_rows()") == []
    await lab.people.execute(
        "insert into stateroom.events (id, project_id, type) select stateroom.uuidv7_floor(at), $1, 'x'"
        " from unnest(array[timestamptz '2020-01-01Z', now() + interval '1 year', now() + interval '2 years']) at",
        lab.project,
    )
    where = await lab.people.fetch("select * from stateroom.stray_rows()")
    assert [tuple(row) for row in where] == [("events_future", 2), ("events_past", 1)]


async def test_as_time_goes_on_the_future_hands_its_rows_to_the_months_that_are_made(lab):
    await lab.people.execute(
        "insert into stateroom.workflow_runs (id, workflow_id, project_id, version_id, version, run_number, state,"
        " finished_at) select stateroom.uuidv7_floor(now() + months * interval '1 month'), $1, $1, $1, 1, 1, 'failed',"
        " now()"
        " from unnest(array[5, 30]) months",
        lab.project,
    )
    await lab.db.shift("130 days")
    await lab.engine.fetch("select stateroom.ensure_partitions()")
    where = await lab.people.fetch("select tableoid::regclass::text from stateroom.workflow_runs order by id")
    assert [row[0] for row in where] == [f"stateroom.workflow_runs_{month(5)}", "stateroom.workflow_runs_future"]


async def test_a_table_that_somebody_holds_is_extended_the_next_time(lab):
    other = await lab.db.connect("maintenance")
    reading = other.transaction()
    await reading.start()
    await other.fetch("select from stateroom.events")
    made = await lab.engine.fetch("select stateroom.ensure_partitions(3)")
    assert {row[0] for row in made} == {f"{table}_{month(3)}" for table in await tables(lab) - {"events"}}
    await reading.commit()
    assert await lab.engine.fetchval("select stateroom.ensure_partitions(3)") == f"events_{month(3)}"


async def test_every_table_that_is_partitioned_by_id_has_a_policy_and_may_change_its_width(lab):
    rows = await lab.people.fetch(
        "select partrelid::regclass::text from pg_partitioned_table where partstrat = 'r'"
        " except select 'stateroom.' || table_name from stateroom.partition_policies"
    )
    assert rows == []
    await lab.people.execute("update stateroom.partition_policies set period = 'week' where table_name = 'logs'")
    made = [row[0] for row in await lab.engine.fetch("select stateroom.ensure_partitions(3)")]
    weeks = sorted(name for name in made if name.startswith("logs_"))
    assert weeks[0] == f"logs_{month(3)}_01"
    assert len(weeks) in (4, 5, 6)


async def slots(lab) -> dict[int, int]:
    """How many finished runs stand in each slot, counted from the one that is written now."""
    now = await lab.people.fetchval("select stateroom.finished_slot()")
    rows = await lab.people.fetch("select slot, count(*) from stateroom.finished_runs group by slot")
    return {(row[0] - now) % 4: row[1] for row in rows}


async def fill(lab) -> None:
    for slot in range(4):
        await lab.people.execute(FINISHED, slot)


async def drop(lab) -> int:
    return await lab.engine.fetchval("select stateroom.drop_finished_runs()")


async def test_without_readers_only_the_slots_in_use_are_kept(lab):
    await fill(lab)
    assert await drop(lab) == 2
    assert await slots(lab) == {0: 3, 3: 3}
    assert await drop(lab) == 0


async def test_what_a_reader_has_not_read_stays(lab):
    await fill(lab)
    early = await lab.people.fetchval("select min(xid) from stateroom.finished_runs")
    await lab.engine.execute(
        "insert into stateroom.finished_run_readers (name, read_below) values ('statistics', $1), ('live', $2)",
        early,
        early + 1000,
    )
    assert await drop(lab) == 0
    await lab.engine.execute("update stateroom.finished_run_readers set read_below = $1", early + 1000)
    assert await drop(lab) == 2


async def test_a_slot_in_which_somebody_reads_is_left_for_the_next_time(lab):
    await fill(lab)
    now = await lab.people.fetchval("select stateroom.finished_slot()")
    other = await lab.db.connect("maintenance")
    reading = other.transaction()
    await reading.start()
    await other.fetch(f"select * from stateroom.finished_runs_{(now + 1) % 4}")
    assert await drop(lab) == 1
    assert await slots(lab) == {0: 3, 1: 3, 3: 3}
    await reading.commit()
    assert await drop(lab) == 1


async def test_ended_runs_are_published_and_dropped_after_they_have_stood_for_two_slots(lab):
    await lab.enqueue()
    await lab.complete(*await lab.claim())
    for passed in (0, 1):
        assert await slots(lab) == {-passed % 4: 1}
        assert await drop(lab) == 0
        await lab.db.shift("5 minutes")
    assert await drop(lab) == 1
    assert await slots(lab) == {}


async def test_the_engine_may_keep_up_but_not_truncate_or_make_tables(lab):
    await calls.keep_up(lab.engine)
    rows = await lab.people.fetch(
        "select c.relname from pg_class c where c.relnamespace = 'stateroom'::regnamespace"
        " and has_table_privilege('stateroom_engine', c.oid, 'truncate') and c.relkind in ('r', 'p')"
    )
    assert rows == []
    assert not await lab.people.fetchval("select has_schema_privilege('stateroom_engine', 'stateroom', 'create')")
