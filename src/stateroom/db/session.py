"""The unit of work for models: one transaction as a person, which only the edge commits.

async with writing(pools.api, caller) as session:      commits at its end, an error rolls back
async with reading(pools.lists, caller) as session:    the server refuses to write
"""

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Final, Protocol, TypeVar, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import Connection, Executable, Result, Select, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from stateroom.db.connect import LIMITS, LOST, our_errors
from stateroom.db.pools import Caller, Pool

CONTEXT: Final = """
select set_config('transaction_read_only', $1, true), set_config('role', $2, true),
  set_config('statement_timeout', coalesce($3, current_setting('statement_timeout')), true),
  set_config('lock_timeout', coalesce($4, current_setting('lock_timeout')), true),
  set_config('idle_in_transaction_session_timeout',
    coalesce($5, current_setting('idle_in_transaction_session_timeout')), true),
  stateroom.set_context($6, $7, $8, $9, $10, $11, $12, $13, $14)"""
ARGUMENTS: Final = "stateroom_context"

_M = TypeVar("_M")


class _ContextSession(Session):
    """A session whose transactions begin with their caller's context."""


def _set_context(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """Set role and context before anything else.

    SQLAlchemy begins with its own first statement: a raw one before it would commit by itself.
    """
    if not transaction.nested:
        connection.exec_driver_sql(CONTEXT, session.info[ARGUMENTS])


event.listen(_ContextSession, "after_begin", _set_context)


class Reads(Protocol):
    """A session in which statements can be executed: ours, and SQLAlchemy's own."""

    async def execute(self, statement: Executable, parameters: dict[str, Any] | None = None, /) -> Result[Any]:
        """Execute a statement, and return its rows."""
        ...


class ReadSession:
    """Reads models as a person; has nothing that writes."""

    def __init__(self, session: AsyncSession) -> None:
        """Wrap a session that is in its transaction."""
        self._session = session

    async def get(self, model: type[_M], key: object) -> _M | None:
        """Return the row with this key, or None when there is none that the caller may see."""
        return await self._session.get(model, key)

    async def one(self, statement: Select[_M]) -> _M | None:
        """Return the first column of the only row, None when there is none."""
        return (await self._session.scalars(statement)).one_or_none()

    async def all(self, statement: Select[_M]) -> Sequence[_M]:
        """Return the first column of all rows."""
        return (await self._session.scalars(statement)).all()

    async def execute(self, statement: Executable, parameters: dict[str, Any] | None = None) -> Result[Any]:
        """Execute a statement, and return its rows."""
        return await self._session.execute(statement, parameters)

    async def driver(self) -> PoolConnectionProxy:
        """Return asyncpg's connection, in this transaction and with its context, for plain SQL."""
        connection = await self._session.connection()
        return cast("PoolConnectionProxy", (await connection.get_raw_connection()).driver_connection)


class WriteSession(ReadSession):
    """Reads and writes models as a person; whoever opened it commits."""

    def add(self, *rows: object) -> None:
        """Let rows be inserted with the next flush."""
        self._session.add_all(rows)

    async def delete(self, row: object) -> None:
        """Let a row be deleted with the next flush."""
        await self._session.delete(row)

    async def flush(self) -> None:
        """Write what has changed, so that the database can refuse it here."""
        await self._session.flush()

    async def refresh(self, row: object) -> None:
        """Read what the database has made of a row: stamps, counters, generated columns."""
        await self._session.refresh(row)

    def savepoint(self) -> AbstractAsyncContextManager[object]:
        """Begin a part that may fail alone: an error in it takes back only what was written in it."""
        return self._session.begin_nested()


@asynccontextmanager
async def reading(pool: Pool, caller: Caller) -> AsyncGenerator[ReadSession]:
    """Run one read-only transaction as a person. Errors as of writing."""
    async with transaction(pool, caller, read_only=True) as session:
        yield ReadSession(session)


@asynccontextmanager
async def writing(pool: Pool, caller: Caller) -> AsyncGenerator[WriteSession]:
    """Run one transaction as a person: leaving without an error commits, any error rolls back.

    Raises:
        StateroomError: what SQL raised with a SQLSTATE of class SR, or DatabaseUnavailable.
        IntegrityError: what a constraint refused, as SQLAlchemy says it.
    """
    async with transaction(pool, caller, read_only=False) as session:
        yield WriteSession(session)


@asynccontextmanager
async def transaction(pool: Pool, caller: Caller, *, read_only: bool) -> AsyncGenerator[AsyncSession]:
    """Run one transaction as a person on SQLAlchemy's own session. Errors as of writing."""
    session = AsyncSession(pool.engine, sync_session_class=_ContextSession, expire_on_commit=False)
    session.info[ARGUMENTS] = (
        "on" if read_only else "off",
        caller.login,
        *(pool.limits.get(name) for name in LIMITS),
        caller.user_id,
        caller.role,
        caller.project_id,
        None if caller.permissions is None else list(caller.permissions),
        caller.request_id,
        caller.api_key_id,
        caller.session_id,
        caller.ip_address,
        caller.user_agent,
    )
    with _our_errors():
        async with session:
            with pool.acquiring():
                await session.connection()
            yield session
            await session.commit()


@contextmanager
def _our_errors() -> Generator[None]:
    """Say as our_errors does what SQLAlchemy has wrapped."""
    with our_errors():
        try:
            yield
        except DBAPIError as error:
            cause = error.orig.__cause__ if error.orig else None
            refused = isinstance(cause, asyncpg.PostgresError) and (cause.sqlstate or "").startswith("SR")
            if cause is not None and (refused or isinstance(cause, LOST)):
                raise cause from None
            raise
