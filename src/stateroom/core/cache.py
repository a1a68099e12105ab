"""Rows that are mostly read, kept in memory for a moment; what has changed is forgotten as soon as a hint says so.

get ── kept, and young enough? ── being loaded by somebody? ── load ── no hint meanwhile? ── keep
hint (table, subjects) ── forget what is about them, and keep nothing of what is being loaded now

A hint that never comes costs `seconds` of staleness and no more.
"""

import asyncio
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar, cast

V = TypeVar("V")
About: TypeAlias = tuple[str, str]
"""A table and a subject in it, as hints name them."""


@dataclass(slots=True)
class Figures:
    """What a cache has done since it was made; `shared` waited for a load that somebody else had begun."""

    hits: int = 0
    shared: int = 0
    misses: int = 0
    forgotten: int = 0
    evicted: int = 0
    entries: int = 0

    @property
    def hit_rate(self) -> float:
        """The part of all reads that waited for nothing."""
        reads = self.hits + self.shared + self.misses
        return self.hits / reads if reads else 0.0


@dataclass(frozen=True, slots=True)
class _Entry(Generic[V]):
    value: V
    until: float
    about: tuple[About, ...]


def _about_nothing(_value: object) -> Iterable[About]:
    return ()


class Cache(Generic[V]):
    """Values by key, the least recently used dropped first. For one event loop."""

    def __init__(
        self,
        tables: Iterable[str],
        *,
        seconds: float,
        entries: int,
        lasts: Callable[[V], float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep so many values for so long; hints about `tables` count. `lasts` may give a value seconds of its own."""
        self._tables = frozenset(tables)
        self._seconds = seconds
        self._lasts = lasts
        self._most = entries
        self._clock = clock
        self._kept: OrderedDict[Hashable, _Entry[V]] = OrderedDict()
        self._by_subject: defaultdict[About, set[Hashable]] = defaultdict(set)
        self._loading: dict[Hashable, asyncio.Task[V]] = {}
        self._figures = Figures()

    async def get(
        self,
        key: Hashable,
        load: Callable[[], Awaitable[V]],
        about: Callable[[V], Iterable[About]] = _about_nothing,
    ) -> V:
        """Return what is kept, else what `load` returns; those who ask in the same moment share one load.

        Raises what `load` raises, to all who wait for it; errors are not kept.
        """
        entry = self._kept.get(key)
        if entry is not None:
            if self._clock() < entry.until:
                self._kept.move_to_end(key)
                self._figures.hits += 1
                return entry.value
            self._drop(key)
        loading = self._loading.get(key)
        if loading is None:
            self._figures.misses += 1
            loading = self._loading[key] = asyncio.create_task(self._load(key, load, about))
            loading.add_done_callback(_look_at)
        else:
            self._figures.shared += 1
        # Who gives up waiting does not take it from the others.
        return await asyncio.shield(loading)

    async def _load(self, key: Hashable, load: Callable[[], Awaitable[V]], about: Callable[[V], Iterable[About]]) -> V:
        me = asyncio.current_task()
        begun = self._clock()
        try:
            value = await load()
            # A hint that came meanwhile may be about what was read: then the value is told, but not kept.
            if self._loading.get(key) is me:
                seconds = self._seconds if self._lasts is None else self._lasts(value)
                self._keep(key, _Entry(value, begun + seconds, tuple(about(value))))
            return value
        finally:
            if self._loading.get(key) is me:
                del self._loading[key]

    def _keep(self, key: Hashable, entry: _Entry[V]) -> None:
        self._drop(key)
        self._kept[key] = entry
        for subject in entry.about:
            self._by_subject[subject].add(key)
        while len(self._kept) > self._most:
            self._drop(next(iter(self._kept)))
            self._figures.evicted += 1

    def _drop(self, key: Hashable) -> None:
        entry = self._kept.pop(key, None)
        if entry is None:
            return
        for subject in entry.about:
            keys = self._by_subject[subject]
            keys.discard(key)
            if not keys:
                del self._by_subject[subject]

    def forget(self, table: str, subjects: Iterable[str] = ()) -> None:
        """Forget what is about these subjects of a table, or about the table when none is named."""
        if table not in self._tables:
            return
        named = [(table, subject) for subject in subjects]
        if not named:
            self.clear()
            return
        self._loading.clear()
        for subject in named:
            for key in tuple(self._by_subject.get(subject, ())):
                self._drop(key)
                self._figures.forgotten += 1

    def clear(self) -> None:
        """Forget everything."""
        self._loading.clear()
        self._figures.forgotten += len(self._kept)
        self._kept.clear()
        self._by_subject.clear()

    def figures(self) -> Figures:
        """Return the counters as they are now."""
        self._figures.entries = len(self._kept)
        return self._figures


@dataclass(frozen=True, slots=True)
class Caches:
    """All caches of a process, which hear the same hints."""

    seconds: float
    entries: int
    clock: Callable[[], float] = time.monotonic
    _named: dict[str, Cache[Any]] = field(default_factory=dict[str, Cache[Any]])

    def cache(self, name: str, *tables: str) -> Cache[Any]:
        """Return the cache of this name, made when it is asked for first; hints about `tables` count for it."""
        found = self._named.get(name)
        if found is None:
            made: Cache[Any] = Cache(tables, seconds=self.seconds, entries=self.entries, clock=self.clock)
            found = self._named[name] = made
        return found

    def hear(self, payload: str) -> None:
        """Obey a notification: a table's name, and perhaps the subjects behind it that have changed."""
        table, *subjects = payload.split()
        self.forget(table, subjects)

    def forget(self, table: str, subjects: Iterable[str] = ()) -> None:
        """Forget in every cache what is about these subjects, or about the table when none is named."""
        named = tuple(subjects)
        for cache in self._named.values():
            cache.forget(table, named)

    def clear(self) -> None:
        """Forget everything, as after a time in which hints could not be heard."""
        for cache in self._named.values():
            cache.clear()

    def figures(self) -> dict[str, dict[str, float]]:
        """Return the counters of each cache by its name, with its hit rate."""
        found = {name: cache.figures() for name, cache in self._named.items()}
        return {
            name: {**cast("dict[str, float]", asdict(each)), "hit_rate": each.hit_rate} for name, each in found.items()
        }


def _look_at(task: asyncio.Task[Any]) -> None:
    """An error that nobody waits for any more is no defect of the loop's."""
    if not task.cancelled():
        task.exception()
