"""One real PostgreSQL for the whole run, one migrated template, and a clone of it for each test that asks.

Fixtures:
    db           a fresh database: `.engine_dsn`, `await db.connect("engine")`, `await db.shift("2 hours")`, `db.env()`
    home         an empty home folder for child processes
    server_home  a home folder in which a test may start an embedded server of its own; stopped and removed afterwards

`pytest --pg 15` uses Debian's PostgreSQL 15 instead of the embedded 18.
"""

import asyncio
import json
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import asyncpg
import pytest

from folders import DEBIAN, make_folder
from stateroom.db.credentials import with_database
from stateroom.db.embedded import EmbeddedServer
from stateroom.db.init import init_database
from stateroom.settings import Settings

EMBEDDED = "18"
TEMPLATE = "stateroom_template"
OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
    "max_connections": "300",
}
# Time is a parameter of the database: ids keep real time, every rule sees the shifted one.
CLOCK = """
create schema stateroom_test;
create table stateroom_test.clock (shift interval not null);
insert into stateroom_test.clock values ('0');
grant usage on schema stateroom_test to public;
grant select on stateroom_test.clock to public;
create or replace function stateroom.now() returns timestamptz
    language sql stable parallel safe
    return pg_catalog.statement_timestamp() + (select shift from stateroom_test.clock);
"""
SHARED = pytest.StashKey["SharedServer"]()


@dataclass(frozen=True)
class Dsns:
    """What a process has to know of the shared server."""

    admin: str
    maintenance: str
    app: str
    engine: str
    query: str


class SharedServer:
    """The server of this run, owned by the process that was started first."""

    def __init__(self, version: str):
        self.folder = make_folder("sr-test-")
        programs = None if version == EMBEDDED else DEBIAN / version / "bin"
        self.server = EmbeddedServer(self.folder / "server", programs=programs, options=OPTIONS)
        try:
            self.dsns = self._set_up()
        except BaseException:
            self.close()
            raise

    def _set_up(self) -> Dsns:
        info = self.server.start()
        return asyncio.run(_make_template(info.admin_dsn))

    def close(self):
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


async def _make_template(admin_dsn: str) -> Dsns:
    async with _connection(admin_dsn) as admin:
        await admin.execute(f"create database {TEMPLATE}")
    in_template = with_database(admin_dsn, TEMPLATE)
    credentials = await init_database(in_template, known={})
    async with _connection(in_template) as admin:
        await admin.execute(CLOCK)
    return Dsns(admin=admin_dsn, **asdict(credentials))


@asynccontextmanager
async def _connection(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


@dataclass
class Database:
    """One test's own database."""

    name: str
    dsns: Dsns
    home: Path
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def admin_dsn(self) -> str:
        return self.dsn("admin")

    @property
    def maintenance_dsn(self) -> str:
        return self.dsn("maintenance")

    @property
    def app_dsn(self) -> str:
        return self.dsn("app")

    @property
    def engine_dsn(self) -> str:
        return self.dsn("engine")

    @property
    def query_dsn(self) -> str:
        return self.dsn("query")

    def dsn(self, login: str) -> str:
        return with_database(getattr(self.dsns, login), self.name)

    async def connect(self, login: str = "maintenance") -> asyncpg.Connection:
        """A connection that is closed with the test."""
        return await self.stack.enter_async_context(_connection(self.dsn(login)))

    async def shift(self, interval: str) -> None:
        """Move the database's clock on by this much, for every session at once."""
        async with _connection(self.admin_dsn) as admin:
            await admin.execute("update stateroom_test.clock set shift = shift + $1::text::interval", interval)

    def env(self, **more: str) -> dict[str, str]:
        """The environment of a child process that uses this database."""
        return {
            **os.environ,
            "STATEROOM_HOME": str(self.home),
            "STATEROOM_MAINTENANCE_URL": self.maintenance_dsn,
            "STATEROOM_APP_URL": self.app_dsn,
            "STATEROOM_ENGINE_URL": self.engine_dsn,
            **more,
        }

    def settings(self, **more: object) -> Settings:
        """Settings of a process that uses this database."""
        values = {
            "home": self.home,
            "maintenance_url": self.maintenance_dsn,
            "app_url": self.app_dsn,
            "engine_url": self.engine_dsn,
            **more,
        }
        return Settings(_env_file=None, **values)


def pytest_addoption(parser: pytest.Parser):
    parser.addoption("--pg", default=EMBEDDED, metavar="VERSION", help="major version of PostgreSQL; not 18: Debian's")


def pytest_configure():
    # what the developer has set for their own database is not for tests
    for name in [name for name in os.environ if name.startswith("STATEROOM_")]:
        del os.environ[name]


def pytest_report_header(config: pytest.Config) -> str:
    version = config.getoption("--pg")
    return f"PostgreSQL: {version} ({'embedded' if version == EMBEDDED else 'Debian'})"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Start the server in the process that starts xdist's workers, and tell each of them about it."""
    if not _missing(node.config):
        node.workerinput["dsns"] = json.dumps(asdict(_shared(node.config).dsns))


def pytest_unconfigure(config: pytest.Config):
    shared = config.stash.get(SHARED, None)
    if shared is not None:
        shared.close()


def _shared(config: pytest.Config) -> SharedServer:
    if SHARED not in config.stash:
        config.stash[SHARED] = SharedServer(config.getoption("--pg"))
    return config.stash[SHARED]


def _missing(config: pytest.Config) -> str | None:
    version = config.getoption("--pg")
    if version == EMBEDDED or (DEBIAN / version / "bin" / "postgres").exists():
        return None
    return f"postgresql-{version} is not installed: apt-get install postgresql-{version}"


@pytest.fixture(scope="session")
def pg_version(request) -> int:
    """The major version that this run uses."""
    return int(request.config.getoption("--pg"))


@pytest.fixture(scope="session")
def dsns(request) -> Dsns:
    """The logins of the shared server; their database is the template, which nobody may connect to."""
    missing = _missing(request.config)
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    workerinput: Mapping[str, str] | None = getattr(request.config, "workerinput", None)
    return _shared(request.config).dsns if workerinput is None else Dsns(**json.loads(workerinput["dsns"]))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home folder for child processes."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
async def db(dsns: Dsns, home: Path) -> AsyncIterator[Database]:
    """A fresh clone of the migrated template: schema, roles, user `local`, movable clock."""
    name = f"t_{uuid.uuid4().hex}"
    async with _connection(dsns.admin) as admin:
        await admin.execute(f"create database {name} template {TEMPLATE} strategy file_copy")
    database = Database(name, dsns, home)
    try:
        async with database.stack:
            yield database
    finally:
        async with _connection(dsns.admin) as admin:
            await admin.execute(f"drop database {name} with (force)")


@pytest.fixture
def server_home() -> Iterator[Path]:
    """A home folder for an embedded server of the test's own, short and reachable for the server's account."""
    folder = make_folder("sr-own-")
    home = folder / "home"
    try:
        yield home
    finally:
        EmbeddedServer(home).stop()
        shutil.rmtree(folder, ignore_errors=True)
