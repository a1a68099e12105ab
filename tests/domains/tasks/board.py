"""People who work on planned tasks: ann maintains, carol and dan contribute, bob views, eve is a stranger."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

ROLES = {"ann": "maintainer", "carol": "contributor", "dan": "contributor", "bob": "viewer"}


class Board:
    """One project, and another one that only eve maintains."""

    def __init__(self, db: Any, owner: asyncpg.Connection):
        self.db, self.owner = db, owner
        self.app: asyncpg.Connection | None = None
        self.people: dict[str, UUID] = {}
        self.project = self.other = UUID(int=0)

    async def fill(self) -> None:
        value = self.owner.fetchval
        for name in (*ROLES, "eve"):
            self.people[name] = await value("insert into stateroom.users (username) values ($1) returning id", name)
        insert = "insert into stateroom.projects (owner_id, name) values ($1, $2) returning id"
        self.project = await value(insert, self.people["ann"], "board")
        self.other = await value(insert, self.people["eve"], "other")
        members = [(self.project, name, role) for name, role in ROLES.items()]
        for project, name, role in [*members, (self.other, "eve", "maintainer")]:
            await self.owner.execute(
                "insert into stateroom.project_members (project_id, user_id, role) values ($1, $2, $3)",
                *(project, self.people[name], role),
            )

    @asynccontextmanager
    async def acting(self, name: str | None = "carol", *, role: str = "developer") -> AsyncIterator[asyncpg.Connection]:
        """A transaction of the application on behalf of somebody; None: without a context."""
        if self.app is None or self.app.is_in_transaction():
            self.app = await self.db.connect("app")
        app = self.app
        async with app.transaction():
            if name is not None:
                await app.execute("select stateroom.set_context($1, $2)", self.people[name], role)
            await app.execute(f"set local role stateroom_{'admin' if role == 'admin' else 'user'}")
            yield app

    async def add(self, title: str = "t", **columns: Any) -> UUID:
        """A planned task of the project, past all policies."""
        columns = {"project_id": self.project, "title": title, **columns}
        names = ", ".join(columns)
        places = ", ".join(f"${no}" for no in range(1, len(columns) + 1))
        statement = f"insert into stateroom.tasks ({names}) values ({places}) returning id"
        return await self.owner.fetchval(statement, *columns.values())

    async def chain(self, count: int, **columns: Any) -> list[UUID]:
        return [await self.add(f"t{no}", **columns) for no in range(count)]

    async def depend(self, task: UUID, on: UUID, condition: str = "success", kind: str = "blocks") -> None:
        await self.owner.execute(
            "insert into stateroom.task_dependencies (task_id, depends_on_task_id, condition, dependency_type)"
            " values ($1, $2, $3, $4)",
            *(task, on, condition, kind),
        )

    async def to(self, task: UUID, *statuses: str, notes: str | None = None) -> None:
        """Take a task through states, as a maintainer."""
        async with self.acting("ann") as ann:
            for status in statuses:
                await ann.execute("select stateroom.set_task_status($1, $2, $3)", task, status, notes)

    async def row(self, task: UUID) -> asyncpg.Record:
        return await self.owner.fetchrow("select * from stateroom.tasks where id = $1", task)

    async def ready(self, name: str = "carol") -> set[UUID]:
        async with self.acting(name) as person:
            return {row[0] for row in await person.fetch("select id from stateroom.ready_tasks")}

    async def events(self, task: UUID) -> list[str]:
        rows = await self.owner.fetch("select type from stateroom.events where task_id = $1 order by id", task)
        return [row[0] for row in rows]

    async def contexts(self, task: UUID) -> list[tuple[str, dict[str, Any]]]:
        rows = await self.owner.fetch(
            "select context_type, context_data from stateroom.task_contexts where task_id = $1 order by id", task
        )
        return [(row[0], row[1]) for row in rows]


async def refused(connection: asyncpg.Connection, statement: str, *arguments: object) -> str | None:
    """The SQLSTATE with which a statement is refused."""
    try:
        async with connection.transaction():
            await connection.execute(statement, *arguments)
    except asyncpg.PostgresError as error:
        return error.sqlstate
    return None
