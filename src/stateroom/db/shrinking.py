"""SQLAlchemy's pool, with connections that are known to stand, figures, and a size that falls again."""

import time
from typing import Any, Final, cast

from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util import await_, greenlet_spawn
from sqlalchemy.util.queue import Empty

from stateroom.db.connect import CUT, PING, PING_SECONDS
from stateroom.db.figures import Figures, Waits

PING_AFTER_SECONDS: Final = 0.5
"""A connection that was used this short a time ago is not asked first whether it still stands."""

USED_AT: Final = "stateroom_used_at"


class ShrinkingPool(AsyncAdaptedQueuePool):
    """Hands out the connection that was used last, so that those that nobody needs grow old and can be closed.

    SQLAlchemy's own overflow closes a connection as soon as it returns, and its own ping costs three round trips at
    each checkout.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Open nothing yet."""
        super().__init__(*arguments, **{**options, "use_lifo": True, "max_overflow": 0})
        self.waits = Waits()

    def _do_get(self) -> ConnectionPoolEntry:
        began = time.monotonic()
        self.waits.waiting += 1
        try:
            entry = super()._do_get()
            try:
                self._drop_if_cut(entry)
            except BaseException:
                entry.close()
                super()._do_return_conn(entry)
                raise
        except NoneFree:
            self.waits.timeouts += 1
            raise
        finally:
            self.waits.waiting -= 1
        self.waits.got(time.monotonic() - began)
        return entry

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        record.info[USED_AT] = time.monotonic()
        super()._do_return_conn(record)

    @staticmethod
    def _drop_if_cut(entry: ConnectionPoolEntry) -> None:
        """Let an entry whose connection is gone connect anew."""
        driver = cast("Any", entry.driver_connection)
        if driver is None:
            return
        if driver.is_closed():
            entry.invalidate()
        elif time.monotonic() - entry.info.get(USED_AT, 0.0) > PING_AFTER_SECONDS:
            try:
                await_(driver.execute(PING, timeout=PING_SECONDS))
            except CUT as error:
                entry.invalidate(error)

    async def shrink(self, keep: int, idle_seconds: float) -> None:
        """Close connections above `keep` that nobody has used for so long, the oldest first."""
        before = time.monotonic() - idle_seconds
        idle: list[ConnectionPoolEntry] = []
        while True:
            try:
                idle.append(self._pool.get_nowait())
            except Empty:
                break
        idle.reverse()
        above = max(0, self.checkedout() - keep)
        old = [each for each in idle if each.info.get(USED_AT, 0.0) < before][:above]
        for each in idle:
            if each not in old:
                self._pool.put_nowait(each)
        self._overflow -= len(old)
        for each in old:
            await greenlet_spawn(each.close)

    def figures(self, name: str, *, least: int) -> Figures:
        """Say how full the pool is."""
        return Figures(
            name=name,
            min=least,
            max=self.size(),
            size=self.checkedin() + self.checkedout(),
            in_use=self.checkedout(),
            waiting=self.waits.waiting,
            acquired=self.waits.acquired,
            acquire_seconds=self.waits.seconds,
            timeouts=self.waits.timeouts,
        )
