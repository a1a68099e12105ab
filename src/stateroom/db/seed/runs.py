"""The history of a seeded world: finished task runs, and the statistics that `rollup_run_stats` makes of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import floor, log
from struct import Struct
from typing import Final

from asyncpg.pgproto.pgproto import UUID

from stateroom.db.seed import binary
from stateroom.db.seed.world import Routine, Weighted, World

RUN_COLUMNS: Final = (
    *("id", "task_id", "project_id", "agent_id", "started_at", "finished_at", "attempt", "priority", "state", "queue"),
    *("input", "result", "error_type", "error_message"),
)
STATS_COLUMNS: Final = (
    *("id", "project_id", "task_id", "agent_id", "hour", "succeeded", "failed", "cancelled", "timed_out", "skipped"),
    *("duration_ms_sum", "durations"),
)
STATES: Final = (("succeeded", 930), ("failed", 45), ("timed_out", 10), ("cancelled", 10), ("skipped", 5))
CHUNK: Final = 10_000
SECOND: Final = 1_000_000
HOUR: Final = 3600 * SECOND
MILLENNIUM: Final = 946_684_800 * SECOND
"""2000-01-01, from which PostgreSQL counts its microseconds."""
MOST_BUCKETS: Final = 64

_RUN: Final = Struct(">hiQQi16si16si16siqiq")
_STATS: Final = Struct(">hiQQi16si16si16siqiiiiiiiiiiiq")
_NUMBERS: Final = Struct(">iiih")
Subject = tuple[bytes, bytes, bytes]
"""A task, its project, and who executed it."""


@dataclass(slots=True)
class _Count:
    """What a task and an agent amount to in an hour."""

    ended: dict[str, int] = field(default_factory=dict[str, int])
    micros: int = 0
    buckets: dict[int, int] = field(default_factory=dict[int, int])


def bucket(micros: int) -> int:
    """Return the bucket of a duration, as stateroom.duration_bucket does."""
    ms = micros / 1000
    return 1 if ms < 1 else min(MOST_BUCKETS, floor(2 * log(ms) / log(2)) + 2)


def key(micros: int, noise: int) -> tuple[int, int]:
    """Return both halves of a UUIDv7 of a moment in microseconds since 1970."""
    ms, rest = divmod(micros, 1000)
    return ms << 16 | 0x7000 | rest * 4096 // 1000, 0x8000_0000_0000_0000 | noise & 0x3FFF_FFFF_FFFF_FFFF


class Runs:
    """Finished runs, evenly over the days; nine of ten are of routine tasks, executed by the agents of their queue."""

    def __init__(self, world: World, planned: list[tuple[UUID, UUID]], count: int) -> None:
        """Run these planned tasks, and the world's routine ones; `statistics` is complete when all runs are taken."""
        self._world = world
        self._count = count
        self._tasks = Weighted(world.random, world.routines)
        self._planned = [Routine(task, project, world.queues[0]) for task, project in planned] or world.routines
        self._hours: dict[int, dict[Subject, _Count]] = {}
        self._one = {place: binary.integers((*(0,) * (place - 1), 1)) for place in range(1, MOST_BUCKETS + 1)}
        numbers = _NUMBERS.pack(4, 1, 2, 0)
        self._tails = {
            (state, queue.name): numbers + _rest(state, queue.name) for state, _ in STATES for queue in world.queues
        }

    def blocks(self) -> Iterator[tuple[int, bytes, bytes]]:
        """How many rows of task_runs, these rows, and rows of run_stats that are complete by then, encoded."""
        since = int(self._world.since * SECOND)
        span = int(self._world.now * SECOND) - since
        for start in range(0, self._count, CHUNK):
            count = min(CHUNK, self._count - start)
            moments = [since + (start + n) * span // self._count for n in range(count)]
            rows = b"".join(self._rows(moments))
            yield count, rows, self._statistics(below=moments[-1] // HOUR)
        yield 0, b"", self._statistics(below=None)

    def _rows(self, moments: list[int]) -> Iterator[bytes]:
        world, random, count = self._world, self._world.random, len(moments)
        tasks = self._tasks.some(count)
        tasks[::10] = random.choices(self._planned, k=len(tasks[::10]))
        states = random.choices([state for state, _ in STATES], [weight for _, weight in STATES], k=count)
        until, draw, pack, tails = int(world.now * SECOND), random.random, _RUN.pack, self._tails
        for moment, task, state in zip(moments, tasks, states, strict=True):
            agents = task.queue.agents
            agent = agents[int(draw() * len(agents))].bytes
            began = min(moment + int(draw() * 2 * SECOND), until)
            ended = min(began + int(-log(1 - draw()) * 5 * SECOND), until)
            subject = (task.id.bytes, task.project.bytes, agent)
            self._note(subject, state, ended, ended - began)
            high, low = key(moment, int(draw() * (1 << 62)))
            yield (
                pack(
                    *(14, 16, high, low, 16, subject[0], 16, subject[1], 16, agent),
                    *(8, began - MILLENNIUM, 8, ended - MILLENNIUM),
                )
                + tails[state, task.queue.name]
            )

    def _note(self, subject: Subject, state: str, ended: int, micros: int) -> None:
        counts = self._hours.setdefault(ended // HOUR, {})
        one = counts.get(subject)
        if one is None:
            one = counts[subject] = _Count()
        one.ended[state] = one.ended.get(state, 0) + 1
        if state != "skipped":
            one.micros += micros
            place = bucket(micros)
            one.buckets[place] = one.buckets.get(place, 0) + 1

    def _statistics(self, below: int | None) -> bytes:
        """Take the hours that are over."""
        over = sorted(hour for hour in self._hours if below is None or hour < below)
        return b"".join(row for hour in over for row in self._encoded(hour, self._hours.pop(hour).items()))

    def _encoded(self, hour: int, counts: Iterable[tuple[Subject, _Count]]) -> Iterator[bytes]:
        random = self._world.random
        for (task, project, agent), one in counts:
            high, low = key(hour * HOUR, random.getrandbits(62))
            get = one.ended.get
            yield _STATS.pack(
                *(12, 16, high, low, 16, project, 16, task, 16, agent, 8, hour * HOUR - MILLENNIUM),
                *(4, get("succeeded", 0), 4, get("failed", 0), 4, get("cancelled", 0), 4, get("timed_out", 0)),
                *(4, get("skipped", 0), 8, round(one.micros / 1000)),
            ) + self._histogram(one.buckets)

    def _histogram(self, buckets: dict[int, int]) -> bytes:
        if len(buckets) == 1 and 1 in buckets.values():  # as a rule
            return self._one[next(iter(buckets))]
        return binary.integers(buckets.get(place, 0) for place in range(1, max(buckets, default=0) + 1))


def _rest(state: str, queue: str) -> bytes:
    failed = state in {"failed", "timed_out"}
    return b"".join(
        (
            *(binary.text(state), binary.text(queue), binary.jsonb('{"number": 12345, "reason": "seed"}')),
            binary.jsonb(None if failed else '{"ok": true}'),
            *(binary.text("SeedError" if failed else None), binary.text("it could not be done" if failed else None)),
        )
    )
