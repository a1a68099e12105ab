"""The token of this machine's user: a file that only its owner can read, until there is sign-in."""

import os
import secrets
from pathlib import Path

from stateroom.core.private_files import create_private
from stateroom.errors import StateroomError, Unauthorized

TOKEN_FILE = "token"  # noqa: S105  the file's name, not a secret


def ensure_token(home: Path) -> str:
    """Return the token of the file in `home`; make it, readable for its owner only, if there is none."""
    path = home / TOKEN_FILE
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        create_private(path, secrets.token_urlsafe(32) + "\n")
    return read_token(home)


def read_token(home: Path) -> str:
    """Return the token of the file in `home`.

    Raises:
        Unauthorized: there is no token yet, or this user may not read it.
        StateroomError: others may read the file, or it is empty.
    """
    path = home / TOKEN_FILE
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            token = file.read().strip()
    except FileNotFoundError as error:
        raise Unauthorized(
            f"there is no token in {path}", hint="Run `stateroom up` first, or set STATEROOM_HOME or STATEROOM_TOKEN."
        ) from error
    except PermissionError as error:
        raise Unauthorized(
            f"the token in {path} belongs to another user", hint="Run as that user, or set STATEROOM_TOKEN."
        ) from error
    if mode & 0o077:
        raise StateroomError(
            f"other users may read the token in {path}", hint=f"Delete it; a new one is made: rm {path}"
        )
    if not token:
        raise StateroomError(f"the token in {path} is empty", hint=f"Delete it; a new one is made: rm {path}")
    return token
