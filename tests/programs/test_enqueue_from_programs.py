"""Programs enqueue: by every driver, in a transaction of their own or not, with payloads of every kind."""

import enum
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import asyncpg
import msgspec
import psycopg
import pydantic
import pytest
import sqlalchemy
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from stateroom import Stateroom
from stateroom.db.credentials import with_login
from stateroom.errors import Conflict, Forbidden, InvalidInput, NotFound, RunCancelled


class Size(enum.Enum):
    SMALL = "small"


@dataclass
class Line:
    article: str
    price: Decimal


@dataclass
class Order:
    number: uuid.UUID
    lines: list[Line]
    at: datetime


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)
    at: datetime
    size: Size


class Parcel(msgspec.Struct):
    weight: int


async def by_app(_db):
    yield None


async def by_asyncpg(db):
    connection = await db.connect("shop")
    async with connection.transaction():
        yield connection


async def by_psycopg(db):
    async with await psycopg.AsyncConnection.connect(db.dsn("shop")) as connection:
        yield connection


async def by_sqlalchemy(db):
    engine = create_async_engine(db.dsn("shop").replace("postgresql:", "postgresql+asyncpg:"))
    async with AsyncSession(engine) as session, session.begin():
        yield session
    await engine.dispose()


async def by_sqlalchemys_connection(db):
    engine = create_async_engine(db.dsn("shop").replace("postgresql:", "postgresql+psycopg:"))
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


async def by_psycopg_without_asyncio(db):
    with psycopg.connect(db.dsn("shop")) as connection:
        yield connection


async def by_sqlalchemy_without_asyncio(db):
    engine = sqlalchemy.create_engine(db.dsn("shop").replace("postgresql:", "postgresql+psycopg:"))
    with Session(engine) as session, session.begin():
        yield session
    engine.dispose()


DRIVERS = [by_app, by_asyncpg, by_psycopg, by_sqlalchemy, by_sqlalchemys_connection]
SYNC = [by_psycopg_without_asyncio, by_sqlalchemy_without_asyncio]


@pytest.fixture
async def app(db):
    async with Stateroom(settings=db.settings()) as app:

        @app.task
        async def charge(order: int, note: str = "") -> None:
            """Is never executed here."""

        await app.publish()
        yield app


@pytest.fixture
async def shop(db):
    """A service with a login of its own, which was granted the personal project."""
    name = f"shop_{uuid.uuid4().hex}"
    people = await db.connect("maintenance")
    admin = await db.connect("admin")
    await admin.execute(f"create role {name} login password 'x' in role stateroom_client")
    plain = db.dsn
    db.dsn = lambda login: with_login(plain("app"), name, "x") if login == "shop" else plain(login)
    await people.execute("select stateroom.grant_client($1, (select id from stateroom.projects))", name)
    yield people
    del db.dsn
    await admin.execute(f"drop owned by {name}; drop role {name}")


async def inputs(people) -> list:
    query = "select input from stateroom.task_runs order by id"
    return [json.loads(row[0]) for row in await people.fetch(query)]


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda each: each.__name__)
async def test_what_is_enqueued_by_any_driver_commits_with_its_transaction(db, app, shop, driver):
    payloads = [{"order": no, "note": 'ü "$1" :p1 %s'} for no in range(3)]
    async for connection in driver(db):
        one = await app.enqueue("charge", {"order": 9}, key="k", priority=10, connection=connection)
        same = await app.enqueue(app.handlers["charge"].function, {"order": 9}, key="k", connection=connection)
        assert (one.created, same.created, same.id) == (True, False, one.id)
        many = await app.enqueue_many("charge", payloads, delay=60, connection=connection)
        assert len({each.id for each in many}) == 3
        with pytest.raises(InvalidInput, match="priority: 11 is not between 0 and 10"):
            async with connection.begin_nested() if hasattr(connection, "begin_nested") else _nested(connection):
                await app.enqueue("charge", {"order": 1}, priority=11, connection=connection)
        if connection is not None:
            assert await inputs(shop) == []
    assert await inputs(shop) == [{"order": 9}, *payloads]
    delayed = "select count(*) from stateroom.delayed_runs where run_at > stateroom.now() + interval '50 seconds'"
    assert await shop.fetchval(delayed) == 3


def _nested(connection):
    return connection.transaction() if connection is not None else _nothing()


class _nothing:  # noqa: N801 (reads as a word)
    async def __aenter__(self): ...
    async def __aexit__(self, *_): ...


@pytest.mark.parametrize("driver", SYNC, ids=lambda each: each.__name__)
async def test_programs_without_asyncio_enqueue_too(db, app, shop, driver):
    async for connection in driver(db):
        run = app.enqueue_sync(connection, "charge", {"order": 1}, run_at=datetime.now(UTC) + timedelta(hours=1))
        assert run.created
        assert await inputs(shop) == []
        with pytest.raises(InvalidInput, match=r"cannot be awaited\."):
            await app.enqueue("charge", {"order": 1}, connection=connection)
        with pytest.raises(NotFound, match="no routine task with the handler, title or id 'unknown'"):
            app.enqueue_sync(connection, "unknown")
        connection.rollback()
    assert await inputs(shop) == []


