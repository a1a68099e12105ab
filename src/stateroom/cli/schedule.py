"""Commands about schedules: add, list, remove."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from stateroom.cli.options import JsonFlag, Source
from stateroom.cli.output import console, local, print_json, table
from stateroom.cli.remote import call
from stateroom.domains.schedules.schema import Schedule
from stateroom.errors import InvalidInput

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Start workflows and tasks on cron schedules.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    cron: Annotated[str, typer.Argument(metavar="CRON", help="Cron rule in quotes: '*/5 * * * *', or @daily.")],
    workflow: Annotated[str | None, typer.Option(help="Workflow to start, by name or id.")] = None,
    task: Annotated[str | None, typer.Option(help="Routine task to start, by handler name, title or id.")] = None,
    timezone: Annotated[str, typer.Option(help="IANA time zone that the rule is meant in.")] = "UTC",
    params: Annotated[
        str, typer.Option(help="JSON object: a task's input, or a workflow's variables.", metavar="JSON")
    ] = "{}",
    source: Source = None,
    as_json: JsonFlag = False,
) -> None:
    """Start a workflow or a routine task by a cron rule."""
    if (workflow is None) == (task is None):
        raise typer.BadParameter("give exactly one of --workflow and --task")
    values = _object(params)
    folder = None if workflow is None else (source or Path.cwd())
    schedule = call(
        lambda client: client.create_schedule(
            name,
            cron=cron,
            timezone=timezone,
            workflow=workflow,
            task=task,
            params=values if workflow is None else {"env": values},
            source=folder,
        )
    )
    if as_json:
        print_json(schedule)
        return
    typer.echo(f"schedule {schedule['name']} starts {_what(schedule)}; the next times are:")
    for time in schedule["next_times"][:3]:
        typer.echo(f"  {_in_zone(time, schedule)}")


@app.command("list")
def list_schedules(as_json: JsonFlag = False) -> None:
    """List all schedules."""
    found = call(lambda client: client.schedules())
    if as_json:
        print_json({"items": found})
        return
    if not found:
        typer.echo("no schedules yet; make one: stateroom schedule add nightly '0 2 * * *' --workflow NAME")
        return
    rows = [
        (
            each["name"],
            _what(each),
            each["cron_expression"],
            each["timezone"],
            _in_zone(each["next_run_at"], each) if each["enabled"] and each["next_run_at"] else "off",
            local(each["last_run_at"]) if each["last_run_at"] else "never",
        )
        for each in found
    ]
    console().print(table(["name", "starts", "rule", "zone", "next", "last"], rows))


@app.command()
def remove(name: Annotated[str, typer.Argument(metavar="NAME", help="Name or id.")], as_json: JsonFlag = False) -> None:
    """Delete a schedule; what it has started goes on."""
    call(lambda client: client.delete_schedule(name))
    if as_json:
        print_json({"removed": name})
    else:
        typer.echo(f"schedule {name} is removed")


def _what(schedule: Schedule) -> str:
    if schedule["workflow_id"]:
        return f"workflow {schedule['workflow'] or schedule['workflow_id']}"
    return f"task {schedule['task'] or schedule['task_id']}"


def _in_zone(text: str, schedule: Schedule) -> str:
    from zoneinfo import ZoneInfo

    return datetime.fromisoformat(text).astimezone(ZoneInfo(schedule["timezone"])).strftime("%Y-%m-%d %H:%M:%S %Z")


def _object(text: str) -> dict[str, object]:
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"--params is not JSON: {error}", hint="""Write it like '{"region": "eu"}'.""") from error
    if not isinstance(found, dict):
        raise InvalidInput("--params is not a JSON object", hint="""Write it like '{"region": "eu"}'.""")
    return cast("dict[str, object]", found)
