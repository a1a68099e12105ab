"""Pools: who may serve, what a transaction knows of its caller, and what errors become."""

import asyncio
import re
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import asyncpg
import pytest

from stateroom.db import shrinking
from stateroom.db.connect import connect, our_errors, require_safe_role
from stateroom.db.credentials import with_login
from stateroom.db.engine_pool import background_pool, engine_pool
from stateroom.db.pools import Caller, app_pool, as_user, open_pools, savepoint
from stateroom.db.statements import bare
from stateroom.errors import Conflict, DatabaseUnavailable, InvalidInput, NotFound, NotReady, StateroomError, UnsafeRole

pytestmark = pytest.mark.both
CONTEXT = """
select current_setting('stateroom.user_id') as user, current_user as role,
    current_setting('stateroom.project_id') as p"""
REGISTER = """
select stateroom.register_handlers(
    stateroom.personal_project(), jsonb_build_array(jsonb_build_object('handler', $1::text)))"""
REGISTERED = "select array_agg(handler) from stateroom.tasks"


@pytest.fixture
async def pool(db):
    pool = await app_pool(db.settings(), 2)
    yield pool
    await pool.close()


@pytest.fixture
async def local(db) -> UUID:
    maintenance = await db.connect("maintenance")
    return await maintenance.fetchval("select id from stateroom.users where username = 'local'")


async def raising(connection, sqlstate, message="run 7 is gone", hint="look again"):
    text = f"do $$ begin raise exception using errcode = '{sqlstate}', message = '{message}', hint = '{hint}'; end $$"
    await connection.execute(text)


async def test_sizes_and_purposes_are_those_of_the_settings(db):
    async with open_pools(db.settings()) as pools:
        found = {each.name: (each.min, each.max) for each in pools.figures()}
        assert found == {"api": (10, 30), "readonly": (1, 5), "priority": (1, 3)}
        assert pools.lists is pools.api
    for pool, sizes in ((await engine_pool(db.settings()), (2, 10)), (await background_pool(db.settings()), (1, 2))):
        figures = pool.figures()
        assert (figures.min, figures.max) == sizes
        await pool.close()


async def test_a_flood_of_reads_leaves_room_for_verbs(db, local):
    chosen = db.settings(
        database_api_pool_max=2, database_acquire_timeout_seconds=0.2, database_priority_acquire_timeout_seconds=0.1
    )
    async with open_pools(chosen) as pools, AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(as_user(pools.api, Caller(local, "developer"), read_only=True))
        waiting = asyncio.create_task(stack.enter_async_context(pools.api.acquire()))
        await asyncio.sleep(0)
        await register(pools.priority, local, "made")
        assert pools.api.figures().waiting == 1
        with pytest.raises(DatabaseUnavailable, match=r"of the pool api became free in 0\.2 s"):
            await waiting
        figures = pools.api.figures()
        assert (figures.size, figures.in_use, figures.waiting, figures.timeouts) == (2, 2, 0, 1)
        assert figures.acquired >= 3
        assert figures.acquire_seconds > 0


async def test_the_engines_pool_does_not_wait_for_ever(db):
    pool = await engine_pool(db.settings(database_acquire_timeout_seconds=0.05), 1)
    async with pool.acquire():
        with pytest.raises(DatabaseUnavailable, match="of the pool engine"):
            await pool.fetchval("select 1")
    figures = pool.figures()
    assert (figures.timeouts, figures.waiting, figures.in_use) == (1, 0, 0)
    await pool.close()


LIMITS = """
select array[current_setting('statement_timeout'), current_setting('lock_timeout'),
    current_setting('idle_in_transaction_session_timeout')]"""


async def test_the_server_knows_the_time_outs(db, local):
    """Through a pooler, which refuses them when a session is opened, each transaction sets its own."""
    chosen = {"database_statement_timeout_seconds": 7, "database_lock_timeout_seconds": 3}
    direct, pooled = db.settings(**chosen), db.settings(**chosen, app_direct_url=db.app_dsn + "?application_name=x")
    for settings in (direct, pooled):
        pool = await app_pool(settings, 1)
        async with as_user(pool, Caller(local, "developer")) as connection:
            assert await connection.fetchval(LIMITS) == ["7s", "3s", "1min"]
        async with pool.acquire() as connection:
            assert (await connection.fetchval(LIMITS) == ["7s", "3s", "1min"]) is (settings is direct)
        await pool.close()
    for opened, limits in ((engine_pool, ["7s", "3s", "1min"]), (background_pool, ["0", "3s", "1min"])):
        pool = await opened(direct)
        assert await pool.fetchval(LIMITS) == limits
        await pool.close()


