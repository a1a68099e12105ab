"""The places of a workflow file in which expressions stand, and what they may speak of there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

WORKFLOW: Final = ("github",)
JOB: Final = ("env", "github", "matrix", "needs")
STEP: Final = ("env", "github", "matrix", "needs", "runner", "steps")


@dataclass(frozen=True, slots=True)
class Places:
    """Makes the scopes of one job, given what its contexts hold."""

    needs: Mapping[str, tuple[str, ...] | None]
    # None: unknown, because the matrix could not be read.
    matrix: tuple[str, ...] | None = ()
    steps: tuple[str, ...] = ()

    def job(self, place: str, *, status: bool = False) -> Scope:
        """Return the scope of a key of the job."""
        return Scope(place, JOB, status=status, members=self._members())

    def step(self, place: str, *, status: bool = False) -> Scope:
        """Return the scope of a key of a step, or of the job's outputs, which are read after its steps."""
        members = {**self._members(), "steps": dict.fromkeys(self.steps)}
        return Scope(place, STEP, status=status, members=members)

    def early(self, place: str) -> Scope:
        """Return the scope of what is decided before anything runs, when only the matrix is known."""
        return Scope(place, ("matrix",), members=self._members(), elsewhere="unsupported")

    def _members(self) -> dict[str, Mapping[str, tuple[str, ...] | None]]:
        matrix = {} if self.matrix is None else {"matrix": dict.fromkeys(self.matrix)}
        return {"needs": self.needs, **matrix}
