"""Fills a database for measurements, by COPY, as the maintenance role: millions of rows in minutes."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from tempfile import TemporaryFile
from typing import Final

from asyncpg.connection import Connection
from asyncpg.pgproto.pgproto import UUID

from stateroom.db.seed import binary
from stateroom.db.seed.flows import Flows
from stateroom.db.seed.runs import RUN_COLUMNS, STATS_COLUMNS, Runs
from stateroom.db.seed.together import Together
from stateroom.db.seed.work import TASK_COLUMNS, Tasks
from stateroom.db.seed.world import Row, Sizes, World
from stateroom.errors import Conflict

BATCH: Final = 20_000
"""Rows in one COPY: so often progress is told."""

BLOCK: Final = 1 << 20
HOUR: Final = 3600
SCHEMA: Final = "stateroom"

NOW: Final = "select extract(epoch from stateroom.now())::float8"
FILLED: Final = """
select exists (select from stateroom.users where username = 'user-000001')
    or exists (select from stateroom.task_runs_past) or exists (select from stateroom.workflow_runs_past)
    or exists (select from stateroom.chat_messages_past)
"""
STAGE: Final = "create unlogged table stateroom.seeded (like stateroom.tasks including defaults)"
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
        from stateroom.seeded order by id $sql$, v_columns);
    drop table stateroom.seeded;
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
        select * from stateroom.partition_policies p
        where p.table_name in ('task_runs', 'workflow_runs', 'chat_messages')
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
        perform stateroom.add_partition(v_policy.table_name, v_policy.table_name || '_past', null, v_low,
            v_policy.fillfactor);
    end loop;
end
$do$
"""
# Indexes that are made anew when their table is filled, in the order of what they index; keys stay.
LATE: Final = """
select i.relname as name, replace(pg_get_indexdef(i.oid), ' ON ONLY ', ' ON ') as definition
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am a on a.oid = i.relam
where x.indrelid = ('stateroom.' || $1)::regclass and not x.indisunique and (a.amname = 'gin' or $1 <> 'tasks')
"""
TABLES: Final = (
    *("users", "projects", "project_members", "queues", "agents", "workflows", "workflow_versions", "tasks"),
    *("task_dependencies", "workflow_runs", "task_runs", "run_stats", "notifications", "chat_messages", "triage_items"),
)
AGENTS: Final = """
insert into stateroom.agent_stats (agent_id, hour, succeeded, failed, cancelled, timed_out, skipped, duration_ms_sum)
select agent_id, hour, sum(succeeded), sum(failed), sum(cancelled), sum(timed_out), sum(skipped), sum(duration_ms_sum)
from stateroom.run_stats where agent_id is not null group by agent_id, hour order by agent_id, hour
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
        await connection.execute(PAST)
        await _load_people(connection, world, tell)
        flows = Flows(world)
        sample = await _load_tasks(connection, world, flows, tell)
        await _load_talk(connection, Together(world, sample), tell)
        await _load_runs(connection, flows, Runs(world, sample, sizes.runs - flows.step_runs), tell)
    await connection.execute("vacuum (analyze)", timeout=HOUR)  # plans, and index-only scans, from the start


async def _load_people(connection: Connection, world: World, tell: Tell) -> None:
    await _copy(connection, "users", ("id", "username", "email", "name", "role"), world.people(), tell)
    columns = ("id", "owner_id", "name", "description", "status", "task_visibility", "is_personal", "created_at")
    await _copy(connection, "projects", columns, world.all_projects(), tell)
    await _copy(connection, "project_members", ("id", "project_id", "user_id", "role"), world.members(), tell)
    await _copy(connection, "queues", ("id", "name"), world.all_queues(), tell)
    await _copy(connection, "agents", ("id", "name", "type", "max_concurrency"), world.all_agents(), tell)


async def _load_tasks(connection: Connection, world: World, flows: Flows, tell: Tell) -> list[tuple[UUID, UUID]]:
    """Load workflows, tasks and edges; return some planned tasks with their projects."""
    tasks = Tasks(world)
    columns = ("id", "project_id", "name", "description", "type", "latest_version", "next_run_number", "created_at")
    await _copy(connection, "workflows", columns, flows.workflows(), tell)
    columns = ("id", "workflow_id", "version", "definition", "content_hash", "published_by", "created_at")
    await _copy(connection, "workflow_versions", columns, flows.versions(), tell)
    async with _late_indexes(connection, "tasks"):
        await connection.execute(STAGE)
        columns = ("id", "project_id", "kind", "title", "action", "handler", "queue", "status", "created_at")
        await _copy(connection, "seeded", columns, world.all_routines(), tell)
        columns = ("id", "project_id", "kind", "title", "workflow_version_id", "step_key", "step_options", "action")
        columns = (*columns, "command", "execution_order", "status")
        await _copy(connection, "seeded", columns, flows.steps(), tell)
        await _copy(connection, "seeded", TASK_COLUMNS, tasks.rows(), tell)
        await connection.execute(UNSTAGE, timeout=HOUR)
        edges = ("id", "task_id", "depends_on_task_id")
        await _copy(connection, "task_dependencies", edges, [*flows.edges(), *tasks.edges], tell)
        await connection.execute(SET_NUMBERS, *zip(*tasks.counts, strict=True))
    return tasks.sample


async def _load_talk(connection: Connection, together: Together, tell: Tell) -> None:
    columns = ("id", "user_id", "project_id", "type", "title", "related_task_id", "is_read", "read_at", "created_at")
    await _copy(connection, "notifications", columns, together.notifications(), tell)
    columns = ("id", "project_id", "sender_id", "recipient_id", "channel", "message", "created_at")
    await _copy(connection, "chat_messages", columns, together.messages(), tell)
    columns = ("id", "project_id", "reporter_id", "title", "description", "status", "priority", "resolved_at")
    await _copy(connection, "triage_items", (*columns, "fingerprint", "created_at"), together.issues(), tell)


async def _load_runs(connection: Connection, flows: Flows, runs: Runs, tell: Tell) -> None:
    """Load the runs of workflows and of tasks; their statistics wait in a file until the runs are in."""
    columns = ("id", "workflow_id", "project_id", "version_id", "version", "run_number", "state")
    columns = (*columns, "started_at", "finished_at")
    found = list(flows.runs())
    await _copy(connection, "workflow_runs", columns, (row for row, _ in found), tell)
    with TemporaryFile() as statistics:
        async with _late_indexes(connection, "task_runs"):
            columns = (
                "id",
                "task_id",
                "project_id",
                "workflow_run_id",
                "started_at",
                "finished_at",
                "attempt",
                "state",
            )
            steps = (step for _, of_one in found for step in of_one)
            await _copy(connection, "task_runs", (*columns, "queue"), steps, tell)

            async def rows() -> AsyncGenerator[bytes]:
                for count, encoded, complete in runs.blocks():
                    statistics.write(complete)
                    tell("task_runs", count)
                    yield encoded

            await _copy_encoded(connection, "task_runs", RUN_COLUMNS, rows())
        statistics.seek(0)
        async with _late_indexes(connection, "run_stats"):
            blocks = iter(lambda: statistics.read(BLOCK), b"")

            async def counts() -> AsyncGenerator[bytes]:
                for block in blocks:
                    yield block

            status = await _copy_encoded(connection, "run_stats", STATS_COLUMNS, counts())
    tell("run_stats", _rows_of(status))
    tell("agent_stats", _rows_of(await connection.execute(AGENTS, timeout=HOUR)))


def _rows_of(status: str) -> int:
    return int(status.rpartition(" ")[2])


@asynccontextmanager
async def _quiet(connection: Connection) -> AsyncGenerator[None]:
    """Do it in one transaction in which our triggers do not fire; keys and references are checked all the same."""
    async with connection.transaction():
        for table in TABLES:
            await connection.execute("alter table stateroom." + table + " disable trigger user")
        yield
        await connection.execute("set constraints all immediate")
        for table in TABLES:
            await connection.execute("alter table stateroom." + table + " enable trigger user")


@asynccontextmanager
async def _late_indexes(connection: Connection, table: str) -> AsyncGenerator[None]:
    """Leave out indexes that are many times cheaper to build afterwards."""
    rows = await connection.fetch(LATE, table)
    for row in rows:
        await connection.execute("drop index stateroom." + row["name"])
    yield
    for row in rows:
        await connection.execute(row["definition"], timeout=HOUR)


async def _copy_encoded(
    connection: Connection, table: str, columns: tuple[str, ...], blocks: AsyncIterator[bytes]
) -> str:
    """Copy rows that are encoded already; return how many, in the server's words."""

    async def source() -> AsyncGenerator[bytes]:
        yield binary.HEADER
        async for block in blocks:
            yield block
        yield binary.TRAILER

    return await connection.copy_to_table(
        table, source=source(), columns=columns, schema_name=SCHEMA, format="binary", timeout=HOUR
    )


async def _copy(connection: Connection, table: str, columns: tuple[str, ...], rows: Iterable[Row], tell: Tell) -> None:
    found: Iterator[Row] = iter(rows)
    while batch := list(islice(found, BATCH)):
        await connection.copy_records_to_table(table, records=batch, columns=columns, schema_name=SCHEMA, timeout=HOUR)
        tell("tasks" if table == "seeded" else table, len(batch))