async def pid(pool):
    async with pool.acquire() as connection:
        return await connection.fetchval("select pg_backend_pid()")


async def test_a_connection_is_asked_whether_it_stands_only_after_a_pause(db, monkeypatch):
    pool = await app_pool(db.settings(), 2)
    first = await pid(pool)
    monkeypatch.setattr(shrinking, "PING_AFTER_SECONDS", -1.0)
    assert await pid(pool) == first, "one that answers is kept"
    monkeypatch.setattr(shrinking, "PING", "select 1 / 0")  # for a connection that looks well and is not
    assert await pid(pool) != first
    await pool.close()


async def test_a_connection_is_replaced_when_it_is_old(db):
    app = await app_pool(db.settings(database_recycle_seconds=0.5), 1)
    old = await pid(app)
    app.engine.pool._recycle = 0
    assert await pid(app) != old
    await app.close()
    engine = await engine_pool(db.settings(database_recycle_seconds=0.001), 1)
    assert await pid(engine) != await pid(engine)
    await engine.close()


async def test_connections_above_the_minimum_are_closed_when_nobody_uses_them(db):
    pool = await app_pool(db.settings(database_api_pool_min=1), 3)
    async with pool.acquire(), pool.acquire(), pool.acquire():
        assert pool.figures().size == 3
        await pool.engine.pool.shrink(1, 0)
    await pool.engine.pool.shrink(1, 30)
    assert pool.figures().size == 3, "30 seconds have not passed"
    last = await pid(pool)
    await pool.engine.pool.shrink(1, 0)
    assert (pool.figures().size, pool.figures().in_use) == (1, 0)
    assert await pid(pool) == last, "the one used last is kept"
    await pool.close()


async def test_closing_waits_for_transactions_in_flight_but_not_for_ever(db, local):
    pool = await app_pool(db.settings(), 2)
    entered, leave = asyncio.Event(), asyncio.Event()

    async def work():
        async with as_user(pool, Caller(local, "admin")) as connection:
            await connection.fetch(REGISTER, "kept")
            entered.set()
            await leave.wait()

    task = asyncio.create_task(work())
    await entered.wait()
    closing = asyncio.create_task(pool.close(5))
    await asyncio.sleep(0)
    with pytest.raises(NotReady):
        await pid(pool)
    leave.set()
    assert await closing
    await task
    checker = await app_pool(db.settings(), 1)
    async with as_user(checker, Caller(local, "admin")) as connection:
        assert await connection.fetchval(REGISTERED) == ["kept"]
        assert not await checker.close(0.01), "somebody was still in"


async def test_a_savepoint_takes_back_only_its_own_part(pool, local):
    async with as_user(pool, Caller(local, "admin")) as connection:
        await connection.fetch(REGISTER, "kept")
        with pytest.raises(asyncpg.DivisionByZeroError):
            await fail_in_a_savepoint(connection)
        assert await connection.fetchval("select current_user") == "stateroom_admin"
    async with as_user(pool, Caller(local, "admin")) as connection:
        assert await connection.fetchval(REGISTERED) == ["kept"]


async def fail_in_a_savepoint(connection):
    async with savepoint(connection):
        await connection.fetch(REGISTER, "lost")
        async with savepoint(connection):
            await connection.fetch(REGISTER, "lost_too")
        await connection.fetchval("select 1 / 0")


async def test_slow_statements_are_logged_with_their_plan_and_without_values(db, local, caplog):
    pool = await app_pool(db.settings(database_slow_statement_seconds=0.0001), 2)
    caplog.set_level("WARNING", "stateroom.database")
    async with as_user(pool, Caller(local, "developer", request_id="secret-request")) as connection:
        await connection.fetch("select name, 'secret-name' from stateroom.projects where id = $1", local)
        await connection.fetch("select name, 'other-secret' from stateroom.projects where id = $1", uuid4())
    await asyncio.sleep(0)
    await pool.statements.drain()
    lines = [line for line in caplog.messages if "from stateroom.projects" in line]
    assert len({line.partition("statement=")[2] for line in lines}) == 1, "the same statement, the same plan"
    assert re.search(r"pool=api ms=\d+ statement=[0-9a-f]{12} plan=[0-9a-f]{12}: select name, \? from", lines[0])
    assert any("plan=-: begin read write; select set_config" in line for line in caplog.messages)
    assert "secret" not in caplog.text
    assert str(local) not in caplog.text
    await pool.close()


