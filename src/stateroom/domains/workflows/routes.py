"""The API of workflows."""

from typing import Annotated

from fastapi import APIRouter, Path

from stateroom.core.problem import answers
from stateroom.domains.identity.guard import Lister, SignedIn
from stateroom.domains.workflows import service
from stateroom.domains.workflows.schema import Publish, Published, Workflows

router = APIRouter(prefix="/api/v1/workflows", tags=["workflows"], responses=answers(401, 403, 422, 503))


@router.get("", operation_id="list_workflows")
async def list_workflows(connection: Lister) -> Workflows:
    """List workflows by name, each with its newest run."""
    return {"items": await service.list_workflows(connection)}


@router.put("/{name:path}", operation_id="publish_workflow", responses=answers(413))
async def publish_workflow(
    name: Annotated[str, Path(min_length=1, max_length=200)], body: Publish, access: SignedIn
) -> Published:
    """Publish a definition, or the text of a workflow file. The same content stays the same version."""
    definition, problems = await service.read_definition(body)
    async with access.begin() as connection:
        return await service.publish(connection, name, definition, problems)
