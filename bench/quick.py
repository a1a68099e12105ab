"""Three figures in one run on one server: our worker, pgqueuer with the same work, and our SQL through pgbench alone.

Ends with one line: drain=<runs/s> pgqueuer=<runs/s> ratio=<x> limit=<runs/s> share=<x>. Figures are medians of rounds
taken in turn; ratio is drain ÷ pgqueuer, share is drain ÷ limit.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import venv
from pathlib import Path

from rich.console import Console
from rich.table import Table

import ours
from place import HERE, place

ENVIRONMENT = HERE.parent / "build" / "peers"
PACKAGES = ("pgqueuer==1.6.0", "asyncpg==0.32.0", "uvloop==0.23.0")


def peers() -> Path:
    """Make the peers' own environment when it is missing; returns its Python."""
    python = ENVIRONMENT / "bin" / "python"
    if not (ENVIRONMENT / "ready").exists():
        venv.create(ENVIRONMENT, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        (ENVIRONMENT / "ready").touch()
    return python


async def pgqueuer(python: Path, dsn: str, runs: int) -> dict[str, float]:
    """Let pgqueuer do the same in a database of its own."""
    script = str(HERE / "peers" / "pgqueuer_drain.py")
    process = await asyncio.create_subprocess_exec(python, script, dsn, str(runs), stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    if process.returncode:
        raise SystemExit("pgqueuer did not end well")
    return json.loads(out)


async def measure(rounds: int, runs: int, python: Path) -> dict[str, list[float]]:
    """Take all three in turn, after a round that warms up and does not count."""
    found: dict[str, list[float]] = {name: [] for name in ("drain", "pgqueuer", "limit", "bulk", "pgqueuer bulk")}
    async with place() as where:
        for number in range(rounds + 1):
            own = await ours.drain(where, runs)
            limit = await ours.limit(where, runs)
            peer = await pgqueuer(python, await where.fresh(f"pgqueuer_{number}"), runs)
            if number:
                figures = (own["drain"], peer["drain"], limit, own["enqueue_bulk"], peer["enqueue_bulk"])
                for name, figure in zip(found, figures, strict=True):
                    found[name].append(figure)
    return found


def main() -> None:
    """Measure, print a table and the line, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="rounds that count")
    parser.add_argument("--runs", type=int, default=100_000, help="runs of each drain")
    parser.add_argument("--json", type=Path, default=HERE / "results" / "quick.json")
    options = parser.parse_args()
    found = asyncio.run(measure(options.rounds, options.runs, peers()))
    table = Table("runs/s", "median", "slowest", "fastest")
    for name, figures in found.items():
        table.add_row(name, *(f"{each:,.0f}" for each in (statistics.median(figures), min(figures), max(figures))))
    Console(stderr=True).print(table)
    middle = {name: statistics.median(figures) for name, figures in found.items()}
    ratio, share = middle["drain"] / middle["pgqueuer"], middle["drain"] / middle["limit"]
    options.json.parent.mkdir(parents=True, exist_ok=True)
    machine = {"cpus": os.cpu_count(), "system": platform.platform(), "python": sys.version.split()[0]}
    options.json.write_text(json.dumps({**machine, "figures": found}, indent=2) + "\n")
    print(
        f"drain={middle['drain']:.0f} pgqueuer={middle['pgqueuer']:.0f} ratio={ratio:.2f}"
        f" limit={middle['limit']:.0f} share={share:.2f}"
    )


if __name__ == "__main__":
    main()
