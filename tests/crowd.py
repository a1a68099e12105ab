"""People of a test, and how they act: each transaction as stateroom_app on somebody's behalf."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg


@dataclass
class Crowd:
    """People by name, made with a global role; `root` is an administrator."""

    db: object
    owner: asyncpg.Connection
    ids: dict[str, UUID] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def make(cls, db, **roles: str) -> "Crowd":
        crowd = cls(db, await db.connect())
        for name, role in {"root": "admin", **roles}.items():
            create = "select stateroom.create_user($1, $1 || '@x.org', null, $2::text::stateroom.user_role, 'argon')"
            crowd.ids[name], crowd.roles[name] = await crowd.owner.fetchval(create, name, role), role
        return crowd

    @asynccontextmanager
    async def acting(self, name: str | None, *, project: UUID | None = None, permissions=None, key: UUID | None = None):
        app = await self.db.connect("app")
        try:
            async with app.transaction():
                if name is not None:
                    await app.execute(
                        "select stateroom.set_context($1, $2, $3, $4, null, $5)",
                        self.ids[name],
                        self.roles[name],
                        project,
                        permissions,
                        key,
                    )
                admin = name is not None and self.roles[name] == "admin"
                await app.execute(f"set local role stateroom_{'admin' if admin else 'user'}")
                yield app
        finally:
            await app.close()

    async def project(self, owner: str, name: str = "p", **members: str) -> UUID:
        async with self.acting(owner) as app:
            project = await app.fetchval("select stateroom.create_project($1)", name)
            for member, role in members.items():
                set_member = "select stateroom.set_member($1, $2, $3::text::stateroom.project_role)"
                await app.execute(set_member, project, self.ids[member], role)
        return project


async def refused(connection, statement: str, *arguments: object) -> str | None:
    """The SQLSTATE with which a statement is refused."""
    try:
        async with connection.transaction():
            await connection.execute(statement, *arguments)
    except asyncpg.PostgresError as error:
        return error.sqlstate
    return None
