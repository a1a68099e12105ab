"""Whether the API, its database and its workers are well."""

import time
from typing import Final, cast

from asyncpg.pool import PoolConnectionProxy

from stateroom.core.wire import plain
from stateroom.db import migrate
from stateroom.db.pools import Caller, Pool, as_user
from stateroom.domains.observability.schema import DatabaseHealth, Health, MigrationHealth, WorkerHealth
from stateroom.errors import DatabaseUnavailable
from stateroom.version import __version__

PING: Final = "select current_setting('server_version')"

WORKERS: Final = """
select w.agent_name as name, w.host, w.pid, w.started_at, w.last_heartbeat_at, w.queues, w.capacity, w.running
from stateroom.live_workers w
order by w.started_at, w.session_id
"""


async def ping(pool: Pool, caller: Caller) -> Health:
    """Say only whether the database answers."""
    try:
        async with as_user(pool, caller, read_only=True) as connection:
            await connection.fetchval(PING)
    except (DatabaseUnavailable, TimeoutError):
        return {"status": "down", "version": __version__}
    return {"status": "ok", "version": __version__}


async def health(pool: Pool, caller: Caller, *, embedded: bool) -> Health:
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
    drift = await migrate.check(connection)
    return {
        "ok": drift.is_none,
        "revision": drift.revision,
        "expected": drift.head,
        "outdated_objects": list(drift.objects),
    }


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
