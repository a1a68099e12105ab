"""Through a real PgBouncer in transaction mode: API, worker, sessions, and a thousand clients at once."""

import asyncio
import importlib.util
import os
import resource
import shutil
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text

from stateroom import Stateroom
from stateroom.app import create_app
from stateroom.client import Client
from stateroom.db.credentials import is_pooled, with_address
from stateroom.db.engine_pool import engine_pool
from stateroom.db.pools import Caller
from stateroom.db.session import writing
from stateroom.domains.identity.guard import door_of
from stateroom.domains.identity.token import read_token
from stateroom.runtime.job import Host
from stateroom.runtime.worker import Worker

BENCH = Path(__file__).parents[2] / "bench" / "connections.py"
CLIENTS = 1000
URL = "http://localhost:8484"
OPEN_FILES = 4096


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("bench_connections", BENCH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def pooled(db, bench):
    """Settings whose DSNs lead through PgBouncer, and past it where one connection has to stay the same."""
    if shutil.which("pgbouncer", path="/usr/sbin:/usr/bin") is None:
        missing = "pgbouncer is not installed: apt-get install pgbouncer"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    with bench.bouncer([db.app_dsn, db.engine_dsn]) as port:
        yield db.settings(
            app_url=with_address(db.app_dsn, "127.0.0.1", port),
            app_direct_url=db.app_dsn,
            engine_url=with_address(db.engine_dsn, "127.0.0.1", port),
            engine_direct_url=db.engine_dsn,
            poll_seconds=0.05,
        )


@pytest.fixture
def many_files():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[0] < OPEN_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, before[1]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


work = Stateroom()


@work.task(name="double")
async def double(number: int) -> int:
    """Give twice the number."""
    return 2 * number


async def finished(client, run):
    async with asyncio.timeout(20):
        while True:
            found = await client.task_run(run)
            if found["state"] not in {"queued", "running"}:
                return found
            await asyncio.sleep(0.02)


async def test_api_worker_and_sessions_work_through_it(pooled):
    assert is_pooled(pooled, "app")
    assert is_pooled(pooled, "engine")
    app = create_app(pooled)
    async with app.router.lifespan_context(app), Host(pooled.home, output_limit_bytes=0, output_tail_bytes=0) as host:
        pool = await engine_pool(pooled)
        worker = Worker(pooled, pool, work, host)
        working = asyncio.create_task(worker.run())
        async with Client(URL, read_token(pooled.home), transport=httpx2.ASGITransport(app)) as client:
            while not await pool.fetchval("select exists (select from stateroom.agent_sessions where is_idle)"):  # noqa: ASYNC110  the worker says it in the database
                await asyncio.sleep(0.01)
            runs = [await client.enqueue("double", {"number": each}) for each in range(10)]
            found = [await finished(client, run["id"]) for run in runs]
            assert [each["result"] for each in found] == [2 * each for each in range(10)]
        await in_sessions(door_of(app))
        worker.stop()
        await asyncio.wait_for(working, 20)
        pool.terminate()


async def in_sessions(door):
    """Each with its own caller, on whatever server connection comes: statements without a name cannot be mixed up."""

    async def one(number):
        caller = Caller(door.caller.user_id, "admin", request_id=f"r{number}")
        async with writing(door.pools.api, caller) as session:
            for _ in range(3):
                row = (
                    await session.execute(
                        text("select current_setting('stateroom.request_id'), cast(:n as int)"), {"n": number}
                    )
                ).one()
                assert tuple(row) == (f"r{number}", number)
            limit = (await session.execute(text("show statement_timeout"))).scalar_one()
            assert limit == "30s"

    await asyncio.gather(*map(one, range(40)))
    async with door.pools.api.acquire() as connection:
        assert await connection.fetchval("select coalesce(current_setting('stateroom.user_id', true), '')") == ""


@pytest.mark.usefixtures("many_files")
@pytest.mark.full
async def test_a_thousand_clients_at_once_are_all_served(pooled, bench, record_property):
    user = await bench.prepare(pooled)
    dsn = pooled.app_url.get_secret_value()
    served = await bench.serve_clients(dsn, user, clients=CLIENTS, transactions=2)
    record_property("p99_ms", served.p99_ms)
    assert (served.errors, served.transactions) == (0, 2 * CLIENTS)
