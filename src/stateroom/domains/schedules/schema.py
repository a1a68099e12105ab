"""What goes in and out of the API for schedules."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from typing_extensions import TypedDict

from stateroom.core.wire import Id, Time
from stateroom.domains.runs.schema import Source


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
    source: Source | None = Field(default=None, description="Where a workflow's commands get their working copy from.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.workflow is None) == (self.task is None):
            raise ValueError("give exactly one of `workflow` and `task`")
        if self.source is not None and self.workflow is None:
            raise ValueError("`source` is for workflows")
        return self
