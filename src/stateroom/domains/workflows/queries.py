"""What is asked about workflows, in sessions of models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, text

from stateroom.db.session import Reads
from stateroom.domains.tasks.model import Task
from stateroom.domains.workflows.model import Workflow, WorkflowVersion

PROGRESS: Final = text("select p.* from stateroom.workflow_progress p where p.workflow_run_id = :run")
ACTIVE: Final = text("""
select s.* from stateroom.active_workflows_summary s
where cast(:project as uuid) is null or s.project_id = cast(:project as uuid)
order by s.running_runs > 0 desc, s.priority desc, s.name, s.workflow_id""")


@dataclass(frozen=True, slots=True)
class WorkflowSteps:
    """A workflow, its latest version, and the steps of that in their order."""

    workflow: Workflow
    version: WorkflowVersion
    steps: Sequence[Task]


async def workflow_progress(session: Reads, run: UUID) -> Row[Any] | None:
    """Return how far a workflow run is: a row of the view workflow_progress, None when there is none to be seen."""
    return (await session.execute(PROGRESS, {"run": run})).one_or_none()


async def active_workflows(session: Reads, *, project: UUID | None = None) -> Sequence[Row[Any]]:
    """Return the workflows that can be started or still run, running ones first: rows of active_workflows_summary."""
    return (await session.execute(ACTIVE, {"project": project})).all()


async def workflow_with_steps(session: Reads, workflow: UUID | str) -> WorkflowSteps | None:
    """Return a workflow, by id or name, with its steps; of several with one name the oldest, None for none."""
    named = Workflow.name == workflow if isinstance(workflow, str) else Workflow.id == workflow
    latest = (
        select(Workflow, WorkflowVersion)
        .join(WorkflowVersion, WorkflowVersion.workflow_id == Workflow.id)
        .where(named, WorkflowVersion.version == Workflow.latest_version)
        .order_by(Workflow.id)
        .limit(1)
    )
    rows = [tuple(row) for row in (await session.execute(latest)).all()]
    if not rows:
        return None
    found, version = rows[0]
    steps = select(Task).where(Task.workflow_version_id == version.id).order_by(Task.execution_order)
    return WorkflowSteps(found, version, [each[0] for each in (await session.execute(steps)).all()])
