"""What pgqueuer does with the same work: `python pgqueuer_drain.py DSN RUNS`; prints JSON.

Its best settings found: an asyncpg pool of 4, batches of 1,000, uvloop.
"""

import json
import sys
import time
from datetime import timedelta

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgPoolDriver
from pgqueuer.queries import Queries

PAYLOAD = b'{"n": 1234567, "text": "a hundred bytes are what a run carries along, so here are some more of them"}'
BATCH = 1000


async def main(dsn: str, runs: int) -> dict[str, float]:
    """Install, enqueue in bulk, drain in this process; rates per second, between the first and the last run."""
    async with asyncpg.create_pool(dsn, min_size=4, max_size=4) as pool:
        driver = AsyncpgPoolDriver(pool)
        queries = Queries(driver)
        await queries.install()
        begun = time.perf_counter()
        for start in range(0, runs, BATCH):
            count = min(BATCH, runs - start)
            await queries.enqueue(["nothing"] * count, [PAYLOAD] * count, [0] * count)
        enqueued = runs / (time.perf_counter() - begun)
        queuer = PgQueuer(driver)
        done = 0
        times = [0.0, 0.0]

        @queuer.entrypoint("nothing")
        async def nothing(_job: object) -> None:
            nonlocal done
            done += 1
            times[done > 1] = time.perf_counter()
            if done == runs:
                queuer.shutdown.set()

        await queuer.run(batch_size=BATCH, dequeue_timeout=timedelta(seconds=1))
        return {"drain": (runs - 1) / (times[1] - times[0]), "enqueue_bulk": enqueued}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(main(sys.argv[1], int(sys.argv[2])))))
