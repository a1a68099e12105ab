"""Runs over the API: start, show, list, cancel, retry, explain, read what they wrote."""

import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from acting import DIAMOND, definition, step
from stateroom.errors import Conflict, InvalidInput, NotFound

pytestmark = pytest.mark.both


async def started(client, what=DIAMOND, name="ci", **more):
    await client.publish(name, what)
    return await client.start_run(name, **more)


def repository(folder: Path) -> str:
    """A repository with one commit; returns its id."""
    folder.mkdir()
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "--quiet", "--initial-branch", "main"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", "first"], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


async def test_a_started_run_is_shown_with_its_graph(client):
    run = await started(client)
    assert run["state"] == "running"
    assert run["run_number"] == 1
    assert run["workflow"] == "ci"
    assert run["trigger"] == "api"
    assert run["progress"] == {
        "total": 4,
        "done": 0,
        "succeeded": 0,
        "failed": 0,
        "cancelled": 0,
        "skipped": 0,
        "running": 0,
        "waiting": 4,
        "percent": 0,
    }
    shown = await client.run(run["id"])
    assert [(each["step_key"], each["layer"], each["state"]) for each in shown["steps"]] == [
        ("a", 0, "queued"),
        ("b", 1, "waiting"),
        ("c", 1, "waiting"),
        ("d", 2, "waiting"),
    ]
    assert sorted(need["step"] for need in shown["steps"][3]["needs"]) == ["b", "c"]
    assert shown["steps"][3]["waiting_on"] == 2
    assert shown["steps_total"] == 4
    assert shown["layers"] == [
        {"layer": 0, "total": 1, "states": {"queued": 1}},
        {"layer": 1, "total": 2, "states": {"waiting": 2}},
        {"layer": 2, "total": 1, "states": {"waiting": 1}},
    ]


async def test_a_run_goes_to_its_end(client, hand):
    run = await started(client)
    assert await hand.drain() == 4
    shown = await client.run(run["id"])
    assert shown["state"] == "succeeded"
    assert shown["progress"]["percent"] == 100
    assert {each["state"] for each in shown["steps"]} == {"succeeded"}
    assert all(each["started_at"] and each["finished_at"] and each["duration_ms"] >= 0 for each in shown["steps"])
    assert shown["finished_at"] >= shown["started_at"]


async def test_a_large_run_shows_what_runs_and_what_failed_first(client, hand):
    first = [step(f"s{number}") for number in range(30)]
    run = await started(client, definition(*first, step("last", "s0")))
    one, two = await hand.claim(2)
    await hand.fail(one)
    shown = await client.run(run["id"], steps=2)
    assert shown["steps_total"] == 31
    assert {each["id"] for each in shown["steps"]} == {str(one.run), str(two.run)}
    assert {each["state"] for each in shown["steps"]} == {"failed", "running"}
    assert shown["layers"][0] == {"layer": 0, "total": 30, "states": {"failed": 1, "queued": 28, "running": 1}}
    assert sum(layer["total"] for layer in shown["layers"]) == 31


async def test_a_matrix_is_one_run_for_each_combination(client):
    matrix = [{"python": "3.11"}, {"python": "3.12"}]
    run = await started(client, definition(step("test", matrix=matrix)))
    shown = await client.run(run["id"])
    assert [(each["map_index"], each["matrix"]) for each in shown["steps"]] == list(enumerate(matrix))


async def test_the_same_key_starts_one_run(client):
    first = await started(client, key="once")
    second = await client.start_run("ci", key="once")
    assert second["id"] == first["id"]
    assert len((await client.runs())["items"]) == 1


async def test_env_and_version_are_taken(client):
    await client.publish("ci", definition(step("a"), env={"A": "1", "B": "1"}))
    await client.publish("ci", definition(step("a"), step("b")))
    run = await client.start_run("ci", version=1, env={"B": "2"})
    assert run["version"] == 1
    assert run["env"] == {"B": "2"}


async def test_a_workflow_is_found_by_id_too(client):
    published = await client.publish("ci", DIAMOND)
    assert (await client.start_run(published["workflow_id"]))["workflow"] == "ci"


