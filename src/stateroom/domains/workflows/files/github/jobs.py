"""A job, which becomes one step: one run for each combination of its matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.conditions import Gate, gate
from stateroom.domains.workflows.files.expressions import text_of, truthy
from stateroom.domains.workflows.files.github.defaults import Defaults, read_defaults, read_env
from stateroom.domains.workflows.files.github.parts import Parts, minutes, step_ids
from stateroom.domains.workflows.files.github.places import Places
from stateroom.domains.workflows.files.github.runners import ALLOWED, Runners
from stateroom.domains.workflows.files.matrices import Matrices
from stateroom.domains.workflows.files.model import Step
from stateroom.domains.workflows.files.nodes import Json, MapNode, ScalarNode
from stateroom.domains.workflows.files.reader import MAX_TITLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stateroom.domains.workflows.files.reader import Reader
    from stateroom.domains.workflows.files.templates import Templates

KEYS: Final = (
    "name", "permissions", "needs", "if", "runs-on", "concurrency", "outputs", "env", "defaults", "steps",
    "timeout-minutes", "strategy", "continue-on-error", "container", "services", "environment", "uses", "with",
    "secrets", "snapshot",
)  # fmt: skip
_UNSUPPORTED: Final = MappingProxyType(
    {
        "container": "jobs in containers are not supported; a job runs on the worker itself",
        "services": "service containers are not supported; start what the job needs in a `run` step",
        "environment": "deployment environments are not supported; remove it to run the job without its protection",
        "uses": "reusable workflows are not supported; write the job's steps here",
        "snapshot": "images made of a job are not supported",
    }
)
DEFAULT_TIMEOUT: Final = 360 * 60


@dataclass(frozen=True, slots=True)
class Job:
    """A job as read; `step` is None if it cannot be run as a whole."""

    key: ScalarNode
    needs: tuple[ScalarNode, ...]
    gate: Gate
    step: Step | None


@dataclass(frozen=True, slots=True)
class Shared:
    """What the workflow says for all of its jobs."""

    templates: Templates
    defaults: Defaults
    # Names of the outputs of each job, None if they cannot be told.
    outputs: Mapping[str, tuple[str, ...] | None]
    # Whether the workflow's defaults ask for something unsupported, without which no command means the same.
    refused: bool = False


class JobReader:
    """Reads one job."""

    def __init__(self, key: ScalarNode, node: MapNode, shared: Shared) -> None:
        """Read its needs, because the scopes of its expressions depend on them."""
        self._key = key
        self._node = node
        self._shared = shared
        self._templates = shared.templates
        self._reader: Reader = shared.templates.reader
        self._report = shared.templates.reader.report
        needs = node.get("needs")
        self._needs = self._reader.words(needs, "`needs`") if needs else ()
        self._places = Places({each.text: shared.outputs.get(each.text) for each in self._needs})
        self._combinations: list[dict[str, Json]] = [{}]

    def read(self) -> Job:
        """Return the job, recording everything that is wrong in it or that is not done."""
        name = f"job `{self._key.text}`"
        self._reader.keys(self._node, name, KEYS)
        before = self._report.unsupported_seen
        self._refuse()
        if self._node.get("uses"):
            return Job(self._key, self._needs, Gate(), None)
        self._read_strategy()
        condition = self._gate()
        tolerant, timeout = self._tolerant(), self._timeout()
        defaults = self._defaults()
        refused = self._shared.refused or self._report.unsupported_seen > before
        usable = self._usable(name)
        runs = [each for each, fits in zip(self._combinations, usable, strict=True) if fits]
        may_fail = [each for each, fits in zip(tolerant, usable, strict=True) if fits]
        step = replace(self._step(name, defaults), continue_on_error=_positions(may_fail), timeout_seconds=timeout)
        if refused or not runs or not step.parts:
            return Job(self._key, self._needs, condition, None)
        matrix = runs if self._node.get("strategy") and runs != [{}] else None
        return Job(self._key, self._needs, condition, replace(step, matrix=matrix, when=condition.when))

    def _refuse(self) -> None:
        for subject in ("permissions", "concurrency"):
            if found := self._node.key(subject):
                self._report.not_applied(subject, found.mark, "has no effect on a run")
        for key, said in _UNSUPPORTED.items():
            if found := self._node.key(key):
                self._report.unsupported(found.mark, f"`{key}`: {said}")

    def _read_strategy(self) -> None:
        node = self._node.get("strategy")
        strategy = self._reader.mapping(node, "`strategy`") if node else None
        matrix: tuple[str, ...] | None = ()
        if strategy:
            self._reader.keys(strategy, "`strategy`", ("matrix", "fail-fast", "max-parallel"))
            if found := strategy.get("matrix"):
                read = Matrices(self._templates, strict=False).read(found)
                self._combinations = read or [{}]
                matrix = tuple(dict.fromkeys(key for each in read for key in each)) if read else None
        self._places = replace(self._places, matrix=matrix, steps=step_ids(self._node.get("steps")))

    def _check_strategy(self) -> None:
        """Say what of `strategy` has no effect; a job can do without it."""
        strategy = self._node.get("strategy")
        if not isinstance(strategy, MapNode):
            return
        fast = strategy.get("fail-fast")
        if isinstance(fast, ScalarNode) and fast.value is not False:
            said = "has no effect: when one combination fails, the others go on"
            self._report.not_applied("fail-fast", fast.mark, said)
        if key := strategy.key("max-parallel"):
            said = "`max-parallel` is not supported: as many combinations run at once as workers take"
            self._report.unsupported(key.mark, said)

    def _usable(self, name: str) -> list[bool]:
        self._check_strategy()
        node, strategy = self._node.get("runs-on"), self._node.get("strategy")
        if node is None:
            self._reader.missing(self._node, name, "runs-on", "ubuntu-latest")
            return [False for _ in self._combinations]
        matrix = strategy.get("matrix") if isinstance(strategy, MapNode) else None
        runners = Runners(self._templates, self._places.early("`runs-on`"), matrix)
        usable = runners.usable(node, self._combinations) or [False for _ in self._combinations]
        if any(usable):
            self._report.not_applied("runs-on", node.mark, f"chooses no machine: any worker takes the job ({ALLOWED})")
        return usable

    def _gate(self) -> Gate:
        node = self._node.get("if")
        if node is None or self._reader.text(node, "`if`") is None or not isinstance(node, ScalarNode):
            return Gate()
        parsed = self._templates.condition(node, "`if`", self._places.job("a job's `if`", status=True))
        return gate(parsed.text, parsed.expr, has_needs=bool(self._needs)) if parsed else Gate()

    def _timeout(self) -> int:
        scope = self._places.early("`timeout-minutes`")
        return minutes(self._node.get("timeout-minutes"), self._templates, scope, self._combinations) or DEFAULT_TIMEOUT

    def _tolerant(self) -> list[bool]:
        """Say of each combination whether its failure is to count as a success."""
        node, what = self._node.get("continue-on-error"), "`continue-on-error`"
        if node is None:
            return [False for _ in self._combinations]
        if not isinstance(node, ScalarNode) or not self._templates.is_template(node):
            return [bool(self._reader.boolean(node, what)) for _ in self._combinations]
        values = self._templates.values(node, self._places.early(what), self._combinations)
        return [truthy(value) for value in values or [False for _ in self._combinations]]

    def _defaults(self) -> Defaults:
        scope = self._places.job("`defaults.run.working-directory`")
        return read_defaults(self._node.get("defaults"), self._shared.defaults, self._templates, scope)

    def _step(self, name: str, defaults: Defaults) -> Step:
        node, scope = self._node, self._places.job
        parts = Parts(self._templates, self._places, defaults, self._combinations)
        steps = node.get("steps")
        if steps is None:
            self._reader.missing(node, name, "steps", "[{run: make test}]")
        return Step(
            key=self._key.text,
            title=self._title(),
            env=read_env(node.get("env"), self._templates, scope("a job's `env`")),
            outputs=self._outputs(),
            parts=parts.read(steps) if steps else (),
        )

    def _title(self) -> str:
        node = self._node.get("name")
        if node is None or self._reader.text(node, "`name`") is None or not isinstance(node, ScalarNode):
            return self._key.text
        self._templates.text(node, self._places.job("a job's `name`"))
        return node.text.strip()[:MAX_TITLE]

    def _outputs(self) -> dict[str, str]:
        node = self._node.get("outputs")
        found = self._reader.env(node, "`outputs`") if node else {}
        scope = self._places.step("`outputs`")
        fine = [name for name, value in found.items() if self._templates.text(value, scope)]
        return {name: text_of(found[name].value) for name in fine}


def _positions(holds: list[bool]) -> bool | list[int]:
    """Return one answer where all agree, else the positions at which it holds."""
    if len(set(holds)) < 2:
        return any(holds)
    return [position for position, each in enumerate(holds) if each]
