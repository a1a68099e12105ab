"""What is planned in a seeded world: tasks with their hierarchy and dependencies."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from asyncpg.pgproto.pgproto import UUID

from stateroom.db.seed.ids import moment
from stateroom.db.seed.world import DAY, EPICS, PRIORITIES, STATUSES, TAGS, Project, Row, Weighted, World, pick

TASK_COLUMNS: Final = (
    *("id", "project_id", "kind", "title", "description", "type", "priority", "tags", "number", "status"),
    *(
        "complexity_score",
        "parent_task_id",
        "epic_id",
        "story_id",
        "assigned_user_id",
        "start_date",
        "end_date",
        "estimated_hours",
    ),
    *("position", "started_at", "completed_at", "is_delayed", "created_at", "created_by"),
)
CHUNK: Final = 10_000


@dataclass(slots=True)
class _Position:
    """How far the tasks of a project are."""

    number: int = 0
    epic: UUID | None = None
    story: UUID | None = None
    earlier: UUID | None = None


class Tasks:
    """Planned tasks in the order of their creation; the edges between them are collected on the way."""

    def __init__(self, world: World) -> None:
        """Plan for this world."""
        self._world = world
        self._positions: dict[UUID, _Position] = {}
        self.edges: list[Row] = []
        self.sample: list[tuple[UUID, UUID]] = []

    @property
    def counts(self) -> Iterator[Row]:
        """Rows of project and how many tasks it has."""
        return ((project, position.number) for project, position in self._positions.items())

    def rows(self) -> Iterator[Row]:
        """Rows of tasks, as TASK_COLUMNS names them."""
        world, total = self._world, self._world.sizes.tasks
        projects = Weighted(world.random, world.projects)
        step = (world.now - world.since - DAY) / max(1, total)
        for start in range(0, total, CHUNK):
            for offset, project in enumerate(projects.some(min(CHUNK, total - start))):
                yield self._task(project, world.since + DAY + (start + offset) * step)

    def _task(self, project: Project, created: float) -> Row:
        world, random = self._world, self._world.random
        task = world.ids.at(created)
        position = self._positions.setdefault(project.id, _Position())
        position.number += 1
        kind, parent = self._place(position, task)
        epic = position.epic if kind != "epic" else None
        story = position.story if kind not in {"epic", "story"} else None
        status = pick(random, STATUSES)
        started = created + random.random() * DAY * 3
        ended = started + random.random() * DAY * 10 if status in {"completed", "failed", "cancelled"} else None
        due = created + (2 + random.random() * 30) * DAY if random.random() < 0.6 else None
        if position.earlier is not None and random.random() < 0.5:
            self.edges.append((world.ids.at(created), task, position.earlier))
        position.earlier = task
        if random.random() < 0.02:
            self.sample.append((task, project.id))
        return (
            *(task, project.id, "planned", world.write.title(), world.write.text(50), kind, pick(random, PRIORITIES)),
            *(random.sample(TAGS, random.randrange(3)), position.number, status, random.randint(1, 10), parent),
            *(epic, story),
            random.choice(project.members) if random.random() < 0.7 else None,
            *(None if due is None else moment(created), None if due is None else moment(due)),
            *(random.randint(1, 40), position.number),
            None if status == "pending" else moment(started),
            None if ended is None else moment(min(ended, world.now)),
            bool(due is not None and ended is None and due < world.now),
            *(moment(created), random.choice(project.members)),
        )

    def _place(self, position: _Position, task: UUID) -> tuple[str, UUID | None]:
        """Say what type of task it is, and below which it stands."""
        random = self._world.random
        if position.number % EPICS == 1:
            position.epic, position.story = task, None
            return "epic", None
        if position.number % (EPICS // 4) == 2:
            position.story = task
            return "story", position.epic
        return random.choice(("general", "bug", "testing", "code_generation")), position.story or position.epic
