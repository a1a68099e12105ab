"""Encryption of connections: the settings are written into every DSN, and keys that others can read are refused."""

import os
import stat
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from stateroom.errors import InvalidInput
from stateroom.settings import Settings

OLDEST_TLS: Final = "TLSv1.2"


def with_tls(settings: Settings, dsn: str) -> str:
    """Return the DSN with the mode and the files of the settings; without such settings as it is.

    The settings win over what the DSN says, so that no DSN can lead past them. `{role}` in the names of certificate and
    key stands for the DSN's login.

    Raises:
        InvalidInput: a file is missing, or the key can be read by others.
    """
    wanted = _wanted(settings, unquote(urlsplit(dsn).username or ""))
    if not wanted:
        return dsn
    parts = urlsplit(dsn)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in wanted]
    query = urlencode([*kept, *wanted.items()], safe="/")
    return f"{parts.scheme}://{parts.netloc}{parts.path}?{query}"


def _wanted(settings: Settings, role: str) -> dict[str, str]:
    wanted: dict[str, str] = {}
    if settings.database_ssl_mode is not None:
        wanted["sslmode"] = settings.database_ssl_mode
        wanted["ssl_min_protocol_version"] = OLDEST_TLS
    files = {
        "sslcert": ("STATEROOM_DATABASE_SSL_CERT", settings.database_ssl_cert),
        "sslkey": ("STATEROOM_DATABASE_SSL_KEY", settings.database_ssl_key),
        "sslrootcert": ("STATEROOM_DATABASE_SSL_ROOT_CERT", settings.database_ssl_root_cert),
    }
    for parameter, (variable, value) in files.items():
        if value is not None:
            path = Path(value.replace("{role}", role))
            if not path.is_file():
                raise InvalidInput(
                    f"{variable}: there is no file {path}", hint="`stateroom tls init` makes certificates and keys."
                )
            wanted[parameter] = str(path)
    if "sslkey" in wanted:
        require_private(Path(wanted["sslkey"]))
    return wanted


def require_private(key: Path) -> None:
    """Refuse a key file that others can read; as with libpq, root's own one may be readable by its group.

    Raises:
        InvalidInput: others can read it, or it belongs to another user.
    """
    found = key.stat()
    mode = stat.S_IMODE(found.st_mode)
    allowed = 0o640 if found.st_uid == 0 else 0o600
    if mode & ~allowed & 0o777:
        raise InvalidInput(f"others can read the key {key} (mode {mode:04o})", hint=f"chmod {allowed:o} {key}")
    if found.st_uid not in {0, os.geteuid()}:
        raise InvalidInput(
            f"the key {key} belongs to another user",
            hint=f"Give it to the user who runs this: chown {os.geteuid()} {key}",
        )
