"""Repeats what failed only because of the moment; nothing is repeated that is not said to be safe to repeat."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final, Literal, TypeVar

from stateroom.db.connect import LOST

FIRST_SECONDS: Final = 0.02
MOST_SECONDS: Final = 1.0
PASSING: Final = frozenset({"40001", "40P01", "53300", "57P01"})
"""Serialization failure, deadlock, too many connections, shutdown by an administrator."""

_T = TypeVar("_T")


async def repeat(work: Callable[[], Awaitable[_T]], *, safe_to_repeat: Literal[True], attempts: int = 5) -> _T:
    """Do work again, later and later, while what it fails of passes by itself; the last error is the caller's.

    Args:
        work: begins its own transaction each time.
        safe_to_repeat: the caller's word that doing it twice is the same as doing it once: when a connection breaks at
            its commit, nobody knows whether that went through.
        attempts: how often, with the first.
    """
    del safe_to_repeat
    for attempt in range(1, attempts):
        try:
            return await work()
        except Exception as error:
            if not passes(error):
                raise
            # full jitter: those that have hindered each other do not meet again
            await asyncio.sleep(random.uniform(0, min(MOST_SECONDS, FIRST_SECONDS * 2**attempt)))  # noqa: S311 (spreads repeats in time; nothing secret)
    return await work()


def passes(error: BaseException | None) -> bool:
    """Tell whether trying again may help: by the SQLSTATE of the error, or of what it was made from."""
    while error is not None:
        sqlstate = getattr(error, "sqlstate", None)
        if isinstance(sqlstate, str) and (sqlstate in PASSING or sqlstate.startswith("08")):
            return True
        if isinstance(error, LOST):
            return True
        error = getattr(error, "orig", None) or error.__cause__
    return False
