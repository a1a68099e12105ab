"""Waits for a server that is away: what is safe to repeat is repeated until it goes through."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import asyncpg

from stateroom.errors import DatabaseUnavailable

AWAY: Final = (
    OSError,
    DatabaseUnavailable,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that broke in the middle of its protocol
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.CannotConnectNowError,
)
"""What passes by itself: no connection, a server that starts or stops, no room, a deadlock."""

_WAITS: Final = (0.02, 0.05, 0.1, 0.2, 0.5)

_T = TypeVar("_T")


async def patiently(work: Callable[[], Awaitable[_T]]) -> _T:
    """Do work that may be repeated, as often as it takes; other errors are the caller's."""
    attempt = 0
    while True:
        try:
            return await work()
        except AWAY as error:
            if isinstance(error, ValueError):  # asyncpg cannot encode an argument, and never will
                raise
            await asyncio.sleep(_WAITS[min(attempt, len(_WAITS) - 1)])
            attempt += 1
