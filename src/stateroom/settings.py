"""All settings, one name each: the environment variable is `STATEROOM_` and the field's name in capitals.

`python -m stateroom.settings` prints the text of `.env.example`.
"""

import os
import sys
import textwrap
from pathlib import Path
from typing import Annotated, Literal, cast

from platformdirs import user_data_path
from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT_HOME = Path("/var/lib/stateroom")


def default_home() -> Path:
    """Return where data lives unless said otherwise: the user's data folder, for root a system folder."""
    if os.name == "posix" and os.geteuid() == 0:
        return ROOT_HOME
    return user_data_path("stateroom", appauthor=False)


def _split(value: object) -> object:
    return tuple(filter(None, (each.strip() for each in value.split(",")))) if isinstance(value, str) else value


Seconds = Annotated[float, Field(gt=0)]
CronRule = Annotated[str, Field(pattern=r"^(@[a-z]+|\S+( \S+){4})$")]
Port = Annotated[int, Field(ge=0, le=65535)]
PoolFloor = Annotated[int, Field(ge=0, le=1000)]
PoolSize = Annotated[int, Field(ge=1, le=1000)]
SslMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]


class Settings(BaseSettings):
    """What processes read from the environment, or from `.env` in the current folder."""

    model_config = SettingsConfigDict(
        env_prefix="STATEROOM_", env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    home: Path = Field(
        default_factory=default_home,
        description=(
            "Folder of the embedded PostgreSQL, of passwords and of the API token. "
            f"Default: the user's data folder, for root {ROOT_HOME}."
        ),
    )
    database_url: SecretStr | None = Field(
        default=None,
        description=(
            "DSN of an administrator of your own PostgreSQL (15 or newer). Only `stateroom db init` uses it, "
            "to make roles and passwords. Without it and without the logins below the embedded server is used."
        ),
    )
    maintenance_url: SecretStr | None = Field(
        default=None, description="DSN of the login stateroom_maintenance: migrations and upkeep."
    )
    app_url: SecretStr | None = Field(
        default=None, description="DSN of the login stateroom_app: API and pages. May lead through a pooler."
    )
    engine_url: SecretStr | None = Field(
        default=None,
        description="DSN of the login stateroom_engine: workers and schedulers. May lead through a pooler.",
    )
    query_url: SecretStr | None = Field(
        default=None, description="DSN of the login stateroom_query: the administrators' own queries, read only."
    )
    maintenance_direct_url: SecretStr | None = Field(
        default=None, description="As STATEROOM_MAINTENANCE_URL, past the pooler: session locks need one connection."
    )
    app_direct_url: SecretStr | None = Field(
        default=None, description="As STATEROOM_APP_URL, past the pooler: LISTEN needs one connection."
    )
    engine_direct_url: SecretStr | None = Field(
        default=None, description="As STATEROOM_ENGINE_URL, past the pooler: LISTEN needs one connection."
    )
    replica_url: SecretStr | None = Field(
        default=None, description="DSN of stateroom_app on a read replica, for lists and reports."
    )
    embedded_port: Port = Field(
        default=0,
        description="Loopback TCP port of the embedded PostgreSQL. 0: any free one, which is then remembered.",
    )

    database_api_pool_min: PoolFloor = Field(
        default=10, description="Connections that an API process keeps open for requests, once it has needed them."
    )
    database_api_pool_max: PoolSize = Field(default=30, description="Connections of an API process for requests.")
    database_readonly_pool_min: PoolFloor = Field(
        default=1,
        description="Connections that an API process keeps open to the read replica, else to the same server.",
    )
    database_readonly_pool_max: PoolSize = Field(
        default=5, description="Connections of an API process for lists and reports on the read replica."
    )
    database_priority_pool_min: PoolFloor = Field(
        default=1, description="Connections that an API process keeps open for what must not wait behind reads."
    )
    database_priority_pool_max: PoolSize = Field(
        default=3, description="Connections of an API process for verbs (start, enqueue, cancel …) and sign-in."
    )
    database_background_pool_min: PoolFloor = Field(
        default=1, description="Connections that a scheduler keeps open for upkeep."
    )
    database_background_pool_max: PoolSize = Field(default=2, description="Connections of a scheduler for upkeep.")
    database_engine_pool_min: PoolFloor = Field(
        default=2, description="Connections that a worker or a scheduler keeps open, once it has needed them."
    )
    database_engine_pool_max: PoolSize = Field(default=10, description="Connections of a worker or a scheduler.")
    database_connect_timeout_seconds: Seconds = Field(
        default=10, description="Seconds that opening a connection may take."
    )
    database_acquire_timeout_seconds: Seconds = Field(
        default=30, description="Seconds that a request waits for a connection when all of its pool are in use."
    )
    database_priority_acquire_timeout_seconds: Seconds = Field(
        default=5, description="The same for verbs and sign-in, in seconds."
    )
    database_statement_timeout_seconds: Seconds = Field(
        default=30, description="Seconds that a statement may take; upkeep has no limit."
    )
    database_lock_timeout_seconds: Seconds = Field(
        default=30, description="Seconds that a statement may wait for a lock."
    )
    database_idle_transaction_timeout_seconds: Seconds = Field(
        default=60, description="Seconds without a statement after which the server ends an open transaction."
    )
    database_idle_connection_seconds: Seconds = Field(
        default=30, description="Seconds without use after which a connection above the pool's minimum is closed."
    )
    database_recycle_seconds: Seconds = Field(
        default=3600, description="Seconds after which a connection is replaced by a new one."
    )
    database_slow_statement_seconds: Seconds = Field(
        default=1, description="Statements that take longer, in seconds, are logged with the hash of their plan."
    )
    database_echo: bool = Field(default=False, description="Log every statement, without its parameters.")
    database_ssl_mode: SslMode | None = Field(
        default=None,
        description=(
            "How connections to PostgreSQL are encrypted: disable, allow, prefer, require, verify-ca or verify-full. "
            "With a value it holds for every DSN, whatever the DSN says. Default: what the DSN says."
        ),
    )
    database_ssl_cert: str | None = Field(
        default=None,
        description=(
            "File of the client's certificate. {role} stands for the login's name, "
            "so that one line serves all: /etc/stateroom/tls/{role}.crt."
        ),
    )
    database_ssl_key: str | None = Field(
        default=None,
        description="File of the client's key, readable by nobody else. {role} stands for the login's name.",
    )
    database_ssl_root_cert: str | None = Field(
        default=None, description="File of the authority's certificate that the server's must be signed by."
    )

    host: str = Field(default="127.0.0.1", description="Address that API and pages listen on.")
    port: Port = Field(default=8484, description="TCP port that API and pages listen on. 0: any free one.")
    api_url: str | None = Field(
        default=None,
        validation_alias="STATEROOM_URL",
        description="Base URL of the API for the command line. Default: http://HOST:PORT of the two above.",
    )
    token: SecretStr | None = Field(
        default=None, description="Token for the API. Default: what the file `token` in the home folder says."
    )

    secret_key: SecretStr | None = Field(
        default=None,
        description=(
            "Key of sealed values: 32 bytes in base64 (`openssl rand -base64 32`). Further keys, behind commas, only "
            "open what they have sealed. Default: a key file in the home folder, made at the first start."
        ),
    )
    cache_seconds: Seconds = Field(
        default=30, description="Seconds that rows which are mostly read are kept in memory, should no hint come."
    )
    cache_entries: int = Field(default=10_000, ge=1, description="Rows of one kind that are kept in memory at most.")

    concurrency: int = Field(default=8, ge=1, le=1000, description="Runs that one worker executes at once.")
    queues: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=("default",), min_length=1, description="Queues that a worker serves, separated by commas."
    )
    session_ttl_seconds: Seconds = Field(
        default=30, description="Seconds without a heartbeat after which a worker's runs are taken over."
    )
    heartbeat_seconds: Seconds = Field(default=5, description="Seconds between two heartbeats of a worker.")
    poll_seconds: Seconds = Field(
        default=1.0, description="Seconds between two looks at the queue when no notification arrives."
    )
    output_tail_bytes: int = Field(
        default=65_536, ge=0, description="Bytes of a command's last output that are kept on its run."
    )
    output_limit_bytes: int = Field(
        default=10 * 1024 * 1024, ge=0, description="Bytes of output of one run that go to the log; the rest is cut."
    )
    shutdown_grace_seconds: Seconds = Field(
        default=20, description="Seconds that running work may take to end after SIGTERM, before it is given back."
    )

    upkeep_minute_rule: CronRule = Field(
        default="* * * * *", description="Cron rule (UTC) of the upkeep that is always due: delays, statistics, alerts."
    )
    upkeep_hour_rule: CronRule = Field(
        default="7 * * * *", description="Cron rule (UTC) of the hourly upkeep: materialised views."
    )
    upkeep_day_rule: CronRule = Field(
        default="0 3 * * *", description="Cron rule (UTC) of the daily upkeep: what is old is archived and removed."
    )
    upkeep_week_rule: CronRule = Field(
        default="0 4 * * 0", description="Cron rule (UTC) of the weekly upkeep: VACUUM, and REINDEX of bloated indexes."
    )
    upkeep_month_rule: CronRule = Field(default="0 5 1 * *", description="Cron rule (UTC) of the monthly ANALYZE.")
    archive_folder: Path | None = Field(
        default=None, description="Where partitions are archived before they go. Default: `archive` in the home folder."
    )

    @property
    def url(self) -> str:
        """Base URL of the API for its client, without a slash at the end."""
        if self.api_url is not None:
            return self.api_url.rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def env_example() -> str:
    """Return a file that names every variable, says what it does, and shows its default."""
    parts = ["# Copy to .env and change what you need. All are optional; what is shown is the default.\n"]
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"STATEROOM_{name.upper()}")
        said = textwrap.fill(field.description or "", width=100, initial_indent="# ", subsequent_indent="# ")
        parts.append(f"{said}\n#{variable}={_shown(field.default)}\n")
    return "\n".join(parts)


def _shown(default: object) -> str:
    match default:
        case bool() | int() | float() | str():
            return str(default)
        case tuple():
            return ",".join(map(str, cast("tuple[object, ...]", default)))
        case _:
            return ""


if __name__ == "__main__":
    sys.stdout.write(env_example())
