"""The operating system's account that the embedded server runs as: never root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from stateroom.errors import EmbeddedServerError

NAME: Final = "stateroom"
ENVIRONMENT: Final[Mapping[str, str]] = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server's programs run as; without ids they run as whoever calls."""

    name: str
    uid: int | None = None
    gid: int | None = None

    def run(self, argv: Sequence[str | Path], *, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program to its end as this account, from a folder that everybody can enter."""
        return subprocess.run(
            [str(each) for each in argv],
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )

    def spawn(
        self, argv: Sequence[str | Path], *, log: IO[bytes], in_child: Callable[[], None] | None
    ) -> subprocess.Popen[bytes]:
        """Start a program that stays, in a session of its own, so that Ctrl-C in the terminal does not reach it."""
        return subprocess.Popen(
            [str(each) for each in argv],
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=in_child,  # noqa: PLW1509 - one system call, prepared before the fork, from the main thread
        )

    def can(self, test: str, path: Path) -> bool:
        """Ask the operating system by trying: `-x`, `-r` or `-w` as of test(1)."""
        return self.run(["/bin/sh", "-c", f'test {test} "$1"', "sh", path]).returncode == 0

    def own(self, path: Path) -> None:
        """Give a file or folder that we have just made to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def make_folder(self, path: Path) -> None:
        """Make a folder that only this account may enter, unless it is there already; parents must exist."""
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            return
        self.own(path)


def choose(data: Path, say: Callable[[str], None]) -> Account:
    """Decide who runs the server: the caller, or for root the data's owner, else the account `stateroom`.

    Raises:
        EmbeddedServerError: the account is missing and cannot be made.
    """
    if os.geteuid() != 0:
        return Account(name=_name_of(os.geteuid()))
    owner = data.stat().st_uid if data.exists() else 0
    if owner != 0:
        entry = pwd.getpwuid(owner)
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        _make(say)
        entry = pwd.getpwnam(NAME)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise EmbeddedServerError(
            f"user id {uid} has no entry in the user database, and PostgreSQL does not run without one",
            hint="add one to /etc/passwd, or run as another user",
        ) from None


def _make(say: Callable[[str], None]) -> None:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    by_hand = f"make a system account named {NAME} by hand, or run as an ordinary user"
    if program is None:
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root, and there is no useradd to make {NAME}", hint=by_hand
        )
    options = ("--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false")
    done = subprocess.run([program, *options, NAME], capture_output=True, text=True, check=False)
    # 9: somebody else has made it in the meantime
    if done.returncode not in {0, 9}:
        raise EmbeddedServerError(f"cannot make the account {NAME}: {done.stderr.strip()}", hint=by_hand)
    say(f"PostgreSQL does not run as root: made the unprivileged system account {NAME} for it")
