"""The three services, each in a process of its own; imported late, so that they watch their supervisor first."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

import typer

from stateroom.cli.options import Concurrency, Handlers, Host, Port
from stateroom.runtime.parent import die_with_supervisor

app = typer.Typer(add_completion=False)


@app.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Serve the API and the pages."""
    die_with_supervisor()
    from stateroom.app import serve as serve_app
    from stateroom.cli.remote import load_settings

    serve_app(load_settings(host=host, port=port), ready=lambda url: typer.echo(f"the API answers at {url}"))


@app.command()
def worker(
    handlers: Handlers = None,
    concurrency: Concurrency = None,
    queue: Annotated[list[str] | None, typer.Option(help="Queue to serve; may be given more than once.")] = None,
) -> None:
    """Claim runs and execute them."""
    die_with_supervisor()
    from stateroom.cli.remote import load_settings
    from stateroom.loading import load_app
    from stateroom.runtime.worker import run_worker

    settings = load_settings(concurrency=concurrency, queues=tuple(queue) if queue else None)
    _until_stopped(run_worker(settings, load_app(handlers) if handlers else None))


@app.command()
def scheduler() -> None:
    """Fire schedules and look after what is due."""
    die_with_supervisor()
    from stateroom.cli.remote import load_settings
    from stateroom.runtime.scheduler import run_scheduler

    _until_stopped(run_scheduler(load_settings()))


def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)
