"""The outbox: readers skip nothing however late a transaction commits, and see only what is for them."""

import asyncio
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import pytest

START = (0, uuid.UUID(int=0))
READ = "select * from stateroom.read_events($1::text::xid8, $2, $3)"


@dataclass
class Reader:
    """Somebody who follows all events, a few at a time."""

    connection: asyncpg.Connection
    position: tuple[int, uuid.UUID] = START
    seen: list[str] = field(default_factory=list)

    async def look(self, limit: int = 2) -> list[str]:
        news = []
        while rows := await self.connection.fetch(READ, str(self.position[0]), self.position[1], limit):
            news += [row["type"] for row in rows]
            self.position = (rows[-1]["xid"], rows[-1]["id"])
        self.seen += news
        return news

    async def until(self, *kinds: str) -> None:
        """Look until exactly these have come: transactions of other databases hold back, too."""
        news: list[str] = []
        async with asyncio.timeout(30):
            while len(news) < len(kinds):
                news += await self.look()
        assert news == list(kinds)


@dataclass
class Place:
    """A project with a maintainer (ann), a viewer (bob) and a contributor (carol)."""

    db: object
    connection: asyncpg.Connection
    project: uuid.UUID = field(default_factory=uuid.uuid4)
    users: dict[str, uuid.UUID] = field(default_factory=dict)

    async def fill(self) -> None:
        value = self.connection.fetchval
        for name in ("ann", "bob", "carol"):
            self.users[name] = await value("insert into stateroom.users (username) values ($1) returning id", name)
        self.project = await value(
            "insert into stateroom.projects (owner_id, name, task_visibility) values ($1, 'p', 'assigned')"
            " returning id",
            self.users["ann"],
        )
        for name, role in (("ann", "maintainer"), ("bob", "viewer"), ("carol", "contributor")):
            await self.connection.execute(
                "insert into stateroom.project_members (project_id, user_id, role) values ($1, $2, $3)"
                " on conflict (user_id, project_id) do update set role = excluded.role",
                self.project,
                self.users[name],
                role,
            )

    async def emit(self, kind: str, **more: object) -> None:
        named = "".join(f", p_{name} => ${no}" for no, name in enumerate(more, 3))
        await self.connection.execute(f"select stateroom.emit($1, $2{named})", kind, self.project, *more.values())

    @asynccontextmanager
    async def acting(self, user: str, role: str = "developer"):
        app = await self.db.connect("app")
        async with app.transaction():
            await app.execute("select stateroom.set_context($1, $2)", self.users[user], role)
            await app.execute(f"set local role stateroom_{'admin' if role == 'admin' else 'user'}")
            yield app


@pytest.fixture
async def place(db):
    place = Place(db, await db.connect())
    await place.fill()
    return place


async def test_what_slow_transactions_commit_late_is_never_skipped(db, place):
    reader = Reader(await db.connect())
    await reader.look()
    slow = [await db.connect() for _ in range(3)]
    open_ = []
    expected = []
    for no, connection in enumerate(slow):
        transaction = connection.transaction()
        await transaction.start()
        open_.append(transaction)
        kind = f"late_{'abc'[no]}"
        expected.append(kind)
        await connection.execute("select stateroom.emit($1, $2)", kind, place.project)
        for part in ("x", "y", "z"):
            await place.emit(f"quick_{'abc'[no]}{part}")
            expected.append(f"quick_{'abc'[no]}{part}")
        assert await reader.look() == []  # the first is still open: nothing after it is certain
    await open_[1].commit()
    assert await reader.look() == []
    await open_[0].commit()
    await reader.until(*expected[: expected.index("late_c")])
    await open_[2].commit()
    await reader.until(*expected[expected.index("late_c") :])
    assert [kind for kind in reader.seen if kind.startswith(("late", "quick"))] == expected


async def test_a_transaction_that_is_rolled_back_holds_nobody_up(db, place):
    reader, other = Reader(await db.connect()), await db.connect()
    await reader.look()
    transaction = other.transaction()
    await transaction.start()
    await other.execute("select stateroom.emit('never', $1)", place.project)
    await place.emit("kept")
    assert await reader.look() == []
    await transaction.rollback()
    await reader.until("kept")


async def kinds(app, *types: str) -> set[str]:
    rows = await app.fetch("select type from stateroom.read_events('0', $1, 1000, $2)", START[1], list(types) or None)
    return {row["type"] for row in rows}


@pytest.mark.both
async def test_everybody_reads_only_what_is_for_them(place):
    task = "insert into stateroom.tasks (project_id, title, status, assigned_user_id) values ($1, 't', 'pending', $2)"
    hers = await place.connection.fetchval(f"{task} returning id", place.project, place.users["carol"])
    another = await place.connection.fetchval(f"{task} returning id", place.project, place.users["ann"])
    await place.emit("task_assigned", task=hers)
    await place.emit("task_delayed", task=another)
    await place.emit("deployment_started")
    await place.emit("run_started", workflow_run=uuid.uuid4())
    await place.emit("message_sent", recipient=place.users["bob"])
    reader = Reader(place.connection)
    async with asyncio.timeout(30):
        while "message_sent" not in reader.seen:
            await reader.look()
    everything = {"task_assigned", "task_delayed", "deployment_started", "run_started", "message_sent"}
    async with place.acting("ann") as app:
        assert await kinds(app) >= everything - {"message_sent"}
        assert "message_sent" not in await kinds(app)
        assert await kinds(app, "task_delayed", "run_started") == {"task_delayed", "run_started"}
    async with place.acting("ann", "admin") as app:
        assert await kinds(app) & everything == everything - {"message_sent"}
    async with place.acting("carol") as app:
        assert await kinds(app) & everything == {"task_assigned", "run_started"}
    async with place.acting("bob") as app:
        assert await kinds(app) & everything == {"run_started", "message_sent"}


async def test_people_cannot_make_events_up(place):
    async with place.acting("ann", "admin") as app:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("select stateroom.emit('task_created', $1)", place.project)
