"""What connections cost: the pool beside asyncpg alone, and a thousand clients through PgBouncer in transaction mode.

A transaction opens as a person, and reads one row by its key. Figures are medians of rounds, taken in turn. The clients
through PgBouncer each open a connection and do transactions of two statements: enqueue, and look at what came of it.
"""

import argparse
import asyncio
import json
import os
import pwd
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import UUID

import asyncpg

from stateroom.db.credentials import with_address
from stateroom.db.embedded import EmbeddedServer
from stateroom.db.init import init_embedded
from stateroom.db.pools import Caller, app_pool, as_user, opening_of
from stateroom.db.session import reading
from stateroom.settings import Settings

READ = "select name from stateroom.projects where owner_id = $1"
REGISTER = """
select stateroom.register_handlers(stateroom.personal_project(), '[{"handler": "bench", "queue": "nobody"}]')"""
ENQUEUE = "select stateroom.enqueue(p_task => 'bench', p_input => $1)"
LOOK = "select state::text from stateroom.task_run_states where id = $1"
CONFIG = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = md5
auth_file = {folder}/users.txt
pool_mode = transaction
max_client_conn = 4000
default_pool_size = {size}
server_reset_query =
"""


@dataclass(frozen=True)
class Served:
    """How clients were served."""

    clients: int
    transactions: int
    errors: int
    seconds: float
    p50_ms: float
    p99_ms: float


@contextmanager
def bouncer(dsns: list[str], *, size: int = 20) -> Iterator[int]:
    """Run a PgBouncer in transaction mode in front of a server; gives its port. As root it runs as nobody."""
    server = urlsplit(dsns[0]).port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="sr-bouncer-"))
    users = [f'"{urlsplit(dsn).username}" "{unquote(urlsplit(dsn).password or "")}"' for dsn in dsns]
    folder.joinpath("users.txt").write_text("\n".join(users) + "\n", encoding="utf-8")
    config = CONFIG.format(server=server, port=port, folder=folder, size=size)
    folder.joinpath("pgbouncer.ini").write_text(config, encoding="utf-8")
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    if account is not None:
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)
    with folder.joinpath("log").open("wb") as log:
        process = subprocess.Popen(
            [shutil.which("pgbouncer", path="/usr/sbin:/usr/bin") or "pgbouncer", folder / "pgbouncer.ini"],
            user=None if account is None else account.pw_uid,
            group=None if account is None else account.pw_gid,
            extra_groups=None if account is None else [],
            stdout=log,
            stderr=log,
        )
    try:
        _wait_for(process, port, folder / "log")
        yield port
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(500):
        if process.poll() is not None:
            raise RuntimeError(log.read_text(encoding="utf-8"))
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise RuntimeError("PgBouncer does not answer")


async def serve_clients(dsn: str, user: UUID, *, clients: int = 1000, transactions: int = 5) -> Served:
    """Let so many clients be connected at once through a pooler, each doing its transactions one after the other."""
    opening = opening_of(Caller(user, "admin"), read_only=False, limits={})
    everybody = asyncio.Barrier(clients)
    taken: list[float] = []
    failed: list[BaseException] = []

    async def client(number: int) -> None:
        connection = await asyncpg.connect(dsn, statement_cache_size=0, timeout=60)
        await everybody.wait()  # all are connected before anybody works
        for _ in range(transactions):
            began = time.perf_counter()
            await connection.execute(opening)
            run = await connection.fetchval(ENQUEUE, json.dumps({"client": number}))
            if await connection.fetchval(LOOK, run) != "queued":
                raise RuntimeError(f"run {run} of client {number} is not there")
            await connection.execute("commit")
            taken.append(time.perf_counter() - began)
        await connection.close()

    async def counted(number: int) -> None:
        try:
            await client(number)
        except (OSError, RuntimeError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            failed.append(error)
            await everybody.abort()

    began = time.perf_counter()
    await asyncio.gather(*map(counted, range(clients)))
    for error in failed[:3]:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    cuts = statistics.quantiles(taken or [0.0, 0.0], n=100)
    return Served(
        clients=clients,
        transactions=len(taken),
        errors=len(failed),
        seconds=round(time.perf_counter() - began, 2),
        p50_ms=round(cuts[49] * 1000, 1),
        p99_ms=round(cuts[98] * 1000, 1),
    )


async def prepare(settings: Settings) -> UUID:
    """Register what the clients enqueue; gives the id of the user `local`."""
    url = settings.maintenance_url
    maintenance = await asyncpg.connect(url.get_secret_value() if url else None)
    user = await maintenance.fetchval("select id from stateroom.users where username = 'local'")
    await maintenance.close()
    pool = await app_pool(settings, 1)
    async with as_user(pool, Caller(user, "admin")) as connection:
        await connection.execute(REGISTER)
    await pool.close()
    return user


async def overhead(settings: Settings, user: UUID, *, calls: int = 500, rounds: int = 5) -> dict[str, dict[str, float]]:
    """Measure a transaction as a person that reads a row: asyncpg alone, our pool, a session.

    In milliseconds of the clock, and of this process's own work.
    """
    url = settings.app_url
    bare = await asyncpg.create_pool(url.get_secret_value() if url else None, min_size=1, max_size=1, reset=_keep)
    pool = await app_pool(settings, 1)
    caller = Caller(user, "developer")
    opening = opening_of(caller, read_only=True, limits={})

    async def by_asyncpg() -> None:
        async with bare.acquire() as connection:
            await connection.execute(opening)
            await connection.fetchrow(READ, user)
            await connection.execute("commit")

    async def by_pool() -> None:
        async with as_user(pool, caller, read_only=True) as connection:
            await connection.fetchrow(READ, user)

    async def by_session() -> None:
        async with reading(pool, caller) as session:
            await (await session.driver()).fetchrow(READ, user)

    ways: dict[str, Callable[[], Awaitable[None]]] = {
        "asyncpg": by_asyncpg,
        "pool": by_pool,
        "session": by_session,
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for round_no in range(rounds + 1):
        for name, way in ways.items():
            began = time.perf_counter(), time.process_time()
            for _ in range(calls):
                await way()
            if round_no:
                wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
                taken[name].append((wall / calls * 1000, cpu / calls * 1000))
    await pool.close()
    await bare.close()
    return {
        name: {
            "wall": round(statistics.median(wall for wall, _ in times), 4),
            "cpu": round(statistics.median(cpu for _, cpu in times), 4),
        }
        for name, times in taken.items()
    }


async def _keep(_connection: asyncpg.Connection) -> None:
    """Leave a connection as it is when it returns, as our pools do."""


async def measure(settings: Settings, *, clients: int = 1000) -> dict[str, object]:
    """Return the figures of this file, for a database that is set up."""
    user = await prepare(settings)
    figures: dict[str, object] = {"transaction_ms": await overhead(settings, user)}
    if shutil.which("pgbouncer", path="/usr/sbin:/usr/bin") and settings.app_url:
        dsn = settings.app_url.get_secret_value()
        with bouncer([dsn]) as port:
            served = await serve_clients(with_address(dsn, "127.0.0.1", port), user, clients=clients)
        figures["through_pgbouncer"] = {name: getattr(served, name) for name in Served.__dataclass_fields__}
    return figures


def main() -> None:
    """Measure on an embedded server of its own, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000, help="clients at once through PgBouncer")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sr-bench-"))
    folder.chmod(0o711)
    server = EmbeddedServer(folder / "home")
    try:
        info = server.start()
        credentials = asyncio.run(init_embedded(info.admin_dsn, folder / "home"))
        settings = Settings(maintenance_url=credentials.maintenance, app_url=credentials.app)  # pyright: ignore[reportCallIssue, reportArgumentType]  pydantic makes secrets of them
        print(json.dumps(asyncio.run(measure(settings, clients=options.clients)), indent=2))
    finally:
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
