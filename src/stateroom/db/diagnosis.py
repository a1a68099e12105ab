"""What `stateroom doctor` finds out about the database, one finding after the other."""

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final, cast

import asyncpg
from asyncpg.connection import Connection

from stateroom.db import migrate
from stateroom.db.checks import CHECKS, Check
from stateroom.db.connect import connect, require_safe_role
from stateroom.db.credentials import Login, dsn_of, without_password
from stateroom.errors import StateroomError
from stateroom.settings import Settings

OLDEST: Final = 150_000
CLOCK_SECONDS: Final = 2.0
MOST_NAMED: Final = 10
ROLES: Final = (
    "stateroom_owner",
    "stateroom_maintenance",
    "stateroom_app",
    "stateroom_user",
    "stateroom_admin",
    "stateroom_readonly",
    "stateroom_query",
    "stateroom_engine",
    "stateroom_client",
)
MISSING_ROLES: Final = """
select coalesce(array_agg(wanted order by wanted), '{}') from unnest($1::text[]) wanted
where not exists (select from pg_roles where rolname = wanted)"""
LIVE_WORKERS: Final = "select count(*) from stateroom.agent_sessions where expires_at > stateroom.now()"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; without `todo` it is as it should be."""

    name: str
    found: str
    todo: str | None = None

    @property
    def ok(self) -> bool:
        """Whether there is nothing to do."""
        return self.todo is None


async def examine(settings: Settings, *, deep: bool = False) -> AsyncGenerator[Finding]:
    """Yield findings until one makes the others pointless: without a connection nothing else can be seen.

    Args:
        settings: how to reach the database.
        deep: also what reads more than catalogues and counters.
    """
    try:
        dsn = dsn_of(settings, "maintenance", direct=True)
        connection = await connect(dsn)
    except StateroomError as error:
        yield Finding(
            "database", error.message, error.hint if "no database" in error.message else _how_to_reach(settings)
        )
        return
    try:
        yield await _database(connection, dsn)
        yield await _roles(connection)
        for login in ("app", "engine"):
            yield await _login(settings, login)
        schema = await _schema(connection)
        yield schema
        if schema.ok:
            for check in CHECKS:
                if deep or not check.deep:
                    yield await _asked(connection, check)
            yield await _workers(connection)
        yield await _clock(connection)
    finally:
        await connection.close()


def _how_to_reach(settings: Settings) -> str:
    if settings.maintenance_url is None:
        return "start it: `stateroom up`, or `stateroom db start`"
    return "check STATEROOM_MAINTENANCE_URL (and its _DIRECT_URL), and that the server runs"


async def _database(connection: Connection, dsn: str) -> Finding:
    version = await connection.fetchval("show server_version")
    found = f"PostgreSQL {version} at {without_password(dsn)}"
    too_old = int(await connection.fetchval("show server_version_num")) < OLDEST
    return Finding("database", found, "use PostgreSQL 15 or newer" if too_old else None)


async def _roles(connection: Connection) -> Finding:
    missing = await connection.fetchval(MISSING_ROLES, list(ROLES))
    if missing:
        return Finding("roles", f"missing: {', '.join(missing)}", "run `stateroom db init`")
    return Finding("roles", f"all {len(ROLES)} are there")


async def _login(settings: Settings, login: Login) -> Finding:
    name = f"login {login}"
    try:
        connection = await connect(dsn_of(settings, login, direct=True))
        try:
            await require_safe_role(connection)
        finally:
            await connection.close()
    except StateroomError as error:
        return Finding(name, error.message, error.hint or "run `stateroom db init`")
    return Finding(name, "connects, and is bound by row security")


async def _schema(connection: Connection) -> Finding:
    drift = await migrate.check(connection)
    if drift.is_none:
        return Finding("schema", f"revision {drift.revision}, all objects as in this program")
    changed = f"; to apply: {', '.join(drift.objects)}" if drift.objects else ""
    return Finding(
        "schema", f"revision {drift.revision}, this program has {drift.head}{changed}", "run `stateroom db upgrade`"
    )


async def _asked(connection: Connection, check: Check) -> Finding:
    try:
        wrong = [cast("str", row[0]) for row in await connection.fetch(check.sql)]
    except asyncpg.PostgresError as error:
        return Finding(check.name, f"cannot be checked: {error}", "run `stateroom db init` as an administrator")
    if not wrong:
        return Finding(check.name, check.good)
    more = f" and {len(wrong) - MOST_NAMED} more" if len(wrong) > MOST_NAMED else ""
    return Finding(check.name, ", ".join(wrong[:MOST_NAMED]) + more, check.todo)


async def _workers(connection: Connection) -> Finding:
    count = await connection.fetchval(LIVE_WORKERS)
    if count:
        return Finding("workers", f"{count} alive")
    return Finding("workers", "none is alive, so runs wait", "start one: `stateroom up` or `stateroom worker`")


async def _clock(connection: Connection) -> Finding:
    before = time.time()
    theirs = float(await connection.fetchval("select extract(epoch from clock_timestamp())::float8"))
    # half of the round trip is the best guess at when the server looked
    apart = abs(theirs - (before + time.time()) / 2)
    found = f"the database's clock and this machine's are {apart:.3f} s apart"
    return Finding("clock", found, "let both follow a time server (NTP)" if apart > CLOCK_SECONDS else None)
