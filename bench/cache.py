"""How often the rows that each request needs are in memory: 1,000 users, Zipf 1.1, 90 % reads, for some seconds.

Each request asks for what the API asks for: who its caller is, the caller's memberships, and one setting of their
project. One request in ten writes; of these, `hitting` (a tenth) change a row that is kept in memory, the others what
is not (tasks, chat …). Two processes' caches hear the database's hints; half of the requests go to each.
"""

import argparse
import asyncio
import bisect
import itertools
import json
import random
import time
from dataclasses import dataclass

import asyncpg

from stateroom.core.cache import Caches
from stateroom.db.hints import Hints

USERS = 1_000
EXPONENT = 1.1
GOAL = 0.95
USER = "select id, role::text, is_active from stateroom.users where id = $1"
MEMBER = "select project_id, role::text from stateroom.project_members where user_id = $1"
SETTING = "select value from stateroom.settings where key = $1"


@dataclass(frozen=True)
class Load:
    """What is asked: for so many seconds, by so many at once, with these parts of writes."""

    seconds: float = 60.0
    at_once: int = 16
    writes: float = 0.1
    hitting: float = 0.1
    cache_seconds: float = 30.0


class Process:
    """One process' caches over its own pool."""

    def __init__(self, pool: asyncpg.Pool, dsn: str, load: Load) -> None:
        """Read with the pool, listen with the DSN."""
        self.pool = pool
        self.caches = Caches(load.cache_seconds, 10_000)
        self.people = self.caches.cache("people", "users")
        self.members = self.caches.cache("members", "project_members")
        self.settings = self.caches.cache("settings", "settings")
        self.hints = Hints(dsn, self.caches)

    async def request(self, user: object, key: str) -> None:
        """Ask for what each request needs."""
        await self.people.get(user, lambda: self.pool.fetchrow(USER, user), lambda _: [("users", str(user))])
        await self.members.get(user, lambda: self.pool.fetch(MEMBER, user), lambda _: [("project_members", str(user))])
        await self.settings.get(key, lambda: self.pool.fetchval(SETTING, key), lambda _: [("settings", key)])

    async def write(self, user: object, key: str) -> None:
        """Change a row that is kept: a membership or a setting, in turn; then forget it, as the API does."""
        if random.random() < 0.5:
            await self.pool.execute("update stateroom.project_members set updated_at = now() where user_id = $1", user)
            self.caches.forget("project_members", [str(user)])
        else:
            await self.pool.execute(
                "update stateroom.settings set value = to_jsonb($2::int) where key = $1", key, random.randrange(1000)
            )
            self.caches.forget("settings", [key])


async def fill(connection: asyncpg.Connection) -> list[object]:
    """Make the users, a project with a setting for each; safe to run once per database."""
    rows = await connection.fetch(
        "insert into stateroom.users (username) select 'cached' || n from generate_series(1, $1) n returning id", USERS
    )
    users = [row["id"] for row in rows]
    await connection.execute(
        "insert into stateroom.projects (owner_id, name) select u, 'cached' from unnest($1::uuid[]) u", users
    )
    await connection.execute(
        "insert into stateroom.project_members (project_id, user_id, role)"
        " select p.id, p.owner_id, 'maintainer' from stateroom.projects p where p.owner_id = any ($1)"
        " on conflict do nothing",
        users,
    )
    await connection.execute(
        "insert into stateroom.settings (key, value, value_type)"
        " select 'bench.k' || n, '1', 'number' from generate_series(1, $1) n",
        USERS,
    )
    return users


async def measure(maintenance_dsn: str, app_dsn: str, load: Load) -> dict[str, object]:
    """Fill, ask, and return the figures."""
    pool = await asyncpg.create_pool(maintenance_dsn, min_size=2, max_size=8)
    async with pool:
        async with pool.acquire() as connection:
            users = await fill(connection)
        processes = [Process(pool, app_dsn, load) for _ in range(2)]
        listening = [asyncio.create_task(each.hints.run()) for each in processes]
        await asyncio.gather(*(each.hints.heard.wait() for each in processes))
        weights = list(itertools.accumulate(1 / rank**EXPONENT for rank in range(1, USERS + 1)))
        requests, until = itertools.count(), time.monotonic() + load.seconds

        async def ask() -> None:
            while time.monotonic() < until:
                place = bisect.bisect(weights, random.random() * weights[-1])
                user, key, process = users[place], f"bench.k{place + 1}", random.choice(processes)
                await process.request(user, key)
                if random.random() < load.writes and random.random() < load.hitting:
                    await process.write(user, key)
                next(requests)
                await asyncio.sleep(0)

        await asyncio.gather(*(ask() for _ in range(load.at_once)))
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    return _figures(processes, next(requests), load)


def _figures(processes: list[Process], requests: int, load: Load) -> dict[str, object]:
    names = ("people", "members", "settings")
    sums = {
        name: {
            part: sum(getattr(getattr(each, name).figures(), part) for each in processes)
            for part in ("hits", "shared", "misses", "forgotten")
        }
        for name in names
    }
    reads = sum(row["hits"] + row["shared"] + row["misses"] for row in sums.values())
    rate = sum(row["hits"] for row in sums.values()) / reads
    return {"hit_rate": round(rate, 4), "goal": GOAL, "requests_per_second": round(requests / load.seconds), **sums}


def main() -> None:
    """Measure on a server that is named, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("maintenance", help="DSN of stateroom_maintenance, of a database to fill")
    parser.add_argument("app", help="DSN of stateroom_app of the same database")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--hitting", type=float, default=0.1, help="part of the writes that change a kept row")
    options = parser.parse_args()
    load = Load(seconds=options.seconds, hitting=options.hitting)
    print(json.dumps(asyncio.run(measure(options.maintenance, options.app, load)), indent=2))


if __name__ == "__main__":
    main()
