"""Runs: list, show, start, cancel, retry, explain, and read what they wrote."""

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, cast
from uuid import UUID

from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy

from stateroom.core.paging import decode_cursor, encode_cursor
from stateroom.core.wire import plain
from stateroom.domains.runs import queries
from stateroom.domains.runs.graph import Graph, load_graph
from stateroom.domains.runs.schema import (
    Cancelled,
    EnqueueTask,
    Explanation,
    Layer,
    LogLine,
    LogPage,
    Progress,
    Run,
    RunDetail,
    RunPage,
    StartRun,
    Step,
    TaskRun,
)
from stateroom.errors import Conflict, NotFound

DescribeSource: TypeAlias = Callable[[str, bool], Awaitable[Mapping[str, object]]]
"""Says what a source folder holds: path, sha, ref, ref_name, repository, dirty. Injected, since it runs git."""

FINAL = frozenset({"succeeded", "failed", "cancelled", "timed_out", "skipped"})
NOTHING: Progress = {
    "total": 0,
    "done": 0,
    "succeeded": 0,
    "failed": 0,
    "cancelled": 0,
    "skipped": 0,
    "running": 0,
    "waiting": 0,
    "percent": 0.0,
}
START_OF_TIME = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A workflow run, with and without its steps, its graph, and when the reading began."""

    run: Run
    detail: RunDetail
    graph: Graph
    at: datetime


async def list_runs(
    connection: PoolConnectionProxy, *, workflow: str | None, state: str | None, limit: int, cursor: str | None
) -> RunPage:
    """List workflow runs, newest first."""
    before = decode_cursor(cursor)[0] if cursor else None
    rows = await connection.fetch(queries.RUNS, workflow, state, before, limit + 1)
    progress = await _progress(connection, [row["id"] for row in rows[:limit]])
    return {
        "items": [_run(row, progress) for row in rows[:limit]],
        "next_cursor": encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None,
    }


async def show_run(connection: PoolConnectionProxy, run: UUID, *, steps: int) -> RunDetail:
    """Show a workflow run with its graph and at most so many of its steps."""
    return (await load_run(connection, run, steps=steps)).detail


async def load_run(connection: PoolConnectionProxy, run: UUID, *, steps: int) -> Loaded:
    """Read a workflow run as show_run does."""
    row = await connection.fetchrow(queries.RUN, run)
    if row is None:
        raise NotFound(f"workflow run {run} does not exist", hint="List runs with `stateroom runs`.")
    progress = await _progress(connection, [run])
    graph = await load_graph(connection, row["version_id"])
    found = await connection.fetch(queries.STEPS, run, steps + 1)
    whole = len(found) <= steps
    shown = steps_of(found[:steps], graph)
    layers = count_layers(shown) if whole else await load_layers(connection, run, graph)
    total = len(found) if whole else sum(layer["total"] for layer in layers)
    summary = _run(row, progress)
    detail: RunDetail = {**summary, "steps": shown, "steps_total": total, "layers": layers}
    return Loaded(summary, detail, graph, row["asked_at"])


async def load_summary(connection: PoolConnectionProxy, run: UUID) -> tuple[Run, datetime]:
    """Read a workflow run without its graph, and when the reading began."""
    row = await connection.fetchrow(queries.RUN, run)
    if row is None:
        raise NotFound(f"workflow run {run} does not exist any more")
    return _run(row, await _progress(connection, [run])), row["asked_at"]


def steps_of(rows: Iterable[Record], graph: Graph) -> list[Step]:
    """Put rows of steps into their places of the graph, and in its order."""
    return [_step(row, graph) for row in sorted(rows, key=graph.place)]


def count_layers(steps: Iterable[Step]) -> list[Layer]:
    """Count the states of each layer of steps that are all known."""
    states: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for step in steps:
        states[step["layer"]][step["state"]] += 1
    return [{"layer": layer, "total": states[layer].total(), "states": dict(states[layer])} for layer in sorted(states)]


async def load_layers(connection: PoolConnectionProxy, run: UUID, graph: Graph) -> list[Layer]:
    """Count the states of each layer of a run of any size."""
    rows = await connection.fetch(queries.LAYERS, run, list(graph.layers), list(graph.layers.values()))
    states: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for row in rows:
        states[row["layer"]][row["state"]] = row["runs"]
    return [{"layer": each, "total": sum(states[each].values()), "states": states[each]} for each in sorted(states)]


async def describe_trigger(body: StartRun, describe: DescribeSource) -> dict[str, object]:
    """Return what a run is to know about its start: the source, as it is now. Takes no connection: git may be slow."""
    if body.source is None:
        return {}
    return {"source": dict(await describe(body.source.path, body.source.include_uncommitted))}


async def start_run(connection: PoolConnectionProxy, body: StartRun, trigger_data: Mapping[str, object]) -> Run:
    """Start a workflow and show the run; the same key shows the run that it started before."""
    workflow = await find_workflow(connection, body.workflow)
    run = await connection.fetchval(queries.START, workflow, body.version, trigger_data, body.env, body.key)
    return (await load_summary(connection, cast("UUID", run)))[0]


async def find_workflow(connection: PoolConnectionProxy, name: str) -> UUID:
    """Return the id of the workflow with this id or name, the caller's personal project's first."""
    rows = await connection.fetch(queries.FIND_WORKFLOW, name)
    if not rows:
        raise NotFound(
            f"workflow {name} does not exist",
            hint="`stateroom run FILE` publishes and starts one; `PUT /api/v1/workflows/NAME` publishes it.",
        )
    personal = cast("UUID", await connection.fetchval("select stateroom.personal_project()"))
    if len(rows) > 1 and str(rows[0]["id"]) != name and rows[0]["project_id"] != personal:
        raise Conflict(f"several projects have a workflow {name}", hint="Give its id.")
    return cast("UUID", rows[0]["id"])


async def cancel_run(connection: PoolConnectionProxy, run: UUID) -> Cancelled:
    """Cancel a workflow run or a task run."""
    return {"outcome": await connection.fetchval(queries.CANCEL, run)}


async def retry_run(connection: PoolConnectionProxy, run: UUID) -> int:
    """Put what did not succeed back to work; return how many task runs."""
    return cast("int", await connection.fetchval(queries.RETRY, run))


async def explain_run(connection: PoolConnectionProxy, run: UUID) -> list[Explanation]:
    """Say what a run waits for."""
    return [
        cast("Explanation", cast("object", plain(row.items()))) for row in await connection.fetch(queries.EXPLAIN, run)
    ]


async def read_logs(
    connection: PoolConnectionProxy,
    run: UUID,
    *,
    after: str | None,
    limit: int,
    task_run: UUID | None,
    attempt: int | None,
    last: int | None,
) -> LogPage:
    """Read lines of a run behind a cursor, or only the last ones."""
    behind, (of_attempt, line) = decode_cursor(after, 2) if after else (START_OF_TIME, (0, 0))
    if last is None:
        rows = await connection.fetch(queries.LOGS, run, task_run, attempt, behind, of_attempt, line, limit + 1)
        more, rows = len(rows) > limit, rows[:limit]
    else:
        rows = list(reversed(await connection.fetch(queries.LAST_LOGS, run, task_run, attempt, last)))
        more = False
    if not rows and not await connection.fetchval(queries.EXISTS, run):
        await show_task_run(connection, run)
    cursor = encode_cursor(rows[-1]["task_run_id"], rows[-1]["attempt"], rows[-1]["line_no"]) if rows else after
    return {"items": [log_line(row) for row in rows], "next_cursor": cursor, "more": more}


def log_line(row: Record) -> LogLine:
    """Make an answer of a row of the log."""
    return cast("LogLine", cast("object", plain(row.items())))


async def enqueue(connection: PoolConnectionProxy, body: EnqueueTask) -> TaskRun:
    """Enqueue a run of a routine task and show it; the same key shows the run that it made before."""
    run = await connection.fetchval(queries.ENQUEUE, body.task, body.input, body.priority, body.run_at, body.key)
    return await show_task_run(connection, cast("UUID", run))


async def show_task_run(connection: PoolConnectionProxy, run: UUID) -> TaskRun:
    """Show a task run with its earlier attempts."""
    row = await connection.fetchrow(queries.TASK_RUN, run)
    if row is None:
        raise NotFound(f"run {run} does not exist", hint="List workflow runs with `stateroom runs`.")
    attempts = [plain(each.items()) for each in await connection.fetch(queries.ATTEMPTS, run)]
    return cast("TaskRun", cast("object", {**plain(row.items()), "attempts": attempts}))


async def _progress(connection: PoolConnectionProxy, runs: list[UUID]) -> dict[UUID, Progress]:
    rows = await connection.fetch(queries.PROGRESS, runs)
    return {
        row["workflow_run_id"]: cast("Progress", cast("object", {key: plain(row.items())[key] for key in NOTHING}))
        for row in rows
    }


def _run(row: Record, progress: Mapping[UUID, Progress]) -> Run:
    found = plain(row.items())
    found.pop("version_id", None)
    found.pop("asked_at", None)
    return cast("Run", cast("object", {**found, "progress": progress.get(row["id"], NOTHING)}))


def _step(row: Record, graph: Graph) -> Step:
    task: UUID = row["task_id"]
    last = cast("str | None", row["last_line"])
    return cast(
        "Step",
        cast(
            "object",
            {
                **plain(row.items()),
                "layer": graph.layers.get(task, 0),
                "needs": graph.needs.get(task, []),
                "last_line": last.rsplit("\n", 1)[-1].rstrip("\r") if last else None,
            },
        ),
    )
