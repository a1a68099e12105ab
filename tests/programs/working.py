"""A worker in this process, for as long as a block."""

import asyncio
from contextlib import asynccontextmanager

from stateroom.db.engine_pool import engine_pool
from stateroom.runtime.job import Host
from stateroom.runtime.worker import Worker


@asynccontextmanager
async def working(db, app):
    settings = db.settings(poll_seconds=0.05, concurrency=4, shutdown_grace_seconds=5)
    pool = await engine_pool(settings, 4)
    async with Host(settings.home, output_limit_bytes=10**6, output_tail_bytes=10**4) as host:
        worker = Worker(settings, pool, app, host)
        task = asyncio.create_task(worker.run())
        try:
            idle = "select exists (select from stateroom.agent_sessions where is_idle)"
            await until(lambda: pool.fetchval(idle))
            yield worker
        finally:
            worker.stop()
            await asyncio.wait_for(task, 20)
            pool.terminate()


async def until(check, seconds: float = 10.0):
    async with asyncio.timeout(seconds):
        while not (found := await check()):  # noqa: ASYNC110 (what is awaited happens in the database)
            await asyncio.sleep(0.01)
    return found
