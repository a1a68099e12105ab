"""`stateroom seed`: fill a database, to look at it or to measure it."""

import asyncio
from collections import Counter
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from stateroom.cli import seed_dev
from stateroom.cli.options import JsonFlag
from stateroom.cli.output import print_json
from stateroom.cli.remote import load_settings
from stateroom.db.credentials import dsn_of
from stateroom.db.pools import connect, our_errors
from stateroom.db.seed import bulk
from stateroom.db.seed.world import Sizes

app = typer.Typer(
    name="seed", no_args_is_help=True, add_completion=False, help="Fill a database, to look at it or to measure it."
)


LOCAL = "select id from stateroom.users where username = 'local'"


@app.callback()
def main() -> None:
    """Fill a database, to look at it or to measure it."""


@app.command()
def dev(as_json: JsonFlag = False) -> None:
    """Make a small team with projects, tasks, workflows, runs, chat and issues, to look at. Once in a database."""
    made = asyncio.run(_dev())
    if as_json:
        print_json(dict(made))
        return
    for kind, count in made.items():
        typer.echo(f"{count:>4} {kind}")
    typer.echo(f"people: {', '.join(seed_dev.PEOPLE)}; they have no password until an administrator gives them one")
    typer.echo("look at it: `stateroom up`, and open the board; or read the views, such as stateroom.active_tasks")


async def _dev() -> Counter[str]:
    settings = load_settings()
    maintenance = await connect(dsn_of(settings, "maintenance", direct=True))
    people = await connect(dsn_of(settings, "app", direct=True))
    engine = await connect(dsn_of(settings, "engine", direct=True))
    try:
        example = seed_dev.Example(people)
        with our_errors():
            await example.make(await maintenance.fetchval(LOCAL))
            await seed_dev.play_worker(engine)
        example.made["notifications"] = await maintenance.fetchval("select count(*) from stateroom.notifications")
    finally:
        for connection in (maintenance, people, engine):
            await connection.close()
    return example.made


@app.command()
def load(
    tasks: Annotated[int, typer.Option(min=1, help="Planned tasks.")] = 100_000,
    runs: Annotated[int, typer.Option(min=1, help="Finished task runs.")] = 1_000_000,
    users: Annotated[int, typer.Option(min=1, help="People.")] = 1_000,
    projects: Annotated[int, typer.Option(min=1, help="Projects, at least one for each person.")] = 10_000,
    days: Annotated[int, typer.Option(min=2, max=360, help="Days of history.")] = 90,
    as_json: JsonFlag = False,
) -> None:
    """Load people, projects, tasks and finished runs by COPY, for measurements. Only into a fresh database."""
    sizes = Sizes(users=users, projects=max(projects, users), tasks=tasks, runs=runs, days=days)
    written = asyncio.run(_load(sizes))
    if as_json:
        print_json(dict(written))
        return
    for table, count in written.items():
        typer.echo(f"{count:>12,} {table}")


async def _load(sizes: Sizes) -> Counter[str]:
    connection = await connect(dsn_of(load_settings(), "maintenance", direct=True))
    totals = {"users": sizes.users, "projects": sizes.projects, "tasks": sizes.tasks, "task_runs": sizes.runs}
    written: Counter[str] = Counter()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, transient=True) as progress:
            bars: dict[str, TaskID] = {}

            def tell(table: str, count: int) -> None:
                written[table] += count
                if table not in bars:
                    bars[table] = progress.add_task(table, total=totals.get(table))
                progress.advance(bars[table], count)

            await bulk.load(connection, sizes, tell)
    finally:
        await connection.close()
    return written
