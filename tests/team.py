"""People of one project, each of whom acts in a transaction of their own, as the API lets them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

# ann manages the project, carol and dan contribute, vic looks on, eve has one of her own, and root is an administrator.
ROLES = {"ann": "maintainer", "carol": "contributor", "dan": "contributor", "vic": "viewer"}


@dataclass
class Team:
    """`ids`: of the people by name; `project`: theirs; `other`: eve's."""

    db: object
    owner: asyncpg.Connection
    ids: dict[str, UUID] = field(default_factory=dict)
    project: UUID | None = None
    other: UUID | None = None

    @classmethod
    async def gather(cls, db) -> "Team":
        team = cls(db, await db.connect("maintenance"))
        value = team.owner.fetchval
        for name in (*ROLES, "eve", "root"):
            role = "admin" if name == "root" else "developer"
            insert = "insert into stateroom.users (username, role) values ($1, $2) returning id"
            team.ids[name] = await value(insert, name, role)
        insert = "insert into stateroom.projects (owner_id, name) values ($1, 'p') returning id"
        team.project = await value(insert, team.ids["ann"])
        team.other = await value(insert, team.ids["eve"])
        for name, role in ROLES.items():
            await team.join(name, role)
        await team.join("eve", "maintainer", team.other)
        return team

    async def join(self, name: str, role: str, project: UUID | None = None) -> None:
        """Make somebody a member, with this role from now on."""
        await self.owner.execute(
            "insert into stateroom.project_members (project_id, user_id, role) values ($1, $2, $3)"
            " on conflict (user_id, project_id) do update set role = excluded.role",
            *(project or self.project, self.ids[name], role),
        )

    async def leave(self, name: str) -> None:
        await self.owner.execute("delete from stateroom.project_members where user_id = $1", self.ids[name])

    async def hide(self) -> None:
        """Show tasks and issues to those whom they concern only."""
        await self.owner.execute(
            "update stateroom.projects set task_visibility = 'assigned' where id = $1", self.project
        )

    async def deployment(self, project: UUID | None = None) -> UUID:
        """A deployment that waits."""
        return await self.owner.fetchval(
            "insert into stateroom.deployments (project_id, environment, version, status)"
            " values ($1, 'staging', '1', 'awaiting_approval') returning id",
            project or self.project,
        )

    @asynccontextmanager
    async def acting(self, name: str | None, *, within: UUID | None = None) -> AsyncIterator[asyncpg.Connection]:
        """A transaction of somebody, `within` what a key for one project allows; None: nobody is signed in."""
        app = await self.db.connect("app")
        role = "admin" if name == "root" else "developer"
        try:
            async with app.transaction():
                if name is not None:
                    await app.execute("select stateroom.set_context($1, $2, $3)", self.ids[name], role, within)
                await app.execute(f"set local role stateroom_{'admin' if name == 'root' else 'user'}")
                yield app
        finally:
            await app.close()

    async def value(self, name: str | None, query: str, *arguments: object) -> object:
        """What somebody gets for one query, in a transaction that is committed."""
        async with self.acting(name) as app:
            return await app.fetchval(query, *arguments)

    async def said(self, name: str | None, query: str, *arguments: object) -> str | None:
        """The SQLSTATE with which somebody is refused."""
        try:
            await self.value(name, query, *arguments)
        except asyncpg.PostgresError as error:
            return error.sqlstate
        return None

    async def told(self, name: str) -> list[tuple[str, str]]:
        """What somebody was notified of: type and title, oldest first; read as that person."""
        async with self.acting(name) as app:
            rows = await app.fetch("select type, title from stateroom.notifications order by id")
        return [tuple(row) for row in rows]
