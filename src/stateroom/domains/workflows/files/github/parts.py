"""The steps of a job, which become the parts of one run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.expressions import references, text_of, truthy
from stateroom.domains.workflows.files.github.actions import note_for
from stateroom.domains.workflows.files.model import Part
from stateroom.domains.workflows.files.nodes import Json, ListNode, MapNode, Node, ScalarNode
from stateroom.domains.workflows.files.reader import MAX_COMMAND, MAX_DIRECTORY, MAX_TITLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stateroom.domains.workflows.files.github.defaults import Defaults
    from stateroom.domains.workflows.files.github.places import Places
    from stateroom.domains.workflows.files.reader import Reader
    from stateroom.domains.workflows.files.scope import Scope
    from stateroom.domains.workflows.files.templates import Templates

_COMMON: Final = ("name", "id", "if", "env", "continue-on-error", "timeout-minutes")
RUN_KEYS: Final = (*_COMMON, "run", "shell", "working-directory")
USES_KEYS: Final = (*_COMMON, "uses", "with")
MAX_MINUTES: Final = 525_600


def step_ids(node: Node | None) -> tuple[str, ...]:
    """Return the ids of the steps of a job, before they are read, because expressions speak of them."""
    steps = node.items if isinstance(node, ListNode) else ()
    ids = [step.get("id") for step in steps if isinstance(step, MapNode)]
    return tuple(each.text for each in ids if isinstance(each, ScalarNode))


class Parts:
    """Reads the steps of one job."""

    def __init__(
        self,
        templates: Templates,
        places: Places,
        defaults: Defaults,
        combinations: Sequence[Mapping[str, Json]],
    ) -> None:
        """Know what the job says, as far as its steps depend on it."""
        self._templates = templates
        self._reader: Reader = templates.reader
        self._report = templates.reader.report
        self._places = places
        self._defaults = defaults
        self._combinations = combinations
        self._lines: dict[str, int] = {}

    def read(self, node: Node) -> tuple[Part, ...]:
        """Return the parts; those with anything unsupported in them are recorded and left out."""
        found: list[Part] = []
        for item in self._reader.items(node, "`steps`"):
            before = self._report.unsupported_seen
            part = self._part(item)
            if part is not None and self._report.unsupported_seen == before:
                found.append(part)
        return tuple(found)

    def _part(self, node: Node) -> Part | None:
        step = self._reader.mapping(node, "a step")
        if step is None:
            return None
        run, uses = step.get("run"), step.get("uses")
        if not self._reader.one_of(step, "a step", ("run", "uses")):
            return None
        self._reader.keys(step, "a step with `run`" if run else "a step with `uses`", RUN_KEYS if run else USES_KEYS)
        common = self._common(step)
        if run:
            return self._run(step, run, common)
        return self._uses(step, uses, common) if uses else None

    def _common(self, step: MapNode) -> Part:
        """Read what all steps have; `name` is '' if the step has none."""
        name, part_id, when = step.get("name"), step.get("id"), step.get("if")
        return Part(
            name=self._text(name, "a step's `name`")[:MAX_TITLE] if name else "",
            id=self._id(part_id) if part_id else None,
            when=self._condition(when) if when else None,
            env=self._env(step.get("env")),
            continue_on_error=self._tolerant(step.get("continue-on-error")),
            timeout_seconds=self._timeout(step.get("timeout-minutes")),
        )

    def _run(self, step: MapNode, run: Node, common: Part) -> Part | None:
        command = self._text(run, "`run`", longest=MAX_COMMAND)
        if not command:
            return None
        shell, directory = step.get("shell"), step.get("working-directory")
        what = "`working-directory`"
        inherited = self._defaults.working_directory
        return replace(
            common,
            name=common.name or f"Run {command.strip().splitlines()[0]}"[:MAX_TITLE],
            run=command,
            shell=self._reader.shell(shell, "`shell`") if shell else self._defaults.shell,
            working_directory=self._text(directory, what, longest=MAX_DIRECTORY) if directory else inherited,
        )

    def _uses(self, step: MapNode, uses: Node, common: Part) -> Part | None:
        inputs = step.get("with")
        self._env(inputs, "a step's `with`")
        if self._reader.text(uses, "`uses`") is None or not isinstance(uses, ScalarNode):
            return None
        note = note_for(uses, inputs, self._report)
        name = common.name or f"Run {uses.text.strip()}"[:MAX_TITLE]
        return replace(common, name=name, note=note) if note else None

    def _text(self, node: Node, what: str, *, longest: int | None = None) -> str:
        text = self._reader.text(node, what, longest=longest)
        if text is None or not isinstance(node, ScalarNode):
            return ""
        self._templates.text(node, self._places.step(what))
        return text

    def _env(self, node: Node | None, what: str = "a step's `env`") -> dict[str, str]:
        if node is None:
            return {}
        variables = self._reader.env(node, what)
        for value in variables.values():
            self._templates.text(value, self._places.step(what))
        return {name: text_of(value.value) for name, value in variables.items()}

    def _id(self, node: Node) -> str | None:
        if self._reader.text(node, "a step's `id`") is None or not isinstance(node, ScalarNode):
            return None
        if first := self._lines.get(node.text.lower()):
            self._report.error(node.mark, f"the step id `{node.text}` is already taken on line {first}")
        self._lines[node.text.lower()] = node.mark.line
        return self._reader.identifier(node, "a step's `id`")

    def _condition(self, node: Node) -> str | None:
        if self._reader.text(node, "`if`") is None or not isinstance(node, ScalarNode):
            return None
        parsed = self._templates.condition(node, "`if`", self._scope_of_if())
        return parsed.text.strip() if parsed else None

    def _scope_of_if(self) -> Scope:
        return self._places.step("a step's `if`", status=True)

    def _tolerant(self, node: Node | None) -> bool | str:
        """Read `continue-on-error`; what depends on more than the matrix is left to the worker as an expression."""
        what = "`continue-on-error`"
        if node is None:
            return False
        if not isinstance(node, ScalarNode) or not self._templates.is_template(node):
            return bool(self._reader.boolean(node, what))
        parsed = self._templates.condition(node, what, self._places.step(what))
        if parsed is None:
            return False
        if all(reference.context == "matrix" for reference in references(parsed.expr)):
            values = self._templates.values(node, self._places.early(what), self._combinations) or [False]
            if len({truthy(value) for value in values}) == 1:
                return truthy(values[0])
        return parsed.text.strip()

    def _timeout(self, node: Node | None) -> int | None:
        return minutes(node, self._templates, self._places.early("`timeout-minutes`"), self._combinations)


def minutes(
    node: Node | None, templates: Templates, scope: Scope, combinations: Sequence[Mapping[str, Json]]
) -> int | None:
    """Read `timeout-minutes` as seconds; where it differs between combinations, the longest counts for all."""
    if node is None:
        return None
    if not isinstance(node, ScalarNode) or not templates.is_template(node):
        found = templates.reader.number(node, scope.place, low=0.01, high=MAX_MINUTES)
        return None if found is None else max(1, round(found * 60))
    values = templates.values(node, scope, combinations)
    numbers = [value for value in values or () if isinstance(value, int | float) and 0 < value <= MAX_MINUTES]
    if values is not None and len(numbers) < len(values):
        message = f"{scope.place} has to be a number of minutes up to {MAX_MINUTES:,} in every combination"
        templates.reader.report.error(node.mark, message)
        return None
    if len(set(numbers)) > 1:
        message = f"{scope.place} differs between the combinations; the longest, {max(numbers):g}, counts for all"
        templates.reader.report.note(node.mark, message)
    return max(1, round(max(numbers) * 60)) if numbers else None
