"""Fills a database for measurements, by COPY, as the maintenance role: millions of rows in minutes."""

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Final

from asyncpg.connection import Connection
from asyncpg.pgproto.pgproto import UUID

from stateroom.db.seed.work import RUN_COLUMNS, TASK_COLUMNS, Runs, Tasks
from stateroom.db.seed.world import Row, Sizes, World
from stateroom.errors import Conflict

BATCH: Final = 20_000
"""Rows in one COPY: so often progress is told."""

HOUR: Final = 3600

NOW: Final = "select extract(epoch from stateroom.now())::float8"
FILLED: Final = """
select exists (select from stateroom.users where username = 'user-000001')
    or exists (select from stateroom.task_runs_past) or exists (select from stateroom.workflow_runs_past)
"""
STAGE: Final = "create temporary table seeded (like stateroom.tasks including defaults) on commit drop"
# with the words to search for, which a trigger finds for each row elsewhere
UNSTAGE: Final = """
do $do$
declare
    v_columns text;
begin
    select string_agg(quote_ident(a.attname), ', ') into v_columns from pg_attribute a
    where a.attrelid = 'stateroom.tasks'::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
        and a.attname <> 'search';
    execute format($sql$
        insert into stateroom.tasks (%1$s, search)
        select %1$s, case when kind = 'planned' then setweight(to_tsvector('english', title), 'A')
            || setweight(to_tsvector('english', coalesce(description, '')), 'B') end
        from seeded order by id $sql$, v_columns);
end
$do$
"""
SET_NUMBERS: Final = """
update stateroom.projects p set tasks_count = n.number, next_task_number = n.number + 1
from unnest($1::uuid[], $2::integer[]) as n (project, number) where p.id = n.project
"""
# Rows of the past have partitions of their own, as they would have had at their time.
PAST: Final = """
do $do$
declare
    v_policy record;
    v_low uuid;
begin
    for v_policy in
        select * from stateroom.partition_policies p where p.table_name in ('task_runs', 'workflow_runs')
    loop
        select high into v_low from stateroom.partition_bounds(v_policy.table_name) where low is null;
        execute format('drop table stateroom.%I', v_policy.table_name || '_past');
        for v_month in 1 .. 12 loop
            perform stateroom.add_partition(v_policy.table_name, v_policy.table_name || to_char(
                stateroom.uuid_timestamp(v_low) at time zone 'UTC' - v_month * interval '1 month', '_YYYY_MM'),
                stateroom.uuidv7_floor((stateroom.uuid_timestamp(v_low) at time zone 'UTC'
                    - v_month * interval '1 month') at time zone 'UTC'),
                stateroom.uuidv7_floor((stateroom.uuid_timestamp(v_low) at time zone 'UTC'
                    - (v_month - 1) * interval '1 month') at time zone 'UTC'), v_policy.fillfactor);
        end loop;
        select min(low::text)::uuid into v_low from stateroom.partition_bounds(v_policy.table_name);
        perform stateroom.add_partition(v_policy.table_name, v_policy.table_name || '_past', null, v_low, 45);
    end loop;
end
$do$
"""
INVERTED: Final = """
select i.relname as name, pg_get_indexdef(i.oid) as definition
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am a on a.oid = i.relam
where x.indrelid = 'stateroom.tasks'::regclass and a.amname = 'gin'
"""
Tell = Callable[[str, int], None]
"""Hears how many more rows of a table have been written."""


async def load(connection: Connection, sizes: Sizes, tell: Tell) -> None:
    """Load everything, in one transaction, into a database that has been used for nothing else.

    Raises:
        Conflict: the database has been filled before, or it has runs of the past.
    """
    if await connection.fetchval(FILLED):
        raise Conflict("this database has been filled before, or it has runs of the past", hint="load into a fresh one")
    world = World(sizes, now=float(await connection.fetchval(NOW)))
    async with _quiet(connection):
        await _load_people(connection, world, tell)
        sample = await _load_tasks(connection, world, tell)
        await connection.execute(PAST)
        await _copy(connection, "task_runs", RUN_COLUMNS, Runs(world, sample).rows(), tell)
    await connection.execute("analyze", timeout=HOUR)


async def _load_people(connection: Connection, world: World, tell: Tell) -> None:
    await _copy(connection, "users", ("id", "username", "email", "name", "role"), world.people(), tell)
    columns = ("id", "owner_id", "name", "description", "status", "task_visibility", "is_personal", "created_at")
    await _copy(connection, "projects", columns, world.all_projects(), tell)
    await _copy(connection, "project_members", ("id", "project_id", "user_id", "role"), world.members(), tell)
    await _copy(connection, "agents", ("id", "name", "type"), world.all_agents(), tell)


async def _load_tasks(connection: Connection, world: World, tell: Tell) -> list[tuple[UUID, UUID]]:
    """Load tasks and edges; return some tasks with their projects."""
    tasks = Tasks(world)
    async with _without_gin(connection):
        await connection.execute(STAGE)
        columns = ("id", "project_id", "kind", "title", "action", "handler", "status", "created_at")
        await _copy(connection, "seeded", columns, world.all_routines(), tell)
        await _copy(connection, "seeded", TASK_COLUMNS, tasks.rows(), tell)
        await connection.execute(UNSTAGE, timeout=HOUR)
        await _copy(connection, "task_dependencies", ("id", "task_id", "depends_on_task_id"), tasks.edges, tell)
        await connection.execute(SET_NUMBERS, *zip(*tasks.counts, strict=True))
    return tasks.sample


@asynccontextmanager
async def _quiet(connection: Connection) -> AsyncGenerator[None]:
    """Do it in one transaction in which our triggers do not fire; keys and references are checked all the same."""
    tables = ("users", "projects", "project_members", "agents", "tasks", "task_dependencies", "task_runs")
    async with connection.transaction():
        for table in tables:
            await connection.execute("alter table stateroom." + table + " disable trigger user")
        yield
        await connection.execute("set constraints all immediate")
        for table in tables:
            await connection.execute("alter table stateroom." + table + " enable trigger user")


@asynccontextmanager
async def _without_gin(connection: Connection) -> AsyncGenerator[None]:
    """Leave out the inverted indexes of tasks and build them afterwards: that is many times cheaper."""
    rows = await connection.fetch(INVERTED)
    for row in rows:
        await connection.execute("drop index stateroom." + row["name"])
    yield
    for row in rows:
        await connection.execute(row["definition"], timeout=HOUR)


async def _copy(connection: Connection, table: str, columns: tuple[str, ...], rows: Iterable[Row], tell: Tell) -> None:
    found: Iterator[Row] = iter(rows)
    schema = "pg_temp" if table == "seeded" else "stateroom"
    while batch := list(islice(found, BATCH)):
        await connection.copy_records_to_table(table, records=batch, columns=columns, schema_name=schema, timeout=HOUR)
        tell("tasks" if table == "seeded" else table, len(batch))
