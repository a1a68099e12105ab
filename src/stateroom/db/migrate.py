"""The schema's one way forward and back: early objects, revisions, objects, in one locked run."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
from asyncpg.connection import Connection
from asyncpg.pool import PoolConnectionProxy

from stateroom.db import chain, objects
from stateroom.db.connect import connect
from stateroom.errors import MigrationError

LOCK: Final = "select pg_advisory_lock(hashtextextended('stateroom.migrate', 0))"
LOCK_WAIT: Final = "set lock_timeout = '5min'"
WORK_WAIT: Final = "set lock_timeout = '10s'"
CURRENT: Final = "select name from stateroom.schema_history where kind = 'revision' order by id desc limit 1"


@dataclass(frozen=True, slots=True)
class Source:
    """Where revisions and objects come from; other folders only in tests."""

    revisions: Path = chain.FOLDER
    objects: tuple[Path, ...] = objects.FOLDERS


@dataclass(frozen=True, slots=True)
class Change:
    """What a run has done: from which revision to which, and the files that were applied."""

    before: str
    after: str
    objects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """How the database differs from this program."""

    revision: str
    head: str
    objects: tuple[str, ...]

    @property
    def is_none(self) -> bool:
        """Whether there is nothing to apply."""
        return self.revision == self.head and not self.objects


async def upgrade(dsn: str, revision: str = "head", *, source: Source | None = None) -> Change:
    """Bring the schema to a revision, and at the newest one apply all objects, unless none differs.

    Args:
        dsn: of stateroom_maintenance, past any pooler.
        revision: where to; `head` is the newest.
        source: other folders.

    Raises:
        MigrationError: something failed; what was done before it stays, a second run goes on from there.
        DatabaseUnavailable: the server cannot be reached.
    """
    source = source or Source()
    head = chain.head(source.revisions)
    files = objects.find(source.objects)
    async with _locked(dsn) as connection:
        before = await current_revision(connection)
        _require_known(before, source)
        changed = objects.outdated(files, await objects.last_applied(connection))
        early = [file for file in changed if file.name < objects.BEFORE_TABLES]
        took = await objects.apply(connection, early)
        if before != (head if revision == "head" else revision):
            await _move(dsn, revision, upgrade=True, source=source)
        after = await current_revision(connection)
        # objects are written for the newest tables; what loops over all tables has to see a new one
        if after == head and (after != before or changed):
            took = await objects.apply_all(connection, files)
        if after != chain.BASE:
            await objects.record(connection, (file for file in files if file.name in took), took)
        return Change(before=before, after=after, objects=tuple(took))


async def downgrade(dsn: str, revision: str, *, source: Source | None = None) -> Change:
    """Remove the objects and take the tables back to a revision; `base` leaves an empty schema.

    The objects of that revision come with the program of that time: its `stateroom db upgrade` applies them.

    Raises:
        MigrationError: something failed; what was done before it stays.
        DatabaseUnavailable: the server cannot be reached.
    """
    source = source or Source()
    async with _locked(dsn) as connection:
        before = await current_revision(connection)
        _require_known(before, source)
        removed = await objects.remove(connection)
        await _move(dsn, revision, upgrade=False, source=source)
        after = await current_revision(connection)
        if after == chain.BASE:
            await objects.remove(connection)
            await connection.execute("drop table if exists stateroom.alembic_version")
        return Change(before=before, after=after, objects=removed)


async def check(connection: Connection | PoolConnectionProxy, *, source: Source | None = None) -> Drift:
    """Compare the database with this program; needs to see the history: maintenance, or an administrator's context."""
    source = source or Source()
    files = objects.find(source.objects)
    changed = objects.outdated(files, await objects.last_applied(connection))
    return Drift(
        revision=await current_revision(connection),
        head=chain.head(source.revisions),
        objects=tuple(file.name for file in changed),
    )


async def current_revision(connection: Connection | PoolConnectionProxy) -> str:
    """Return the revision that the tables are at; `base` means that there are none."""
    if not await connection.fetchval(objects.HISTORY_EXISTS):
        return chain.BASE
    return await connection.fetchval(CURRENT) or chain.BASE


async def _move(dsn: str, revision: str, *, upgrade: bool, source: Source) -> None:
    # Alembic takes half a second to load, and most runs do not need it
    from stateroom.db import revisions

    await revisions.move(dsn, revision, upgrade=upgrade, folder=source.revisions)


def _require_known(current: str, source: Source) -> None:
    newest = chain.head(source.revisions)
    if current not in {chain.BASE, *chain.revisions(source.revisions)}:
        raise MigrationError(
            f"the database is at revision {current}, which this program does not know; its newest is {newest}",
            hint="use the newer program that made it",
        )


@asynccontextmanager
async def _locked(dsn: str) -> AsyncGenerator[Connection]:
    """Hold the lock that lets one run at a time change the schema; it ends with the connection."""
    connection = await connect(dsn)
    try:
        await connection.execute(LOCK_WAIT)
        try:
            await connection.execute(LOCK, timeout=320)
        except asyncpg.LockNotAvailableError as error:
            raise MigrationError(
                "another migration has been running for five minutes", hint="wait for it, or look what it waits for"
            ) from error
        await connection.execute(WORK_WAIT)
        yield connection
    finally:
        await connection.close()
