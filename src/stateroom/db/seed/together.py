"""What people of a seeded world tell each other: notifications, chat, and issues to triage."""

from collections.abc import Iterator
from typing import Final

from asyncpg.pgproto.pgproto import UUID

from stateroom.db.seed.ids import moment
from stateroom.db.seed.world import DAY, Project, Row, Weighted, World, pick

TYPES: Final = (("task_assigned", 5), ("task_completed", 3), ("task_delayed", 2), ("mention", 1), ("run_failed", 1))
TRIAGE: Final = (("pending", 5), ("in_review", 2), ("resolved", 6), ("rejected", 1))
LEVELS: Final = (("low", 3), ("medium", 5), ("high", 2), ("critical", 1))


class Together:
    """Rows of one table for each method."""

    def __init__(self, world: World, sample: list[tuple[UUID, UUID]]) -> None:
        """Talk about these tasks, given with their projects."""
        self._world = world
        self._sample = sample

    def notifications(self) -> Iterator[Row]:
        """Rows of notifications: from id to created_at, as they are named where they are loaded."""
        world, random = self._world, self._world.random
        if not self._sample:
            return
        for created in self._moments(20 * world.sizes.users):
            task, project = random.choice(self._sample)
            read = moment(min(created + 3600, world.now)) if random.random() < 0.8 else None
            yield (
                *(world.ids.at(created), random.choice(world.users), project, pick(random, TYPES)),
                *(world.write.title(), task, read is not None, read, moment(created)),
            )

    def messages(self) -> Iterator[Row]:
        """Rows of chat_messages: id, project_id, sender_id, recipient_id, channel, message, created_at."""
        world, random = self._world, self._world.random
        for created, project in self._somewhere(world.sizes.tasks // 5):
            sender = random.choice(project.members)
            recipient = random.choice(project.members) if random.random() < 0.2 else None
            yield (
                *(world.ids.at(created), project.id, sender, None if recipient == sender else recipient, "general"),
                *(world.write.text(30), moment(created)),
            )

    def issues(self) -> Iterator[Row]:
        """Rows of triage_items: from id to created_at, as they are named where they are loaded."""
        world, random = self._world, self._world.random
        for created, project in self._somewhere(world.sizes.tasks // 50):
            status = pick(random, TRIAGE)
            ended = moment(min(created + DAY, world.now)) if status in {"resolved", "rejected"} else None
            item = world.ids.at(created)
            yield (
                *(item, project.id, random.choice(project.members), world.write.title(), world.write.text(40), status),
                *(pick(random, LEVELS), ended, item.hex, moment(created)),
            )

    def _moments(self, count: int) -> Iterator[float]:
        since, span = self._world.since + DAY, self._world.now - self._world.since - DAY
        return (since + number * span / count for number in range(count))

    def _somewhere(self, count: int) -> Iterator[tuple[float, Project]]:
        return zip(self._moments(count), Weighted(self._world.random, self._world.projects).some(count), strict=True)
