"""Commands about runs: list, show, logs, explain, cancel, retry."""

from contextlib import aclosing
from typing import Annotated, TypeAlias

import typer
from rich.text import Text

from stateroom.cli.board import Board
from stateroom.cli.drawing import Frame, draw, elapsed, title
from stateroom.cli.logs import Lines, write_logs
from stateroom.cli.options import JsonFlag
from stateroom.cli.output import (
    ago,
    console,
    icon,
    local,
    print_json,
    table,
    utc_now,
    words,
)
from stateroom.cli.reference import HELP, resolve, short
from stateroom.cli.remote import call
from stateroom.cli.report import page_of
from stateroom.client import Client
from stateroom.domains.runs.schema import Run

app = typer.Typer(add_completion=False)
RunName: TypeAlias = Annotated[str, typer.Argument(metavar="RUN", help=HELP)]


@app.command()
def runs(
    workflow: Annotated[str | None, typer.Option(help="Only runs of this workflow, by name or id.")] = None,
    state: Annotated[str | None, typer.Option(help="Only runs in this state, such as failed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 20,
    as_json: JsonFlag = False,
) -> None:
    """List workflow runs, newest first."""
    page = call(lambda client: client.runs(workflow=workflow, state=state, limit=limit))
    if as_json:
        print_json(page)
        return
    if not page["items"]:
        narrowed = workflow is not None or state is not None
        typer.echo("no such runs" if narrowed else "no runs yet; start one: stateroom run FILE")
        return
    console().print(table(["run", "id", "state", ">done", "started", ">took"], [_row(run) for run in page["items"]]))
    if page["next_cursor"]:
        typer.echo(f"… older runs are not shown; --limit shows more than {limit}", err=True)


@app.command()
def show(run: RunName, as_json: JsonFlag = False) -> None:
    """Show one run and its steps."""

    async def work(client: Client) -> None:
        detail = await client.run(await resolve(client, run))
        if as_json:
            print_json(detail)
            return
        board = Board()
        board.apply({"event": "snapshot", "id": "", "data": detail})
        out = console()
        rows = len(detail["steps"]) * 2 + 4
        for line in draw(board, Frame(out.width, rows, utc_now())):
            out.print(line)
        started = f", started {local(detail['started_at'])}" if detail["started_at"] else ""
        out.print(f"\nversion {detail['version']}, by {detail['trigger']}{started}", style="dim", soft_wrap=True)
        if detail["error_message"]:
            out.print(detail["error_message"], style="red", soft_wrap=True)
        out.print(f"id   {detail['id']}\npage {page_of(client.url, detail['id'])}", style="dim", soft_wrap=True)

    call(work)


@app.command()
def logs(
    run: RunName,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines until the run ends.")] = False,
    step: Annotated[str | None, typer.Option(help="Only this step, such as test, or one combination of it.")] = None,
    last: Annotated[int | None, typer.Option(min=1, max=10_000, help="Only the newest so many lines.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Print the output of a run."""
    if follow and last is not None:
        raise typer.BadParameter("--last and --follow do not go together")

    async def work(client: Client) -> None:
        run_id = await resolve(client, run)
        lines = await Lines.of(client, run_id, step=step, as_json=as_json)
        if not follow:
            await write_logs(client, run_id, lines, last=last)
            return
        async with aclosing(client.follow(run_id, logs="all")) as events:
            async for event in events:
                if event["event"] == "snapshot":
                    lines.learn(event["data"]["steps"])
                elif event["event"] == "steps":
                    lines.learn(event["data"])
                elif event["event"] == "logs":
                    lines.write(event["data"])

    call(work)


@app.command()
def explain(run: RunName, as_json: JsonFlag = False) -> None:
    """Say why a run, or a step of it, has not started yet."""

    async def work(client: Client) -> None:
        run_id = await resolve(client, run)
        found = await client.explain(run_id)
        if as_json:
            print_json({"items": found})
            return
        if not found:
            typer.echo("nothing holds it up")
            return
        rows = [
            (
                icon("succeeded" if each["met"] else "waiting"),
                each["condition"],
                each["subject"] or "",
                each["detail"] + (f" (until {local(each['until'])})" if each["until"] and not each["met"] else ""),
            )
            for each in found
        ]
        console().print(table(["", "condition", "subject", "detail"], rows))

    call(work)


@app.command()
def cancel(run: RunName, as_json: JsonFlag = False) -> None:
    """Cancel a run."""

    async def work(client: Client) -> None:
        run_id = await resolve(client, run)
        outcome = await client.cancel(run_id)
        if as_json:
            print_json({"id": run_id, "outcome": outcome})
        elif outcome == "cancelled":
            typer.echo(f"run {run} is cancelled")
        else:
            typer.echo(f"run {run} is being cancelled; what runs is asked to stop")

    call(work)


@app.command()
def retry(run: RunName, as_json: JsonFlag = False) -> None:
    """Run the failed steps of a run again, and what they held up."""

    async def work(client: Client) -> None:
        run_id = await resolve(client, run)
        count = await client.retry(run_id)
        if as_json:
            print_json({"id": run_id, "task_runs": count})
        else:
            what = "1 task run is" if count == 1 else f"{count} task runs are"
            typer.echo(f"{what} back to work; see them with: stateroom show {short(run_id)}")

    call(work)


def _row(run: Run) -> tuple[str | Text, ...]:
    now = utc_now()
    progress = run["progress"]
    return (
        Text.assemble(icon(run["state"]), f" {title(run)}"),
        short(run["id"]),
        words(run["state"]),
        f"{progress['done']}/{progress['total']}",
        ago(run["started_at"], now),
        elapsed(run["started_at"], run["finished_at"], now),
    )
