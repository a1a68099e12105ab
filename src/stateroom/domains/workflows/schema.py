"""What goes in and out of the API for workflows."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from typing_extensions import TypedDict

from stateroom.core.wire import Id, Time


class Workflow(TypedDict):
    """A workflow with its newest version and its newest run."""

    id: Id
    project_id: Id
    name: str
    description: str | None
    type: str
    status: str
    latest_version: int | None
    created_at: Time
    updated_at: Time
    last_run_id: Id | None
    last_run_state: str | None


class Workflows(TypedDict):
    """All workflows, by name."""

    items: list[Workflow]


class Problem(TypedDict):
    """Something that a workflow file says and that is wrong, unsupported or not applied."""

    kind: Literal["error", "unsupported", "not_applied", "note"]
    message: str
    file: str
    line: int | None
    column: int | None


class Published(TypedDict):
    """What publishing did: the same content stays the same version, then `created` is false."""

    workflow_id: Id
    version_id: Id
    version: int
    created: bool
    problems: list[Problem]


class Publish(BaseModel):
    """A definition, or a file's text that the server reads: exactly one of both."""

    model_config = ConfigDict(extra="forbid")

    definition: dict[str, JsonValue] | None = Field(default=None, description="A normalized definition.")
    file: str | None = Field(default=None, description="Text of a workflow file: Stateroom's or GitHub Actions' YAML.")
    file_name: str = Field(default="workflow.yml", min_length=1, max_length=4096, description="Named in problems.")
    skip_unsupported: bool = Field(default=False, description="Leave out what is not supported, and run the rest.")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.definition is None) == (self.file is None):
            raise ValueError("give exactly one of `definition` and `file`")
        return self