async def test_a_service_enqueues_in_its_projects_alone(db, app, shop):
    other = await shop.fetchval(
        "insert into stateroom.projects (owner_id, name) select id, 'other' from stateroom.users returning id"
    )
    connection = await db.connect("shop")
    with pytest.raises(NotFound, match="does not exist"):
        await app.enqueue("charge", {"order": 1}, project=other, connection=connection)
    user = await connection.fetchval("select session_user")
    await shop.execute("select stateroom.grant_client($1, $2, '{read:tasks}')", user, other)
    with pytest.raises(Forbidden):
        await app.enqueue("charge", {"order": 1}, project=other, connection=connection)
    await shop.execute("select stateroom.grant_client($1, $2)", user, other)
    with pytest.raises(InvalidInput, match=f"project: {user} was granted 2 projects"):
        await app.enqueue("charge", {"order": 1}, connection=connection)
    with pytest.raises(NotFound):
        await app.enqueue("charge", {"order": 1}, project=other, connection=connection)  # it has no such task
    for verb in ("select stateroom.enqueue_children(null, 1, 'charge', '{}')", "select * from stateroom.task_runs"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await connection.execute(verb)


@pytest.mark.usefixtures("app")
async def test_a_trigger_enqueues_for_the_service_whose_row_it_is(db, shop):
    connection = await db.connect("shop")
    user = await connection.fetchval("select session_user")
    admin = await db.connect("admin")
    await admin.execute(f"create schema shop authorization {user}")
    await connection.execute("""
        create table shop.orders (id bigint primary key);
        create function shop.ordered() returns trigger language plpgsql as $$
        begin
            perform stateroom.enqueue('charge', jsonb_build_object('order', new.id), p_key => 'order-' || new.id);
            return null;
        end $$;
        create trigger ordered after insert on shop.orders for each row execute function shop.ordered();
    """)
    with psycopg.connect(db.dsn("shop")) as other:
        other.execute("insert into shop.orders values (1)")
        other.rollback()
        other.execute("insert into shop.orders values (2), (3)")
    assert await inputs(shop) == [{"order": 2}, {"order": 3}]
    found = json.loads(
        await connection.fetchval(
            "select stateroom.result(id) from unnest($1::uuid[]) id",
            [row[0] for row in await shop.fetch("select id from stateroom.task_runs")],
        )
    )
    assert found["state"] == "queued"


@pytest.mark.parametrize(
    ("given", "kind", "stored"),
    [
        (Order(uuid.UUID(int=7), [Line("pen", Decimal("1.50"))], datetime(2026, 1, 2, tzinfo=UTC)), Order, None),
        (
            Model(at=datetime(2026, 1, 2, tzinfo=UTC), size=Size.SMALL),
            Model,
            {"at": "2026-01-02T00:00:00Z", "size": "small"},
        ),
        (Parcel(3), Parcel, {"weight": 3}),
        ([Parcel(3)], list[Parcel], [{"weight": 3}]),
        ({"a": timedelta(minutes=1)}, dict[str, timedelta], {"a": "PT1M"}),
        (5, int | None, 5),
    ],
)
def test_typed_payloads_come_back_as_they_were_given(given, kind, stored):
    app = Stateroom()

    async def handle(value) -> None: ...

    handle.__annotations__ = {"value": kind, "return": kind}
    app.task(handle)
    _, (text,) = app.inputs(handle, [{"value": given}])
    if stored is not None:
        assert json.loads(text) == {"value": stored}
    if not isinstance(given, dict):
        assert app.inputs("handle", [given]) == ("handle", [text])  # the only input
    handler = app.handlers["handle"]
    assert handler.arguments(json.loads(text), lambda: None) == {"value": given}
    assert handler.signature.result(json.loads(text)["value"]) == given


@pytest.mark.parametrize(
    ("kind", "given", "said"),
    [
        (Order, {"number": str(uuid.UUID(int=7)), "lines": [{"article": "pen", "price": "x"}], "at": "2026-01-02"},
         r"'value\.lines\.0\.price': Input should be a valid decimal"),
        (Model, {"at": "2026-01-02T00:00Z", "size": "big"}, r"'value\.size': Input should be 'small'"),
        (list[Parcel], [{"weight": "x"}], r"'value\[0\]\.weight': Expected `int`, got `str`"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_type_is_named(kind, given, said):
    app = Stateroom()

    async def handle(value) -> None: ...

    handle.__annotations__ = {"value": kind}
    app.task(handle)
    with pytest.raises(InvalidInput, match=f"The input does not fit handler 'handle': {said}"):
        app.handlers["handle"].arguments({"value": given}, lambda: None)


async def test_wrong_payloads_are_refused_before_anything_is_sent():
    app = Stateroom()

    @app.task
    async def two(a: int, b: int) -> None: ...

    with pytest.raises(InvalidInput, match=r"'two': 'b' is missing, 'c' is not a parameter"):
        await app.enqueue(two, {"a": 1, "c": 2})
    with pytest.raises(InvalidInput, match="has 2 inputs, so nobody knows which of them the int is"):
        await app.enqueue("two", 5)
    with pytest.raises(InvalidInput, match="'elsewhere' is no handler of this app"):
        await app.enqueue("elsewhere", Parcel(1))
    with pytest.raises(InvalidInput, match="cannot be stored as JSON: Object of type set"):
        await app.enqueue("two", {"a": {1}, "b": 2})
    with pytest.raises(InvalidInput, match="is no handler of this app"):
        await app.enqueue(print, {})
    with pytest.raises(InvalidInput, match="run_at has no time zone"):
        await app.enqueue("two", {"a": 1, "b": 1}, run_at=datetime(2026, 1, 1))  # noqa: DTZ001 (that is the point)
    with pytest.raises(InvalidInput, match="A dict is no connection"):
        await app.enqueue("two", {"a": 1, "b": 1}, connection={})


async def test_waiting_for_a_result_ends_in_time_and_tells_of_cancelling(app):
    run = await app.enqueue("charge", {"order": 1})
    with pytest.raises(TimeoutError):
        await run.result(timeout=0.01)
    assert await run.cancel() == "cancelled"
    with pytest.raises(RunCancelled, match=f"run {run.id} cancelled"):
        await run.result(timeout=10)
    with pytest.raises(Conflict):
        await run.cancel()
