"""What a freshly installed database says of itself: its dump, and the pages that describe it."""

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from stateroom.db import server_programs
from stateroom.db.embedded import EmbeddedServer
from stateroom.db.init import init_embedded

# Partitions are made by the month; of functions the text stands in their own files.
PARTITIONS: Final = ("stateroom.*_20[0-9][0-9]_[0-9][0-9]", "stateroom.*_past", "stateroom.*_future")
NOISE: Final = re.compile(
    r"^(?:--.*|SET .*|SELECT pg_catalog\.set_config.*|ALTER DEFAULT PRIVILEGES.*|\\(?:un)?restrict .*)\n",
    flags=re.MULTILINE,
)
BODY: Final = re.compile(r"^    AS (\$\w*\$).*?\1;$", re.MULTILINE | re.DOTALL)
HEAD: Final = """\
-- The schema of Stateroom as PostgreSQL {major} keeps it after a fresh install. Made by docs/generate.py to look at and
-- to compare, not to run. Left out: partitions, and the texts of functions, which stand in src/stateroom/*/sql.
"""


@contextmanager
def installed() -> Iterator[str]:
    """Install into a new server; yields the DSN of its administrator."""
    with tempfile.TemporaryDirectory(prefix="sr-docs-") as folder:
        # the server's own account has to be able to pass
        Path(folder).chmod(0o711)
        home = Path(folder) / "home"
        server = EmbeddedServer(home, options={"fsync": "off"})
        try:
            info = server.start()
            yield asdict(asyncio.run(init_embedded(info.admin_dsn, home)))["maintenance"]
        finally:
            server.stop()


def snapshot(dsn: str) -> str:
    """Return the schema as pg_dump writes it, without what differs from one installation to the next."""
    folder = server_programs.wheel_folder()
    argv = [str(folder / "pg_dump"), "--schema-only", "--schema=stateroom", f"--dbname={dsn}"]
    argv += [f"--exclude-table={pattern}" for pattern in PARTITIONS]
    argv += ["--exclude-table=stateroom.alembic_version"]
    text = subprocess.run(argv, capture_output=True, check=True, text=True).stdout
    text = BODY.sub("    AS '…';", NOISE.sub("", text))
    return HEAD.format(major=18) + re.sub(r"\n{2,}", "\n\n", text).rstrip() + "\n"
