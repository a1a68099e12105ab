"""How the engine copes with large graphs: steps per second of workflow runs of 1,000 and 10,000 steps.

A graph has layers of equal width; each step needs two of the layer above, so 10,000 steps have about 20,000 edges.
Steps are handlers that do nothing, executed by one real worker process; the server is an embedded PostgreSQL with
fsync on and an empty history. The rate counts from the start of the run (which is part of it) to the run's end, both
as PostgreSQL saw them. Figures are medians of several runs, taken in turn, with the spread beside them.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import time
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from place import place

GOAL = 0.7
WIDTH = 100
AS_LOCAL = "select stateroom.set_context((select id from stateroom.users where username = 'local'), 'admin')"


def graph(steps: int) -> str:
    """A definition with so many steps, two edges from each to the layer above."""
    listed = []
    for number in range(steps):
        layer, place = divmod(number, WIDTH)
        needs = [f"s{layer - 1}_{place}", f"s{layer - 1}_{(place + 1) % WIDTH}"] if layer else []
        listed.append(
            {
                "key": f"s{layer}_{place}",
                "action": "handler",
                "handler": "nothing",
                "needs": [{"step": need, "condition": "success"} for need in needs],
            }
        )
    return json.dumps({"steps": listed})


async def publish(connection: asyncpg.Connection, steps: int) -> object:
    """Publish the graph and return the workflow's id."""
    async with connection.transaction():
        await connection.execute(AS_LOCAL)
        project = await connection.fetchval("select stateroom.personal_project()")
        query = "select workflow_id from stateroom.publish_workflow($1, $2, $3)"
        return await connection.fetchval(query, project, f"graph of {steps}", graph(steps), timeout=300)


async def run_once(connection: asyncpg.Connection, workflow: object, steps: int) -> tuple[float, float]:
    """Run the workflow; returns the seconds that its start took, and the steps per second of all."""
    begun = time.perf_counter()
    async with connection.transaction():
        await connection.execute(AS_LOCAL)
        run = await connection.fetchval("select stateroom.start_workflow($1)", workflow, timeout=300)
    started = time.perf_counter() - begun
    query = (
        "select state, extract(epoch from finished_at - started_at)::float as took"
        " from stateroom.workflow_runs where id = $1"
    )
    while True:
        row = await connection.fetchrow(query, run)
        if row is not None and row["took"] is not None:
            break
        await asyncio.sleep(0.05)
    ended = await connection.fetchval(
        "select count(*) from stateroom.task_runs where workflow_run_id = $1 and state = 'succeeded'", run
    )
    if row["state"] != "succeeded" or ended != steps:
        raise SystemExit(f"the run of {steps} steps ended as {row['state']} with {ended} successes")
    return started, steps / row["took"]


async def worker_is_ready(dsn: str) -> None:
    """Wait for the worker's session, which comes after its handlers."""
    connection = await asyncpg.connect(dsn)
    async with asyncio.timeout(60):
        while not await connection.fetchval("select exists (select from stateroom.agent_sessions)"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await connection.close()


async def measure(sizes: list[int], rounds: int, concurrency: int) -> dict[str, dict[str, object]]:
    """Run all sizes in turn, `rounds` times, after a warm-up."""
    taken: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
    commands = (["worker", "--handlers", "nothing:app"], ["scheduler"])
    async with place() as where, where.processes(*commands, STATEROOM_CONCURRENCY=str(concurrency)):
        await worker_is_ready(where.credentials.maintenance)
        connection = await asyncpg.connect(where.credentials.maintenance)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("graphs", total=(rounds + 1) * sum(sizes))
            workflows = {size: await publish(connection, size) for size in sizes}
            for round_no in range(rounds + 1):
                for size in sizes:
                    figures = await run_once(connection, workflows[size], size)
                    if round_no:
                        taken[size].append(figures)
                    progress.advance(bar, size)
        await connection.close()
    return {
        str(size): {
            "steps_per_second": round(statistics.median(rate for _, rate in figures)),
            "slowest": round(min(rate for _, rate in figures)),
            "fastest": round(max(rate for _, rate in figures)),
            "start_seconds": round(statistics.median(start for start, _ in figures), 3),
        }
        for size, figures in taken.items()
    }


def main() -> None:
    """Measure, print a table and the ratio, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000", help="steps of the graphs, separated by commas")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each graph after the warm-up")
    parser.add_argument("--concurrency", type=int, default=200, help="runs that the worker executes at once")
    parser.add_argument("--json", type=Path, default=Path(__file__).parent / "results" / "graph.json")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    figures = asyncio.run(measure(sizes, options.rounds, options.concurrency))
    table = Table("steps", "steps/s", "slowest", "fastest", "start (s)")
    for size, row in figures.items():
        table.add_row(f"{int(size):,}", *(f"{value:,}" for value in row.values()))
    Console().print(table)
    first, last = figures[str(sizes[0])], figures[str(sizes[-1])]
    ratio = float(str(last["steps_per_second"])) / float(str(first["steps_per_second"]))
    print(f"steps/s at {sizes[-1]} / at {sizes[0]} = {ratio:.2f} (goal: at least {GOAL})")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    result = {"cpus": os.cpu_count(), "system": platform.platform(), "graphs": figures, "ratio": round(ratio, 3)}
    options.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
