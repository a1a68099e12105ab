"""The pools of an API process, and transactions in them as a person.

api       requests                         ┐
readonly  lists, reports; the replica      ├ one kind: ORM sessions and raw statements share their connections
priority  verbs and sign-in                ┘
engine, background: see engine_pool
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
from asyncpg.connection import Connection
from asyncpg.pool import PoolConnectionProxy

from stateroom.db.connect import connect, connect_past_pooler, connecting, our_errors, require_safe_role
from stateroom.db.credentials import dsn_of, is_pooled
from stateroom.db.engine_pool import engine_pool
from stateroom.db.figures import Figures
from stateroom.db.pool import CLOSE_SECONDS, Plan, Pool
from stateroom.db.tls import with_tls
from stateroom.errors import InvalidInput
from stateroom.settings import Settings

__all__ = [
    "Caller",
    "Pool",
    "Pools",
    "app_pool",
    "as_user",
    "connect",
    "connecting",
    "engine_pool",
    "open_pools",
    "our_errors",
    "require_safe_role",
    "savepoint",
]

OPEN: Final = """begin {mode};
select set_config('role', {login}, true), {limits}stateroom.set_context({user}, {role}, {project}, {permissions},
  {request}, {key}, {session}, {ip}, {agent})"""
LIMIT: Final = "set_config({name}, {value}, true), "


@dataclass(frozen=True, slots=True)
class Caller:
    """On whose behalf a transaction runs, and whence.

    A key's project and permissions travel in it; None, unlike no permissions, means that no key narrows.
    """

    user_id: UUID
    role: str
    project_id: UUID | None = None
    permissions: tuple[str, ...] | None = None
    request_id: str | None = None
    api_key_id: UUID | None = None
    session_id: UUID | None = None
    ip_address: str | None = None
    user_agent: str | None = None

    @property
    def login(self) -> str:
        """The database role that a transaction of this caller takes."""
        return "stateroom_admin" if self.role == "admin" else "stateroom_user"


@dataclass(frozen=True, slots=True)
class Pools:
    """The pools of one API process."""

    settings: Settings
    api: Pool
    readonly: Pool
    priority: Pool

    @property
    def lists(self) -> Pool:
        """Where lists and reports are read: the replica, if there is one; what they show may be a moment old."""
        return self.api if self.settings.replica_url is None else self.readonly

    def figures(self) -> list[Figures]:
        """Say how full each pool is."""
        return [each.figures() for each in (self.api, self.readonly, self.priority)]

    async def listen(self) -> Connection:
        """Open a connection of its own, past any pooler, for LISTEN: one for each process. Errors as of connect."""
        return await connect_past_pooler(self.settings, "app")

    async def close(self, seconds: float = CLOSE_SECONDS) -> bool:
        """Close all; transactions that are open may take so long to end. False when some were cut off."""
        return all(await asyncio.gather(*(each.close(seconds) for each in (self.api, self.readonly, self.priority))))


@asynccontextmanager
async def open_pools(settings: Settings) -> AsyncGenerator[Pools]:
    """Open the pools of an API process, and close them behind it.

    Raises:
        DatabaseUnavailable: the server or the replica cannot be reached, or refuses the login.
        UnsafeRole: a login could walk around row security.
    """
    dsn, pooled = dsn_of(settings, "app"), is_pooled(settings, "app")
    replica = None if settings.replica_url is None else with_tls(settings, settings.replica_url.get_secret_value())
    pools = Pools(
        settings,
        api=Pool(settings, _api(settings), dsn, pooled=pooled),
        # whether a pooler stands before the replica is not said: what works with one works without
        readonly=Pool(settings, _readonly(settings), replica or dsn, pooled=pooled or replica is not None),
        priority=Pool(settings, _priority(settings), dsn, pooled=pooled),
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(pools.close)
        for each in (pools.api, pools.readonly, pools.priority):
            await each.open(check=each is not pools.readonly or replica is not None)
        yield pools


async def app_pool(settings: Settings, size: int | None = None) -> Pool:
    """Open the pool `api` alone, with at most so many connections. Errors as of open_pools."""
    pool = Pool(settings, _api(settings, size), dsn_of(settings, "app"), pooled=is_pooled(settings, "app"))
    try:
        await pool.open()
    except BaseException:
        await pool.close(0)
        raise
    return pool


def _api(settings: Settings, size: int | None = None) -> Plan:
    most = size or settings.database_api_pool_max
    return Plan("api", settings.database_api_pool_min, most, settings.database_acquire_timeout_seconds)


def _readonly(settings: Settings) -> Plan:
    least, most = settings.database_readonly_pool_min, settings.database_readonly_pool_max
    return Plan("readonly", least, most, settings.database_acquire_timeout_seconds)


def _priority(settings: Settings) -> Plan:
    least, most = settings.database_priority_pool_min, settings.database_priority_pool_max
    return Plan("priority", least, most, settings.database_priority_acquire_timeout_seconds)


@asynccontextmanager
async def as_user(pool: Pool, caller: Caller, *, read_only: bool = False) -> AsyncGenerator[PoolConnectionProxy]:
    """Run one transaction as a person: role and context are set in the round trip that opens it.

    Leaving without an error commits, any error rolls back. For a part that may fail alone, see savepoint.

    Raises:
        StateroomError: what SQL raised with a SQLSTATE of class SR, or DatabaseUnavailable.
    """
    opening = opening_of(caller, read_only=read_only, limits=pool.limits)
    async with pool.acquire() as connection:
        with our_errors():
            try:
                await connection.execute(opening)
                yield connection
                await connection.execute("commit")
            except BaseException:
                await _roll_back(connection)
                raise


@asynccontextmanager
async def savepoint(connection: PoolConnectionProxy) -> AsyncGenerator[None]:
    """Begin a part of a transaction that may fail alone: an error takes back only what was done in it. They nest."""
    await connection.execute("savepoint part")
    try:
        yield
    except BaseException:
        if not connection.is_closed():
            await connection.execute("rollback to part; release part")
        raise
    await connection.execute("release part")


async def _roll_back(connection: PoolConnectionProxy) -> None:
    """End the transaction; a connection that cannot even do that is given up, and with it the transaction."""
    if connection.is_closed() or not connection.is_in_transaction():
        return
    try:
        await connection.execute("rollback")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        connection.terminate()


def opening_of(caller: Caller, *, read_only: bool, limits: Mapping[str, str]) -> str:
    """Build the opening statement: BEGIN takes no parameters, so the values are quoted here, each as a literal."""
    return OPEN.format(
        mode="read only" if read_only else "read write",
        login=_literal(caller.login),
        limits="".join(LIMIT.format(name=_literal(name), value=_literal(value)) for name, value in limits.items()),
        user=_literal(str(caller.user_id)),
        role=_literal(caller.role),
        project=_literal_or_null(caller.project_id),
        permissions="null"
        if caller.permissions is None
        else f"array[{', '.join(map(_literal, caller.permissions))}]::text[]",
        request=_literal_or_null(caller.request_id),
        key=_literal_or_null(caller.api_key_id),
        session=_literal_or_null(caller.session_id),
        ip=_literal_or_null(caller.ip_address),
        agent=_literal_or_null(caller.user_agent),
    )


def _literal_or_null(value: UUID | str | None) -> str:
    return "null" if value is None else _literal(str(value))


def _literal(text: str) -> str:
    """Quote for SQL in the form that means the same under every setting of the server."""
    if "\0" in text:
        raise InvalidInput("a text with a NUL character cannot be part of a context")
    return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
