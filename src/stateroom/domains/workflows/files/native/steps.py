"""One step: a command or a handler, what it needs, and when it runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast

from stateroom.domains.workflows.files.conditions import GATES, Condition, Gate, gate
from stateroom.domains.workflows.files.expressions import parse
from stateroom.domains.workflows.files.matrices import Matrices
from stateroom.domains.workflows.files.model import Step
from stateroom.domains.workflows.files.native.options import Options, read_options
from stateroom.domains.workflows.files.nodes import Json, ListNode, MapNode, Node, ScalarNode, plain, scalars
from stateroom.domains.workflows.files.problems import meant, names
from stateroom.domains.workflows.files.reader import MAX_COMMAND, MAX_TITLE
from stateroom.domains.workflows.files.scope import Scope
from stateroom.domains.workflows.files.values import is_handler

if TYPE_CHECKING:
    from stateroom.domains.workflows.files.reader import Reader
    from stateroom.domains.workflows.files.templates import Templates

_COMMON: Final = (
    "id", "name", "needs", "when", "timeout", "retries", "matrix", "continue_on_error", "queue", "priority",
)  # fmt: skip
RUN_KEYS: Final = (*_COMMON, "run", "env", "working_directory", "shell")
HANDLER_KEYS: Final = (*_COMMON, "handler", "with")
CONTEXTS: Final = ("env", "github", "matrix", "needs", "runner")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A need as it is written; `condition` is None if the step's `when` decides."""

    node: ScalarNode
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A step as read; its needs are not joined with it yet, because they may be wrong."""

    key: ScalarNode
    wanted: tuple[Wanted, ...]
    implied: tuple[str, ...]
    gate: Gate
    step: Step


class StepReader:
    """Reads one step; `implied` are the steps that it needs because of the stage in which it stands."""

    def __init__(self, node: MapNode, implied: tuple[str, ...], templates: Templates, defaults: Options) -> None:
        """Read its needs and its matrix, because the scopes of its expressions depend on them."""
        self._node = node
        self._implied = implied
        self._templates = templates
        self._reader: Reader = templates.reader
        self._report = templates.reader.report
        self._defaults = defaults
        self._wanted = self._needs(node.get("needs"))
        matrix = node.get("matrix")
        self._matrix = Matrices(templates, strict=True).read(matrix) if matrix else None

    def read(self) -> Read | None:
        """Return the step; None if it has no usable id, without which nothing can speak of it."""
        run, handler = self._node.get("run"), self._node.get("handler")
        if self._reader.one_of(self._node, "a step", ("run", "handler")):
            owner, keys = ("a step with `run`", RUN_KEYS) if run else ("a step with `handler`", HANDLER_KEYS)
            self._reader.keys(self._node, owner, keys)
        key, condition = self._key(), self._gate()
        options = read_options(self._node, self._defaults, self._reader)
        step = Step(
            key=key.text if key else "",
            title=self._text("name", longest=MAX_TITLE) or (key.text if key else ""),
            timeout_seconds=options.timeout_seconds,
            max_retries=options.max_retries,
            retry_policy=options.retry_policy,
            queue=options.queue,
            priority=self._priority(),
            when=condition.when,
            continue_on_error=self._tolerant(),
            matrix=self._matrix,
        )
        step = self._handler(step, handler) if handler else self._command(step, options)
        return Read(key, self._wanted, self._implied, condition, step) if key else None

    def _scope(self, place: str, *, status: bool = False) -> Scope:
        needs = dict.fromkeys([*(each.node.text for each in self._wanted), *self._implied])
        # A matrix that could not be read holds anything.
        unread = self._matrix is None and self._node.get("matrix")
        matrix = {} if unread else {"matrix": dict.fromkeys(key for each in self._matrix or () for key in each)}
        return Scope(place, CONTEXTS, status=status, members={"needs": needs, **matrix}, strict=True)

    def _key(self) -> ScalarNode | None:
        node = self._node.get("id")
        if node is None:
            self._reader.missing(self._node, "a step", "id", "build")
            return None
        if self._reader.text(node, "`id`") is None or not isinstance(node, ScalarNode):
            return None
        return node if self._reader.identifier(node, "`id`") else None

    def _needs(self, node: Node | None) -> tuple[Wanted, ...]:
        entries = node.items if isinstance(node, ListNode) else (node,) if node else ()
        found = [self._need(entry) for entry in entries]
        return tuple(each for each in found if each)

    def _need(self, node: Node) -> Wanted | None:
        if not isinstance(node, MapNode):
            text = self._reader.text(node, "`needs`")
            return Wanted(node) if text is not None and isinstance(node, ScalarNode) else None
        self._reader.keys(node, "an entry of `needs`", ("step", "condition"))
        step, condition = node.get("step"), node.get("condition")
        if step is None:
            self._reader.missing(node, "an entry of `needs`", "step", "build")
            return None
        words = self._reader.words(step, "`needs.step`")
        chosen = self._reader.text(condition, "`needs.condition`") if condition else None
        if condition and chosen is not None and chosen not in GATES:
            near = meant(chosen, GATES) or f"; allowed are {names(GATES)}"
            self._report.error(condition.mark, f"`condition` is `{chosen}`{near}")
            chosen = None
        return Wanted(words[0], cast("Condition | None", chosen)) if words else None

    def _gate(self) -> Gate:
        node = self._node.get("when")
        if node is None or self._reader.text(node, "`when`") is None or not isinstance(node, ScalarNode):
            return Gate()
        has_needs = bool(self._wanted or self._implied)
        if node.text.strip() in GATES:
            call = f"{node.text.strip()}()"
            return gate(call, parse(call), has_needs=has_needs)
        parsed = self._templates.condition(node, "`when`", self._scope("`when`", status=True))
        return gate(parsed.text, parsed.expr, has_needs=has_needs) if parsed else Gate()

    def _command(self, step: Step, options: Options) -> Step:
        env = self._node.get("env")
        variables = self._reader.env(env, "`env`") if env else {}
        for value in variables.values():
            self._templates.text(value, self._scope("`env`"))
        return replace(
            step,
            command=self._text("run", longest=MAX_COMMAND),
            shell=options.shell,
            env={name: "" if value.value is None else value.text for name, value in variables.items()},
            working_directory=self._text("working_directory") or options.working_directory,
        )

    def _handler(self, step: Step, node: Node) -> Step:
        name, given = self._reader.text(node, "`handler`"), self._node.get("with")
        if name is not None and not is_handler(name):
            rule = "letters, digits and _ . : -, starting with a letter or _"
            self._report.error(node.mark, f"`handler` is {name[:80]!r}; a handler's name has {rule}")
        inputs = self._reader.mapping(given, "`with`") if given else None
        for value in scalars(inputs) if inputs else ():
            self._templates.text(value, self._scope("`with`"))
        parameters = cast("dict[str, Json]", plain(inputs)) if inputs else {}
        return replace(step, action="handler", handler=name, parameters=parameters)

    def _text(self, key: str, *, longest: int | None = None) -> str | None:
        node = self._node.get(key)
        text = self._reader.text(node, f"`{key}`", longest=longest) if node else None
        if isinstance(node, ScalarNode):
            self._templates.text(node, self._scope(f"`{key}`"))
        return text

    def _priority(self) -> int:
        node = self._node.get("priority")
        return (self._reader.integer(node, "`priority`", low=0, high=10) if node else 0) or 0

    def _tolerant(self) -> bool:
        node = self._node.get("continue_on_error")
        return bool(node and self._reader.boolean(node, "`continue_on_error`"))
