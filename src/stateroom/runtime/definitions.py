"""Definitions of tasks, read in batches and kept: steps for good, since they never change, routines for seconds."""

import asyncio
import time
from collections import OrderedDict
from typing import Final
from uuid import UUID

from stateroom.engine import calls
from stateroom.engine.types import TaskDefinition
from stateroom.runtime.patience import patiently

ROUTINE_SECONDS: Final = 5.0
_MOST: Final = 50_000


class Definitions:
    """A cache; those who ask in the same moment share one round trip."""

    def __init__(self, db: calls.Executor) -> None:
        """Read with these connections."""
        self._db = db
        self._known: OrderedDict[UUID, tuple[TaskDefinition, float]] = OrderedDict()
        self._wanted: dict[UUID, asyncio.Future[TaskDefinition | None]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    def known(self, task: UUID) -> TaskDefinition | None:
        """Return the definition if it has been read, and not too long ago."""
        known = self._known.get(task)
        return known[0] if known is not None and time.monotonic() < known[1] else None

    async def of(self, task: UUID) -> TaskDefinition | None:
        """Read the definition; None when there is no such task."""
        loop = asyncio.get_running_loop()
        wanted = self._wanted.get(task)
        if wanted is None:
            wanted = self._wanted[task] = loop.create_future()
            if len(self._wanted) == 1:
                reading = asyncio.create_task(self._read())
                self._reading.add(reading)
                reading.add_done_callback(self._reading.discard)
        return await asyncio.shield(wanted)

    async def _read(self) -> None:
        await asyncio.sleep(0)  # let the others of the same claim ask
        wanted, self._wanted = self._wanted, {}
        try:
            found = {each.id: each for each in await patiently(lambda: calls.task_definitions(self._db, list(wanted)))}
        except Exception as error:  # noqa: BLE001 (handed to those who asked)
            for future in wanted.values():
                future.set_exception(error)
            return
        now = time.monotonic()
        for task, future in wanted.items():
            definition = found.get(task)
            if definition is not None:
                until = float("inf") if definition.step_key is not None else now + ROUTINE_SECONDS
                self._known[task] = (definition, until)
                self._known.move_to_end(task)
            future.set_result(definition)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
