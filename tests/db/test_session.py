"""Sessions: the same context, pool and errors as plain SQL, and only the edge commits."""

from typing import ClassVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from stateroom.db.pools import Caller, app_pool, as_user
from stateroom.db.session import ReadSession, reading, writing
from stateroom.domains.projects.model import Project
from stateroom.errors import Conflict, DatabaseUnavailable

pytestmark = pytest.mark.both
WHO = text("select current_user, stateroom.current_user_id(), current_setting('stateroom.request_id')")
TABLE = """
create table stateroom_test.notes (text text primary key check (length(text) < 10));
grant usage on schema stateroom_test to public;
grant select, insert, delete on stateroom_test.notes to stateroom_user, stateroom_admin"""


class Tables(DeclarativeBase):
    pass


class Row(Tables):
    __tablename__ = "notes"
    __table_args__: ClassVar = {"schema": "stateroom_test"}
    text: Mapped[str] = mapped_column(primary_key=True)


NAMES = select(Row.text).order_by(Row.text)


@pytest.fixture
async def pool(db):
    pool = await app_pool(db.settings(), 2)
    yield pool
    await pool.close()


@pytest.fixture
async def caller(db) -> Caller:
    maintenance = await db.connect("maintenance")
    await (await db.connect("admin")).execute(TABLE)
    local: UUID = await maintenance.fetchval("select id from stateroom.users where username = 'local'")
    return Caller(local, "admin", request_id="it's a request")


async def make(pool, caller, name, *, then=None):
    async with writing(pool, caller) as session:
        session.add(Row(text=name))
        await session.flush()
        if then:
            raise then


async def test_the_context_is_set_before_anything_else(pool, caller):
    async with reading(pool, caller) as session:
        assert tuple((await session.execute(WHO)).one()) == ("stateroom_admin", caller.user_id, "it's a request")
    async with writing(pool, caller) as session:
        driver = await session.driver()
        assert driver.is_in_transaction(), "plain SQL before the first statement is part of the transaction"
        assert await driver.fetchval("select current_user") == "stateroom_admin"
    async with pool.acquire() as connection:
        assert await connection.fetchval("select current_setting('stateroom.user_id')") == ""


async def test_a_stranger_sees_nothing(pool):
    async with reading(pool, Caller(uuid4(), "developer")) as session:
        assert await session.all(select(Project)) == []


async def test_leaving_commits_and_an_error_rolls_back(pool, caller):
    await make(pool, caller, "kept")
    with pytest.raises(RuntimeError, match="mine"):
        await make(pool, caller, "lost", then=RuntimeError("mine"))
    async with reading(pool, caller) as session:
        assert await session.all(NAMES) == ["kept"]


async def test_sessions_and_plain_sql_share_their_connections(pool, caller):
    pids = set()
    for _ in range(2):
        async with reading(pool, caller) as session:
            pids.add((await session.driver()).get_server_pid())
        async with as_user(pool, caller) as connection:
            pids.add(connection.get_server_pid())
    assert len(pids) == 1
    assert pool.figures().in_use == 0


async def test_a_read_session_cannot_write(pool, caller):
    assert not {"add", "delete", "flush", "savepoint", "commit"} & set(dir(ReadSession))
    with pytest.raises(DBAPIError, match="read-only transaction"):
        async with reading(pool, caller) as session:
            await session.execute(text("delete from stateroom_test.notes"))


async def test_a_savepoint_takes_back_only_its_own_part(pool, caller):
    async with writing(pool, caller) as session:
        session.add(Row(text="kept"))
        with pytest.raises(IntegrityError):
            await insert_too_much(session)
        assert (await session.execute(WHO)).scalars().one() == "stateroom_admin"
    async with reading(pool, caller) as session:
        assert await session.all(NAMES) == ["kept"]


async def insert_too_much(session):
    async with session.savepoint():
        session.add(Row(text="lost"), Row(text="x" * 10))


async def test_relationships_are_never_loaded_by_themselves(pool, caller):
    lazy = [each for each in Project.__mapper__.relationships if each.lazy != "raise"]
    assert not lazy
    async with reading(pool, caller) as session:
        found = await session.one(select(Project))
    for each in Project.__mapper__.relationships:
        with pytest.raises(InvalidRequestError, match="raise"):
            getattr(found, each.key)


async def test_what_sql_raises_becomes_ours(pool, caller):
    raising = "do $$ begin raise exception using errcode = 'SR409', message = 'late', hint = 'look'; end $$"
    with pytest.raises(Conflict) as raised:
        async with writing(pool, caller) as session:
            await session.execute(text(raising))
    assert (raised.value.message, raised.value.hint) == ("late", "look")


async def test_a_connection_that_is_cut_is_unavailable(pool, caller, db):
    admin = await db.connect("admin")
    with pytest.raises(DatabaseUnavailable):
        await cut(pool, caller, admin)
    async with reading(pool, caller) as session:
        assert await session.all(NAMES) == []
    assert pool.figures().in_use == 0


async def cut(pool, caller, admin):
    async with reading(pool, caller) as session:
        await admin.execute("select pg_terminate_backend($1)", (await session.driver()).get_server_pid())
        await session.all(NAMES)
