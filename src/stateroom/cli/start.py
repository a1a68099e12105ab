"""The command `run`: publish a file and start it through a server that runs already."""

from pathlib import Path
from typing import Annotated

import typer

from stateroom.cli.exits import Exit
from stateroom.cli.follow import follow
from stateroom.cli.options import Handlers, IncludeUncommitted, JsonFlag, SkipUnsupported, Source
from stateroom.cli.output import console, print_json
from stateroom.cli.pipeline import Pipeline
from stateroom.cli.reference import reference
from stateroom.cli.remote import call
from stateroom.cli.report import page_of
from stateroom.client import Client
from stateroom.loading import load_app

app = typer.Typer(add_completion=False)


@app.command()
def run(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Workflow file: Stateroom's or GitHub Actions' YAML.")],
    wait: Annotated[bool, typer.Option("--wait", help="Follow it, and end with its status.")] = False,
    source: Source = None,
    include_uncommitted: IncludeUncommitted = False,
    skip_unsupported: SkipUnsupported = False,
    handlers: Handlers = None,
    as_json: JsonFlag = False,
) -> None:
    """Publish FILE and start it on a running server."""
    pipeline = Pipeline.read(
        file, source=source, include_uncommitted=include_uncommitted, skip_unsupported=skip_unsupported, as_json=as_json
    )
    if handlers:
        load_app(handlers)  # only to be told now that it cannot be loaded: the worker is who registers and runs it

    async def work(client: Client) -> Exit:
        started = await pipeline.start(client)
        name = reference(started)
        if not wait:
            if as_json:
                print_json(started)
            else:
                typer.echo(f"run {name} has started: {page_of(client.url, started['id'])}")
                typer.echo(f"follow it: stateroom logs {name} --follow")
            return Exit.OK
        state = await follow(client, started["id"], console=console(), as_json=as_json)
        return Exit.OK if state == "succeeded" else Exit.FAILED

    raise typer.Exit(call(work))
