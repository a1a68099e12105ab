"""What the API says about its own health."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict


class DatabaseHealth(TypedDict):
    """Whether PostgreSQL answers, how fast, which one it is."""

    ok: bool
    latency_ms: float | None
    version: str | None
    embedded: bool
    message: str | None


class MigrationHealth(TypedDict):
    """Whether the schema is the one that this program was made for."""

    ok: bool
    revision: str | None
    expected: str | None


class WorkerHealth(TypedDict):
    """A live worker."""

    name: str
    host: str
    pid: int
    started_at: str
    last_heartbeat_at: str
    running: int


class Health(TypedDict):
    """Without a token only `status` and `version` are said."""

    status: Literal["ok", "degraded", "down"]
    version: str
    database: NotRequired[DatabaseHealth]
    migrations: NotRequired[MigrationHealth]
    workers: NotRequired[list[WorkerHealth]]
    schedulers: NotRequired[int]
