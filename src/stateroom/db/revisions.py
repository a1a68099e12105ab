"""Alembic's part: tables, one transaction for each revision, whose scripts run as the tables' owner."""

import hashlib
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, cast

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from sqlalchemy import Connection, Executable, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from stateroom.db.chain import BASE, FOLDER
from stateroom.db.connect import connecting
from stateroom.errors import MigrationError
from stateroom.version import __version__

if TYPE_CHECKING:
    from alembic.script import Script

RECORD: Final = text("""
insert into stateroom.schema_history (kind, name, version, description, checksum, duration_ms)
select 'revision', :name, :version, :description, :checksum, :duration_ms
where to_regclass('stateroom.schema_history') is not null""")
HISTORY_EXISTS: Final = text("select to_regclass('stateroom.schema_history') is not null")


class ScriptImpl(PostgresqlImpl):
    """Let `op.execute` take scripts: asyncpg runs several statements at once only when it is asked directly."""

    __dialect__ = "postgresql"

    def execute(self, sql: Executable | str, execution_options: Mapping[str, Any] | None = None) -> None:
        """Run a script as it is, or one of SQLAlchemy's statements."""
        if self.connection is None or not isinstance(sql, str):
            super().execute(sql, dict(execution_options or {}))
            return
        # SQLAlchemy begins with its first own statement: without one, the script would commit by itself
        self.connection.exec_driver_sql("set local lock_timeout = '10s'")
        self.connection.exec_driver_sql("set local role stateroom_owner")
        driver = cast("asyncpg.Connection", self.connection.connection.driver_connection)
        await_only(driver.execute(sql))
        # row security is forced on Alembic's table and on the history too, and the owner is not exempt
        self.connection.exec_driver_sql("set local role none")


def run(context: ModuleType | EnvironmentContext) -> None:
    """Run what Alembic was asked for; called by migrations/env.py."""
    connection = cast("Connection", context.config.attributes["connection"])
    context.configure(
        connection=connection,
        version_table_schema="stateroom",
        transaction_per_migration=True,
        on_version_apply=_Recorder(),
    )
    with context.begin_transaction():
        context.run_migrations()


class _Recorder:
    """Writes each step down in the transaction of the step itself."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def __call__(self, ctx: MigrationContext, step: MigrationInfo, heads: Collection[object], run_args: object) -> None:
        """Take Alembic's report of one step."""
        del heads, run_args
        connection = ctx.connection
        now = time.monotonic()
        if connection is not None and connection.scalar(HISTORY_EXISTS):
            connection.execute(RECORD, _row(step, round((now - self._since) * 1000)))
        self._since = now


def _row(step: MigrationInfo, duration_ms: int) -> dict[str, object]:
    script = cast("Script", step.up_revision)
    name = str(step.up_revision_id) if step.is_upgrade else next(iter(step.down_revision_ids), BASE)
    return {
        "name": name,
        "version": __version__,
        "description": script.doc if step.is_upgrade else f"went back from {step.up_revision_id}",
        "checksum": hashlib.sha256(Path(script.path).read_bytes()).hexdigest(),
        "duration_ms": duration_ms,
    }


async def move(dsn: str, revision: str, *, upgrade: bool, folder: Path = FOLDER) -> None:
    """Bring the tables to a revision, upward or downward.

    Raises:
        MigrationError: a revision failed and was rolled back, or is not known.
    """
    engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=lambda: _connect(dsn))
    config = _config(folder)

    def act(connection: Connection) -> None:
        connection.exec_driver_sql("set statement_timeout = '10min'")
        connection.commit()
        config.attributes["connection"] = connection
        (command.upgrade if upgrade else command.downgrade)(config, revision)
        connection.commit()

    try:
        async with engine.connect() as connection:
            await connection.run_sync(act)
    except (asyncpg.PostgresError, DBAPIError) as error:
        said = error.orig if isinstance(error, DBAPIError) else error
        raise MigrationError(
            f"a revision failed and was rolled back: {said}", hint="see the server's log for the statement"
        ) from error
    except CommandError as error:
        raise MigrationError(
            str(error), hint="is the database newer than this program? `stateroom version` and `stateroom db check`"
        ) from error
    finally:
        await engine.dispose()


async def _connect(dsn: str) -> asyncpg.Connection:
    with connecting(dsn):
        return await asyncpg.connect(dsn, statement_cache_size=0, server_settings={"application_name": "stateroom db"})


def _config(folder: Path) -> Config:
    config = Config()
    # Alembic reads % as an interpolation
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    return config
