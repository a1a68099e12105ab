"""The worker's own connection: while it stands, the server knows that the process lives, and hints arrive over it."""

import asyncio
from collections.abc import Callable
from typing import Final
from uuid import UUID

import asyncpg

from stateroom.db.connect import connect
from stateroom.engine import calls
from stateroom.errors import DatabaseUnavailable

_RETRY_SECONDS: Final = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


class Lifeline:
    """Holds the session's lock and listens; comes back by itself when the server does."""

    def __init__(self, dsn: str, *, ready: asyncio.Event, cancel: asyncio.Event) -> None:
        """Set `ready` when there is work and `cancel` when something is to be cancelled."""
        self._dsn = dsn
        self._ready = ready
        self._cancel = cancel

    async def run(self, session: UUID, plugged: Callable[[bool], None]) -> None:
        """Stay connected until cancelled; `plugged` is told at each connect whether the session still exists."""
        attempt = 0
        while True:
            lost = asyncio.Event()
            try:
                connection = await connect(self._dsn)
            except DatabaseUnavailable:
                await asyncio.sleep(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)])
                attempt += 1
                continue
            connection.add_termination_listener(lambda _connection, lost=lost: lost.set())
            try:
                plugged(await calls.plug_session(connection, session))
                await connection.add_listener("stateroom_ready", self._work_is_ready)
                await connection.add_listener("stateroom_cancel", self._something_is_cancelled)
                self._ready.set()  # what was said while nobody listened
                self._cancel.set()
                attempt = 0
                await lost.wait()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await asyncio.sleep(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)])
                attempt += 1
            finally:
                connection.terminate()

    def _work_is_ready(self, *_: object) -> None:
        self._ready.set()

    def _something_is_cancelled(self, *_: object) -> None:
        self._cancel.set()