async def test_echo_logs_every_statement(db, caplog):
    pool = await engine_pool(db.settings(database_echo=True), 1)
    with caplog.at_level("INFO", "stateroom.database"):
        await pool.fetchval("select $1::text", "secret")
        await asyncio.sleep(0)
    assert re.search(r"statement pool=engine ms=\d+\.\d: select \$1::text", caplog.messages[-1])
    await pool.close()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("select 1, 2.5 from t1 where a = $1 -- it's\n and b = 'x''y'", "select ?, ? from t1 where a = $1 and b = ?"),
        ("select E'a\\'b -- no', \"it's\" /* 'c' */", 'select ?, "it\'s"'),
        ("select 'a -- b'\n, 'secret'", "select ? , ?"),
        ("do $x$ begin 'a' $x$", "do ?"),
    ],
)
def test_no_value_is_left_of_a_statement(query, shown):
    assert bare(query) == shown


async def test_engine_pool_leaves_json_as_text(db):
    pool = await engine_pool(db.settings(), 2)
    async with pool.acquire() as connection:
        assert await connection.fetchval("select '{\"a\": [1, 2]}'::jsonb") == '{"a": [1, 2]}'
        assert await connection.fetchval("select $1::jsonb -> 'a'", '{"a": 1}') == "1"
    await pool.close()


async def test_app_pool_speaks_python(pool):
    async with pool.acquire() as connection:
        assert await connection.fetchval("select $1::jsonb", {"a": [1, "ü"]}) == {"a": [1, "ü"]}


async def test_without_context_there_are_no_rows_and_no_error(pool):
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("set local role stateroom_user")
        for table in ("users", "projects", "workflows", "tasks", "schedules", "agents", "logs", "task_run_states"):
            assert await connection.fetchval(f"select count(*) from stateroom.{table}") == 0, table


async def test_a_caller_sees_what_is_theirs(pool, local):
    async with as_user(pool, Caller(local, "developer")) as connection:
        assert await connection.fetchval("select current_user") == "stateroom_user"
        assert await connection.fetchval("select array_agg(username) from stateroom.users") == ["local"]
        assert await connection.fetchval("select count(*) from stateroom.projects") == 1
    async with as_user(pool, Caller(uuid4(), "developer")) as connection:
        assert await connection.fetchval("select count(*) from stateroom.users") == 0
        assert await connection.fetchval("select count(*) from stateroom.projects") == 0


async def test_an_administrator_has_a_role_of_their_own(pool, local):
    async with as_user(pool, Caller(local, "admin")) as connection:
        assert await connection.fetchval("select current_user") == "stateroom_admin"


async def test_the_whole_context_arrives(pool, local):
    project = uuid4()
    caller = Caller(local, "developer", project, ("read:tasks", "run:work"), "it's \\ 'quoted'; select 1 --")
    async with as_user(pool, caller) as connection:
        row = await connection.fetchrow("""
            select stateroom.current_user_id() as user, current_setting('stateroom.project_id') as project,
                current_setting('stateroom.permissions') as permissions,
                current_setting('stateroom.request_id') as request
        """)
    assert tuple(row.values()) == (local, str(project), "{read:tasks,run:work}", caller.request_id)


async def test_a_nul_character_cannot_cut_the_statement_short(pool, local):
    with pytest.raises(InvalidInput):
        async with as_user(pool, Caller(local, "developer", request_id="a\0b")):
            pass


async def test_nothing_of_one_caller_is_left_for_the_next(db, local):
    pool = await app_pool(db.settings(), 1)
    async with as_user(pool, Caller(local, "developer", uuid4())):
        pass
    async with pool.acquire() as connection:
        row = await connection.fetchrow(CONTEXT)
        assert (row["user"], row["role"], row["p"]) == ("", "stateroom_app", "")
    await pool.close()


async def register(pool, local, name, *, then=None):
    async with as_user(pool, Caller(local, "admin")) as connection:
        await connection.fetch(REGISTER, name)
        if then:
            raise then


async def cut(pool, local, admin):
    async with as_user(pool, Caller(local, "developer")) as connection:
        await admin.execute("select pg_terminate_backend($1)", connection.get_server_pid())
        await connection.fetchval("select 1")