async def test_an_unknown_workflow_is_not_started(client):
    with pytest.raises(NotFound, match="workflow nope does not exist"):
        await client.start_run("nope")
    await client.publish("ci", DIAMOND)
    with pytest.raises(NotFound, match="no version 7"):
        await client.start_run("ci", version=7)


async def test_the_source_is_described_when_the_run_starts(client, tmp_path):
    folder = tmp_path / "source"
    sha = repository(folder)
    run = await started(client, source=folder, include_uncommitted=True)
    source = run["trigger_data"]["source"]
    assert source["path"] == str(folder)
    assert source["sha"] == sha
    assert source["ref"] == "refs/heads/main"
    assert source["dirty"] is True


async def test_a_source_that_is_not_there_is_refused(client, tmp_path):
    await client.publish("ci", DIAMOND)
    with pytest.raises(InvalidInput, match="does not exist"):
        await client.start_run("ci", source=tmp_path / "nowhere")


async def test_lists_are_paged_newest_first(client):
    await client.publish("ci", DIAMOND)
    runs = [(await client.start_run("ci"))["id"] for _ in range(5)]
    first = await client.runs(limit=2)
    assert [run["id"] for run in first["items"]] == runs[:2:-1]
    second = await client.runs(limit=2, cursor=first["next_cursor"])
    assert [run["id"] for run in second["items"]] == [runs[2], runs[1]]
    third = await client.runs(limit=2, cursor=second["next_cursor"])
    assert [run["id"] for run in third["items"]] == [runs[0]]
    assert third["next_cursor"] is None


async def test_lists_are_filtered(client, hand):
    one = await started(client, definition(step("a")), name="one")
    await hand.drain()
    two = await started(client, definition(step("a")), name="two")
    assert [run["id"] for run in (await client.runs(workflow="one"))["items"]] == [one["id"]]
    assert [run["id"] for run in (await client.runs(state="running"))["items"]] == [two["id"]]
    assert (await client.runs(workflow="none"))["items"] == []


async def test_a_foreign_cursor_is_refused(client):
    for cursor in ("x", "e30", "W10", "bnVsbA", "WzFd", "=", "é"):
        with pytest.raises(InvalidInput, match="cursor"):
            await client.runs(cursor=cursor)


async def test_a_waiting_run_is_cancelled_at_once_and_a_running_one_is_told(client, hand):
    run = await started(client)
    assert await client.cancel(run["id"]) == "cancelled"
    shown = await client.run(run["id"])
    assert shown["state"] == "cancelled"
    assert {each["state"] for each in shown["steps"]} == {"cancelled"}
    with pytest.raises(Conflict, match="already"):
        await client.cancel(run["id"])
    again = await client.start_run("ci")
    await hand.claim()
    assert await client.cancel(again["id"]) == "cancelling"
    assert (await client.run(again["id"]))["state"] == "running"


async def test_what_failed_is_retried(client, hand):
    run = await started(client)
    (claim,) = await hand.claim()
    await hand.fail(claim, message="no such file")
    shown = await client.run(run["id"])
    assert shown["state"] == "failed"
    assert [each["state"] for each in shown["steps"]] == ["failed", "skipped", "skipped", "skipped"]
    assert shown["steps"][0]["error_message"] == "no such file"
    assert shown["steps"][0]["exit_code"] == 3
    assert await client.retry(run["id"]) == 4
    assert await hand.drain() == 4
    assert (await client.run(run["id"]))["state"] == "succeeded"
    task_run = await client.task_run(shown["steps"][0]["id"])
    assert task_run["state"] == "succeeded"


async def test_what_succeeded_is_not_retried(client, hand):
    run = await started(client)
    await hand.drain()
    with pytest.raises(Conflict):
        await client.retry(run["id"])


async def test_explain_says_what_a_step_waits_for(client):
    run = await started(client)
    steps = (await client.run(run["id"]))["steps"]
    (reason,) = await client.explain(steps[1]["id"])
    assert (reason["condition"], reason["met"], reason["subject"]) == ("dependency", False, "a")
    reasons = await client.explain(run["id"])
    assert {each["run_id"] for each in reasons} == {each["id"] for each in steps}
    assert "no live worker" in " ".join(each["detail"] for each in reasons)


