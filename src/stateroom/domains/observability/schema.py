"""What the API says about its own health."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from stateroom.core.wire import Time


class DatabaseHealth(TypedDict):
    """Whether PostgreSQL answers, how fast, which one it is, and if not, why."""

    ok: bool
    latency_ms: float | None
    version: str | None
    embedded: bool
    message: str | None


class MigrationHealth(TypedDict):
    """Whether the schema is the one that this program was made for."""

    ok: bool
    revision: str
    expected: str
    outdated_objects: list[str]


class WorkerHealth(TypedDict):
    """A live worker: what it serves, how much it takes at once, and how much it does now."""

    name: str
    host: str
    pid: int
    started_at: Time
    last_heartbeat_at: Time
    queues: list[str]
    capacity: int
    running: int


class PoolHealth(TypedDict):
    """One pool of the API's connections; what counts up does so since it was opened."""

    name: str
    min: int
    max: int
    size: int
    in_use: int
    waiting: int
    acquired: int
    acquire_seconds: float
    timeouts: int


class Health(TypedDict):
    """Without a token only `status` and `version` are said; without a database there are no migrations and workers."""

    status: Literal["ok", "degraded", "down"]
    version: str
    database: NotRequired[DatabaseHealth]
    migrations: NotRequired[MigrationHealth]
    workers: NotRequired[list[WorkerHealth]]
    pools: NotRequired[list[PoolHealth]]
