"""Hears what other processes have changed: one connection that listens, and tells the caches what to forget."""

import asyncio
from typing import Final

import asyncpg

from stateroom.core.cache import Caches
from stateroom.db.pools import connect
from stateroom.errors import DatabaseUnavailable

CHANNEL: Final = "stateroom_cache"
LOOK_SECONDS: Final = 15.0
_RETRY_SECONDS: Final = (0.02, 0.1, 0.5, 1.0)


class Hints:
    """Listens past the pooler, and comes back by itself when the server does; meanwhile rows grow old by themselves."""

    def __init__(self, dsn: str, caches: Caches) -> None:
        """Listen with this direct DSN for these caches."""
        self._dsn = dsn
        self._caches = caches
        self.heard = asyncio.Event()
        """Set while hints are heard."""

    async def run(self) -> None:
        """Listen until cancelled."""
        attempt = 0
        while True:
            try:
                await self._listen()
                attempt = 0
            except (OSError, TimeoutError, DatabaseUnavailable, asyncpg.PostgresError, asyncpg.InterfaceError):
                attempt += 1
            await asyncio.sleep(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)])

    async def _listen(self) -> None:
        lost = asyncio.Event()
        connection = await connect(self._dsn)
        connection.add_termination_listener(lambda _connection: lost.set())
        try:
            await connection.add_listener(CHANNEL, self._hear)
            # What was said while nobody listened is not known.
            self._caches.clear()
            self.heard.set()
            while not lost.is_set():
                try:
                    await asyncio.wait_for(lost.wait(), LOOK_SECONDS)
                except TimeoutError:
                    await connection.execute("select", timeout=LOOK_SECONDS)
        finally:
            self.heard.clear()
            self._caches.clear()
            connection.terminate()

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._caches.hear(str(payload))
