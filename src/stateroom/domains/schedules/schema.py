"""What goes in and out of the API for schedules."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from typing_extensions import TypedDict

from stateroom.core.wire import Id, Time
from stateroom.domains.runs.schema import Source
from stateroom.engine.states import CatchupPolicy, FiringOutcome, OverlapPolicy

Jitter = Annotated[int, Field(ge=0, le=3600, description="Start up to so many seconds later, the same for one time.")]
Window = Annotated[int, Field(ge=0, le=2**31 - 1, description="How far back `all` makes up for missed times.")]


class Schedule(TypedDict):
    """A cron rule with a time zone that starts a workflow or a routine task; `next_times` is a preview."""

    id: Id
    project_id: Id
    name: str
    workflow_id: Id | None
    workflow: str | None
    task_id: Id | None
    task: str | None
    cron_expression: str
    timezone: str
    params: dict[str, JsonValue]
    enabled: bool
    overlap_policy: OverlapPolicy
    catchup_policy: CatchupPolicy
    catchup_window_seconds: int
    jitter_seconds: int
    next_run_at: Time | None
    last_run_at: Time | None
    last_run_id: Id | None
    created_at: Time
    next_times: list[Time]


class Schedules(TypedDict):
    """All schedules, by name."""

    items: list[Schedule]


class CreateSchedule(BaseModel):
    """A rule for exactly one workflow or routine task."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    workflow: str | None = Field(default=None, min_length=1, max_length=255, description="Id or name of a workflow.")
    task: str | None = Field(
        default=None, min_length=1, max_length=255, description="Handler name, title or id of a routine task."
    )
    cron_expression: str = Field(
        min_length=1, max_length=200, description="Five fields, or @hourly, @daily, @weekly, @monthly, @yearly."
    )
    timezone: str = Field(default="UTC", min_length=1, max_length=64, description="IANA name, like Europe/Berlin.")
    params: dict[str, JsonValue] = Field(
        default_factory=dict, description="For a task its input, for a workflow what its runs say about their trigger."
    )
    overlap_policy: OverlapPolicy = Field(default=OverlapPolicy.ALLOW, description="When the last run still goes on.")
    catchup_policy: CatchupPolicy = Field(default=CatchupPolicy.LATEST, description="Which missed times are made up.")
    catchup_window_seconds: Window = 3600
    jitter_seconds: Jitter = 0
    enabled: bool = True
    source: Source | None = Field(default=None, description="Where a workflow's commands get their working copy from.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.workflow is None) == (self.task is None):
            raise ValueError("give exactly one of `workflow` and `task`")
        if self.source is not None and self.workflow is None:
            raise ValueError("`source` is for workflows")
        return self


class UpdateSchedule(BaseModel):
    """What is to change; what is left out stays. A new rule or zone is planned anew."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200)
    cron_expression: str | None = Field(default=None, min_length=1, max_length=200)
    timezone: str | None = Field(default=None, min_length=1, max_length=64)
    params: dict[str, JsonValue] | None = None
    enabled: bool | None = None
    overlap_policy: OverlapPolicy | None = None
    catchup_policy: CatchupPolicy | None = None
    catchup_window_seconds: Window | None = None
    jitter_seconds: Jitter | None = None


class Some(BaseModel):
    """Which schedules: those of a project, or all that one may manage."""

    model_config = ConfigDict(extra="forbid")

    project: str | None = Field(default=None, min_length=1, max_length=255, description="Id or name. Default: all.")


class Changed(TypedDict):
    """How many schedules were not so already."""

    changed: int


class BackfillSchedule(BaseModel):
    """A range of the past: from `since` on, before `until`."""

    model_config = ConfigDict(extra="forbid")

    since: datetime
    until: datetime | None = Field(default=None, description="Default: now.")


class Firing(TypedDict):
    """One time of a schedule, and what became of it."""

    fire_time: Time
    outcome: FiringOutcome
    run_id: Id | None
    detail: str | None


class Firings(TypedDict):
    """The last firings, newest first."""

    items: list[Firing]


class Backfilled(TypedDict):
    """What a backfill did: each time of the range; `new` counts those that had not fired before."""

    new: int
    items: list[Firing]


class Times(TypedDict):
    """The next times of a rule."""

    items: list[Time]
