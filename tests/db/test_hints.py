"""Hints of the database reach every process that listens, and only when something has changed."""

import asyncio
import uuid

import pytest

from stateroom.core.cache import Caches
from stateroom.db.hints import CHANNEL, Hints

SET = "select * from stateroom.set_setting($1, $2)"


class Process:
    """The caches of one process, and its listener."""

    def __init__(self, db):
        self.caches = Caches(3600, 100)
        self.settings = self.caches.cache("settings", "settings")
        self.hints = Hints(db.app_dsn, self.caches)
        self.task = asyncio.create_task(self.hints.run())
        self.loads = 0

    async def get(self, connection, key):
        async def load():
            self.loads += 1
            return await connection.fetchval("select value from stateroom.settings where key = $1", key)

        return await self.settings.get(key, load, lambda _: [("settings", key)])


async def reaches(condition):
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 (anything may be waited for)
            await asyncio.sleep(0.005)


@pytest.fixture
async def root(db):
    connection = await db.connect()
    user = await connection.fetchval("select id from stateroom.users where username = 'local'")
    await connection.execute(
        "select set_config('stateroom.user_id', $1, false), set_config('stateroom.sees_all', 'yes', false)", str(user)
    )
    return connection


@pytest.fixture
async def known(root):
    """Rows from before anybody listens, so that no hint about them comes late."""
    for key in ("a", "b"):
        await root.execute(SET, key, "1")


@pytest.fixture
async def processes(db):
    found = [Process(db), Process(db)]
    for each in found:
        await asyncio.wait_for(each.hints.heard.wait(), 20)
    yield found
    for each in found:
        each.task.cancel()
    await asyncio.gather(*(each.task for each in found), return_exceptions=True)


@pytest.mark.usefixtures("known")
async def test_a_change_reaches_every_process_and_forgets_only_what_it_is_about(root, processes):
    for each in processes:
        assert [await each.get(root, key) for key in ("a", "b", "a")] == ["1", "1", "1"]
    await root.execute(SET, "a", "2")
    for each in processes:
        await reaches(lambda each=each: each.settings.figures().entries == 1)
        loads = each.loads
        assert [await each.get(root, key) for key in ("a", "b")] == ["2", "1"]
        assert each.loads == loads + 1


async def test_a_lost_connection_forgets_everything_and_comes_back(db, root, processes):
    one, other = processes
    await root.execute(SET, "a", "1")
    for each in processes:
        assert await each.get(root, "a") == "1"
    admin = await db.connect("admin")
    gone = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and query like 'LISTEN%'"
    assert len(await admin.fetch(gone, db.name)) == 2
    for each in processes:
        await reaches(lambda each=each: each.settings.figures().entries == 0)
        await reaches(each.hints.heard.is_set)
    assert await one.get(root, "a") == "1"
    await root.execute(SET, "a", "2")
    await reaches(lambda: one.settings.figures().entries == 0)
    assert await other.get(root, "a") == "2"


@pytest.fixture
async def said(db):
    """What is notified, in order."""
    found = []
    listener = await db.connect("app")
    await listener.add_listener(CHANNEL, lambda *arguments: found.append(arguments[3]))
    return found


async def test_a_hint_names_what_changed_once_for_each_statement(root, said):
    local = await root.fetchval("select id from stateroom.users where username = 'local'")
    other = await root.fetchval("insert into stateroom.users (username) values ('ann') returning id")
    project = await root.fetchval("select id from stateroom.projects where owner_id = $1", local)
    statements = {
        "insert into stateroom.settings (key, value, value_type)"
        " values ('a', '1', 'number'), ('b', '1', 'number')": "settings a b",
        "update stateroom.settings set value = '2' where key = 'a'": "settings a",
        "delete from stateroom.settings where key = 'b'": "settings b",
        "insert into stateroom.project_members (project_id, user_id)"
        f" values ('{project}', '{other}')": f"project_members {other}",
        f"delete from stateroom.project_members where user_id = '{other}'": f"project_members {other}",
        f"insert into stateroom.user_sessions (user_id, token_hash, expires_at)"
        f" values ('{other}', repeat('a', 64), stateroom.now() + interval '1 day')": None,
        "update stateroom.user_sessions set revoked_at = stateroom.now()": f"user_sessions {other}",
        "delete from stateroom.user_sessions": f"user_sessions {other}",
        "update stateroom.users set role = 'tester' where username = 'ann'": "users",
        "update stateroom.projects set task_visibility = 'assigned'": "projects",
        "update stateroom.settings set value = '3' where key = 'nothing'": None,
        "update stateroom.users set last_login_at = now()": None,
        "update stateroom.projects set tasks_count = tasks_count + 1, next_task_number = 9": None,
        "insert into stateroom.settings (key, value, value_type)"
        " select repeat('k', 150) || n, '1', 'number' from generate_series(1, 100) n": "settings",
    }
    for statement in statements:
        await root.execute(statement)
    mark = str(uuid.uuid4())
    await root.execute("select pg_notify($1, $2)", CHANNEL, mark)
    await reaches(lambda: mark in said)
    assert said == [each for each in statements.values() if each] + [mark]
