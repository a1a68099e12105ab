"""Health, and the description of the API."""

import pytest
from pydantic import TypeAdapter

from stateroom.client import Client
from stateroom.db import chain
from stateroom.domains.observability.schema import Health
from stateroom.version import __version__

SCHEDULES = {
    "update_schedule",
    "pause_schedule",
    "resume_schedule",
    "pause_schedules",
    "resume_schedules",
    "backfill_schedule",
    "preview_rule",
}


async def test_without_a_token_little_is_said(http):
    answer = await http.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "version": __version__}


@pytest.mark.usefixtures("hand")
async def test_with_a_token_all_is_said(client, pg_version):
    found = await client.health()
    TypeAdapter(Health).validate_python(found)
    assert found["status"] == "ok"
    assert found["database"]["version"].startswith(str(pg_version))
    assert found["database"]["embedded"] is False
    assert found["migrations"] == {
        "ok": True,
        "revision": chain.head(),
        "expected": chain.head(),
        "outdated_objects": [],
    }
    assert [(each["name"], each["capacity"], each["running"]) for each in found["workers"]] == [("hand", 8, 0)]
    pools = {each["name"]: each for each in found["pools"]}
    assert list(pools) == ["api", "readonly", "priority"]
    assert (pools["priority"]["min"], pools["priority"]["max"], pools["priority"]["waiting"]) == (1, 3, 0)
    assert pools["priority"]["acquired"] > 0


async def test_drift_is_said(client, db):
    maintenance = await db.connect()
    await maintenance.execute(
        "insert into stateroom.schema_history (kind, name, version, checksum)"
        " values ('object', '700_views.sql', '0', repeat('0', 64))"
    )
    found = await client.health()
    assert found["status"] == "degraded"
    assert "700_views.sql" in found["migrations"]["outdated_objects"]


async def test_the_description_is_complete(http, token):
    found = (await http.get("/api/openapi.json", headers={"Authorization": f"Bearer {token}"})).json()
    operations = {item["operationId"]: item for path in found["paths"].values() for item in path.values()}
    assert set(operations) == {
        "show_health",
        "list_runs",
        "start_run",
        "show_run",
        "cancel_run",
        "retry_run",
        "explain_run",
        "read_logs",
        "follow_run",
        "enqueue_task",
        "show_task_run",
        "list_workflows",
        "publish_workflow",
        "list_schedules",
        "create_schedule",
        "delete_schedule",
        *SCHEDULES,
        "list_firings",
        "show_schedule",
        "list_settings",
        "list_known_settings",
        "get_setting",
        "set_setting",
        "reveal_setting",
        "revert_setting",
        "delete_setting",
    }
    schemas = found["components"]["schemas"]
    assert "HTTPValidationError" not in schemas
    for name, operation in operations.items():
        assert operation["summary"], name
        errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        if name != "show_health":
            assert {"401", "403", "422", "503"} <= set(errors), name
            for answer in errors.values():
                assert list(answer["content"]) == ["application/problem+json"], name
    assert list(operations["follow_run"]["responses"]["200"]["content"]) == ["text/event-stream"]
    assert schemas["ProblemDetails"]["required"]
    references = {
        each.rpartition("/")[2] for each in _values_of(found, "$ref") if each.startswith("#/components/schemas/")
    }
    assert references <= set(schemas)
    assert schemas["Run"]["properties"]["id"] == {"type": "string", "format": "uuid", "title": "Id"}


def _values_of(tree, key):
    if isinstance(tree, dict):
        for name, value in tree.items():
            if name == key:
                yield value
            yield from _values_of(value, key)
    elif isinstance(tree, list):
        for each in tree:
            yield from _values_of(each, key)


def test_the_client_has_a_method_for_each_operation():
    found = {name for name in dir(Client) if not name.startswith("_")} - {"of"}
    assert found == {
        "cancel",
        "create_schedule",
        "delete_schedule",
        *SCHEDULES,
        "firings",
        "schedule",
        "enqueue",
        "explain",
        "follow",
        "health",
        "logs",
        "publish",
        "publish_file",
        "retry",
        "run",
        "runs",
        "schedules",
        "start_run",
        "task_run",
        "workflows",
    }
