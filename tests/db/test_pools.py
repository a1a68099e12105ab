"""Pools: who may serve, what a transaction knows of its caller, and what errors become."""

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from stateroom.db.credentials import with_login
from stateroom.db.pools import Caller, app_pool, as_user, connect, engine_pool, our_errors, require_safe_role
from stateroom.errors import Conflict, DatabaseUnavailable, InvalidInput, NotFound, StateroomError, UnsafeRole

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
    assert tuple(row.values()) == (local, str(project), "read:tasks,run:work", caller.request_id)


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