@pytest.mark.parametrize("verb", ["run", "cancel", "retry", "explain", "logs", "task_run"])
async def test_an_unknown_run_is_not_found(client, verb):
    with pytest.raises(NotFound):
        await getattr(client, verb)(str(uuid4()))
    with pytest.raises(InvalidInput, match=r"path\.run"):
        await getattr(client, verb)("not-an-id")


async def test_parts_progress_and_the_last_line_are_shown(client, hand):
    run = await started(client)
    (claim,) = await hand.claim()
    parts = [{"name": "Test", "state": "running", "started_at": "2026-01-01T00:00:00Z", "finished_at": None}]
    await hand.progress(claim, parts=parts, progress={"percent": 50}, last_line="collected 7 items")
    (shown, *_) = (await client.run(run["id"]))["steps"]
    assert shown["parts"] == parts
    assert shown["progress"] == {"percent": 50}
    assert shown["last_line"] == "collected 7 items"
    assert shown["agent_name"] == "hand"


async def test_logs_are_paged_without_loss(client, hand):
    run = await started(client)
    (claim,) = await hand.claim()
    texts = [f"line {number}" for number in range(25)]
    await hand.log(claim, texts)
    await hand.complete(claim)
    for claim in await hand.claim():
        await hand.log(claim, ["one", "two"], stream="stderr")
    found, cursor = [], None
    while True:
        page = await client.logs(run["id"], after=cursor, limit=10)
        found += page["items"]
        cursor = page["next_cursor"]
        if not page["more"]:
            break
    assert [line["message"] for line in found] == [*texts, "one", "two", "one", "two"]
    assert [line["line_no"] for line in found[:25]] == list(range(1, 26))
    assert {line["step_key"] for line in found} == {"a", "b", "c"}
    assert (await client.logs(run["id"], after=cursor)) == {"items": [], "next_cursor": cursor, "more": False}
    await hand.log(claim, ["three"], start=3)
    assert [line["message"] for line in (await client.logs(run["id"], after=cursor))["items"]] == ["three"]


async def test_logs_of_one_task_run_and_their_end(client, hand):
    run = await started(client)
    (claim,) = await hand.claim()
    await hand.log(claim, ["one", "two", "three"])
    only = await client.logs(run["id"], task_run_id=str(claim.run), last=2)
    assert [line["message"] for line in only["items"]] == ["two", "three"]
    assert (await client.logs(run["id"], task_run_id=str(claim.run), after=only["next_cursor"]))["items"] == []
    alone = await client.logs(str(claim.run))
    assert [line["message"] for line in alone["items"]] == ["one", "two", "three"]
    assert (await client.logs(run["id"], attempt=2))["items"] == []


async def test_task_runs_are_enqueued_once_per_key(client, db):
    engine = await db.connect("engine")
    await engine.execute("""select stateroom.register_handlers(null, '[{"handler": "greet"}]')""")
    first = await client.enqueue("greet", {"name": "Ada"}, priority=7, key="once")
    assert first["state"] == "queued"
    assert first["input"] == {"name": "Ada"}
    assert first["priority"] == 7
    assert first["workflow_run_id"] is None
    assert (await client.enqueue("greet", key="once"))["id"] == first["id"]
    later = await client.enqueue("greet", run_at="2999-01-01T00:00:00+01:00")
    assert later["state"] == "scheduled"
    assert later["run_at"] == "2998-12-31T23:00:00Z"
    with pytest.raises(NotFound, match="no routine task"):
        await client.enqueue("unknown")


async def test_earlier_attempts_are_shown(client, hand, db):
    await started(client, definition(step("a", max_retries=2)))
    (claim,) = await hand.claim()
    await hand.fail(claim, message="flaky")
    shown = await client.task_run(str(claim.run))
    assert shown["state"] == "scheduled"
    assert shown["attempts"][0]["outcome"] == "failed"
    assert shown["attempts"][0]["error_message"] == "flaky"
    await db.shift("1 hour")
    (claim,) = await hand.claim()
    assert claim.attempt == 2
    await hand.complete(claim, result={"x": 1})
    assert (await client.task_run(str(claim.run)))["result"] == {"x": 1}
