"""The folder that an embedded PostgreSQL lives in.

home/
├── start.lock          held while somebody starts or stops
├── postgres.json       port and the superuser's password, 0600
├── postgres.log        what the server says until its own log begins
└── postgres/           the server account's own
    ├── data/           the database cluster, and its log under data/log
    ├── run/            the Unix socket
    └── programs-18…/   a copy, where the account cannot reach the installed ones
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from stateroom.core.private_files import read_text, write_private
from stateroom.db import server_account
from stateroom.db.server_account import Account
from stateroom.errors import EmbeddedServerError

# Linux allows 107 bytes, macOS 103
SOCKET_BYTES: Final = 103


@dataclass(frozen=True, slots=True)
class Kept:
    """What has to be the same at the next start."""

    port: int
    password: str


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything of one server is."""

    root: Path

    @property
    def own(self) -> Path:
        """The folder that belongs to the server's account."""
        return self.root / "postgres"

    @property
    def data(self) -> Path:
        """The database cluster."""
        return self.own / "data"

    @property
    def log(self) -> Path:
        """The server's own log files, one for each weekday."""
        return self.data / "log"

    @property
    def first_log(self) -> Path:
        """What the server says until its own log begins."""
        return self.root / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """The folder of the Unix socket."""
        return self.own / "run"

    def prepare(self, say: Callable[[str], None]) -> Account:
        """Make the folders that are missing, leave those that are there as they are, and choose the server's account.

        Raises:
            EmbeddedServerError: a folder cannot be made or reached, or its path is too long for a socket.
        """
        path = self.socket_folder / ".s.PGSQL.65535"
        if len(os.fsencode(path)) > SOCKET_BYTES:
            raise EmbeddedServerError(
                f"{self.root} is too long: the path of a Unix socket may have {SOCKET_BYTES} bytes, {path} has more",
                hint="set STATEROOM_HOME to a shorter path",
            )
        try:
            account = server_account.choose(self.data, say)
            self.root.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.root, self.own, self.socket_folder):
                account.make_folder(folder)
        except OSError as error:
            raise EmbeddedServerError(
                f"cannot prepare {self.root}: {error.strerror}: {error.filename}",
                hint="set STATEROOM_HOME to a folder that you may write to",
            ) from error
        if not account.can("-w", self.socket_folder):
            raise EmbeddedServerError(
                f"PostgreSQL runs as {account.name}, which cannot reach {self.socket_folder}",
                hint="set STATEROOM_HOME to a folder below ones that everybody may enter, such as /var/lib/stateroom",
            )
        return account

    @contextmanager
    def locked(self) -> Generator[None]:
        """Keep other starters and stoppers waiting."""
        with (self.root / "start.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def kept(self) -> Kept:
        """Read port and password.

        Raises:
            EmbeddedServerError: the file is gone, and with it the password.
        """
        text = read_text(self.root / "postgres.json")
        if text is None:
            raise EmbeddedServerError(
                f"{self.root / 'postgres.json'} is missing, and with it the password of {self.data}",
                hint="put it back from a backup, or move the data folder away to begin anew",
            )
        return Kept(**json.loads(text))

    def keep(self, kept: Kept) -> None:
        """Write port and password."""
        write_private(self.root / "postgres.json", json.dumps(asdict(kept)) + "\n")

    def require_space(self, needed: int) -> None:
        """Refuse to begin on a disk that is nearly full.

        Raises:
            EmbeddedServerError: fewer bytes than needed are free.
        """
        free = shutil.disk_usage(self.root).free
        if free < needed:
            raise disk_is_full(self.root, f"{free // 2**20} MiB are free, {needed // 2**20} MiB are needed")


def disk_is_full(where: Path, what: str) -> EmbeddedServerError:
    """Return the error for a full disk."""
    return EmbeddedServerError(
        f"the disk of {where} is full: {what}",
        hint="free some space, or set STATEROOM_HOME to a folder on another disk",
    )
