"""Graphs: steps run when what they need has ended as they ask; what cannot run is skipped, and the run ends."""

import asyncio

import asyncpg
import pytest
from lab import step

pytestmark = pytest.mark.both


async def test_a_diamond_runs_in_order_and_the_run_succeeds(lab):
    run = await lab.start(step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"))
    assert await lab.states(run) == {"a": "queued", "b": "waiting", "c": "waiting", "d": "waiting"}
    ran = await lab.work()
    assert ran[0] == "a"
    assert ran[-1] == "d"
    assert sorted(ran) == ["a", "b", "c", "d"]
    assert await lab.state(run) == "succeeded"


async def test_a_failure_skips_what_needs_success_all_the_way_down(lab):
    run = await lab.start(step("a"), step("b", "a"), step("c", "b"), step("other"))
    await lab.work(fail=["a"])
    assert await lab.states(run) == {"a": "failed", "b": "skipped", "c": "skipped", "other": "succeeded"}
    assert await lab.state(run) == "failed"


async def test_failure_and_always_run_after_a_failure(lab):
    run = await lab.start(step("a"), step("alarm", ("a", "failure")), step("clean", ("a", "always")))
    assert sorted(await lab.work(fail=["a"])) == ["a", "alarm", "clean"]
    assert await lab.state(run) == "failed"


async def test_failure_steps_are_skipped_when_all_is_well(lab):
    run = await lab.start(step("a"), step("alarm", ("a", "failure")), step("clean", ("a", "always")))
    await lab.work()
    assert await lab.states(run) == {"a": "succeeded", "alarm": "skipped", "clean": "succeeded"}
    assert await lab.state(run) == "succeeded"


async def test_a_failure_step_hears_of_a_failure_further_above(lab):
    run = await lab.start(step("a"), step("b", "a"), step("c", "b"), step("alarm", ("c", "failure")))
    assert await lab.work(fail=["a"]) == ["a", "alarm"]
    assert (await lab.states(run))["c"] == "skipped"


async def test_a_failure_step_with_several_needs_runs_when_one_of_them_fails(lab):
    await lab.start(step("a"), step("b"), step("alarm", ("a", "failure"), ("b", "failure")))
    assert sorted(await lab.work(fail=["b"])) == ["a", "alarm", "b"]


async def test_a_step_that_a_worker_skips_counts_as_skipped_below(lab):
    run = await lab.start(step("a"), step("b", "a"), step("c", ("a", "always")))
    await lab.work(skip=["a"])
    assert await lab.states(run) == {"a": "skipped", "b": "skipped", "c": "succeeded"}
    assert await lab.state(run) == "succeeded"


async def test_continue_on_error_lets_a_failure_pass_as_success(lab):
    run = await lab.start(step("a", continue_on_error=True), step("b", "a"))
    await lab.work(fail=["a"])
    assert await lab.states(run) == {"a": "failed", "b": "succeeded"}
    assert await lab.state(run) == "succeeded"


async def test_only_the_combinations_that_may_fail_let_a_failure_pass(lab):
    matrix = [{"py": "1"}, {"py": "2"}]
    run = await lab.start(step("t", matrix=matrix, continue_on_error=[1]), step("ship", "t"))
    first, second = await lab.claim()
    await lab.fail(second, retry=False)
    await lab.complete(first)
    assert await lab.work() == ["ship"]
    assert await lab.state(run) == "succeeded"
    run = await lab.start(step("t", matrix=matrix, continue_on_error=[1]), step("ship", "t"))
    first, second = await lab.claim()
    await lab.fail(first, retry=False)
    await lab.complete(second)
    assert await lab.states(run) == {"t[0]": "failed", "t[1]": "succeeded", "ship": "skipped"}


async def test_a_matrix_runs_each_combination_and_is_awaited_as_a_whole(lab):
    run = await lab.start(step("test", matrix=[{"py": "3.11"}, {"py": "3.12"}, {"py": "3.13"}]), step("ship", "test"))
    first, *rest = await lab.claim()
    assert {first.map_index, *(c.map_index for c in rest)} == {0, 1, 2}
    await lab.complete(first)
    assert (await lab.states(run))["ship"] == "waiting"
    await lab.complete(*rest)
    assert await lab.work() == ["ship"]
    assert await lab.state(run) == "succeeded"


async def test_one_failed_combination_fails_what_needs_the_matrix(lab):
    run = await lab.start(step("test", matrix=[{"py": "1"}, {"py": "2"}]), step("ship", "test"))
    first, second = await lab.claim()
    await lab.fail(first, retry=False)
    await lab.complete(second)
    assert (await lab.states(run))["ship"] == "skipped"
    assert await lab.state(run) == "failed"


async def test_both_parents_ending_in_one_batch_release_the_child_once(lab):
    await lab.start(step("a"), step("b"), step("c", "a", "b"))
    await lab.complete(*await lab.claim())
    assert len(await lab.claim()) == 1


async def test_parents_ending_at_once_on_two_connections_release_the_child_once(lab):
    await lab.start(step("a"), step("b"), step("c", "a", "b"))
    first, second = await lab.claim()
    other = await lab.db.connect("engine")
    transaction = other.transaction()
    await transaction.start()
    query = "select stateroom.complete($1, $2, $3, '{null}', '{null}')"
    await other.fetch(query, lab.session, [first.run], [first.token])
    racing = asyncio.ensure_future(lab.engine.fetch(query, lab.session, [second.run], [second.token]))
    await asyncio.sleep(0)
    await transaction.commit()
    await racing
    assert [await lab.step_of(c) for c in await lab.claim()] == ["c"]


async def test_a_long_chain_of_skips_ends_the_run(lab):
    chain = [step("s0"), *(step(f"s{n}", f"s{n - 1}") for n in range(1, 300))]
    run = await lab.start(*chain)
    assert await lab.work(fail=["s0"]) == ["s0"]
    assert await lab.state(run) == "failed"


async def test_a_wide_fan_in_runs_its_child_once(lab):
    parents = [step(f"p{n}") for n in range(300)]
    run = await lab.start(*parents, step("child", *(p["key"] for p in parents)))
    ran = await lab.work()
    assert ran[-1] == "child"
    assert len(ran) == 301
    assert await lab.state(run) == "succeeded"


async def test_a_run_pins_its_version(lab):
    run = await lab.start(step("a"))
    second = await lab.publish(step("a"), step("b", "a"))
    assert second["version"] == 2
    assert await lab.work() == ["a"]
    assert await lab.state(run) == "succeeded"


async def test_the_same_content_is_the_same_version_and_becomes_current_again(lab):
    first = await lab.publish(step("a"))
    await lab.publish(step("a"), step("b"))
    again = await lab.publish(step("a"))
    assert (again["version"], again["created"]) == (1, False)
    assert again["version_id"] == first["version_id"]
    run = (await lab.as_admin("select stateroom.start_workflow($1)", first["workflow_id"]))[0][0]
    assert await lab.work() == ["a"]
    assert await lab.state(run) == "succeeded"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"matrix": "x"}, "matrix of step a"),
        ({"matrix": []}, "matrix of step a"),
        ({"matrix": [1]}, "matrix of step a"),
        ({"action": "dance"}, "action of step a"),
        ({"action": "command", "handler": None}, "command of step a"),
        ({"handler": None}, "handler of step a"),
        ({"handler": "nobody"}, "unknown nobody"),
        ({"needs": [{"step": "b"}]}, "does not exist"),
        ({"needs": [{"step": "a"}]}, "does not come before it"),
        ({"key": ""}, "empty or used twice"),
    ],
)
async def test_a_definition_that_cannot_run_is_refused_with_the_step(lab, wrong, said):
    with pytest.raises(asyncpg.PostgresError, match=said) as caught:
        await lab.publish(step("a") | wrong)
    assert caught.value.sqlstate == "SR422"
    assert caught.value.hint
