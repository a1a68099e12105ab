"""Handlers with `transaction=True`: what they write and their completion are one commit.

begin ── handler (ctx.connection) ── complete ─┬─ commit
                 │ fails, late, cancelled      └─ refused: another attempt has the run ── roll back
                 └── roll back, then the ending is written as for every handler
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from stateroom.db.engine_pool import EnginePool, transaction_pool
from stateroom.engine import calls
from stateroom.engine.types import TaskDefinition
from stateroom.errors import Conflict
from stateroom.runtime import handling
from stateroom.runtime.completer import Completer, Returned
from stateroom.runtime.patience import AWAY, patiently
from stateroom.runtime.running import Running
from stateroom.settings import Settings

ROLL_BACK_SECONDS: Final = 5.0
NO_LIMIT: Final = "select set_config('idle_in_transaction_session_timeout', '0', true)"
"""The run's own time-out ends it, while it waits for somebody else too."""


class Transactions:
    """Connections of their own, opened with the first such handler, so that claims never wait for one."""

    def __init__(self, settings: Settings, completer: Completer) -> None:
        """Open nothing yet."""
        self._settings = settings
        self._completer = completer
        self._most = min(settings.concurrency, settings.database_engine_pool_max)
        self._places = asyncio.Semaphore(self._most)
        self._opening = asyncio.Lock()
        self._pool: EnginePool | None = None

    def close(self) -> None:
        """Cut the connections; transactions that are still open roll back."""
        if self._pool is not None:
            self._pool.terminate()

    async def call(self, running: Running, definition: TaskDefinition, work: handling.Call) -> handling.HandlerOutcome:
        """Call a handler in a transaction, and commit it with the completion.

        Raises:
            CancelledError: it was to stop, or is late; nothing is written.
        """
        async with self._places, self._connection() as connection:
            if running.stop is not None:
                raise asyncio.CancelledError
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(NO_LIMIT)
            running.connection = connection
            running.calls(definition.timeout_seconds, definition.heartbeat_timeout_seconds)
            try:
                outcome = await handling.call(work.handler, work.payload, work.context)
            finally:
                running.called()
                running.connection = None
            if outcome.state != "succeeded":
                return outcome
            if not connection.is_in_transaction():
                return handling.failure(Conflict("the handler has ended its transaction, or lost its connection"))
            if running.reported:  # completing takes away the lease, without which lines are refused
                await self._completer.flush()
            try:
                if not await self._complete(connection, running, outcome.result):
                    await transaction.commit()
            except AWAY as error:
                # should it have committed all the same, then giving the run back is refused
                reason = f"the commit of its handler was not answered: {error}"
                self._completer.returned(Returned(running.claim.run, running.claim.token, 0, reason))
            except asyncpg.PostgresError as error:  # what the handler has caught, or a constraint checked at the end
                return handling.failure(error)
        return handling.HandlerOutcome("settled")

    async def _complete(self, connection: PoolConnectionProxy, running: Running, result: str | None) -> bool:
        """Write the completion; True when it was refused."""
        claim = running.claim
        details = "{}" if running.reported or claim.attempt > 1 else None
        refused = await calls.complete(
            connection, self._completer.session_id, [claim.run], [claim.token], [result], [details]
        )
        return bool(refused)

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[PoolConnectionProxy]:
        """Lend a connection, and roll back what is open on it in the end."""
        async with self._opening:
            if self._pool is None:
                self._pool = await patiently(lambda: transaction_pool(self._settings, self._most))
        pool = self._pool
        connection = await patiently(pool.acquire)
        try:
            yield connection
        finally:
            try:
                if connection.is_in_transaction():
                    async with asyncio.timeout(ROLL_BACK_SECONDS):
                        await connection.execute("rollback")
            except BaseException:
                connection.terminate()
                raise
            finally:
                with contextlib.suppress(*AWAY):
                    await pool.release(connection)
