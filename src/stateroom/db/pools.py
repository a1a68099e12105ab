"""Connections for the engine and for people: checked logins, context per transaction, errors of ours."""

import json
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
from asyncpg.connection import Connection
from asyncpg.pool import PoolConnectionProxy

from stateroom.db.credentials import Login, dsn_of, is_pooled, without_password
from stateroom.errors import DatabaseUnavailable, InvalidInput, UnsafeRole, from_sqlstate
from stateroom.settings import Settings

CONNECT_SECONDS: Final = 10
COMMAND_SECONDS: Final = 60

# What asyncpg raises, depending on the moment, when the server goes or is gone.
LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
    ConnectionError,
)

OPEN: Final = """begin {mode};
select set_config('role', {login}, true), stateroom.set_context({user}, {role}, {project}, {permissions}, {request})"""

WHO: Final = """
select current_user as name, r.rolsuper as superuser, r.rolbypassrls as bypasses,
  coalesce((select pg_has_role(r.oid, o.oid, 'member') from pg_roles o where o.rolname = 'stateroom_owner'), false)
  or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'stateroom' and c.relowner = r.oid) as owner
from pg_roles r where r.rolname = current_user"""


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a transaction runs; a key's project and permissions travel in it."""

    user_id: UUID
    role: str
    project_id: UUID | None = None
    permissions: tuple[str, ...] = ()
    request_id: str | None = None


