"""Workflows: publish definitions and list them."""

import asyncio
from dataclasses import asdict
from typing import Final, cast

from asyncpg.pool import PoolConnectionProxy

from stateroom.core.wire import plain
from stateroom.domains.workflows.files import load_text
from stateroom.domains.workflows.schema import Problem, Publish, Published, Workflow
from stateroom.errors import InvalidInput

WORKFLOWS: Final = """
select w.id, w.project_id, w.name, w.description, w.type::text as type, w.status::text as status, w.latest_version,
    w.created_at, w.updated_at, r.id as last_run_id, r.state::text as last_run_state
from stateroom.workflows w
left join lateral (
    select r.id, r.state from stateroom.workflow_runs r where r.workflow_id = w.id order by r.id desc limit 1
) r on true
order by w.name, w.id
"""

PUBLISH: Final = """
select p.workflow_id, p.version_id, p.version, p.created
from stateroom.publish_workflow(stateroom.personal_project(), $1, $2) p
"""


class InvalidDefinition(InvalidInput):
    """The file cannot be published; the problems say why."""

    code = "invalid_definition"

    def __init__(self, message: str, *, hint: str | None = None, problems: list[Problem]) -> None:
        """Keep the problems beside the message."""
        super().__init__(message, hint=hint)
        self.problems = problems


async def list_workflows(connection: PoolConnectionProxy) -> list[Workflow]:
    """List workflows by name, with their newest run."""
    rows = await connection.fetch(WORKFLOWS)
    return [cast("Workflow", cast("object", plain(row.items()))) for row in rows]


async def read_definition(body: Publish) -> tuple[dict[str, object], list[Problem]]:
    """Return the definition of a request, read from the file's text if it gives one; takes no connection.

    Raises:
        InvalidDefinition: the file has errors, or what is unsupported and was not to be skipped.
    """
    if body.file is None:
        return cast("dict[str, object]", body.definition), []
    # A large file takes seconds to read: not on the thread that serves everybody.
    loaded = await asyncio.to_thread(load_text, body.file, body.file_name, skip_unsupported=body.skip_unsupported)
    problems = [cast("Problem", cast("object", asdict(each))) for each in loaded.problems]
    if not loaded.ok:
        count = sum(each["kind"] in {"error", "unsupported"} for each in problems)
        unsupported = any(each["kind"] == "unsupported" for each in problems)
        raise InvalidDefinition(
            f"{body.file_name} has {count} {'problem' if count == 1 else 'problems'} that keep it from running",
            hint="`--skip-unsupported` leaves out what is not supported." if unsupported else None,
            problems=problems,
        )
    return loaded.definition, problems


async def publish(
    connection: PoolConnectionProxy, name: str, definition: dict[str, object], problems: list[Problem]
) -> Published:
    """Publish a definition as the newest version of a workflow of the caller's personal project."""
    row = await connection.fetchrow(PUBLISH, name, definition | {"name": name})
    return cast("Published", {**plain(row.items() if row else ()), "problems": problems})
