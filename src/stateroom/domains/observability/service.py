"""Whether the API, its database and its workers are well."""

import time
from typing import Final, cast

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from stateroom.core.wire import plain
from stateroom.db import objects
from stateroom.db.pools import Caller, as_user
from stateroom.domains.observability.schema import DatabaseHealth, Health, MigrationHealth, WorkerHealth
from stateroom.errors import DatabaseUnavailable
from stateroom.version import __version__

PING: Final = "select current_setting('server_version')"

# `db.migrate` knows these better, but it loads Alembic: half a second of every start of the API.
REVISIONS: Final = objects.PACKAGE / "db" / "migrations" / "versions"
REVISION: Final = "select name from stateroom.schema_history where kind = 'revision' order by id desc limit 1"

WORKERS: Final = """
select w.agent_name as name, w.host, w.pid, w.started_at, w.last_heartbeat_at, w.queues, w.capacity, w.running
from stateroom.live_workers w
order by w.started_at, w.session_id
"""


async def ping(pool: asyncpg.Pool, caller: Caller) -> Health:
    """Say only whether the database answers."""
    try:
        async with as_user(pool, caller, read_only=True) as connection:
            await connection.fetchval(PING)
    except (DatabaseUnavailable, TimeoutError):
        return {"status": "down", "version": __version__}
    return {"status": "ok", "version": __version__}


async def health(pool: asyncpg.Pool, caller: Caller, *, embedded: bool) -> Health:
    """Say how everything is that the API stands on."""
    began = time.monotonic()
    try:
        async with as_user(pool, caller, read_only=True) as connection:
            version = cast("str", await connection.fetchval(PING))
            latency = (time.monotonic() - began) * 1000
            migrations = await _migrations(connection)
            workers = [plain(row.items()) for row in await connection.fetch(WORKERS)]
    except (DatabaseUnavailable, TimeoutError) as error:
        return {"status": "down", "version": __version__, "database": _database(embedded=embedded, message=str(error))}
    return {
        "status": "ok" if migrations["ok"] else "degraded",
        "version": __version__,
        "database": _database(embedded=embedded, version=version, latency_ms=round(latency, 2)),
        "migrations": migrations,
        "workers": cast("list[WorkerHealth]", workers),
    }


async def _migrations(connection: PoolConnectionProxy) -> MigrationHealth:
    revision = cast("str | None", await connection.fetchval(REVISION))
    outdated = objects.outdated(objects.find(objects.FOLDERS), await objects.last_applied(connection))
    expected = newest_revision()
    return {
        "ok": revision == expected and not outdated,
        "revision": revision or "base",
        "expected": expected,
        "outdated_objects": [file.name for file in outdated],
    }


def newest_revision() -> str:
    """Return the newest revision that this program brings; the names of the files begin with theirs."""
    return max(path.stem.partition("_")[0] for path in REVISIONS.glob("[0-9]*.py"))


def _database(
    *, embedded: bool, version: str | None = None, latency_ms: float | None = None, message: str | None = None
) -> DatabaseHealth:
    return {
        "ok": message is None,
        "latency_ms": latency_ms,
        "version": version,
        "embedded": embedded,
        "message": message,
    }
