"""What a database is filled with for measurements: people, projects and tasks in realistic proportions.

Projects differ in size as words do in frequency (Zipf, exponent 1): a few are large, most are small. Everything is
chosen by one generator of random numbers, so that two loads of one size are equal but for the moment of loading.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final, Generic, TypeVar

from asyncpg.pgproto.pgproto import UUID

from stateroom.db.seed.ids import Ids, moment
from stateroom.db.seed.words import Writer

DAY: Final = 86_400
ROLES: Final = (("developer", 60), ("tester", 15), ("designer", 12), ("project_manager", 10), ("admin", 3))
STATUSES: Final = (("completed", 55), ("pending", 25), ("in_progress", 12), ("cancelled", 6), ("failed", 2))
PROJECT_STATUSES: Final = (("active", 80), ("paused", 8), ("completed", 7), ("archived", 5))
PRIORITIES: Final = ((0, 40), (2, 20), (5, 25), (8, 12), (10, 3))
TAGS: Final = ("backend", "frontend", "database", "urgent", "customer", "research", "security", "docs")
EPICS: Final = 40
"""One task in so many is an epic; one in a quarter of that is a story of the epic before it."""

QUEUES: Final = 10
AGENTS: Final = 5
"""How many serve each queue."""

Row = tuple[object, ...]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of what."""

    users: int
    projects: int
    tasks: int
    runs: int
    days: int


@dataclass(frozen=True, slots=True)
class Project:
    """A project, and the people who work on it."""

    id: UUID
    members: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue, and the agents that serve it."""

    name: str
    agents: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Routine:
    """A task that is executed again and again."""

    id: UUID
    project: UUID
    queue: Queue


class World:
    """Chooses everything; its methods yield the rows of one table each, and are called in this order."""

    def __init__(self, sizes: Sizes, now: float) -> None:
        """Begin with the same numbers every time; `now` is in seconds since 1970."""
        self.sizes = sizes
        self.now = now
        self.since = now - sizes.days * DAY
        self.random = Random(1)  # noqa: S311 (figures, not secrets)
        self.ids = Ids(self.random)
        self.write = Writer(self.random)
        self.users: list[UUID] = []
        self.projects: list[Project] = []
        self.routines: list[Routine] = []
        self.queues: list[Queue] = []

    def people(self) -> Iterator[Row]:
        """Rows of users: id, username, email, name, role."""
        for number in range(1, self.sizes.users + 1):
            user = self.ids.at(self.since)
            self.users.append(user)
            name = f"user-{number:06}"
            yield user, name, f"{name}@example.com", self.write.name(number), pick(self.random, ROLES)

    def all_projects(self) -> Iterator[Row]:
        """Rows of projects: id, owner_id, name, description, status, task_visibility, is_personal, created_at."""
        for number in range(self.sizes.projects):
            personal = number < len(self.users)
            owner = self.users[number] if personal else self.random.choice(self.users)
            others = self.random.choices(self.users, k=min(12, int(self.random.paretovariate(1.2))))
            created = self.since + self.random.random() * DAY
            project = self.ids.at(created)
            self.projects.append(Project(project, (owner,) if personal else tuple({owner: 0, **dict.fromkeys(others)})))
            visibility = "assigned" if self.random.random() < 0.05 else "project"
            status = "active" if personal else pick(self.random, PROJECT_STATUSES)
            name = "personal" if personal else self.write.name(number)
            yield project, owner, name, self.write.text(30), status, visibility, personal, moment(created)

    def members(self) -> Iterator[Row]:
        """Rows of project_members: id, project_id, user_id, role."""
        for project in self.projects:
            for place, user in enumerate(project.members):
                role = "maintainer" if place == 0 else self.random.choice(("contributor", "contributor", "viewer"))
                yield self.ids.at(self.since), project.id, user, role

    def all_queues(self) -> Iterator[Row]:
        """Rows of queues: id, name."""
        for number in range(1, QUEUES + 1):
            agents = tuple(self.ids.at(self.since) for _ in range(AGENTS))
            self.queues.append(Queue(f"seed-{number:02}", agents))
            yield self.ids.at(self.since), self.queues[-1].name

    def all_agents(self) -> Iterator[Row]:
        """Rows of agents: id, name, type, max_concurrency."""
        for queue in self.queues:
            for number, agent in enumerate(queue.agents, 1):
                yield agent, f"worker@{queue.name}-{number}", "worker", 10

    def all_routines(self) -> Iterator[Row]:
        """Rows of tasks of kind routine: id, project_id, kind, title, action, handler, queue, status, created_at."""
        for number in range(min(2000, max(1, self.sizes.projects // 5))):
            project = self.projects[number % len(self.projects)]
            queue = self.queues[number % len(self.queues)]
            task = self.ids.at(self.since + number / 1000)
            self.routines.append(Routine(task, project.id, queue))
            title, handler = f"{self.write.title()}", f"handler_{number}"
            yield task, project.id, "routine", title, "handler", handler, queue.name, None, moment(self.since)


class Weighted(Generic[_T]):
    """Chooses from a list by Zipf's law: the nth is chosen 1/n as often as the first."""

    def __init__(self, random: Random, items: list[_T]) -> None:
        """Shuffle, so that being large has nothing to do with being early."""
        self._random = random
        self._items = random.sample(items, len(items))
        self._weights = list(accumulate(1 / rank for rank in range(1, len(items) + 1)))

    def some(self, count: int) -> list[_T]:
        """Choose so many."""
        return self._random.choices(self._items, cum_weights=self._weights, k=count)


def pick(random: Random, weighted: tuple[tuple[_T, int], ...]) -> _T:
    """Choose one by its weight."""
    return random.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]