async def seen(connection, statement):
    """Wait until another session executes this statement."""
    count = "select count(*) from pg_stat_activity where query = $1 and datname = current_database()"
    async with asyncio.timeout(10):
        while not await connection.fetchval(count, statement):  # noqa: ASYNC110 - the event is in another process
            await asyncio.sleep(0.01)


async def test_leaving_commits_and_an_error_rolls_back(pool, local):
    await register(pool, local, "kept")
    with pytest.raises(RuntimeError, match="mine"):
        await register(pool, local, "lost", then=RuntimeError("mine"))
    async with as_user(pool, Caller(local, "admin"), read_only=True) as connection:
        assert await connection.fetchval(REGISTERED) == ["kept"]


async def test_read_only_refuses_to_write(pool, local):
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        async with as_user(pool, Caller(local, "admin"), read_only=True) as connection:
            await connection.fetch(REGISTER, "x")


async def test_a_cancelled_request_leaves_the_connection_usable(db, local):
    pool = await app_pool(db.settings(), 1)

    async def slow():
        async with as_user(pool, Caller(local, "admin")) as connection:
            await connection.fetch(REGISTER, "lost")
            await connection.execute("select pg_sleep(60)")

    watcher = await db.connect("admin")
    task = asyncio.create_task(slow())
    await seen(watcher, "select pg_sleep(60)")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with as_user(pool, Caller(local, "admin")) as connection:
        assert await connection.fetchval(REGISTERED) is None
    await pool.close()


@pytest.mark.parametrize(("sqlstate", "kind"), [("SR404", NotFound), ("SR409", Conflict), ("SR999", StateroomError)])
async def test_what_sql_raises_becomes_ours(pool, local, sqlstate, kind):
    with pytest.raises(StateroomError) as raised:
        async with as_user(pool, Caller(local, "developer")) as connection:
            await raising(connection, sqlstate)
    assert type(raised.value) is kind
    assert (raised.value.message, raised.value.hint) == ("run 7 is gone", "look again")


async def test_other_errors_stay_what_they_are(pool, local):
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with as_user(pool, Caller(local, "developer")) as connection:
            await connection.fetchval("select 1 / 0")


async def test_a_connection_that_is_cut_is_unavailable(pool, local, db):
    admin = await db.connect("admin")
    with pytest.raises(DatabaseUnavailable):
        await cut(pool, local, admin)
    async with as_user(pool, Caller(local, "developer")) as connection:
        assert await connection.fetchval("select 1") == 1


def test_our_errors_needs_no_connection():
    with pytest.raises(DatabaseUnavailable), our_errors():
        raise asyncpg.CannotConnectNowError("the database system is starting up")


@pytest.mark.parametrize(
    ("login", "why"), [("admin", "is a superuser"), ("maintenance", "has BYPASSRLS, owns the tables")]
)
async def test_refuses_to_serve_as_who_could_see_everything(db, login, why):
    with pytest.raises(UnsafeRole, match=why) as raised:
        await app_pool(db.settings(app_url=db.dsn(login)), 1)
    assert "STATEROOM_APP_URL" in raised.value.hint
    with pytest.raises(UnsafeRole, match=why):
        await engine_pool(db.settings(engine_url=db.dsn(login)), 1)


@pytest.mark.parametrize("login", ["app", "engine", "query"])
async def test_the_logins_that_serve_are_bound(db, login):
    await require_safe_role(await db.connect(login))


async def test_wrong_password_names_no_password(db):
    wrong = with_login(db.app_dsn, "stateroom_app", "not-the-password")
    with pytest.raises(DatabaseUnavailable, match="stateroom_app@127") as raised:
        await app_pool(db.settings(app_url=wrong), 1)
    assert "not-the-password" not in str(raised.value)
    assert "stateroom doctor" in raised.value.hint


async def test_nobody_listens():
    with pytest.raises(DatabaseUnavailable, match="cannot connect to"):
        await connect("postgresql://somebody@127.0.0.1:1/nothing")


async def test_a_pooler_between_turns_prepared_statements_off(db):
    direct = db.settings()
    pooled = db.settings(engine_url=db.engine_dsn + "?application_name=pooled", engine_direct_url=db.engine_dsn)
    for settings, kept in ((direct, True), (pooled, False)):
        pool = await engine_pool(settings, 1)
        async with pool.acquire() as connection:
            await connection.fetchval("select 1")
            names = await connection.fetch("select name from pg_prepared_statements where statement = 'select 1'")
            assert bool(names) is kept
        await pool.close()
