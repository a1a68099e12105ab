"""Where servers of tests have their programs and their data."""

import shutil
import tempfile
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3


def make_folder(prefix: str) -> Path:
    """Make a folder for a server: in memory where there is room (a clone takes 15 ms, not 250), short, passable."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if roomy else None))
    # the server's account has to be able to pass
    folder.chmod(0o711)
    return folder
