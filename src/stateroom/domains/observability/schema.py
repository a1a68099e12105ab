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


class Health(TypedDict):
    """Without a token only `status` and `version` are said; without a database there are no migrations and workers."""

    status: Literal["ok", "degraded", "down"]
    version: str
    database: NotRequired[DatabaseHealth]
    migrations: NotRequired[MigrationHealth]
    workers: NotRequired[list[WorkerHealth]]
