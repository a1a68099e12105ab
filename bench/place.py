"""The server on which one run of a benchmark takes place, and our own processes on it."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from stateroom.db.credentials import Credentials, with_database
from stateroom.db.embedded import EmbeddedServer
from stateroom.db.init import init_database
from stateroom.db.server_programs import wheel_folder

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Place:
    """A running server: the administrator's DSN, our logins, and a home for our processes."""

    admin: str
    credentials: Credentials
    home: Path
    programs: Path

    async def fresh(self, name: str) -> str:
        """Make an empty database for somebody else's tables; returns its DSN."""
        admin = await asyncpg.connect(self.admin)
        await admin.execute(f"create database {name}")
        await admin.close()
        return with_database(self.admin, name)

    @asynccontextmanager
    async def processes(self, *commands: Sequence[str], **settings: str) -> AsyncIterator[None]:
        """Run `stateroom …` processes while the body runs, then stop them."""
        paths = [str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]
        env = {
            **os.environ,
            "STATEROOM_HOME": str(self.home),
            "STATEROOM_ENGINE_URL": self.credentials.engine,
            "PYTHONPATH": os.pathsep.join(paths),
            **settings,
        }
        started = [
            await asyncio.create_subprocess_exec(sys.executable, "-m", "stateroom", *command, env=env)
            for command in commands
        ]
        try:
            yield
        finally:
            for process in started:
                if process.returncode is None:
                    process.terminate()
                await process.wait()


@asynccontextmanager
async def place(options: dict[str, str] | None = None) -> AsyncIterator[Place]:
    """A server of its own with our schema on it, as `stateroom up` would start it; removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="sr-bench-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101, S103 (the server's account has to be able to pass)
        server = EmbeddedServer(Path(folder) / "server", options=options or {})
        try:
            info = server.start()
            admin = await asyncpg.connect(info.admin_dsn)
            await admin.execute("create database stateroom")
            await admin.close()
            credentials = await init_database(with_database(info.admin_dsn, "stateroom"), known={})
            home = Path(folder) / "home"
            os.mkdir(home)  # noqa: PTH102
            yield Place(info.admin_dsn, credentials, home, wheel_folder())
        finally:
            server.stop()
