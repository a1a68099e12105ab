"""`stateroom db grant`, `revoke`: services that enqueue from their own transactions, over their own login."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer
from asyncpg.connection import Connection

from stateroom.cli.remote import load_settings
from stateroom.db.connect import connect, our_errors
from stateroom.db.credentials import dsn_of
from stateroom.errors import NotFound

User = Annotated[str, typer.Argument(help="The login of the database: create role NAME login.")]
Project = Annotated[str, typer.Argument(help="The project: its id, or its name when only one has it.")]

FIND = "select id from stateroom.projects where id::text = $1 or name = $1 and status <> 'archived' limit 2"


def grant(user: User, project: Project) -> None:
    """Let a login of the database enqueue, cancel and read results in a project, from its own transactions."""
    asyncio.run(_change(user, project, give=True))
    typer.echo(f"{user} may use project {project}; as an administrator of the database, once: ")
    typer.echo(f'  grant stateroom_client to "{user}";')


def revoke(user: User, project: Project) -> None:
    """Take that back."""
    asyncio.run(_change(user, project, give=False))
    typer.echo(f"{user} may not use project {project} any more")


async def _change(user: str, project: str, *, give: bool) -> None:
    connection = await connect(dsn_of(load_settings(), "maintenance", direct=True))
    try:
        with our_errors():
            named = await _project(connection, project)
            if give:
                await connection.execute("select stateroom.grant_client($1, $2)", user, named)
            elif not await connection.fetchval("select stateroom.revoke_client($1, $2)", user, named):
                raise NotFound(f"{user} was not granted project {project}", hint="See `stateroom db grant`.")
    finally:
        await connection.close()


async def _project(connection: Connection, project: str) -> UUID:
    rows = await connection.fetch(FIND, project)
    if len(rows) != 1:
        raise NotFound(f"there is no single project {project}", hint="Give the project's id.")
    return rows[0]["id"]
