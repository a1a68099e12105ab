"""The hot statements keep to their indexes, whatever the tables hold: no sequential scan, none that ages."""

import re

import pytest
from lab import step

from stateroom.engine import calls

pytestmark = pytest.mark.both

HISTORY = """
insert into stateroom.task_runs (id, task_id, project_id, queue, state, started_at, finished_at, attempt)
select stateroom.uuidv7(), $1, $2, 'default', 'succeeded', now(), now(), 1 from generate_series(1, 50000)
"""
READY = """
with i as (
    insert into stateroom.task_runs (id, task_id, project_id, queue)
    select stateroom.uuidv7(), $1, $2, 'default' from generate_series(1, 20000) returning id
) insert into stateroom.ready_runs (lane, rank, run_id) select 'default', 10, id from i
"""
LATER = """
with i as (
    insert into stateroom.task_runs (id, task_id, project_id, queue, run_at)
    select stateroom.uuidv7(), $1, $2, 'default', now() - interval '1 second' from generate_series(1, 5000)
    returning id, run_at
) insert into stateroom.delayed_runs (run_at, run_id, rank, lane) select run_at, id, 10, 'default' from i
"""
BIG = ("task_runs", "ready_runs", "leases", "waiting_runs", "delayed_runs", "tasks", "task_dependencies")
AUTO_EXPLAIN = (
    "load 'auto_explain'",
    "set auto_explain.log_min_duration = 0",
    "set auto_explain.log_nested_statements = on",
    "set client_min_messages = log",
)


@pytest.fixture
async def full(lab):
    """Fifty thousand finished runs, twenty thousand ready ones and five thousand that are due, never analysed."""
    task = await lab.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    await lab.people.execute("alter table stateroom.ready_runs set (autovacuum_enabled = false)")
    for statement in (HISTORY, READY, LATER):
        await lab.people.execute(statement, task, lab.project)
    return lab


class Plans:
    """What auto_explain says of everything that a connection executes, nested statements included."""

    def __init__(self, connection):
        self.connection, self.texts = connection, []

    @classmethod
    async def of(cls, db) -> "Plans":
        # only a superuser may load auto_explain; the plans are the same, since the functions pin their settings
        plans = cls(await db.connect("admin"))
        for statement in AUTO_EXPLAIN:
            await plans.connection.execute(statement)
        plans.connection.add_log_listener(lambda _connection, message: plans.texts.append(message.message))
        return plans

    def take(self) -> list[str]:
        taken, self.texts[:] = [text for text in self.texts if "plan:" in text], []
        return taken


def sequential(plans: list[str]) -> set[str]:
    """The big tables (or their partitions) that are read from front to back."""
    read = {name for text in plans for name in re.findall(r"Seq Scan on (?:stateroom\.)?(\w+)", text)}
    return {name for name in read if name.startswith(BIG)}


def indexes(plans: list[str]) -> set[str]:
    found = {name for text in plans for name in re.findall(r"Index (?:Only )?Scan using (\w+)", text)}
    return {re.sub(r"_(past|\d{4}_\d\d)", "", name) for name in found}


async def test_claim_reads_the_queue_in_order_and_records_by_their_key(full):
    plans = await Plans.of(full.db)
    lab = full
    lab.engine = plans.connection
    for _ in range(3):
        claims = await lab.claim(100)
        assert len(claims) == 100
        taken = plans.take()
        assert sequential(taken) == set()
        assert {"ready_runs_pkey", "task_runs_pkey"} <= indexes(taken)


async def test_complete_finds_leases_and_records_by_their_keys(full):
    plans = await Plans.of(full.db)
    full.engine = plans.connection
    claims = await full.claim(500)
    plans.take()
    assert await full.complete(*claims[:250]) == []
    assert await full.complete(*claims[250:], details='{"output": "x"}') == []
    taken = plans.take()
    assert sequential(taken) == set()
    assert {"leases_pkey", "task_runs_pkey", "run_progress_pkey"} <= indexes(taken)


async def test_fail_and_release_find_leases_and_records_by_their_keys(full):
    plans = await Plans.of(full.db)
    full.engine = plans.connection
    claims = await full.claim(300)
    plans.take()
    await full.fail(*claims[:100], retry=False)
    await full.fail(*claims[100:200])
    await calls.release(full.engine, [(claim.run, claim.token) for claim in claims[200:]], "drained")
    taken = plans.take()
    assert sequential(taken) == set()
    assert {"leases_pkey", "task_runs_pkey", "tasks_pkey"} <= indexes(taken)


async def test_advance_finds_children_by_their_edges(full):
    steps = [step("root"), *(step(f"s{n}", "root") for n in range(400)), step("end", *(f"s{n}" for n in range(400)))]
    await full.people.execute("truncate stateroom.ready_runs, stateroom.delayed_runs")
    await full.people.execute("delete from stateroom.task_runs where state is null")
    run = await full.start(*steps)
    plans = await Plans.of(full.db)
    full.engine = plans.connection
    for count in (1, 400, 1):
        claims = await full.claim(1000)
        assert len(claims) == count
        plans.take()
        assert await full.complete(*claims) == []
        taken = plans.take()
        assert sequential(taken) == set()
        edges = {name for name in indexes(taken) if name.startswith("task_dependencies")}
        assert edges, "children are found by an index on the edges"
        assert "waiting_runs_pkey" in indexes(taken)
    assert await full.state(run) == "succeeded"


async def test_promote_reads_what_is_due_in_order_of_time(full):
    plans = await Plans.of(full.db)
    assert await calls.promote_due(plans.connection, 1000) == 1000
    taken = plans.take()
    assert sequential(taken) == set()
    assert "delayed_runs_pkey" in indexes(taken)


async def test_enqueue_reads_its_task_by_key_and_nothing_else(full):
    plans = await Plans.of(full.db)
    task = await full.people.fetchval("select id from stateroom.tasks where handler = 'noop'")
    keys = [f"k{n}" for n in range(100)]
    for _ in range(2):
        await plans.connection.fetch(
            "select * from stateroom.enqueue_runs($1, $2, '{}', '{}', $3)", [task] * 100, ["{}"] * 100, keys
        )
        taken = plans.take()
        assert sequential(taken) == set()
        assert {"tasks_pkey", "run_keys_pkey"} <= indexes(taken)


async def test_plans_stay_when_statistics_say_that_the_tables_are_empty(full):
    """Tables that are full now were empty when they were last analysed: the functions' settings rule that out."""
    rows = await full.people.fetch("delete from stateroom.ready_runs returning *")
    await full.people.execute("vacuum analyze stateroom.ready_runs")
    await full.people.copy_records_to_table("ready_runs", schema_name="stateroom", records=[tuple(row) for row in rows])
    plans = await Plans.of(full.db)
    full.engine = plans.connection
    claims = await full.claim(200)
    await full.complete(*claims)
    taken = plans.take()
    assert len(claims) == 200
    assert sequential(taken) == set()
