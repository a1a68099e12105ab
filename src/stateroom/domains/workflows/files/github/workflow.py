"""A whole workflow file: jobs in the order of their needs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.conditions import Gate
from stateroom.domains.workflows.files.edges import Edges
from stateroom.domains.workflows.files.github.defaults import Defaults, read_defaults, read_env
from stateroom.domains.workflows.files.github.jobs import Job, JobReader, Shared
from stateroom.domains.workflows.files.github.places import WORKFLOW
from stateroom.domains.workflows.files.graph import above, ordered
from stateroom.domains.workflows.files.model import Need, Step, Workflow
from stateroom.domains.workflows.files.nodes import MapNode, ScalarNode
from stateroom.domains.workflows.files.scope import Scope

if TYPE_CHECKING:
    from stateroom.domains.workflows.files.templates import Templates

LONGEST_SECONDS: Final = 35 * 86_400  # as there: 35 days for a whole run
KEYS: Final = ("name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs")
_NOT_APPLIED: Final = {
    "name": "is the workflow's title and has no other effect",
    "run-name": "has no effect: runs are numbered",
    "on": "starts nothing here: start runs by hand, through the API or by a schedule",
    "permissions": "has no effect on a run",
    "concurrency": "has no effect on a run",
}
MAX_NAME: Final = 200


def read_github(root: MapNode, templates: Templates, *, name: str, skip_unsupported: bool) -> Workflow | None:
    """Return the workflow of a file; None if nothing of it can be run. Problems are recorded on the way."""
    reader = templates.reader
    reader.keys(root, "a workflow", KEYS)
    for key, said in _NOT_APPLIED.items():
        if found := root.key(key):
            reader.report.not_applied(key, found.mark, said)
    env = read_env(root.get("env"), templates, Scope("the workflow's `env`", WORKFLOW))
    jobs = _read_jobs(root, templates)
    edges = Edges(reader.report, "job", {job.key.text: (job.key, job.needs) for job in jobs})
    if not edges.are_fine() or not jobs:
        return None
    kept = _kept(jobs, templates) if skip_unsupported else jobs
    if not kept:
        reader.report.error(root.mark, "nothing is left to run: every job is unsupported, or needs one that is")
        return None
    title = root.get("name")
    if title and (text := reader.text(title, "`name`", longest=MAX_NAME)):
        name = text.strip()
    return Workflow(name=name, description="", env=env, steps=_steps(kept), timeout_seconds=LONGEST_SECONDS)


def _shared(root: MapNode, templates: Templates, outputs: dict[str, tuple[str, ...] | None]) -> Shared:
    before = templates.reader.report.unsupported_seen
    scope = Scope("`defaults.run.working-directory`", WORKFLOW)
    defaults = read_defaults(root.get("defaults"), Defaults(), templates, scope)
    return Shared(templates, defaults, outputs, refused=templates.reader.report.unsupported_seen > before)


def _read_jobs(root: MapNode, templates: Templates) -> list[Job]:
    reader = templates.reader
    node = root.get("jobs")
    jobs = reader.mapping(node, "`jobs`") if node else None
    if jobs is None:
        return []
    if not jobs.entries:
        reader.report.error(jobs.mark, "`jobs` is empty; give at least one job")
    shared = _shared(root, templates, {key.text: _outputs(job) for key, job in jobs.entries})
    found: list[Job] = []
    for key, value in jobs.entries:
        job = reader.mapping(value, f"job `{key.text}`")
        fine = reader.identifier(key, "a job's id") is not None
        # A job that cannot be read is still one that others may need.
        found.append(JobReader(key, job, shared).read() if job and fine else Job(key, (), Gate(), None))
    return found


def _outputs(job: object) -> tuple[str, ...] | None:
    """Return the names of the outputs of a job before it is read; those of a reusable workflow are unknown."""
    if not isinstance(job, MapNode) or job.get("uses"):
        return None
    outputs = job.get("outputs")
    return tuple(key.text for key, _ in outputs.entries) if isinstance(outputs, MapNode) else ()


def _kept(jobs: list[Job], templates: Templates) -> list[Job]:
    """Leave out jobs that are not supported, and all that need them, and say so."""
    report = templates.reader.report
    left_out = {job.key.text for job in jobs if job.step is None}
    for job in jobs:
        if job.step is None:
            report.note(job.key.mark, f"job `{job.key.text}` is left out, because it is not supported")
    needs = {job.key.text: [need.text for need in job.needs] for job in jobs}
    by_key = {job.key.text: job for job in jobs}
    for key in ordered(needs):
        cause: ScalarNode | None = next((need for need in by_key[key].needs if need.text in left_out), None)
        if cause and key not in left_out:
            left_out.add(key)
            report.note(cause.mark, f"job `{key}` is left out, because it needs `{cause.text}`, which is left out")
    return [job for job in jobs if job.key.text not in left_out]


def _steps(jobs: list[Job]) -> tuple[Step, ...]:
    needs = {job.key.text: [need.text for need in job.needs] for job in jobs}
    by_key = {job.key.text: job for job in jobs}
    found: list[Step] = []
    for key in ordered(needs):
        job = by_key[key]
        edges = {need: Need(need, job.gate.condition) for need in needs[key]}
        if job.gate.ancestors:
            edges.update({each: Need(each, "always") for each in sorted(above(key, needs)) if each not in edges})
        if job.step:
            found.append(replace(job.step, needs=tuple(edges.values())))
    return tuple(found)
