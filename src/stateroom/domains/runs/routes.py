"""The API of runs."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from stateroom.core.problem import answers
from stateroom.domains.identity.guard import Actor, Lister, Reader, SignedIn
from stateroom.domains.runs import service
from stateroom.domains.runs.live import Streams, Watch, follow
from stateroom.domains.runs.position import Position
from stateroom.domains.runs.schema import (
    Cancelled,
    EnqueueTask,
    Event,
    Explanations,
    LogPage,
    Logs,
    Retried,
    Run,
    RunDetail,
    RunPage,
    StartRun,
    State,
    TaskRun,
)

RETRY_MS: Final = 1000
STREAM_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

router = APIRouter(prefix="/api/v1", tags=["runs"], responses=answers(401, 403, 422, 503))


class EventStream(StreamingResponse):
    """Server-sent events that we encode ourselves: FastAPI's own response begins before a route can say 404."""

    media_type = "text/event-stream"


Cursor = Annotated[str | None, Query(max_length=200, description="`next_cursor` of the page before.")]
Steps = Annotated[int, Query(ge=1, le=10_000, description="At most so many steps; running and failed ones first.")]


@router.get("/runs", operation_id="list_runs")
async def list_runs(
    connection: Lister,
    workflow: Annotated[str | None, Query(max_length=255, description="Id or name of a workflow.")] = None,
    state: Annotated[State | None, Query(description="Only runs in this state.")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: Cursor = None,
) -> RunPage:
    """List workflow runs, newest first."""
    return await service.list_runs(connection, workflow=workflow, state=state, limit=limit, cursor=cursor)


@router.post("/runs", operation_id="start_run", status_code=201, responses=answers(404, 409, 413))
async def start_run(body: StartRun, access: SignedIn, request: Request) -> Run:
    """Start a workflow. The same key answers with the run that it has started before."""
    describe = cast("service.DescribeSource", request.app.state.describe_source)
    trigger_data = await service.describe_trigger(body, describe)
    async with access.begin_first() as connection:
        return await service.start_run(connection, body, trigger_data)


@router.get("/runs/{run}", operation_id="show_run", responses=answers(404))
async def show_run(run: UUID, connection: Reader, steps: Steps = 500) -> RunDetail:
    """Show a workflow run with its graph and the states of its steps."""
    return await service.show_run(connection, run, steps=steps)


@router.post("/runs/{run}/cancel", operation_id="cancel_run", responses=answers(404, 409))
async def cancel_run(run: UUID, connection: Actor) -> Cancelled:
    """Cancel a workflow run or a task run."""
    return await service.cancel_run(connection, run)


@router.post("/runs/{run}/retry", operation_id="retry_run", responses=answers(404, 409))
async def retry_run(run: UUID, connection: Actor) -> Retried:
    """Put what did not succeed in a run back to work."""
    return {"task_runs": await service.retry_run(connection, run)}


@router.get("/runs/{run}/explain", operation_id="explain_run", responses=answers(404))
async def explain_run(run: UUID, connection: Reader) -> Explanations:
    """Say what a workflow run or a task run waits for, condition by condition."""
    return {"items": await service.explain_run(connection, run)}


@router.get("/runs/{run}/logs", operation_id="read_logs", responses=answers(404))
async def read_logs(
    run: UUID,
    connection: Reader,
    after: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    task_run_id: Annotated[UUID | None, Query(description="Only lines of this task run.")] = None,
    attempt: Annotated[int | None, Query(ge=1, lt=2**31, description="Only lines of this attempt.")] = None,
    last: Annotated[int | None, Query(ge=1, le=10_000, description="Only the last so many lines.")] = None,
) -> LogPage:
    """Read what a run wrote, in order of (task run, attempt, line)."""
    return await service.read_logs(
        connection, run, after=after, limit=limit, task_run=task_run_id, attempt=attempt, last=last
    )


@router.get(
    "/runs/{run}/events",
    operation_id="follow_run",
    response_class=EventStream,
    responses=answers(404),
)
async def follow_run(
    run: UUID,
    access: SignedIn,
    request: Request,
    steps: Steps = 500,
    logs: Annotated[Logs, Query(description="Lines from the start, only new ones, or none.")] = "all",
    last_event_id: Annotated[str | None, Header(max_length=65_536)] = None,
) -> EventStream:
    """Follow a run: `snapshot`, then `steps`, `layers`, `logs` and `run` as they change, at last `end`."""
    streams = cast("Streams", request.app.state.streams)
    watch = Watch(run, steps=steps, logs=logs, resumed=Position.parse(last_event_id or ""))
    async with access.begin(read_only=True) as connection:
        opened = await watch.open(connection)

    async def encoded() -> AsyncIterator[bytes]:
        with streams.entered():
            async for event in follow(watch, lambda: access.begin(read_only=True), opened, streams.stopping):
                yield encode(event)

    streams.require_room()
    return EventStream(encoded(), headers=STREAM_HEADERS)


def encode(event: Event | None) -> bytes:
    """Write one event as the stream's protocol wants it; none is a comment that keeps the connection open."""
    if event is None:
        return b": still here\n\n"
    return format_sse_event(
        event=event["event"],
        data_str=json.dumps(event["data"], separators=(",", ":")),
        id=event["id"] or None,
        retry=RETRY_MS if event["event"] == "snapshot" else None,
    )


@router.post("/task-runs", operation_id="enqueue_task", status_code=201, responses=answers(404, 409, 413))
async def enqueue_task(body: EnqueueTask, connection: Actor) -> TaskRun:
    """Enqueue a routine task. The same key answers with the task run that it has made before."""
    return await service.enqueue(connection, body)


@router.get("/task-runs/{run}", operation_id="show_task_run", responses=answers(404))
async def show_task_run(run: UUID, connection: Reader) -> TaskRun:
    """Show a task run with its input, result, output and earlier attempts."""
    return await service.show_task_run(connection, run)
