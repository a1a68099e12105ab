"""A program's own way in: a pool that opens when it is first needed, and transactions as a user."""

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from stateroom.db.connect import our_errors
from stateroom.errors import NotFound
from stateroom.programs.orders import Arguments
from stateroom.programs.runs import Waiter
from stateroom.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from sqlalchemy.ext.asyncio import AsyncSession

    from stateroom.db.pools import Caller, Pool

WHO: Final = "select user_id, role::text from stateroom.credentials_of($1)"


class Door:
    """The login `app`, acting for one user unless another is named."""

    def __init__(self, settings: Settings | None, user: str) -> None:
        """Open nothing yet."""
        self._given = settings
        self._user = user
        self._callers: dict[str, Caller] = {}
        self._open: tuple[asyncio.AbstractEventLoop, Pool, Waiter] | None = None
        self._opening: asyncio.Task[Pool] | None = None

    async def fetch(self, statement: str, arguments: Arguments) -> list[tuple[Any, ...]]:
        """Execute a statement in a transaction of its own, and return its rows. Raises StateroomError."""
        from stateroom.db.pools import as_user

        pool = await self.pool()
        async with as_user(pool, await self._caller(pool, self._user)) as connection:
            return [tuple(row) for row in await connection.fetch(statement, *arguments)]

    @asynccontextmanager
    async def session(self, user: str | None, *, read_only: bool) -> "AsyncGenerator[AsyncSession]":
        """Run one transaction with models as a user."""
        from stateroom.db.session import transaction

        pool = await self.pool()
        caller = await self._caller(pool, user or self._user)
        async with transaction(pool, caller, read_only=read_only) as session:
            yield session

    async def waiter(self) -> Waiter:
        """Return what waits for runs in this event loop."""
        await self.pool()
        assert self._open is not None  # noqa: S101 (the line above has opened it)
        return self._open[2]

    async def pool(self) -> "Pool":
        """Return the open pool; another event loop gets one of its own.

        Raises:
            DatabaseUnavailable: the server cannot be reached, or nobody has said where it is.
        """
        loop = asyncio.get_running_loop()
        if self._open is None or self._open[0] is not loop:
            if self._opening is None or self._opening.get_loop() is not loop:
                self._opening = loop.create_task(self._opened())
            await asyncio.shield(self._opening)
        assert self._open is not None  # noqa: S101 (as above)
        return self._open[1]

    async def _opened(self) -> "Pool":
        from stateroom.db.pools import app_pool

        try:
            pool = await app_pool(self._given or Settings())
        finally:
            self._opening = None
        self._open = (asyncio.get_running_loop(), pool, Waiter(self.fetch))
        return pool

    async def close(self) -> None:
        """Close the pool."""
        if self._open is not None:
            (_, pool, waiter), self._open = self._open, None
            waiter.close()
            await pool.close()

    async def _caller(self, pool: "Pool", user: str) -> "Caller":
        from stateroom.db.pools import Caller

        caller = self._callers.get(user)
        if caller is None:
            with our_errors():
                async with pool.acquire() as connection:
                    row = await connection.fetchrow(WHO, user)
            if row is None:
                raise NotFound(
                    f"there is no user {user}", hint="Name an active user: Stateroom(user=…), session(user=…)."
                )
            caller = self._callers[user] = Caller(row["user_id"], row["role"])
        return caller
