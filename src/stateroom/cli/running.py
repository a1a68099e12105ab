"""Which `stateroom up` runs on a home: one holds the lock, and says in a file where its API is."""

import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from stateroom.core.private_files import read_text, write_private

FILE_NAME: Final = "up.json"
LOCK_NAME: Final = "up.lock"


@dataclass(frozen=True, slots=True)
class Running:
    """The `up` that serves a home, once its API answers."""

    pid: int
    url: str

    @classmethod
    def load(cls, home: Path) -> Self | None:
        """Return who serves this home, if that process still lives."""
        text: str | None = None
        with suppress(OSError):
            text = read_text(home / FILE_NAME)
        try:
            found = cls(**json.loads(text or ""))
        except (ValueError, TypeError):
            return None
        return found if _lives(found.pid) else None

    def save(self, home: Path) -> None:
        """Say where the API is."""
        write_private(home / FILE_NAME, json.dumps(asdict(self)) + "\n")

    @staticmethod
    def forget(home: Path) -> None:
        """Take back what `save` said."""
        (home / FILE_NAME).unlink(missing_ok=True)


@contextmanager
def only_one(home: Path) -> Generator[bool]:
    """Hold the lock of a home during the block; yields False if another process holds it."""
    handle = os.open(home / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