def _lost(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(f"the connection to PostgreSQL was lost: {error}", hint="try again")


@contextmanager
def our_errors() -> Generator[None]:
    """Turn what PostgreSQL raises into the error tree: SQLSTATE class SR, and a server that is going or gone."""
    try:
        yield
    except LOST as error:
        raise _lost(error) from error
    except asyncpg.InterfaceError as error:
        if "closed" in str(error):
            raise _lost(error) from error
        raise
    except asyncpg.PostgresError as error:
        if error.sqlstate.startswith("SR"):
            raise from_sqlstate(error.sqlstate, error.message, error.hint) from error
        raise


@contextmanager
def connecting(dsn: str) -> Generator[None]:
    """Turn what keeps a connection from being made into DatabaseUnavailable; the DSN is named without its password."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        said = str(error) or type(error).__name__
        raise DatabaseUnavailable(
            f"cannot connect to {without_password(dsn)}: {said}", hint="`stateroom doctor` says what to do"
        ) from error


async def connect(dsn: str, *, pooled: bool = False) -> Connection:
    """Open one connection of its own, for LISTEN, session locks and set-up.

    Raises:
        DatabaseUnavailable: the server cannot be reached or refuses the login.
    """
    with connecting(dsn):
        return await asyncpg.connect(
            dsn,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            statement_cache_size=0 if pooled else 100,
            server_settings={"application_name": "stateroom"},
        )


async def engine_pool(settings: Settings, size: int) -> asyncpg.Pool:
    """Open the pool of workers and schedulers: jsonb goes in and comes out as raw JSON text.

    Raises:
        DatabaseUnavailable: the server cannot be reached or refuses the login.
        UnsafeRole: the login could walk around row security.
    """
    return await _open(settings, "engine", size)


async def app_pool(settings: Settings, size: int) -> asyncpg.Pool:
    """Open the pool of API and pages: jsonb is Python objects. Errors as of engine_pool."""
    return await _open(settings, "app", size)


async def replica_pool(settings: Settings, size: int) -> asyncpg.Pool | None:
    """Open the pool of lists and reports on the read replica; None without one. Errors as of engine_pool."""
    if settings.replica_url is None:
        return None
    return await _open_at(settings.replica_url.get_secret_value(), "app", size, pooled=True)


async def _open(settings: Settings, login: Login, size: int) -> asyncpg.Pool:
    return await _open_at(dsn_of(settings, login), login, size, pooled=is_pooled(settings, login))


async def _open_at(dsn: str, login: Login, size: int, *, pooled: bool) -> asyncpg.Pool:
    with connecting(dsn):
        pool = await asyncpg.create_pool(
            dsn,
            min_size=0,  # a floor would be restored, with a traceback a second, while the server is away
            max_size=size,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            statement_cache_size=0 if pooled else 100,
            init=_decode_json if login == "app" else None,
            reset=_keep,
            server_settings={"application_name": f"stateroom {login}"},
        )
    try:
        with connecting(dsn):
            async with pool.acquire() as connection:
                await require_safe_role(connection)
    except BaseException:
        pool.terminate()
        raise
    return pool


async def _decode_json(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)


async def _keep(_connection: Connection) -> None:
    """Leave a connection as it is when it returns: an open transaction is rolled back, and nothing of ours outlives it.

    asyncpg's own reset costs a round trip each time.
    """


async def require_safe_role(connection: Connection | PoolConnectionProxy) -> None:
    """Refuse to serve as a login that row security does not bind.

    Raises:
        UnsafeRole: the login is a superuser, has BYPASSRLS, or owns the tables or is a member of their owner.
    """
    row = await connection.fetchrow(WHO)
    if row is None:
        raise UnsafeRole("the login is not known to the server any more")
    reasons = {
        "is a superuser": row["superuser"],
        "has BYPASSRLS": row["bypasses"],
        "owns the tables or is a member of their owner": row["owner"],
    }
    said = ", ".join(reason for reason, holds in reasons.items() if holds)
    if said:
        raise UnsafeRole(
            f"refusing to serve as {row['name']}: it {said}, so row security would not bind it",
            hint="use the logins that `stateroom db init` makes: STATEROOM_APP_URL and STATEROOM_ENGINE_URL",
        )


@asynccontextmanager
async def as_user(
    pool: asyncpg.Pool, caller: Caller, *, read_only: bool = False
) -> AsyncGenerator[PoolConnectionProxy]:
    """Run one transaction as a person: role and context are set in the round trip that opens it.

    Leaving without an error commits, any error rolls back. Further transactions on this connection are refused by
    asyncpg; use SAVEPOINT where one is needed.

    Raises:
        StateroomError: what SQL raised with a SQLSTATE of class SR, or DatabaseUnavailable.
    """
    async with _acquired(pool) as connection:
        with our_errors():
            try:
                await connection.execute(_opening(caller, read_only=read_only))
                yield connection
                await connection.execute("commit")
            except BaseException:
                await _roll_back(connection)
                raise


async def _roll_back(connection: PoolConnectionProxy) -> None:
    """End the transaction; a connection that cannot even do that is given up, and with it the transaction."""
    if connection.is_closed() or not connection.is_in_transaction():
        return
    try:
        await connection.execute("rollback")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection.terminate()


@asynccontextmanager
async def _acquired(pool: asyncpg.Pool) -> AsyncGenerator[PoolConnectionProxy]:
    try:
        connection = await pool.acquire(timeout=CONNECT_SECONDS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        said = str(error) or "no connection became free"
        raise DatabaseUnavailable(f"cannot get a connection to PostgreSQL: {said}", hint="try again") from error
    try:
        yield connection
    finally:
        await pool.release(connection)


def _opening(caller: Caller, *, read_only: bool) -> str:
    """Build the opening statement: BEGIN takes no parameters, so the values are quoted here, each as a literal."""
    return OPEN.format(
        mode="read only" if read_only else "read write",
        login=_literal("stateroom_admin" if caller.role == "admin" else "stateroom_user"),
        user=_literal(str(caller.user_id)),
        role=_literal(caller.role),
        project="null" if caller.project_id is None else _literal(str(caller.project_id)),
        permissions=f"array[{', '.join(map(_literal, caller.permissions))}]::text[]",
        request="null" if caller.request_id is None else _literal(caller.request_id),
    )


def _literal(text: str) -> str:
    """Quote for SQL in the form that means the same under every setting of the server."""
    if "\0" in text:
        raise InvalidInput("a text with a NUL character cannot be part of a context")
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
