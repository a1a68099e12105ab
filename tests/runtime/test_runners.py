"""Runs that never wait share a task; whoever waits, is cancelled or leaves something behind hands it to nobody."""

import asyncio
import contextvars
import time
from collections.abc import Awaitable, Callable

import pytest

from stateroom.runtime import runners
from stateroom.runtime.runners import Runners

COLOUR = contextvars.ContextVar("colour", default="none")


class Run:
    def __init__(self, number: int, do: Callable[["Run"], Awaitable[None]]):
        self.number, self.do, self.waiting, self.task = number, do, 0, None

    def waits(self) -> None:
        self.waiting += 1


async def work(*todo: Callable[[Run], Awaitable[None]]) -> list[Run]:
    """Execute all of them, and return them in the order in which they ended."""
    ended = []

    async def execute(run: Run) -> None:
        run.task = asyncio.current_task()
        try:
            await run.do(run)
        finally:
            ended.append(run)

    crew = Runners(execute)
    for number, do in enumerate(todo):
        crew.add(Run(number, do))
    async with asyncio.timeout(10):
        while len(ended) < len(todo):  # noqa: ASYNC110
            await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not crew.tasks
    return ended


async def quick(_run: Run) -> None:
    return


async def slow(_run: Run) -> None:
    await asyncio.sleep(0.01)


async def test_what_never_waits_shares_one_task_and_keeps_its_order():
    ended = await work(*[quick] * 50)
    assert [run.number for run in ended] == list(range(50))
    assert len({run.task for run in ended}) == 1
    assert not any(run.waiting for run in ended)


async def test_whoever_waits_has_a_task_of_its_own_and_holds_up_nobody():
    ended = await work(quick, slow, quick, slow, quick)
    assert [run.number for run in ended] == [0, 2, 4, 1, 3]
    waited = [run for run in ended if run.number in {1, 3}]
    assert [run.waiting for run in waited] == [1, 1]
    assert len({run.task for run in waited}) == 2


async def test_a_task_is_the_same_before_and_after_a_wait():
    seen = []

    async def looks(_run: Run) -> None:
        seen.append(asyncio.current_task())
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    await work(looks, quick)
    assert seen[0] is seen[1] is not None


async def test_context_variables_are_not_handed_on():
    seen = []

    async def paints(run: Run) -> None:
        seen.append(COLOUR.get())
        COLOUR.set(str(run.number))

    await work(*[paints] * 5)
    assert seen == ["none"] * 5


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_late_cancellation_does_not_hit_the_next():
    async def cancels_itself(_run: Run) -> None:
        asyncio.current_task().cancel()

    ended = await work(cancels_itself, slow, slow)
    assert sorted(run.number for run in ended) == [0, 1, 2]


async def test_the_loop_gets_its_turn(monkeypatch):
    monkeypatch.setattr(runners, "SLICE_SECONDS", 0.001)

    async def spins(_run: Run) -> None:
        end = time.monotonic() + 0.002
        while time.monotonic() < end:
            pass

    ended = await work(*[spins] * 4)
    assert len({run.task for run in ended}) == 4
