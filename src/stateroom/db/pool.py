"""One named pool: connections that ORM sessions and raw statements share, each with its time-outs and its log.

create_async_engine ── ShrinkingPool ── asyncpg.Connection
(sessions)             (limits, age)     (raw statements go straight here)
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, cast

import asyncpg
from asyncpg.connection import Connection
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import event
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from stateroom.db.connect import connecting, limits, require_safe_role
from stateroom.db.engine_pool import COMMAND_MARGIN_SECONDS, session_settings
from stateroom.db.figures import Figures
from stateroom.db.shrinking import ShrinkingPool
from stateroom.db.statements import Statements
from stateroom.errors import DatabaseUnavailable, NotReady
from stateroom.settings import Settings

CLOSE_SECONDS: Final = 5.0
TEND_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pool is for, how large it may be, and how long it may keep somebody waiting."""

    name: str
    least: int
    most: int
    acquire_seconds: float


class Pool:
    """One named pool: `engine` is SQLAlchemy's face of it, `acquire` and `as_user` give asyncpg's connections."""

    def __init__(self, settings: Settings, plan: Plan, dsn: str, *, pooled: bool) -> None:
        """Open nothing yet."""
        self.name = plan.name
        self.limits: Mapping[str, str] = limits(settings) if pooled else {}
        self._settings = settings
        self._plan = plan
        self._dsn = dsn
        self._closing = False
        self._tending: asyncio.Task[None] | None = None
        self.statements = Statements(settings, plan.name, "app", role="stateroom_user")
        self.engine = self._make_engine(pooled=pooled)
        self._pool = cast("ShrinkingPool", self.engine.pool)

    def _make_engine(self, *, pooled: bool) -> AsyncEngine:
        settings, plan = self._settings, self._plan
        # a pooler has named statements on another connection the next time: only the unnamed one is safe
        cache = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": str} if pooled else {}

        async def open_one(*_: object, **__: object) -> Connection:
            with connecting(self._dsn):
                connection = await asyncpg.connect(
                    self._dsn,
                    timeout=settings.database_connect_timeout_seconds,
                    command_timeout=settings.database_statement_timeout_seconds + COMMAND_MARGIN_SECONDS,
                    statement_cache_size=0 if pooled else 100,
                    server_settings=session_settings(settings, plan.name, pooled=pooled),
                )
            self.statements.listen(connection)
            return connection

        engine = create_async_engine(
            "postgresql+asyncpg://",
            poolclass=ShrinkingPool,
            pool_size=plan.most,
            pool_timeout=plan.acquire_seconds,
            pool_recycle=round(settings.database_recycle_seconds),
            connect_args={"async_creator_fn": open_one, **cache},
            json_serializer=_as_it_is,
        )
        event.listen(engine.sync_engine, "connect", _speak_python)
        return engine

    async def open(self, *, check: bool = True) -> None:
        """Begin to close what nobody uses; with `check`, connect once.

        Raises:
            DatabaseUnavailable: the server cannot be reached or refuses the login.
            UnsafeRole: the login could walk around row security.
        """
        if check:
            async with self.acquire() as connection:
                await require_safe_role(connection)
        self._tending = asyncio.create_task(self._tend())

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(min(TEND_SECONDS, self._settings.database_idle_connection_seconds))
            await self._pool.shrink(self._plan.least, self._settings.database_idle_connection_seconds)

    @asynccontextmanager
    async def acquire(self) -> AsyncGenerator[PoolConnectionProxy]:
        """Borrow a connection; nobody's context is set.

        Raises:
            DatabaseUnavailable: the server cannot be reached, or none became free in time.
            NotReady: the pool is being closed.
        """
        with self.acquiring():
            borrowed = await greenlet_spawn(self.engine.pool.connect)
        try:
            # a connection that belongs to SQLAlchemy's pool does all that asyncpg's own does
            yield cast("PoolConnectionProxy", borrowed.driver_connection)
        finally:
            borrowed.close()  # SQLAlchemy knows of no transaction here, so there is nothing to await: 20 µs less

    @contextmanager
    def acquiring(self) -> Generator[None]:
        """Turn what keeps somebody from getting a connection into errors of ours."""
        if self._closing:
            raise NotReady("the server is going down", hint="Try again in a moment.")
        try:
            yield
        except NoneFree as error:
            raise DatabaseUnavailable(
                f"no connection of the pool {self.name} became free in {self._plan.acquire_seconds:g} s",
                hint="Try again; if it lasts, give the pool more connections.",
            ) from error
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DatabaseUnavailable(f"cannot get a connection to PostgreSQL: {error}", hint="Try again.") from error

    def figures(self) -> Figures:
        """Say how full the pool is."""
        return self._pool.figures(self.name, least=min(self._plan.least, self._plan.most))

    async def close(self, seconds: float = CLOSE_SECONDS) -> bool:
        """Let nobody in any more, wait so long for who is in, and close; False when somebody was cut off."""
        self._closing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._pool.checkedout():  # noqa: ASYNC110  SQLAlchemy's pool has no event for it
                    await asyncio.sleep(0.01)
        done = not self._pool.checkedout()
        if self._tending is not None:
            self._tending.cancel()
        self.statements.stop()
        await self.engine.dispose()
        return done


def _as_it_is(value: object) -> object:
    """Leave jsonb to the connection's codec."""
    return value


def _speak_python(connection: Any, _record: object) -> None:
    """Let jsonb be Python's objects for raw statements too: SQLAlchemy's own codec takes text."""
    connection.run_async(_decode_json)


async def _decode_json(connection: Connection) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
