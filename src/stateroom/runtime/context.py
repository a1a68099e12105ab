"""What a run's expressions and commands know: contexts and variables."""

import json
import platform
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from stateroom.domains.workflows.files.expressions import (
    Status,
    evaluate,
    interpolate,
    parse,
    truthy,
    uses_status,
)
from stateroom.runtime.git import LOCATION_VARIABLES
from stateroom.runtime.work import Work

_HIDDEN: Final = ("STATEROOM_", "PG", "GITHUB_", "RUNNER_", "ACTIONS_")
_SYSTEMS: Final = {"linux": "Linux", "darwin": "macOS"}
_PROCESSORS: Final = {"x86_64": "X64", "amd64": "X64", "aarch64": "ARM64", "arm64": "ARM64", "i686": "X86"}
_EVENTS: Final = {"schedule": "schedule", "webhook": "repository_dispatch"}


class Contexts:
    """Evaluates a run's expressions; grows while its parts are executed."""

    def __init__(self, work: Work) -> None:
        """Know what is known before anything runs."""
        self.env: dict[str, str] = {}
        self.steps: dict[str, dict[str, object]] = {}
        self.github = _github(work)
        self.runner: dict[str, object] = {"os": _SYSTEMS.get(sys.platform, sys.platform), "arch": _processor()}
        self._fixed: dict[str, object] = {"matrix": dict(work.matrix or {}), "needs": dict(work.needs)}
        for layer in (work.workflow_env, work.task.env):
            self.env = self.with_env(layer)
        self.env |= work.run_env  # as it is: it does not come from the workflow's author

    def with_env(self, layer: Mapping[str, str], env: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the variables with another layer over them, whose texts may speak of those below."""
        below = self.env if env is None else env
        return {**below, **{name: self.text(value, below) for name, value in layer.items()}}

    def text(self, template: str, env: Mapping[str, str] | None = None) -> str:
        """Fill in the expressions of a text; raises ExpressionError."""
        return interpolate(template, self._all(env)) if "${{" in template else template

    def holds(self, condition: str, status: Status, env: Mapping[str, str] | None = None) -> bool:
        """Say whether a condition is true; raises ExpressionError."""
        return truthy(evaluate(condition, self._all(env), status))

    def _all(self, env: Mapping[str, str] | None) -> dict[str, object]:
        known = {"env": self.env if env is None else env, "steps": self.steps}
        return {**self._fixed, **known, "github": self.github, "runner": self.runner}


def needs_status(work: Work) -> Status:
    """Return what success() and failure() say of a run before it starts: how its needs have ended."""
    results = [need.get("result") for need in work.needs.values()]
    return Status(
        success=all(result == "success" for result in results),
        failure="failure" in results,
        cancelled="cancelled" in results,
    )


def asks_for_status(condition: str) -> bool:
    """Say whether a condition speaks of success or failure itself; else success() is meant as well."""
    return uses_status(parse(condition))


def inherited_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the worker's own variables without secrets of Stateroom, and without what another system has set.

    Variables of PostgreSQL's tools are left out as well: they may lead to our database. So are those that git sets for
    its hooks, and those of a GitHub job that the worker may itself run in.
    """
    return {
        name: value
        for name, value in variables.items()
        if not name.startswith(_HIDDEN) and name not in LOCATION_VARIABLES
    }


def own_variables(work: Work) -> dict[str, str]:
    """Return what every command is told about its run. STATEROOM_KEY stays the same over all attempts."""
    variables = {
        "STATEROOM_RUN_ID": str(work.run_id),
        "STATEROOM_KEY": str(work.run_id),
        "STATEROOM_ATTEMPT": str(work.attempt),
        "STATEROOM_PROJECT_ID": str(work.project_id),
        "STATEROOM_WORKFLOW": work.workflow_name,
        "STATEROOM_INPUT": json.dumps(work.input),
    }
    if work.workflow_run_id is not None:
        variables["STATEROOM_WORKFLOW_RUN_ID"] = str(work.workflow_run_id)
    if work.map_index is not None:
        variables["STATEROOM_MAP_INDEX"] = str(work.map_index)
    if work.matrix is not None:
        variables["STATEROOM_MATRIX"] = json.dumps(work.matrix)
    return variables


def github_variables(contexts: Contexts, *, temp: Path, event: Path) -> dict[str, str]:
    """Return what commands of a GitHub job expect to find."""
    github = contexts.github
    names = (
        *("sha", "ref", "ref_name", "ref_type", "repository", "repository_owner", "workspace", "event_name", "actor"),
        *("run_id", "run_number", "run_attempt", "workflow", "job", "server_url", "api_url"),
    )
    variables = {f"GITHUB_{name.upper()}": str(github[name]) for name in names}
    return variables | {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_PATH": str(event),
        "RUNNER_OS": str(contexts.runner["os"]),
        "RUNNER_ARCH": str(contexts.runner["arch"]),
        "RUNNER_TEMP": str(temp),
        "RUNNER_NAME": "stateroom",
        "RUNNER_ENVIRONMENT": "self-hosted",
    }


def with_path(variables: Mapping[str, str], first: Iterable[str]) -> dict[str, str]:
    """Return variables with folders in front of PATH."""
    folders = [*first, *filter(None, [variables.get("PATH")])]
    return {**variables, "PATH": ":".join(folders)} if folders else dict(variables)


def _github(work: Work) -> dict[str, object]:
    source = work.source
    repository = source.repository if source else ""
    ref = source.ref if source else ""
    return {
        "sha": (source.sha if source else None) or "",
        "ref": ref,
        "ref_name": source.ref_name if source else "",
        "ref_type": "tag" if ref.startswith("refs/tags/") else "branch",
        "repository": repository,
        "repository_owner": repository.partition("/")[0] if "/" in repository else "",
        "workspace": "",
        "event_name": _EVENTS.get(work.trigger, "workflow_dispatch"),
        "actor": "stateroom",
        "run_id": str(work.workflow_run_id or work.run_id),
        "run_number": str(work.run_number or 1),
        "run_attempt": str(work.attempt),
        "workflow": work.workflow_name,
        "job": work.task.step_key or work.task.title,
        "server_url": "https://github.com",
        "api_url": "https://api.github.com",
    }


def _processor() -> str:
    machine = platform.machine().lower()
    return _PROCESSORS.get(machine, machine.upper())
