"""Pools of asyncpg alone, for workers and schedulers: jsonb stays raw JSON text, and SQLAlchemy is not loaded."""

import time
from typing import Any, Final, cast

import asyncpg
from asyncpg.connection import Connection
from asyncpg.pool import PoolConnectionProxy

from stateroom.db.connect import CUT, PING, PING_SECONDS, connecting, limits, require_safe_role
from stateroom.db.credentials import dsn_of, is_pooled
from stateroom.db.figures import Figures, Waits
from stateroom.db.statements import Statements
from stateroom.errors import DatabaseUnavailable
from stateroom.settings import Settings

PING_AFTER_SECONDS: Final = 10.0
"""A connection that was used this short a time ago is not asked first: workers repeat what was lost, and poll often."""

COMMAND_MARGIN_SECONDS: Final = 5
"""So much later than the server we give up ourselves: then the network is a black hole."""


class AgedConnection(Connection):
    """A connection that knows its age."""

    __slots__ = ("opened_at", "used_at")

    def __init__(self, *arguments: Any) -> None:
        """Begin to age."""
        super().__init__(*arguments)
        self.opened_at = self.used_at = time.monotonic()

    def touch(self) -> None:
        """Remember that it is used now."""
        self.used_at = time.monotonic()


class EnginePool(asyncpg.Pool):
    """asyncpg's pool with an end to waiting, connections that are known to stand, and figures."""

    def __init__(self, name: str, settings: Settings, *arguments: Any, **options: Any) -> None:
        """Do nothing yet; await the pool to open it."""
        super().__init__(*arguments, **options)
        self.name = name
        self.statements: Statements | None = None
        self._settings = settings
        self._waits = Waits()

    async def _acquire(self, timeout: float | None) -> PoolConnectionProxy:  # noqa: ASYNC109  asyncpg's own signature
        began = time.monotonic()
        within = timeout or self._settings.database_acquire_timeout_seconds
        self._waits.waiting += 1
        try:
            connection = await self._standing(within)
        except TimeoutError as error:
            self._waits.timeouts += 1
            raise DatabaseUnavailable(
                f"no connection of the pool {self.name} became free in {within:g} s",
                hint="Try again; if it lasts, give the pool more connections.",
            ) from error
        finally:
            self._waits.waiting -= 1
        self._waits.got(time.monotonic() - began)
        return connection

    async def _standing(self, within: float) -> PoolConnectionProxy:
        """Take connections until one is neither old nor cut."""
        while True:
            connection = cast("Any", await super()._acquire(within))  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]  asyncpg's stubs leave it out
            if await self._stands(connection):
                connection.touch()
                return connection
            connection.terminate()
            await self.release(connection)

    async def _stands(self, connection: Any) -> bool:
        now = time.monotonic()
        if now - connection.opened_at > self._settings.database_recycle_seconds:
            return False
        if now - connection.used_at > PING_AFTER_SECONDS:
            try:
                await connection.execute(PING, timeout=PING_SECONDS)
            except CUT:
                return False
        return True

    def _schedule_min_size_maintenance(self) -> None:
        """Leave the pool small: asyncpg would try to restore the floor, with a traceback a second, without a server."""

    def figures(self) -> Figures:
        """Say how full the pool is."""
        size = self.get_size()
        return Figures(
            name=self.name,
            min=self.get_min_size(),
            max=self.get_max_size(),
            size=size,
            in_use=size - self.get_idle_size(),
            waiting=self._waits.waiting,
            acquired=self._waits.acquired,
            acquire_seconds=self._waits.seconds,
            timeouts=self._waits.timeouts,
        )


async def engine_pool(settings: Settings, size: int | None = None) -> EnginePool:
    """Open the pool `engine`: claims, completions and heartbeats.

    Args:
        settings: sizes and time-outs.
        size: connections at most, if fewer than the settings say.

    Raises:
        DatabaseUnavailable: the server cannot be reached or refuses the login.
        UnsafeRole: the login could walk around row security.
    """
    most = min(size or settings.database_engine_pool_max, settings.database_engine_pool_max)
    return await _open(settings, "engine", settings.database_engine_pool_min, most)


async def background_pool(settings: Settings) -> EnginePool:
    """Open the pool `background`: upkeep, which has no limit of time. Errors as of engine_pool."""
    least, most = settings.database_background_pool_min, settings.database_background_pool_max
    return await _open(settings, "background", least, most, upkeep=True)


async def transaction_pool(settings: Settings, size: int) -> EnginePool:
    """Open the pool `transactions`: handlers that asked for one hold its connections. Errors as of engine_pool."""
    return await _open(settings, "transactions", 0, size, upkeep=True)


async def _open(settings: Settings, name: str, least: int, most: int, *, upkeep: bool = False) -> EnginePool:
    dsn, pooled = dsn_of(settings, "engine"), is_pooled(settings, "engine")
    statements = Statements(settings, name, "engine")

    async def prepare(connection: Connection) -> None:
        statements.listen(connection)

    pool = EnginePool(
        name,
        settings,
        dsn,
        min_size=min(least, most),
        max_size=most,
        max_queries=2**31,
        max_inactive_connection_lifetime=settings.database_idle_connection_seconds,
        init=prepare,
        reset=_keep,
        loop=None,
        connection_class=AgedConnection,
        record_class=asyncpg.Record,
        timeout=settings.database_connect_timeout_seconds,
        command_timeout=None if upkeep else settings.database_statement_timeout_seconds + COMMAND_MARGIN_SECONDS,
        statement_cache_size=0 if pooled else 100,
        server_settings=session_settings(settings, name, pooled=pooled, upkeep=upkeep),
    )
    pool.statements = statements
    try:
        with connecting(dsn):
            await pool
            async with pool.acquire() as connection:
                await require_safe_role(connection)
    except BaseException:
        pool.terminate()
        raise
    return pool


def session_settings(settings: Settings, name: str, *, pooled: bool, upkeep: bool = False) -> dict[str, str]:
    """Return what a session is opened with; a pooler between refuses time-outs there."""
    return {"application_name": f"stateroom {name}", **({} if pooled else limits(settings, upkeep=upkeep))}


async def _keep(_connection: Connection) -> None:
    """Leave a connection as it is when it returns: an open transaction is rolled back, and nothing of ours outlives it.

    asyncpg's own reset costs a round trip each time.
    """
