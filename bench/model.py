"""Whether the data model answers in time: people, projects, tasks and runs are loaded, and then asked about as people.

Each figure is a transaction of its own through the API's pool: role and context, row security, the statement, the
commit; with other people and other arguments each time, and its plan beside it. `--runs 10000000` loads ten times the
history, and compares with the figures of 1,000,000: at most 1.5 times the time, and the same shape of plan. What row
security costs, how often rows are in memory, and a thousand clients through PgBouncer have databases of their own.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import asyncpg
from rich.console import Console
from rich.table import Table

import cache
import connections
import model_rls
from model_figures import Figure, People, ask, asked, figures, people
from model_plans import plan_of
from stateroom.db.credentials import Credentials, with_database
from stateroom.db.embedded import EmbeddedServer
from stateroom.db.init import init_database, init_embedded
from stateroom.db.pools import Pool, app_pool, as_user
from stateroom.db.seed import bulk
from stateroom.db.seed.world import Sizes
from stateroom.settings import Settings

RESULTS: Final = Path(__file__).parent / "results"
PIECES: Final = ("figures", "rls", "cache", "connections")
WARM: Final = 25
SLOWER: Final = 1.5
"""The most that ten times the history may cost."""
NOISE_MS: Final = 0.5
"""What two measurements of the same may differ by, whatever their ratio."""
POOL_GOAL_MS: Final = 10.0
POINT_GOAL_MS: Final = 1.0
MINE_GOAL_MS: Final = 20.0


@contextlib.asynccontextmanager
async def serving(keep: Path | None) -> AsyncIterator[tuple[str, Credentials]]:
    """Run an embedded server, in a folder that stays or in one that goes; gives the administrator's DSN too."""
    with contextlib.ExitStack() as stack:
        folder = keep
        if folder is None:
            made = tempfile.TemporaryDirectory(prefix="sr-bench-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(made))
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)  # the server's account has to be able to pass
        server = EmbeddedServer(folder / "home")
        info = server.start()
        if info.started:
            stack.callback(server.stop)
        yield info.admin_dsn, await init_embedded(info.admin_dsn, folder / "home")


async def load(credentials: Credentials, options: argparse.Namespace) -> dict[str, Any]:
    """Fill the database, unless it has been filled in an earlier measurement; says how long it took."""
    connection = await asyncpg.connect(credentials.maintenance)
    written: dict[str, int] = {}

    def tell(table: str, count: int) -> None:
        written[table] = written.get(table, 0) + count

    try:
        if await connection.fetchval(bulk.FILLED):
            runs = await connection.fetchval("select count(*) from stateroom.task_runs")
            print(f"measuring what was loaded before: {runs:,} task runs")
            return {"task_runs": runs, "seconds": None}
        began = time.perf_counter()
        sizes = Sizes(users=options.users, projects=options.projects, tasks=options.tasks, runs=options.runs, days=90)
        await bulk.load(connection, sizes, tell)
        seconds = time.perf_counter() - began
        await connection.execute("checkpoint")
    finally:
        await connection.close()
    rate = sum(written.values()) / seconds
    print(f"loaded {sum(written.values()):,} rows in {seconds:.0f} s: {rate:,.0f} rows/s")
    return {**written, "seconds": round(seconds, 1), "rows_per_second": round(rate)}


def spread(times: list[float]) -> dict[str, float]:
    """Return median and 95th percentile, in milliseconds."""
    return {
        "p50_ms": round(statistics.median(times) * 1000, 2),
        "p95_ms": round(statistics.quantiles(times, n=20)[18] * 1000, 2),
    }


async def measure_one(pool: Pool, figure: Figure, who: People, calls: int) -> dict[str, Any]:
    """Measure one figure, and explain it once, as it was asked last."""
    for number in range(WARM):
        await ask(pool, figure, who, number)
    times: list[float] = []
    for number in range(calls):
        began = time.perf_counter()
        await ask(pool, figure, who, number + WARM)
        times.append(time.perf_counter() - began)
    caller, arguments = asked(figure, who, calls)
    async with as_user(pool, caller) as connection:
        await connection.execute("savepoint before")
        lines, shape = await plan_of(connection, figure.sql, arguments)
        await connection.execute("rollback to before")  # what was explained was done
    took = spread(times)
    return {"goal_ms": figure.goal_ms, **took, "ok": took["p95_ms"] < figure.goal_ms, "plan": lines, "shape": shape}


