"""Where a worker's working copies are, and how they go away, also after a worker that could not clean up."""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Final, Self

_LOCK: Final = "lock"


class WorkFolder:
    """One worker's folder inside `root`, locked while the worker lives; what dead workers have left is swept away.

    Without `root` it is in the system's folder for temporary files, where nothing is swept. All methods block.
    """

    def __init__(self, path: Path, lock: int) -> None:
        """Use `open` instead."""
        self.path = path
        self._lock = lock

    @classmethod
    def open(cls, root: Path | None) -> Self:
        """Make and lock the folder."""
        if root is None:
            path = Path(tempfile.mkdtemp(prefix="stateroom-"))
            return cls(path, _lock(path))
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        door = _lock(root)  # nobody takes a folder for left between its making and its locking
        try:
            left = [(each, lock) for each in root.iterdir() if (lock := _take_over(each)) is not None]
            path = Path(tempfile.mkdtemp(prefix="w", dir=root))
            lock = _lock(path)
        finally:
            os.close(door)
        for each, its_lock in left:
            remove_tree(each)
            os.close(its_lock)
        return cls(path, lock)

    def fresh(self) -> Path:
        """Make a new empty folder in it."""
        return Path(tempfile.mkdtemp(prefix="r", dir=self.path))

    def close(self) -> None:
        """Remove the folder."""
        remove_tree(self.path)
        os.close(self._lock)


def _lock(folder: Path) -> int:
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _take_over(folder: Path) -> int | None:
    """Lock another worker's folder if that worker is gone."""
    try:
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return None  # not a worker's folder
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def remove_tree(folder: Path) -> None:
    """Remove a folder and all in it, also what was made read-only; links are removed, never followed."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        if not folder.exists():
            return
    except OSError:
        pass
    else:
        return
    _make_writable(folder)
    for parent, names, _ in os.walk(folder):
        for name in names:
            _make_writable(Path(parent, name))
    shutil.rmtree(folder, ignore_errors=True)


def _make_writable(folder: Path) -> None:
    with contextlib.suppress(OSError):
        if stat.S_ISDIR(folder.lstat().st_mode):
            folder.chmod(0o700)
