"""Commands about schedules: add, list, show, next, pause, resume, backfill, remove."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, cast
from zoneinfo import ZoneInfo

import typer

from stateroom.cli.options import JsonFlag, Source
from stateroom.cli.output import console, local, print_json, table
from stateroom.cli.remote import call
from stateroom.domains.schedules.schema import Firing, Schedule
from stateroom.engine.states import CatchupPolicy, OverlapPolicy
from stateroom.errors import InvalidInput

Name: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="Name or id.")]
NameOrAll: TypeAlias = Annotated[str | None, typer.Argument(metavar="[NAME]", help="Name or id.")]
All: TypeAlias = Annotated[bool, typer.Option("--all", help="All that you may manage.")]
Project: TypeAlias = Annotated[str | None, typer.Option(help="All of this project, by name or id.")]
TIMES: Final = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Start workflows and tasks on cron schedules.")


@app.command()
def add(  # noqa: PLR0917 (options)
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    cron: Annotated[str, typer.Argument(metavar="CRON", help="Cron rule in quotes: '*/5 * * * *', or @daily.")],
    workflow: Annotated[str | None, typer.Option(help="Workflow to start, by name or id.")] = None,
    task: Annotated[str | None, typer.Option(help="Routine task to start, by handler name, title or id.")] = None,
    timezone: Annotated[str, typer.Option(help="IANA time zone that the rule is meant in.")] = "UTC",
    params: Annotated[
        str, typer.Option(help="JSON object: a task's input, or a workflow's variables.", metavar="JSON")
    ] = "{}",
    overlap: Annotated[
        OverlapPolicy, typer.Option(help="When its time comes while the last run still goes on.")
    ] = OverlapPolicy.ALLOW,
    catchup: Annotated[
        CatchupPolicy, typer.Option(help="Which times that no scheduler was there for are made up for.")
    ] = CatchupPolicy.LATEST,
    window: Annotated[int, typer.Option(metavar="SECONDS", min=0, help="How far back `--catchup all` goes.")] = 3600,
    jitter: Annotated[
        int, typer.Option(metavar="SECONDS", min=0, max=3600, help="Start up to so many seconds later.")
    ] = 0,
    paused: Annotated[bool, typer.Option("--paused", help="Do not fire until it is resumed.")] = False,
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
            overlap_policy=overlap.value,
            catchup_policy=catchup.value,
            catchup_window_seconds=window,
            jitter_seconds=jitter,
            enabled=not paused,
        )
    )
    if as_json:
        print_json(schedule)
        return
    if paused:
        typer.echo(f"schedule {schedule['name']} is paused; it will start {_what(schedule)}")
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
            _in_zone(each["next_run_at"], each) if each["enabled"] and each["next_run_at"] else "paused",
            local(each["last_run_at"]) if each["last_run_at"] else "never",
        )
        for each in found
    ]
    console().print(table(["name", "starts", "rule", "zone", "next", "last"], rows))


@app.command()
def show(
    name: Name,
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many of its last firings.")] = 10,
    as_json: JsonFlag = False,
) -> None:
    """Show a schedule: its policies, its next times and its last firings."""
    schedule = call(lambda client: client.schedule(name))
    firings = call(lambda client: client.firings(schedule["id"], limit=count))
    if as_json:
        print_json({**schedule, "firings": firings})
        return
    state = "" if schedule["enabled"] else " (paused)"
    typer.echo(f"schedule {schedule['name']}{state} starts {_what(schedule)}")
    typer.echo(f"  rule      {schedule['cron_expression']} in {schedule['timezone']}")
    window = f" within {schedule['catchup_window_seconds']} s" if schedule["catchup_policy"] == "all" else ""
    typer.echo(f"  policies  overlap {schedule['overlap_policy']}, catch-up {schedule['catchup_policy']}{window}, "
               f"jitter {schedule['jitter_seconds']} s")  # fmt: skip
    for no, time in enumerate(schedule["next_times"]):
        typer.echo(f"  {'next' if not no else '':<9} {_in_zone(time, schedule)}")
    _print_firings(firings, schedule)


@app.command("next")
def next_command(
    name: Annotated[str, typer.Argument(metavar="NAME|CRON", help="A schedule, or any cron rule in quotes.")],
    count: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 5,
    timezone: Annotated[str, typer.Option(help="IANA time zone of a rule.")] = "UTC",
    as_json: JsonFlag = False,
) -> None:
    """Show the next times of a schedule, or of a rule before it becomes one."""
    if " " in name.strip() or name.startswith("@"):
        times, zone = call(lambda client: client.preview_rule(name, timezone=timezone, count=count)), timezone
    else:
        schedule = call(lambda client: client.schedule(name, count=count))
        times, zone = schedule["next_times"], schedule["timezone"]
        if not schedule["enabled"] and not as_json:
            typer.echo(f"schedule {schedule['name']} is paused: stateroom schedule resume {schedule['name']}")
    if as_json:
        print_json({"items": times})
        return
    for time in times:
        typer.echo(_clock(time, zone))


@app.command()
def pause(name: NameOrAll = None, every: All = False, project: Project = None, as_json: JsonFlag = False) -> None:
    """Let a schedule, or all of them, fire no more until resumed."""
    _enable(name, every=every, project=project, as_json=as_json, enabled=False)


@app.command()
def resume(name: NameOrAll = None, every: All = False, project: Project = None, as_json: JsonFlag = False) -> None:
    """Let a schedule, or all of them, fire again; times that have passed are not made up for."""
    _enable(name, every=every, project=project, as_json=as_json, enabled=True)


@app.command()
def backfill(
    name: Name,
    since: Annotated[datetime, typer.Option(formats=TIMES, help="From here on, in the schedule's zone.")],
    until: Annotated[
        datetime | None, typer.Option(formats=TIMES, help="Before this, in the schedule's zone. Default: now.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Fire the times of a range that has passed, each once; those that fired already do not again."""
    schedule = call(lambda client: client.schedule(name))
    zone = ZoneInfo(schedule["timezone"])
    start, end = since.replace(tzinfo=zone), until.replace(tzinfo=zone) if until else None
    done = call(lambda client: client.backfill_schedule(schedule["id"], start, end))
    if as_json:
        print_json(done)
        return
    typer.echo(f"{done['new']} of {len(done['items'])} times are new")
    _print_firings(done["items"], schedule)