async def measure_pool(pool: Pool, calls: int) -> dict[str, Any]:
    """Measure how long a connection from the pool takes, while five others come and go."""
    times: list[float] = []

    async def come_and_go() -> None:
        for _ in range(calls // 5):
            began = time.perf_counter()
            async with pool.acquire() as connection:
                times.append(time.perf_counter() - began)
                await connection.fetchval("select 1")

    await asyncio.gather(*(come_and_go() for _ in range(5)))
    took = spread(times[WARM:])
    return {"goal_ms": POOL_GOAL_MS, **took, "ok": took["p95_ms"] < POOL_GOAL_MS, "plan": [], "shape": []}


async def measure_figures(credentials: Credentials, options: argparse.Namespace) -> dict[str, Any]:
    """Measure all figures, or those whose names contain what was asked for."""
    loaded = await load(credentials, options)
    settings = Settings(maintenance_url=credentials.maintenance, app_url=credentials.app)  # pyright: ignore[reportCallIssue, reportArgumentType]  pydantic makes secrets of them
    pool = await app_pool(settings)
    found: dict[str, Any] = {}
    try:
        connection = await asyncpg.connect(credentials.maintenance)
        who = await people(connection)
        await connection.close()
        for figure in figures():
            if options.name in figure.name:
                found[figure.name] = await measure_one(pool, figure, who, options.calls)
        if options.name in "connection from the pool":
            found["connection from the pool"] = await measure_pool(pool, options.calls)
    finally:
        await pool.close()
    return {"loaded": loaded, "figures": found}


def compare(found: dict[str, Any], path: Path) -> bool:
    """Compare with the figures of a tenth of the history; whether all is well."""
    if not path.exists():
        print(f"there is no {path.name} to compare with: measure that first")
        return False
    before = json.loads(path.read_text())["figures"]["figures"]
    table = Table("figure", "p95 before", "p95", "ratio", "plan", "")
    well = True
    for name, row in found.items():
        if name not in before:
            continue
        old = before[name]
        ratio = row["p95_ms"] / max(old["p95_ms"], 0.01)
        same = row["shape"] == old["shape"]
        ok = same and (ratio <= SLOWER or row["p95_ms"] - old["p95_ms"] <= NOISE_MS)
        well = well and ok
        told = "same" if same else "other: " + ", ".join(sorted({*row["shape"]} ^ {*old["shape"]}))
        table.add_row(name, f"{old['p95_ms']}", f"{row['p95_ms']}", f"{ratio:.2f}", told, "ok" if ok else "MISSED")
    Console().print(table)
    return well


def show(found: dict[str, Any], *, plans: bool) -> bool:
    """Print goals beside what was measured; whether all are met."""
    if plans:
        for name, row in found.items():
            print(f"\n{name}\n  " + "\n  ".join(row["plan"] or ["(no statement)"]))
    table = Table("figure", "goal (ms)", "p50", "p95", "")
    for name, row in found.items():
        row_ok = "ok" if row["ok"] else "MISSED"
        table.add_row(name, f"{row['goal_ms']:g}", f"{row['p50_ms']}", f"{row['p95_ms']}", row_ok)
    Console().print(table)
    return all(row["ok"] for row in found.values())


async def fresh(admin_dsn: str, name: str, known: Credentials) -> tuple[str, Credentials]:
    """Make an empty database, set up, beside the one that was loaded."""
    admin = await asyncpg.connect(admin_dsn)
    await admin.execute(f"drop database if exists {name}")
    await admin.execute(f"create database {name}")
    await admin.close()
    dsns = {login: with_database(dsn, name) for login, dsn in asdict(known).items()}
    return with_database(admin_dsn, name), await init_database(with_database(admin_dsn, name), known=dsns)


async def measure_rls(admin_dsn: str, known: Credentials) -> dict[str, Any]:
    """Measure lists of a million tasks beside the same conditions by hand."""
    in_fresh, credentials = await fresh(admin_dsn, "bench_rls", known)
    owner, app = await asyncpg.connect(in_fresh), await asyncpg.connect(credentials.app)
    await model_rls.load(owner)
    rows = await model_rls.measure(owner, app, version=owner.get_server_version().major)
    await owner.close()
    await app.close()
    limits = {"100 of all my projects": MINE_GOAL_MS, "one by its id": POINT_GOAL_MS}
    found: dict[str, Any] = {}
    table = Table("list, of 1,000,000 tasks", "by hand (ms)", "policies (ms)", "ratio", "at most", "")
    for row in rows:
        limit = limits.get(row.name)
        ok = (not row.most or row.ratio <= row.most) and (limit is None or row.policies_ms < limit)
        most = " and ".join([*([f"{row.most} x"] if row.most else []), *([f"{limit:g} ms"] if limit else [])]) or "-"
        table.add_row(
            *(row.name, f"{row.by_hand_ms:.2f}", f"{row.policies_ms:.2f}", f"{row.ratio:.2f}", most),
            "ok" if ok else "MISSED",
        )
        found[row.name] = {**asdict(row), "ratio": round(row.ratio, 2), "ok": ok}
    Console().print(table)
    return found


async def measure_cache(admin_dsn: str, known: Credentials, seconds: float) -> dict[str, Any]:
    """Measure how often the rows that each request needs are in memory."""
    _, credentials = await fresh(admin_dsn, "bench_cache", known)
    found = await cache.measure(credentials.maintenance, credentials.app, cache.Load(seconds=seconds))
    ok = float(str(found["hit_rate"])) >= cache.GOAL
    print(f"hit rate {found['hit_rate']:.2%} in {seconds:g} s (goal: {cache.GOAL:.0%}): {'ok' if ok else 'MISSED'}")
    return {**found, "ok": ok}


async def measure_connections(admin_dsn: str, known: Credentials, clients: int) -> dict[str, Any]:
    """Serve many clients through PgBouncer, where it is installed."""
    _, credentials = await fresh(admin_dsn, "bench_connections", known)
    settings = Settings(maintenance_url=credentials.maintenance, app_url=credentials.app)  # pyright: ignore[reportCallIssue, reportArgumentType]  pydantic makes secrets of them
    found = await connections.measure(settings, clients=clients)
    served: Any = found.get("through_pgbouncer")
    if served is None:
        print("1,000 clients through PgBouncer: it is not installed, MISSED")
        return {**found, "ok": False}
    ok = served["errors"] == 0
    print(
        f"{served['clients']:,} clients through PgBouncer: {served['transactions']:,} transactions, {served['errors']}"
        f" errors, p50 {served['p50_ms']} ms, p99 {served['p99_ms']} ms: {'ok' if ok else 'MISSED'}"
    )
    return {**found, "ok": ok}


async def measure(options: argparse.Namespace) -> bool:
    """Measure what was asked for; whether all goals are met."""
    well = True
    result: dict[str, Any] = {"cpus": os.cpu_count(), "system": platform.platform()}
    async with serving(options.keep) as (admin_dsn, credentials):
        if "figures" in options.only:
            result["figures"] = await measure_figures(credentials, options)
            well = show(result["figures"]["figures"], plans=not options.no_plans)
            if options.runs > options.compare:
                well = compare(result["figures"]["figures"], RESULTS / f"model-{options.compare}.json") and well
        if "rls" in options.only:
            result["rls"] = await measure_rls(admin_dsn, credentials)
            well = all(row["ok"] for row in result["rls"].values()) and well
        if "cache" in options.only:
            result["cache"] = await measure_cache(admin_dsn, credentials, options.seconds)
            well = result["cache"]["ok"] and well
        if "connections" in options.only:
            result["connections"] = await measure_connections(admin_dsn, credentials, options.clients)
            well = result["connections"]["ok"] and well
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2, default=str) + "\n")
    return well


def main() -> None:
    """Measure, print tables, write JSON; ends with 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1_000_000)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--calls", type=int, default=200, help="calls of each figure")
    parser.add_argument("--only", default=",".join(PIECES), help="pieces, separated by commas")
    parser.add_argument("--name", default="", help="only figures whose name contains this")
    parser.add_argument("--compare", type=int, default=1_000_000, help="with the figures of so many runs")
    parser.add_argument("--keep", type=Path, help="a folder whose server and data stay, for another measurement")
    parser.add_argument("--no-plans", action="store_true", help="print no plans (they are in the JSON)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the cache's measurement")
    parser.add_argument("--clients", type=int, default=1000, help="through PgBouncer")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    options.only = options.only.split(",")
    if unknown := set(options.only) - set(PIECES):
        parser.error(f"--only: unknown {', '.join(unknown)}; known: {', '.join(PIECES)}")
    options.json = options.json or RESULTS / f"model-{options.runs}.json"
    sys.exit(0 if asyncio.run(measure(options)) else 1)


if __name__ == "__main__":
    main()
