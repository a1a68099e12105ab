"""The DSNs that processes connect with: from the environment, else from the embedded server's file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import SplitResult, quote, urlsplit

from stateroom.core.private_files import read_text, write_private
from stateroom.db.tls import with_tls
from stateroom.errors import DatabaseUnavailable
from stateroom.settings import Settings

Login = Literal["maintenance", "app", "engine", "query"]
FILE_NAME: Final = "credentials.json"


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """One DSN for each login; `query` is the fenced-in login of the admin query."""

    maintenance: str
    app: str
    engine: str
    query: str

    @classmethod
    def load(cls, home: Path) -> Self | None:
        """Read what `db init` has left in the home folder; None when nothing was set up there."""
        text = read_text(home / FILE_NAME)
        return None if text is None else cls(**json.loads(text))

    def save(self, home: Path) -> None:
        """Keep the DSNs in a file that only its owner may read."""
        write_private(home / FILE_NAME, json.dumps(asdict(self), indent=2) + "\n")

    def at(self, host: str, port: int) -> Self:
        """Return the same logins at another address, when the embedded server had to change its port."""
        return type(self)(**{login: with_address(dsn, host, port) for login, dsn in asdict(self).items()})


def _joined(parts: SplitResult) -> str:
    """Put a DSN together again; urlunsplit would drop the slashes of an empty host."""
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}{query}"


def with_login(dsn: str, user: str, password: str) -> str:
    """Return a DSN to the same server and database as another login."""
    parts = urlsplit(dsn)
    address = parts.netloc.rpartition("@")[2]
    return _joined(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{address}"))


def with_database(dsn: str, database: str) -> str:
    """Return a DSN to another database of the same server."""
    return _joined(urlsplit(dsn)._replace(path=f"/{quote(database, safe='')}"))


def with_address(dsn: str, host: str, port: int) -> str:
    """Return the same login and database at another host and port."""
    parts = urlsplit(dsn)
    login = parts.netloc.rpartition("@")[0]
    return _joined(parts._replace(netloc=f"{login}@{host}:{port}"))


def without_password(dsn: str) -> str:
    """Return a DSN that may be shown."""
    parts = urlsplit(dsn)
    login, _, address = parts.netloc.rpartition("@")
    user = login.partition(":")[0]
    return _joined(parts._replace(netloc=f"{user}@{address}" if user else address))


def dsn_of(settings: Settings, login: Login, *, direct: bool = False) -> str:
    """Return the DSN of a login; direct means past the pooler, if there is one.

    Raises:
        DatabaseUnavailable: neither the environment nor the home folder knows this login.
        InvalidInput: a certificate or key of the settings is missing, or the key can be read by others.
    """
    pooled, past = {
        "maintenance": (settings.maintenance_url, settings.maintenance_direct_url),
        "app": (settings.app_url, settings.app_direct_url),
        "engine": (settings.engine_url, settings.engine_direct_url),
        "query": (settings.query_url, None),
    }[login]
    secret = (past or pooled) if direct else pooled
    if secret is not None:
        return with_tls(settings, secret.get_secret_value())
    stored = Credentials.load(settings.home)
    if stored is None:
        name = f"STATEROOM_{login.upper()}_URL"
        raise DatabaseUnavailable(
            f"no database is set up: {name} is not set and {settings.home / FILE_NAME} does not exist",
            hint="`stateroom up` starts an embedded PostgreSQL; `stateroom db init` sets up your own one",
        )
    return with_tls(settings, asdict(stored)[login])


def is_embedded(settings: Settings) -> bool:
    """Tell whether the server is ours: nobody has named another one."""
    return not any((settings.database_url, settings.maintenance_url, settings.app_url, settings.engine_url))


def is_pooled(settings: Settings, login: Login) -> bool:
    """Tell whether a pooler stands between: there is a direct DSN, and it is a different one."""
    return dsn_of(settings, login) != dsn_of(settings, login, direct=True)
