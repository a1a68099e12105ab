"""What is said when a run has ended: which steps failed and their last lines, how long it took, what to do next."""

from typing import Final

from rich.console import Console
from rich.text import Text

from stateroom.cli.board import Board, name_of
from stateroom.cli.drawing import elapsed, reason, title
from stateroom.cli.output import BAD, clean, duration, icon, utc_now, words
from stateroom.cli.reference import reference
from stateroom.client import Client
from stateroom.domains.runs.schema import Run, Step

TAIL_LINES: Final = 20
FAILED_SHOWN: Final = 5
SLOWEST_SHOWN: Final = 3


async def report(client: Client, board: Board, console: Console, *, stays: bool) -> None:
    """Print the end of a run; `stays` says that its server will still be there to be asked."""
    if board.run is None:
        return
    failed = [step for step in board.ordered() if step["state"] in {"failed", "timed_out"}]
    for step in failed[:FAILED_SHOWN]:
        console.print()
        await _failure(client, board.run["id"], step, console)
    if len(failed) > FAILED_SHOWN:
        console.print(f"\nand {len(failed) - FAILED_SHOWN} more that failed", style="dim")
    console.print()
    _summary(board, board.run, console)
    for name, text in _hints(client, board, board.run, stays=stays):
        console.print(Text.assemble((f"  {name:<8}", "dim"), text), soft_wrap=True)


async def _failure(client: Client, run_id: str, step: Step, console: Console) -> None:
    tries = f" after {step['attempt']} attempts" if step["attempt"] > 1 else ""
    console.print(
        Text.assemble(
            icon(step["state"]),
            (f" {name_of(step)} {words(step['state'])}{tries}: ", "bold"),
            (reason(step), "red"),
        ),
        soft_wrap=True,
    )
    page = await client.logs(run_id, task_run_id=step["id"], last=TAIL_LINES)
    # What the worker itself says about the step is told above already, unless there is nothing else.
    written = [line for line in page["items"] if line["stream"] != "system"]
    for line in written or page["items"]:
        console.print(Text.assemble(("  │ ", "dim"), clean(line["message"])), soft_wrap=True)


def _summary(board: Board, run: Run, console: Console) -> None:
    took = elapsed(run["started_at"], run["finished_at"], utc_now())
    progress = run["progress"]
    counts = {
        "succeeded": progress["succeeded"],
        "failed": progress["failed"],
        "cancelled": progress["cancelled"],
        "skipped": progress["skipped"],
    }
    said = [f"{count} {name}" for name, count in counts.items() if count]
    if retries := board.retries.total():
        said.append("1 retry" if retries == 1 else f"{retries} retries")
    style = "bold red" if run["state"] in BAD else "bold green"
    console.print(
        Text.assemble(
            icon(run["state"]),
            (f" {title(run)} {words(run['state'])}", style),
            f" in {took}" if took else "",
            (f"  {' · '.join(said)}", "dim"),
        ),
        soft_wrap=True,
    )
    if run["error_message"]:
        console.print(f"  {clean(run['error_message'])}", style="red", soft_wrap=True)


def _hints(client: Client, board: Board, run: Run, *, stays: bool) -> list[tuple[str, str]]:
    name = reference(run)
    slow = sorted(board.steps.values(), key=lambda each: each["duration_ms"] or 0, reverse=True)[:SLOWEST_SHOWN]
    slowest = [f"{name_of(each)} {duration(each['duration_ms'] / 1000)}" for each in slow if each["duration_ms"]]
    verbs = ["logs", "explain", "retry"] if run["state"] in BAD else ["logs", "show"]
    following = ", ".join(f"stateroom {verb} {name}" for verb in verbs)
    found = [
        ("slowest", ", ".join(slowest) if len(slowest) > 1 else ""),
        ("page", page_of(client.url, run["id"]) if stays else ""),
        ("next", following if stays else f"stateroom up, and then: {following}"),
    ]
    return [(key, text) for key, text in found if text]


def page_of(url: str, run_id: str) -> str:
    """Return the address of a run's page."""
    return f"{url}/#/runs/{run_id}"


def link_of(url: str, token: str) -> str:
    """Return the link that signs the browser in with one click."""
    return f"{url}/?token={token}"
