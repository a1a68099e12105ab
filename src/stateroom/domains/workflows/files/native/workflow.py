"""A whole file: its stages and steps in the order of their needs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.edges import Edges
from stateroom.domains.workflows.files.graph import above, ordered
from stateroom.domains.workflows.files.model import Need, Step, Workflow
from stateroom.domains.workflows.files.native.options import KEYS as OPTION_KEYS
from stateroom.domains.workflows.files.native.options import Options, read_options
from stateroom.domains.workflows.files.native.steps import Read, StepReader
from stateroom.domains.workflows.files.scope import Scope

if TYPE_CHECKING:
    from stateroom.domains.workflows.files.nodes import MapNode, Node, ScalarNode
    from stateroom.domains.workflows.files.reader import Reader
    from stateroom.domains.workflows.files.templates import Templates

KEYS: Final = ("name", "description", "timeout", "env", "defaults", "steps", "stages")
STAGE_KEYS: Final = ("name", "parallel", "steps")
HOUR: Final = 3600
MAX_NAME: Final = 200
MAX_DESCRIPTION: Final = 10_000


def read_native(root: MapNode, templates: Templates, *, name: str) -> Workflow | None:
    """Return the workflow of a file; None if it cannot be run. Problems are recorded on the way."""
    reader = templates.reader
    reader.keys(root, "a workflow", KEYS)
    title, description, timeout = root.get("name"), root.get("description"), root.get("timeout")
    steps = _Steps(templates, _defaults(root.get("defaults"), reader))
    steps.read(root)
    edges = Edges(reader.report, "step", steps.needs())
    if not edges.are_fine() or not steps.found:
        return None
    return Workflow(
        name=(reader.text(title, "`name`", longest=MAX_NAME) or name).strip() if title else name,
        description=(reader.text(description, "`description`", longest=MAX_DESCRIPTION) or "") if description else "",
        env=_env(root.get("env"), templates),
        steps=steps.joined(),
        timeout_seconds=(reader.timeout(timeout, "`timeout`") or HOUR) if timeout else HOUR,
    )


def _defaults(node: Node | None, reader: Reader) -> Options:
    found = reader.mapping(node, "`defaults`") if node else None
    if found is None:
        return Options()
    reader.keys(found, "`defaults`", OPTION_KEYS)
    return read_options(found, Options(), reader)


def _env(node: Node | None, templates: Templates) -> dict[str, str]:
    variables = templates.reader.env(node, "`env`") if node else {}
    for value in variables.values():
        templates.text(value, Scope("the workflow's `env`", ("github",), strict=True))
    return {name: "" if value.value is None else value.text for name, value in variables.items()}


@dataclass(slots=True)
class _Steps:
    """Collects the steps of a file, stage by stage."""

    templates: Templates
    defaults: Options
    found: list[Read] = field(default_factory=list[Read])
    _lines: dict[str, int] = field(default_factory=dict[str, int])

    def read(self, root: MapNode) -> None:
        reader, steps, stages = self.templates.reader, root.get("steps"), root.get("stages")
        if steps and stages:
            key = root.key("stages")
            reader.report.error((key or root).mark, "a workflow has either `steps` or `stages`, not both")
        if steps:
            self._read_steps(steps, ())
        before: tuple[str, ...] = ()
        for node in reader.items(stages, "`stages`") if stages else ():
            if stage := reader.mapping(node, "a stage"):
                before = self._read_stage(stage, before)

    def _read_stage(self, stage: MapNode, before: tuple[str, ...]) -> tuple[str, ...]:
        """Read a stage; return the steps for which the next one has to wait."""
        reader = self.templates.reader
        reader.keys(stage, "a stage", STAGE_KEYS)
        name, parallel, steps = stage.get("name"), stage.get("parallel"), stage.get("steps")
        if name:
            reader.text(name, "a stage's `name`")
        if steps is None:
            reader.missing(stage, "a stage", "steps", "[{id: build, run: make}]")
            return before
        in_order = parallel is not None and reader.boolean(parallel, "`parallel`") is False
        return self._read_steps(steps, before, in_order=in_order) or before

    def _read_steps(self, node: Node, before: tuple[str, ...], *, in_order: bool = False) -> tuple[str, ...]:
        reader, last = self.templates.reader, before
        keys: list[str] = []
        for item in reader.items(node, "`steps`"):
            found = reader.mapping(item, "a step")
            read = StepReader(found, last, self.templates, self.defaults).read() if found else None
            if read and self._is_new(read.key):
                self.found.append(read)
                keys.append(read.key.text)
                last = (read.key.text,) if in_order else last
        return last if in_order else tuple(keys)

    def _is_new(self, key: ScalarNode) -> bool:
        if first := self._lines.get(key.text):
            self.templates.reader.report.error(key.mark, f"the id `{key.text}` is already taken on line {first}")
            return False
        self._lines[key.text] = key.mark.line
        return True

    def needs(self) -> dict[str, tuple[ScalarNode, list[ScalarNode]]]:
        """Return what each step needs, as it is written; what stages imply cannot be wrong."""
        return {each.key.text: (each.key, [wanted.node for wanted in each.wanted]) for each in self.found}

    def joined(self) -> tuple[Step, ...]:
        """Return the steps with their edges, in topological order."""
        by_key = {each.key.text: each for each in self.found}
        needs = {key: [*each.implied, *(want.node.text for want in each.wanted)] for key, each in by_key.items()}
        return tuple(replace(by_key[key].step, needs=self._edges(by_key[key], needs)) for key in ordered(needs))

    def _edges(self, read: Read, needs: dict[str, list[str]]) -> tuple[Need, ...]:
        edges = {key: Need(key, read.gate.condition) for key in needs[read.key.text]}
        for wanted in read.wanted:
            if wanted.condition:
                edges[wanted.node.text] = Need(wanted.node.text, wanted.condition)
        if read.gate.ancestors:
            far = above(read.key.text, needs)
            edges.update({key: Need(key, "always") for key in sorted(far) if key not in edges})
        return tuple(edges.values())
