"""`stateroom seed load`: what it loads is what the database would have made of it."""

from collections import Counter

import asyncpg
import pytest

from stateroom.db.seed import bulk, runs
from stateroom.db.seed.world import Sizes
from stateroom.errors import Conflict

SIZES = Sizes(users=12, projects=40, tasks=300, runs=2000, days=70)
COUNTERS = """
select count(*) from stateroom.projects p
where p.tasks_count <> (select count(*) from stateroom.tasks t where t.project_id = p.id and t.kind = 'planned')
    or p.next_task_number <= (select coalesce(max(t.number), 0) from stateroom.tasks t where t.project_id = p.id)
"""
# what rollup_run_stats would have made of the record
STATISTICS = """
with expected as (
    select r.task_id, r.agent_id, date_trunc('hour', r.finished_at, 'UTC') as hour, count(*) as runs,
        count(*) filter (where r.state = 'succeeded') as succeeded,
        coalesce(sum(extract(epoch from r.finished_at - r.started_at) * 1000) filter (where r.state <> 'skipped'), 0)
            as ms,
        count(*) filter (where r.state <> 'skipped') as timed,
        max(stateroom.duration_bucket(extract(epoch from r.finished_at - r.started_at)::float8 * 1000))
            filter (where r.state <> 'skipped') as most
    from stateroom.task_runs r where r.workflow_run_id is null group by 1, 2, 3
)
select count(*) as wrong from expected e full join stateroom.run_stats s using (task_id, agent_id, hour)
where e.runs is distinct from s.succeeded + s.failed + s.cancelled + s.timed_out + s.skipped
    or e.succeeded <> s.succeeded or abs(e.ms - s.duration_ms_sum) > 1
    or e.timed <> (select coalesce(sum(n), 0) from unnest(s.durations) as n)
    or coalesce(e.most, 0) <> cardinality(s.durations)
    or s.project_id <> (select t.project_id from stateroom.tasks t where t.id = s.task_id)
"""
DISABLED = """
select count(*) from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = 'stateroom'::regnamespace and t.tgenabled <> 'O'
"""
INDEXES = "select array_agg(indexdef order by indexdef) from pg_indexes where tablename in ('tasks', 'run_stats')"


async def load(connection: asyncpg.Connection, *, stop: str = "") -> Counter[str]:
    told: Counter[str] = Counter()

    def tell(table: str, count: int) -> None:
        told[table] += count
        if table == stop:
            raise RuntimeError(stop)

    await bulk.load(connection, SIZES, tell)
    return told


async def test_what_is_loaded_holds_together(db):
    connection = await db.connect()
    before = await connection.fetchval(INDEXES)
    told = await load(connection)
    assert (told["users"], told["projects"], told["task_runs"], told["workflow_runs"]) == (12, 40, 2000, 2)
    for table, count in told.items():
        more = {"users": 1, "projects": 1, "project_members": 1, "queues": 1}.get(table, 0)
        assert await connection.fetchval(f"select count(*) from stateroom.{table}") == count + more, table
    assert await connection.fetch("select * from stateroom.check_integrity()") == []
    assert await connection.fetch("select * from stateroom.stray_rows()") == []
    assert await connection.fetchval(COUNTERS) == 0
    assert await connection.fetchval(STATISTICS) == 0
    assert await connection.fetchval(DISABLED) == 0
    assert await connection.fetchval(INDEXES) == before
    assert await connection.fetchval("select stateroom.mark_delayed_tasks()") == 0
    found = await connection.fetchval(
        "select count(*) filter (where search @@ 'shipment') from stateroom.tasks where kind = 'planned'"
    )
    assert found > 0


async def test_it_is_loaded_once_only(db):
    connection = await db.connect()
    with pytest.raises(RuntimeError, match="run_stats"):
        await load(connection, stop="run_stats")
    assert await connection.fetchval("select count(*) from stateroom.users") == 1
    assert await connection.fetchval("select count(*) from stateroom.task_runs") == 0
    assert await connection.fetchval(DISABLED) == 0
    assert await connection.fetchval("select to_regclass('stateroom.task_runs_past') is not null")
    await connection.execute("insert into stateroom.users (username) values ('user-000001')")
    with pytest.raises(Conflict, match="filled before"):
        await load(connection)


async def test_buckets_are_those_of_the_database(db):
    connection = await db.connect()
    micros = [0, 1, 999, 1000, 1414, 1415, 2000, 4000, 123_456, 1_000_000, 10**9, 10**16]
    expected = await connection.fetchval(
        "select array_agg(stateroom.duration_bucket(n / 1000.0::float8) order by n) from unnest($1::bigint[]) as n",
        micros,
    )
    assert [runs.bucket(each) for each in micros] == expected
