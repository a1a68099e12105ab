"""`stateroom db upkeep`, `archive` and `load-archive`: what the scheduler does by itself, and looking back."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from stateroom.cli.options import JsonFlag
from stateroom.cli.output import console, print_json
from stateroom.cli.remote import load_settings
from stateroom.db.archive import Manifest, archive_partition, load_archive
from stateroom.db.credentials import dsn_of
from stateroom.errors import NotFound
from stateroom.runtime.maintenance import Outcome, Standing, run_job, standings, upkeep_connection
from stateroom.settings import Settings

JobName = Annotated[str | None, typer.Option("--job", help="Run this job now, instead of listing all.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what the job would do, and change nothing.")]


def upkeep(job: JobName = None, dry_run: DryRun = False, as_json: JsonFlag = False) -> None:
    """List the jobs of the upkeep with their last and next time, or run one of them now."""
    settings = load_settings()
    if job is None:
        found = asyncio.run(_standings(settings))
        if as_json:
            print_json([_plain(each) for each in found])
        else:
            _show(found)
        return
    unit, outcome = asyncio.run(_run(settings, job, dry_run=dry_run))
    if as_json:
        print_json({"job": outcome.job, "rows": outcome.rows, "details": outcome.details, "dry_run": dry_run})
        return
    for line in outcome.details:
        typer.echo(line)
    typer.echo(f"{outcome.job}{', dry run' * dry_run}: {outcome.rows} {unit}, {outcome.milliseconds:.0f} ms")


async def _standings(settings: Settings) -> list[Standing]:
    async with upkeep_connection(dsn_of(settings, "maintenance", direct=True)) as connection:
        return await standings(connection, settings)


async def _run(settings: Settings, name: str, *, dry_run: bool) -> tuple[str, Outcome]:
    async with upkeep_connection(dsn_of(settings, "maintenance", direct=True)) as connection:
        jobs = {each.job.name: each.job for each in await standings(connection, settings)}
        if name not in jobs:
            raise NotFound(f"there is no job {name}", hint=f"There are {', '.join(jobs)}.")
        return jobs[name].unit, await run_job(connection, settings, jobs[name], dry_run=dry_run)


def _plain(standing: Standing) -> dict[str, object]:
    def said(at: object) -> str | None:
        return None if at is None else str(at)

    return {
        "job": standing.job.name,
        "every": standing.job.every,
        "what": standing.job.what,
        "last_started_at": said(standing.last_started_at),
        "last_succeeded_at": said(standing.last_succeeded_at),
        "last_rows": standing.last_rows,
        "last_error": standing.last_error,
        "next_at": said(standing.next_at),
    }


def _show(found: list[Standing]) -> None:
    table = Table("job", "every", "last", "rows", "next", "what", box=None, header_style="bold")
    for each in found:
        last = "never" if each.last_started_at is None else f"{each.last_started_at:%Y-%m-%d %H:%M:%S}"
        rows = each.last_error or ("" if each.last_rows is None else str(each.last_rows))
        table.add_row(each.job.name, each.job.every, last, rows, f"{each.next_at:%Y-%m-%d %H:%M:%S}", each.job.what)
    console().print(table)


def archive(
    partition: Annotated[str, typer.Argument(help="Name of the partition, such as logs_2026_01.")],
    folder: Annotated[Path | None, typer.Option(help="Where to; default: STATEROOM_ARCHIVE_FOLDER.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write a partition to a compressed file, with a manifest and a checksum; the partition stays."""
    settings = load_settings()
    manifest = asyncio.run(
        _archive(settings, partition, folder or settings.archive_folder or settings.home / "archive")
    )
    if as_json:
        print_json({"partition": manifest.partition, "rows": manifest.rows, "bytes": manifest.bytes})
    else:
        typer.echo(f"{manifest.partition}: {manifest.rows} rows in {manifest.bytes} bytes, sha256 {manifest.sha256}")


async def _archive(settings: Settings, partition: str, folder: Path) -> Manifest:
    async with upkeep_connection(dsn_of(settings, "maintenance", direct=True)) as connection:
        return await archive_partition(connection, partition, folder)


def load(
    path: Annotated[Path, typer.Argument(help="The manifest, a .json file; the data lies beside it.")],
    keep_days: Annotated[int, typer.Option(min=1, help="Days until retention takes the rows again.")] = 7,
    as_json: JsonFlag = False,
) -> None:
    """Put the rows of an archive back into their table, for some days."""
    manifest, count = asyncio.run(_load(load_settings(), path, keep_days))
    if as_json:
        print_json({"table": manifest.table, "partition": manifest.partition, "rows": count})
    else:
        typer.echo(f"{count} of {manifest.rows} rows are back in {manifest.table} for {keep_days} days")


async def _load(settings: Settings, path: Path, keep_days: int) -> tuple[Manifest, int]:
    async with upkeep_connection(dsn_of(settings, "maintenance", direct=True)) as connection:
        return await load_archive(connection, path, keep_days=keep_days)
