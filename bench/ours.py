"""Our own figures: how fast runs are drained by one worker, and by the same functions without Python (the limit)."""

import asyncio
import re
import time

import asyncpg

from place import Place

INPUT = '{"n": 1234567, "text": "a hundred bytes are what a run carries along, so here are some more of them"}'
CONCURRENCY = 1000
BATCH = 500
LIMIT_CLIENTS = 2
REGISTER = """
select stateroom.set_context((select id from stateroom.users where username = 'local'), 'admin'),
    stateroom.register_handlers(stateroom.personal_project(), '[{"handler": "nothing", "max_retries": 0}]')
"""
ENQUEUE = """
select count(*)
from stateroom.enqueue_runs(array_fill($1::uuid, array[$2::int]), array_fill($3::text::jsonb, array[$2]))
"""
DONE = "select not exists (select from stateroom.ready_runs) and not exists (select from stateroom.leases)"
DRAINED = """
select extract(epoch from max(finished_at) - min(started_at))::float8 as seconds, count(*) as runs,
    count(*) filter (where state <> 'succeeded' or attempt <> 1) as wrong
from stateroom.task_runs where id > $1
"""
SESSIONS = """
insert into stateroom.agent_sessions (id, agent_id, host, pid, started_at, last_heartbeat_at, expires_at)
values ('00000000-0000-0000-0000-000000000001', stateroom.uuidv7(), 'bench', 1, now(), now(), now() + interval '1 day')
on conflict do nothing
"""
# Claim and complete as the worker does, the cursor included, in the language of pgbench. NULL claims end the script's
# work: the cursor stays where it is.
SCRIPT = f"""
with c as materialized (
    select * from stateroom.claim('00000000-0000-0000-0000-000000000001', {BATCH}, '{{default}}', '{{10}}',
        array[:x::text::xid8], array[:r::uuid])
), k as materialized (
    select count(*) as n from stateroom.complete('00000000-0000-0000-0000-000000000001',
        (select array_agg(run_id) from c), (select array_agg(token) from c),
        (select array_agg('{{"ok": true}}'::jsonb) from c), '{{}}')
)
select coalesce((select n from k), 0) as n,
    coalesce((select c.xid::text from c order by c.xid desc, c.run_id desc limit 1), :x::text) as x,
    coalesce((select quote_literal(c.run_id) from c order by c.xid desc, c.run_id desc limit 1),
        quote_literal(:r)) as r \\gset
"""  # noqa: S608 (a script of ours, no values of others)


async def enqueue(connection: asyncpg.Connection, runs: int) -> float:
    """Enqueue runs in bulk; returns the runs per second."""
    async with connection.transaction():
        await connection.execute(REGISTER)
    task = await connection.fetchval("select id from stateroom.tasks where handler = 'nothing' and kind = 'routine'")
    begun = time.perf_counter()
    for start in range(0, runs, 1000):
        await connection.fetchval(ENQUEUE, task, min(1000, runs - start), INPUT)
    return runs / (time.perf_counter() - begun)


async def drain(place: Place, runs: int, **settings: str) -> dict[str, float]:
    """Drain runs with one worker, timed by PostgreSQL from the first claim to the last completion."""
    connection = await asyncpg.connect(place.credentials.maintenance)
    before = await connection.fetchval("select stateroom.uuidv7()")
    enqueued = await enqueue(connection, runs)
    worker = ["worker", "--handlers", "nothing:app"]
    async with place.processes(worker, STATEROOM_CONCURRENCY=str(CONCURRENCY), **settings):
        async with asyncio.timeout(600):
            while not await connection.fetchval(DONE):  # noqa: ASYNC110 (it happens in the database)
                await asyncio.sleep(0.05)
    row = await connection.fetchrow(DRAINED, before)
    await connection.close()
    if row is None or row["runs"] != runs or row["wrong"]:
        raise SystemExit(f"of {runs} runs {row and row['runs']} are there, and {row and row['wrong']} are wrong")
    return {"drain": runs / row["seconds"], "enqueue_bulk": enqueued}


async def limit(place: Place, runs: int) -> float:
    """Drain runs with pgbench through the same functions, with the same batches and rows; returns runs per second."""
    connection = await asyncpg.connect(place.credentials.maintenance)
    before = await connection.fetchval("select stateroom.uuidv7()")
    await enqueue(connection, runs)
    await connection.execute(SESSIONS)
    script = place.home / "limit.sql"
    script.write_text(SCRIPT)
    each = runs // BATCH // LIMIT_CLIENTS + 1
    arguments = [
        *("-n", "-f", str(script), "-c", str(LIMIT_CLIENTS), "-j", str(LIMIT_CLIENTS), "-t", str(each)),
        *("-D", "x=0", "-D", "r='00000000-0000-0000-0000-000000000000'", place.credentials.engine),
    ]
    program = str(place.programs / "pgbench")
    process = await asyncio.create_subprocess_exec(
        program, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    rate = re.search(rb"tps = ([0-9.]+)", out)
    row = await connection.fetchrow(DRAINED, before)
    await connection.close()
    if process.returncode or rate is None or row is None or row["runs"] != runs or row["wrong"]:
        raise SystemExit(f"pgbench: {err.decode()[-2000:] or row}")
    return runs / row["seconds"]
