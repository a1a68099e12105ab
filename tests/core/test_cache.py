"""Rows in memory: one load for all who ask, nothing stale after a hint, nothing old after a hint that was lost."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stateroom.core.cache import Cache, Caches


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Source:
    """Rows that change, and a load that waits until it may go on."""

    def __init__(self):
        self.rows, self.loads, self.gate = {}, 0, asyncio.Event()
        self.gate.set()

    async def load(self, key):
        self.loads += 1
        read = self.rows.get(key)
        await self.gate.wait()
        if isinstance(read, Exception):
            raise read
        return read


class Rig:
    def __init__(self, *, entries=100, seconds=30.0):
        self.clock, self.source = Clock(), Source()
        self.cache = Cache(["users", "settings"], seconds=seconds, entries=entries, clock=self.clock)

    def get(self, key):
        return self.cache.get(key, lambda: self.source.load(key), lambda _: [("users", str(key))])


async def begun(rig, loads):
    """Let tasks go on until so many loads have read."""
    while rig.source.loads < loads:  # noqa: ASYNC110 (the loop itself is what is waited for)
        await asyncio.sleep(0)


async def test_what_is_kept_is_not_loaded_again_until_it_is_old():
    rig = Rig()
    rig.source.rows["a"] = 1
    assert [await rig.get("a") for _ in range(3)] == [1, 1, 1]
    rig.source.rows["a"] = 2
    rig.clock.now = 29.9
    assert await rig.get("a") == 1
    rig.clock.now = 30.0
    assert await rig.get("a") == 2
    figures = rig.cache.figures()
    assert (figures.hits, figures.misses, figures.entries, rig.source.loads) == (3, 2, 1, 2)
    assert figures.hit_rate == 3 / 5


async def test_those_who_ask_at_once_share_one_load_also_when_the_first_gives_up():
    rig = Rig()
    rig.source.rows["a"] = 1
    rig.source.gate.clear()
    asking = [asyncio.create_task(rig.get("a")) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()
    rig.source.gate.set()
    assert await asyncio.gather(*asking[1:]) == [1] * 4
    assert (rig.source.loads, rig.cache.figures().shared) == (1, 4)
    with pytest.raises(asyncio.CancelledError):
        await asking[0]


async def test_errors_reach_all_who_wait_and_are_not_kept():
    rig = Rig()
    rig.source.rows["a"] = ValueError("away")
    said = await asyncio.gather(rig.get("a"), rig.get("a"), return_exceptions=True)
    assert [str(each) for each in said] == ["away", "away"]
    rig.source.rows["a"] = 1
    assert await rig.get("a") == 1


@pytest.mark.parametrize("hint", [("users", ["a"]), ("users", []), None])
async def test_what_was_read_before_a_hint_is_not_kept_after_it(hint):
    rig = Rig()
    rig.source.rows["a"] = "old"
    rig.source.gate.clear()
    early = asyncio.create_task(rig.get("a"))
    await begun(rig, 1)
    rig.source.rows["a"] = "new"
    rig.cache.clear() if hint is None else rig.cache.forget(*hint)
    late = asyncio.create_task(rig.get("a"))
    await begun(rig, 2)
    rig.source.gate.set()
    assert await early == "old"
    assert await late == "new"
    assert await rig.get("a") == "new"


async def test_a_hint_forgets_what_it_names_and_nothing_else():
    rig = Rig()
    for key in "abc":
        await rig.get(key)
    rig.cache.forget("users", ["a", "x"])
    rig.cache.forget("tasks")
    for key in "abc":
        await rig.get(key)
    assert rig.source.loads == 4
    assert rig.cache.figures().forgotten == 1
    rig.cache.forget("settings")
    assert rig.cache.figures().entries == 0


async def test_the_least_recently_used_goes_first():
    rig = Rig(entries=2)
    for key in ("a", "b", "a", "c", "a"):
        await rig.get(key)
    assert rig.source.loads == 3
    await rig.get("b")
    assert (rig.source.loads, rig.cache.figures().evicted) == (4, 2)


async def test_a_value_may_last_its_own_time():
    clock = Clock()
    cache = Cache([], seconds=30, entries=10, lasts=lambda value: 5 if value == "short" else float("inf"), clock=clock)

    async def load(value):
        return value

    for at, hits in ((0, 0), (4, 2), (6, 3), (1e9, 4)):
        clock.now = at
        for value in ("short", "long"):
            await cache.get(value, lambda value=value: load(value))
        assert cache.figures().hits == hits


async def test_caches_of_one_process_hear_the_same_hints_and_tell_their_figures():
    caches = Caches(30, 10)
    people, words = caches.cache("people", "users"), caches.cache("words", "settings", "users")
    assert caches.cache("people", "users") is people

    async def load():
        return 1

    for payload, expected in (("users 1", (0, 0)), ("settings 1", (1, 0)), ("projects", (1, 1)), ("users", (0, 0))):
        await people.get("k", load, lambda _: [("users", "1")])
        await words.get("k", load, lambda _: [("users", "1"), ("settings", "1")])
        caches.hear(payload)
        assert (people.figures().entries, words.figures().entries) == expected, payload
    assert set(caches.figures()) == {"people", "words"}
    assert caches.figures()["words"]["hit_rate"] == words.figures().hit_rate


OPERATIONS = st.lists(
    st.tuples(st.sampled_from(["read", "write", "write without hint", "wait", "open"]), st.sampled_from("abc")),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(operations=OPERATIONS)
async def test_nobody_reads_what_is_older_than_a_hint_or_than_its_time(operations):
    """Reads that begin after a hint see the write; without one, never anything older than the time it is kept."""
    rig = Rig(entries=2)
    rig.source.gate.clear()
    written = {key: [(float("-inf"), None, True)] for key in "abc"}
    reads = []
    for number, (verb, key) in enumerate(operations):
        match verb:
            case "read":
                known = max(
                    place for place, (at, _, hinted) in enumerate(written[key]) if hinted or at + 30 <= rig.clock.now
                )
                reads.append((key, known, asyncio.create_task(rig.get(key))))
                await asyncio.sleep(0)
            case "wait":
                rig.clock.now += 12
            case "open":
                rig.source.gate.set()
                await asyncio.gather(*(task for _, _, task in reads))
                rig.source.gate.clear()
            case _:
                rig.source.rows[key] = number
                written[key].append((rig.clock.now, number, verb == "write"))
                if verb == "write":
                    rig.cache.forget("users", [key])
    rig.source.gate.set()
    for key, known, task in reads:
        assert await task in [number for _, number, _ in written[key][known:]]
