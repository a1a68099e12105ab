"""Executes the parts of one run, in order and with GitHub's semantics."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final

from stateroom.domains.workflows.files.expressions import ExpressionError, Status
from stateroom.domains.workflows.files.model import Part
from stateroom.runtime.context import asks_for_status
from stateroom.runtime.room import Ended, Room, Script
from stateroom.runtime.work import RunIO

_FIELDS: Final = frozenset(field.name for field in fields(Part))


@dataclass(slots=True)
class PartState:
    """What is shown of a part."""

    no: int
    name: str
    id: str | None
    state: str = "waiting"
    started_at: str | None = None
    finished_at: str | None = None
    exit_code: int | None = None
    note: str | None = None


class Parts:
    """The parts of one run; `failed` is the one that decides how the run ends."""

    def __init__(self, room: Room, io: RunIO, parts: Sequence[Mapping[str, Any]]) -> None:
        """Read the parts as the definition has them."""
        self._room = room
        self._io = io
        self._parts = [Part(**{name: value for name, value in part.items() if name in _FIELDS}) for part in parts]
        self._states = [PartState(no, self._name(part), part.id) for no, part in enumerate(self._parts, 1)]
        self.failed: Ended | None = None
        self.failed_name = ""
        self.summary: list[str] = []

    @property
    def states(self) -> list[dict[str, Any]]:
        """What is shown of the parts."""
        return [asdict(state) for state in self._states]

    async def run(self) -> None:
        """Execute them all; once the run's time is over or it is cancelled, nothing starts any more."""
        self._io.parts(self.states)
        for part, state in zip(self._parts, self._states, strict=True):
            state.name = self._name(part)
            if (over := self._room.over(self._io.cancelled)) is not None:
                self.failed, self.failed_name = over, ""
                state.state = "skipped"
                continue
            try:
                ended = await self._start(part, state) if self._wanted(part) else None
            except ExpressionError as error:
                ended = self._room.wrong(state.no, "InvalidExpression", f"In an expression: {error.message}")
            self._conclude(part, state, ended)
            self._io.parts(self.states)

    @property
    def _status(self) -> Status:
        return Status(success=self.failed is None, failure=self.failed is not None)

    def _wanted(self, part: Part) -> bool:
        if part.when is None:
            return self.failed is None
        if self.failed is not None and not asks_for_status(part.when):
            return False
        return self._room.contexts.holds(part.when, self._status, self._room.contexts.with_env(part.env))

    async def _start(self, part: Part, state: PartState) -> Ended:
        state.state = "running"
        state.started_at = _now()
        self._io.parts(self.states)
        if part.run is None:
            state.note = part.note
            self._room.output.note(part.note or "nothing to do", state.no)
            return Ended("succeeded")
        script = Script(
            number=state.no,
            run=part.run,
            shell=part.shell,
            directory=part.working_directory or None,
            env=part.env,
            timeout_seconds=part.timeout_seconds,
            part_no=state.no,
        )
        return await self._room.run(script, self._io.cancelled)

    def _conclude(self, part: Part, state: PartState, ended: Ended | None) -> None:
        """Note how a part ended (None: it was skipped), for people and for the expressions of those to come."""
        conclusion = outcome = "skipped"
        outputs: Mapping[str, str] = {}
        state.state = "skipped"
        if ended is not None:
            state.state = ended.state
            state.exit_code = ended.exit_code
            state.finished_at = _now() if state.started_at else None
            outputs = ended.answers.outputs
            self._room.take(ended.answers)
            self.summary += filter(None, [ended.answers.summary])
            outcome = {"succeeded": "success", "cancelled": "cancelled"}.get(ended.state, "failure")
            conclusion = "success" if outcome == "failure" and self._tolerated(part, ended) else outcome
            if conclusion != outcome:
                state.note = f"{ended.error_message or 'It failed.'} The job goes on (continue-on-error)."
            elif ended.error_message:
                state.note = ended.error_message
            if conclusion != "success" and (self.failed is None or ended.run_over or ended.state == "cancelled"):
                self.failed = ended
                self.failed_name = f"part {state.no} ({state.name})"
        if part.id:
            self._room.contexts.steps[part.id] = {
                "outputs": dict(outputs),
                "outcome": outcome,
                "conclusion": conclusion,
            }

    def _tolerated(self, part: Part, ended: Ended) -> bool:
        if ended.run_over:
            return False
        if isinstance(part.continue_on_error, bool):
            return part.continue_on_error
        try:
            return self._room.contexts.holds(part.continue_on_error, self._status)
        except ExpressionError:
            return False

    def _name(self, part: Part) -> str:
        try:
            return self._room.contexts.text(part.name)
        except ExpressionError:
            return part.name


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
