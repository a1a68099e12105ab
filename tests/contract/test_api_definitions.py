"""Publishing workflows and setting schedules over the API."""

from uuid import uuid4

import pytest

from acting import DIAMOND, definition, step
from stateroom.client import Refused
from stateroom.errors import Conflict, InvalidInput, NotFound

OWN = """
name: ci
steps:
  - id: a
    run: echo hello
  - id: b
    needs: a
    run: echo world
"""
BROKEN = """
name: ci
steps:
  - id: a
    needs: z
    run: echo hello
"""
ACTIONS = """
name: CI
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: echo test
      - uses: someone/special@v1
"""


async def test_the_same_content_is_the_same_version(client):
    first = await client.publish("ci", DIAMOND)
    assert (first["version"], first["created"], first["problems"]) == (1, True, [])
    again = await client.publish("ci", DIAMOND)
    assert (again["version"], again["created"]) == (1, False)
    assert again["version_id"] == first["version_id"]
    second = await client.publish("ci", definition(step("a")))
    assert (second["version"], second["created"]) == (2, True)


async def test_workflows_are_listed_with_their_newest_run(client, hand):
    await client.publish("b", DIAMOND)
    await client.publish("a", DIAMOND)
    run = await client.start_run("b")
    await hand.drain()
    found = await client.workflows()
    assert [(each["name"], each["latest_version"], each["last_run_state"]) for each in found] == [
        ("a", 1, None),
        ("b", 1, "succeeded"),
    ]
    assert found[1]["last_run_id"] == run["id"]


async def test_a_wrong_definition_is_refused_with_the_reason(client):
    with pytest.raises(InvalidInput, match="needs z, which does not exist"):
        await client.publish("ci", definition(step("a", "z")))
    with pytest.raises(InvalidInput, match="at least one step"):
        await client.publish("ci", {"name": "ci"})
    with pytest.raises(InvalidInput, match="unknown nobody"):
        await client.publish("ci", definition(step("a", action="handler", handler="nobody", command=None)))
    assert await client.workflows() == []


WRONG = [
    {"action": "nonsense"},
    {"command": 7, "action": "manual"},
    {"timeout_seconds": "soon"},
    {"priority": 99},
    {"queue": "no such name!"},
    {"max_retries": -1},
    {"command": "x" * 200_000},
]


async def test_wrong_values_of_a_definition_are_the_callers_fault(client):
    for wrong in WRONG:
        with pytest.raises(InvalidInput):
            await client.publish("ci", definition(step("a", **wrong)))


async def test_a_file_is_read_by_the_server(client):
    published = await client.publish_file("ci", OWN, file_name="ci.yml")
    assert published["created"]
    run = await client.start_run("ci")
    assert [each["step_key"] for each in (await client.run(run["id"]))["steps"]] == ["a", "b"]


async def test_a_broken_file_is_refused_with_all_its_problems(client):
    with pytest.raises(Refused) as raised:
        await client.publish_file("ci", BROKEN, file_name="broken.yml")
    (problem,) = raised.value.problems
    assert problem["kind"] == "error"
    assert (problem["file"], problem["line"]) == ("broken.yml", 5)
    assert "z" in problem["message"]


async def test_what_is_not_supported_is_refused_or_skipped(client):
    with pytest.raises(Refused, match="keep it from running") as raised:
        await client.publish_file("ci", ACTIONS, file_name="ci.yml")
    assert "unsupported" in {each["kind"] for each in raised.value.problems}
    assert "--skip-unsupported" in raised.value.hint
    published = await client.publish_file("ci", ACTIONS, file_name="ci.yml", skip_unsupported=True)
    assert published["created"]
    assert {each["kind"] for each in published["problems"]} >= {"unsupported", "not_applied"}


async def test_either_a_definition_or_a_file(client):
    for body in ({}, {"definition": DIAMOND, "file": OWN}):
        with pytest.raises(InvalidInput, match="exactly one"):
            await client._call("PUT", "/api/v1/workflows/ci", body=body)


async def test_a_name_is_what_the_address_says(client):
    await client.publish("a/b ü?#%", definition(step("a")))
    assert [each["name"] for each in await client.workflows()] == ["a/b ü?#%"]
    with pytest.raises(InvalidInput, match="name"):
        await client.publish("x" * 201, DIAMOND)


async def test_a_schedule_is_created_listed_and_deleted(client):
    await client.publish("ci", DIAMOND)
    made = await client.create_schedule("nightly", cron="30 2 * * *", timezone="Europe/Berlin", workflow="ci")
    assert (made["workflow"], made["task"], made["enabled"]) == ("ci", None, True)
    assert made["next_run_at"] == made["next_times"][0]
    assert len(made["next_times"]) == 5
    assert all(each.endswith(("00:30:00Z", "01:30:00Z")) for each in made["next_times"])
    assert await client.schedules() == [made]
    await client.delete_schedule("nightly")
    assert await client.schedules() == []
    with pytest.raises(NotFound):
        await client.delete_schedule("nightly")
    with pytest.raises(NotFound):
        await client.delete_schedule(str(uuid4()))


async def test_a_schedule_of_a_task_and_one_with_a_source(client, db, tmp_path):
    engine = await db.connect("engine")
    await engine.execute("""select stateroom.register_handlers(null, '[{"handler": "greet"}]')""")
    made = await client.create_schedule("hourly", cron="@hourly", task="greet", params={"name": "Ada"})
    assert (made["task"], made["workflow"], made["params"]) == ("greet", None, {"name": "Ada"})
    await client.publish("ci", DIAMOND)
    made = await client.create_schedule("daily", cron="@daily", workflow="ci", source=tmp_path)
    assert made["params"]["source"]["path"] == str(tmp_path)
    with pytest.raises(InvalidInput, match="for workflows"):
        await client.create_schedule("odd", cron="@daily", task="greet", source=tmp_path)


RULES = [
    ("61 * * * *", "UTC", "not a cron rule"),
    ("* * * *", "UTC", "not a cron rule"),
    ("* * * * * *", "UTC", "not a cron rule"),
    ("0 0 30 2 *", "UTC", "cron"),
    ("0 0 * * 8", "UTC", "not a cron rule"),
    ("@reboot", "UTC", "not a cron rule"),
    ("* * * * *", "Mars/Olympus", "not a time zone"),
    ("* * * * *", "../../etc/passwd", "not a time zone"),
    ("* * * * *", "Europe", "not a time zone"),
]


async def test_a_wrong_rule_or_zone_is_refused(client):
    await client.publish("ci", DIAMOND)
    for cron, timezone, said in RULES:
        with pytest.raises(InvalidInput, match=said):
            await client.create_schedule("x", cron=cron, timezone=timezone, workflow="ci")


async def test_a_schedule_needs_a_name_of_its_own_and_something_to_start(client):
    await client.publish("ci", DIAMOND)
    await client.create_schedule("x", cron="@daily", workflow="ci")
    with pytest.raises(Conflict, match="exists already"):
        await client.create_schedule("x", cron="@daily", workflow="ci")
    with pytest.raises(NotFound, match="workflow nope"):
        await client.create_schedule("y", cron="@daily", workflow="nope")
    with pytest.raises(NotFound, match="routine task nope"):
        await client.create_schedule("y", cron="@daily", task="nope")
    with pytest.raises(InvalidInput, match="exactly one"):
        await client.create_schedule("y", cron="@daily")