@app.command()
def remove(name: Annotated[str, typer.Argument(metavar="NAME", help="Name or id.")], as_json: JsonFlag = False) -> None:
    """Delete a schedule; what it has started goes on."""
    call(lambda client: client.delete_schedule(name))
    if as_json:
        print_json({"removed": name})
    else:
        typer.echo(f"schedule {name} is removed")


def _enable(name: str | None, *, every: bool, project: str | None, as_json: bool, enabled: bool) -> None:
    verb = "resumed" if enabled else "paused"
    if (name is None) != (every or project is not None):
        raise typer.BadParameter("give a NAME, or --all, or --project")
    if name is not None:
        schedule = call(lambda client: client.resume_schedule(name) if enabled else client.pause_schedule(name))
        if as_json:
            print_json(schedule)
        else:
            follows = f"; next: {_in_zone(schedule['next_times'][0], schedule)}" if schedule["next_times"] else ""
            typer.echo(f"schedule {schedule['name']} is {verb}{follows}")
        return
    changed = call(lambda client: client.resume_schedules(project) if enabled else client.pause_schedules(project))
    if as_json:
        print_json({"changed": changed})
    else:
        typer.echo(f"{changed} schedule{'' if changed == 1 else 's'} {verb}")


def _print_firings(firings: Sequence[Firing], schedule: Schedule) -> None:
    if firings:
        rows = [
            (_in_zone(each["fire_time"], schedule), each["outcome"], each["run_id"] or "", each["detail"] or "")
            for each in firings
        ]
        console().print(table(["time", "outcome", "run", "why"], rows))


def _what(schedule: Schedule) -> str:
    if schedule["workflow_id"]:
        return f"workflow {schedule['workflow'] or schedule['workflow_id']}"
    return f"task {schedule['task'] or schedule['task_id']}"


def _in_zone(text: str, schedule: Schedule) -> str:
    return _clock(text, schedule["timezone"])


def _clock(text: str, zone: str) -> str:
    return datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


def _object(text: str) -> dict[str, object]:
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"--params is not JSON: {error}", hint="""Write it like '{"region": "eu"}'.""") from error
    if not isinstance(found, dict):
        raise InvalidInput("--params is not a JSON object", hint="""Write it like '{"region": "eu"}'.""")
    return cast("dict[str, object]", found)
