"""Replaceable objects: one `.sql` file per topic, applied when its text or an earlier file's has changed.

Files are ordered by their names over both folders. Those below 100 hold what the tables' defaults call and come before
the revisions, all others after them.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import asyncpg
from asyncpg.connection import Connection
from asyncpg.pool import PoolConnectionProxy

from stateroom.errors import MigrationError
from stateroom.version import __version__

PACKAGE: Final = Path(__file__).parent.parent
FOLDERS: Final = (PACKAGE / "db" / "sql", PACKAGE / "engine" / "sql")
BEFORE_TABLES: Final = "100"

LAST_APPLIED: Final = """
select distinct on (name) name, checksum from stateroom.schema_history where kind = 'object' order by name, id desc"""
RECORD: Final = """
insert into stateroom.schema_history (kind, name, version, description, checksum, duration_ms)
values ('object', $1, $2, $3, $4, $5)"""
# What revisions do not make: views, triggers, policies (but the one that lets us go on writing), and functions unless
# tables need them (defaults, checks, indexes and, transitively, what those functions call). DDL takes no parameters,
# hence format() with quoted names.
REMOVALS: Final = """
with recursive ours as (
    select oid from pg_proc where pronamespace = 'stateroom'::regnamespace
), needed as (
    select d.refobjid as oid from pg_depend d join ours o on o.oid = d.refobjid
    where d.refclassid = 'pg_proc'::regclass
      and d.classid in ('pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_class'::regclass)
    union
    select d.refobjid from needed n join pg_depend d on d.objid = n.oid and d.classid = 'pg_proc'::regclass
    join ours o on o.oid = d.refobjid and d.refclassid = 'pg_proc'::regclass
)
select 1 as step, format('drop %s if exists %s cascade',
    case c.relkind when 'm' then 'materialized view' else 'view' end, c.oid::regclass) as statement
from pg_class c where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('v', 'm')
union all
select 2, format('drop trigger %I on %s', t.tgname, t.tgrelid::regclass)
from pg_trigger t join pg_class c on c.oid = t.tgrelid
where c.relnamespace = 'stateroom'::regnamespace and not t.tgisinternal and t.tgparentid = 0
union all
select 2, format('drop policy %I on %s', p.polname, p.polrelid::regclass)
from pg_policy p join pg_class c on c.oid = p.polrelid
where c.relnamespace = 'stateroom'::regnamespace and p.polname <> 'maintenance'
union all
select 3, 'drop routine if exists ' || string_agg(o.oid::regprocedure::text, ', ')
from ours o where o.oid not in (select oid from needed) having count(*) > 0
order by step"""
FORGET: Final = """
insert into stateroom.schema_history (kind, name, version, description)
select distinct 'object'::stateroom.schema_change, name, $1, 'removed' from stateroom.schema_history
where kind = 'object'"""
HISTORY_EXISTS: Final = "select to_regclass('stateroom.schema_history') is not null"


@dataclass(frozen=True, slots=True)
class SqlFile:
    """One file; the name is unique over both folders."""

    name: str
    text: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file as it is."""
        return cls(path.name, path.read_text(encoding="utf-8"))

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def first_line(self) -> str:
        """What the file says that it is for."""
        return self.text.partition("\n")[0].lstrip("- ")[:500]


def find(folders: Iterable[Path] = FOLDERS) -> tuple[SqlFile, ...]:
    """Return all files in the order in which they are applied.

    Raises:
        MigrationError: two files have the same name.
    """
    paths = sorted((path for folder in folders for path in folder.glob("*.sql")), key=lambda path: path.name)
    names = [path.name for path in paths]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise MigrationError(f"files of the same name: {', '.join(sorted(twice))}", hint="give each its own number")
    return tuple(map(SqlFile.read, paths))


def outdated(files: tuple[SqlFile, ...], applied: Mapping[str, str | None]) -> tuple[SqlFile, ...]:
    """Return the first file that is not applied as it is here, and all that follow, since they may build on it."""
    for position, file in enumerate(files):
        if applied.get(file.name) != file.checksum:
            return files[position:]
    return ()


async def last_applied(connection: Connection | PoolConnectionProxy) -> dict[str, str | None]:
    """Return name and checksum of what the history says was applied; None where it was removed again."""
    if not await connection.fetchval(HISTORY_EXISTS):
        return {}
    return {row["name"]: row["checksum"] for row in await connection.fetch(LAST_APPLIED)}


async def apply(connection: Connection, files: Iterable[SqlFile]) -> dict[str, int]:
    """Run files in one transaction; return how many milliseconds each took.

    Raises:
        MigrationError: a file failed, and nothing of all was applied.
    """
    took: dict[str, int] = {}
    async with connection.transaction():
        for file in files:
            started = time.monotonic()
            try:
                await connection.execute(file.text)
            except asyncpg.PostgresError as error:
                raise MigrationError(f"{_where(file, error)}: {error}", hint=error.hint) from error
            took[file.name] = round((time.monotonic() - started) * 1000)
    return took


async def apply_all(connection: Connection, files: Iterable[SqlFile]) -> dict[str, int]:
    """Run all files, as apply does, after dropping what they made before, in the same transaction.

    So an upgraded database has what a fresh one has: no former shape of a function stays, and none stands in the way.
    """
    async with connection.transaction():
        await _drop_all(connection)
        return await apply(connection, files)


async def record(connection: Connection, files: Iterable[SqlFile], took: Mapping[str, int]) -> None:
    """Write down what was applied."""
    rows = [(file.name, __version__, file.first_line, file.checksum, took[file.name]) for file in files]
    await connection.executemany(RECORD, rows)


async def remove(connection: Connection) -> tuple[str, ...]:
    """Drop all objects, so that tables can be changed back; return the names of the files that have to come again."""
    async with connection.transaction():
        await _drop_all(connection)
        names = tuple(name for name, checksum in (await last_applied(connection)).items() if checksum is not None)
        if names:
            await connection.execute(FORGET, __version__)
    return names


async def _drop_all(connection: Connection) -> None:
    for row in await connection.fetch(REMOVALS):
        await connection.execute(row["statement"])


def _where(file: SqlFile, error: asyncpg.PostgresError) -> str:
    """Name the line, when the server points into the file itself."""
    position = error.position
    if position is None:
        return file.name
    return f"{file.name}:{file.text.count(chr(10), 0, int(position)) + 1}"
