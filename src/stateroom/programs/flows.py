"""Workflows written in Python: they become the text of a workflow file, so that both mean the same."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypedDict, Unpack

from stateroom.errors import Conflict, InvalidInput
from stateroom.payloads import encode

_FILE: Final = "workflow.yaml"


class StepOptions(TypedDict, total=False):
    """What every step may say; the words, and what they mean, are those of a workflow file."""

    name: str
    needs: "Step | str | Mapping[str, str] | Sequence[Step | str | Mapping[str, str]]"
    when: str
    timeout: float | str
    retries: int | Mapping[str, object]
    matrix: Mapping[str, Sequence[object]]
    continue_on_error: bool
    queue: str
    priority: int


class HandlerOptions(StepOptions, total=False):
    """What a step with a handler may say beside that."""

    id: str


class CommandOptions(StepOptions, total=False):
    """What a step with a command may say beside that."""

    env: Mapping[str, object]
    working_directory: str
    shell: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a workflow, for others to need."""

    id: str

    def output(self, name: str) -> str:
        """Return the expression that reads an output of this step."""
        return f"${{{{ needs.{self.id}.outputs.{name} }}}}"


class Flow:
    """What a function with @app.workflow is given: it says the steps, each after those that it needs."""

    def __init__(self, names: Callable[[Callable[..., Any] | str], str]) -> None:
        """Start without steps; `names` tells a handler's name."""
        self._names = names
        self._steps: list[dict[str, object]] = []

    def step(
        self,
        handler: Callable[..., Any] | str,
        payload: Mapping[str, object] | None = None,
        **options: Unpack[HandlerOptions],
    ) -> Step:
        """Add a step that calls a handler; its `id` is the handler's name unless it is given."""
        name = self._names(handler)
        more = {} if payload is None else {"with": json.loads(encode(payload, f"input of '{name}'"))}
        return self._add(name, {"handler": name, **more}, options)

    def command(self, id: str, run: str, **options: Unpack[CommandOptions]) -> Step:  # noqa: A002 (the word of workflow files)
        """Add a step that runs a command."""
        return self._add(id, {"run": run}, options)

    def _add(self, name: str, what: Mapping[str, object], options: Mapping[str, object]) -> Step:
        said = {key: value for key, value in options.items() if key != "needs"}
        needs = options.get("needs")
        several = isinstance(needs, Sequence) and not isinstance(needs, str)
        if needs is not None:
            listed: Sequence[object] = needs if several else [needs]  # pyright: ignore[reportUnknownVariableType, reportAssignmentType]  narrowed above
            said["needs"] = [each.id if isinstance(each, Step) else each for each in listed]
        step = {"id": name, **said, **what}
        self._steps.append(step)
        return Step(str(step["id"]))

    def steps(self) -> list[dict[str, object]]:
        """Return all steps, as a workflow file has them."""
        return self._steps


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow that an app knows: the function that says its steps, and what it is beside them."""

    name: str
    build: Callable[[Flow], object]
    description: str
    env: Mapping[str, str]

    def definition(self, names: Callable[[Callable[..., Any] | str], str]) -> dict[str, object]:
        """Return what is published, the same as a file would give.

        Raises:
            InvalidInput: the steps do not make a workflow; the message says what is wrong with them.
        """
        from stateroom.domains.workflows.files import load_text

        flow = Flow(names)
        self.build(flow)
        document = {"name": self.name, "steps": flow.steps()}
        document |= {"description": self.description} if self.description else {}
        document |= {"env": dict(self.env)} if self.env else {}
        loaded = load_text(json.dumps(document, ensure_ascii=False), _FILE)
        if not loaded.ok:
            said = "; ".join(each.message for each in loaded.problems)
            raise InvalidInput(f"The workflow '{self.name}' cannot be published: {said}.")
        return loaded.definition


def add(workflows: dict[str, Workflow], workflow: Workflow) -> None:
    """Add a workflow under its name. Raises Conflict when that is taken."""
    if workflow.name in workflows:
        raise Conflict(
            f"Two workflows are named '{workflow.name}'.", hint="Give one of them another name: @app.workflow(name=…)."
        )
    workflows[workflow.name] = workflow
