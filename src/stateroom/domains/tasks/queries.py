"""What is asked about tasks, in sessions of models."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text

from stateroom.db.session import Reads

READY: Final = text("""
select t.* from stateroom.ready_tasks t
where cast(:project as uuid) is null or t.project_id = cast(:project as uuid)
order by t.priority desc, t.end_date nulls last, t.position, t.id
limit :most""")


async def ready_tasks(session: Reads, *, project: UUID | None = None, most: int = 100) -> Sequence[Row[Any]]:
    """Return what can be taken up now, the most urgent first: rows of the view ready_tasks."""
    return (await session.execute(READY, {"project": project, "most": most})).all()
