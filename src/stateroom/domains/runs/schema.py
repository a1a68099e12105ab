"""What goes in and out of the API for runs; answers are plain dictionaries, the same on both sides of the wire."""

from typing import Annotated, Literal, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue
from typing_extensions import TypedDict

from stateroom.core.wire import Id, Time

State: TypeAlias = Literal[
    "waiting", "scheduled", "queued", "running", "succeeded", "failed", "cancelled", "timed_out", "skipped"
]
JsonObject: TypeAlias = dict[str, JsonValue]


class Progress(TypedDict):
    """How many task runs of a workflow run stand where."""

    total: int
    done: int
    succeeded: int
    failed: int
    cancelled: int
    skipped: int
    running: int
    waiting: int
    percent: float


class Run(TypedDict):
    """One workflow run."""

    id: Id
    workflow_id: Id
    workflow: str
    project_id: Id
    version: int
    run_number: int
    state: State
    trigger: str
    trigger_data: JsonObject
    environment: str | None
    env: JsonObject
    result: JsonValue
    error_message: str | None
    started_at: Time | None
    finished_at: Time | None
    duration_ms: int | None
    triggered_by: Id | None
    progress: Progress


class RunPage(TypedDict):
    """A page of runs, newest first; no `next_cursor` means the end."""

    items: list[Run]
    next_cursor: str | None


class Need(TypedDict):
    """An edge of the graph: this step waits for that one."""

    step: str
    condition: Literal["success", "failure", "always"]


class Part(TypedDict, total=False):
    """One of the things that a single run executes in order."""

    name: str
    state: str
    started_at: str | None
    finished_at: str | None
    exit_code: int | None
    note: str | None


class Step(TypedDict):
    """One task run of a workflow run, with the place of its step in the graph. `layer` is the longest way to it."""

    id: Id
    task_id: Id
    step_key: str
    title: str
    map_index: int | None
    matrix: JsonValue
    layer: int
    needs: list[Need]
    action: str
    handler: str | None
    command: str | None
    queue: str
    state: State
    attempt: int
    max_retries: int
    run_at: Time | None
    waiting_on: int | None
    exit_code: int | None
    agent_name: str | None
    error_type: str | None
    error_message: str | None
    parts: list[Part] | None
    progress: JsonValue
    last_line: str | None
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    duration_ms: int | None


class Layer(TypedDict):
    """A layer of the graph: how many task runs stand in which state."""

    layer: int
    total: int
    states: dict[str, int]


class RunDetail(Run):
    """A workflow run with its graph.

    Of more than `steps_total` steps asked for, those that run or failed come first; `layers` always counts all.
    """

    steps: list[Step]
    steps_total: int
    layers: list[Layer]


class Attempt(TypedDict):
    """A try of a task run that was not the last."""

    attempt: int
    started_at: Time | None
    finished_at: Time
    outcome: str
    exit_code: int | None
    error_type: str | None
    error_message: str | None
    output: str | None


class TaskRun(TypedDict):
    """One execution of one task, alone or inside a workflow run."""

    id: Id
    task_id: Id
    project_id: Id
    workflow_run_id: Id | None
    schedule_id: Id | None
    step_key: str | None
    title: str
    map_index: int | None
    matrix: JsonValue
    action: str
    handler: str | None
    command: str | None
    queue: str
    priority: int
    state: State
    attempt: int
    max_retries: int
    run_at: Time | None
    waiting_on: int | None
    input: JsonValue
    result: JsonValue
    output: str | None
    exit_code: int | None
    agent_name: str | None
    error_type: str | None
    error_message: str | None
    parts: list[Part] | None
    progress: JsonValue
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    duration_ms: int | None
    attempts: list[Attempt]


class LogLine(TypedDict):
    """One line that a task run wrote. `stream` is stdout, stderr or system."""

    id: Id
    task_run_id: Id
    step_key: str | None
    map_index: int | None
    attempt: int
    line_no: int
    part_no: int | None
    stream: str | None
    level: str
    message: str
    logged_at: Time


class LogPage(TypedDict):
    """Lines in order of (task run, attempt, line). `next_cursor` stays usable: ask again with it for newer lines."""

    items: list[LogLine]
    next_cursor: str | None
    more: bool


class Explanation(TypedDict):
    """One condition that a run stands under, and whether it is met."""

    run_id: Id
    condition: str
    met: bool
    subject_id: Id | None
    subject: str | None
    detail: str
    until: Time | None


class Explanations(TypedDict):
    """All conditions of a run."""

    items: list[Explanation]


class Cancelled(TypedDict):
    """What a cancellation did: `cancelling` while something running still has to stop."""

    outcome: Literal["cancelled", "cancelling"]


class Retried(TypedDict):
    """How many task runs were put back to work."""

    task_runs: int


class SnapshotEvent(TypedDict):
    """The whole of a run, at the beginning and after each reconnection."""

    event: Literal["snapshot"]
    id: str
    data: RunDetail


class RunEvent(TypedDict):
    """The run's own state or counts changed."""

    event: Literal["run"]
    id: str
    data: Run


class StepsEvent(TypedDict):
    """These steps changed; each comes whole."""

    event: Literal["steps"]
    id: str
    data: list[Step]


class LayersEvent(TypedDict):
    """The counts per layer changed."""

    event: Literal["layers"]
    id: str
    data: list[Layer]


class LogsEvent(TypedDict):
    """New lines, in order within each task run."""

    event: Literal["logs"]
    id: str
    data: list[LogLine]


class EndEvent(TypedDict):
    """The run is final; nothing follows."""

    event: Literal["end"]
    id: str
    data: Run


Event: TypeAlias = SnapshotEvent | RunEvent | StepsEvent | LayersEvent | LogsEvent | EndEvent
Logs: TypeAlias = Literal["all", "new", "none"]

Env: TypeAlias = dict[Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=255)], str]
Key: TypeAlias = Annotated[str, Field(min_length=1, max_length=255)]


class Source(BaseModel):
    """The folder that a run's commands work on a copy of."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, max_length=4096, description="Absolute path on the machine of the API.")
    include_uncommitted: bool = Field(default=False, description="Also take what is not committed yet.")


class StartRun(BaseModel):
    """Start a workflow."""

    model_config = ConfigDict(extra="forbid")

    workflow: str = Field(min_length=1, max_length=255, description="Id or name of the workflow.")
    version: int | None = Field(default=None, ge=1, description="Version to run. Default: the latest.")
    env: Env = Field(default_factory=dict, max_length=1000, description="Variables for all steps.")
    source: Source | None = Field(default=None, description="Where the commands' working copy comes from.")
    key: Key | None = Field(default=None, description="The same key starts only one run.")


class EnqueueTask(BaseModel):
    """Enqueue one run of a routine task."""

    model_config = ConfigDict(extra="forbid")

    task: str = Field(min_length=1, max_length=255, description="Handler name, title or id of a routine task.")
    input: JsonObject = Field(default_factory=dict, description="Arguments of the handler, or fields of the command.")
    priority: int | None = Field(default=None, ge=0, le=10, description="10 first. Default: the task's.")
    run_at: AwareDatetime | None = Field(default=None, description="Not before this time.")
    key: Key | None = Field(default=None, description="The same key makes only one run.")
