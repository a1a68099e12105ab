"""Every error is one kind of answer, with a request id, and says what to do."""

import json
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stateroom.errors import Conflict, DatabaseUnavailable, Unauthorized


@pytest.fixture
def headers(token) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def assert_problem(answer, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["type"] == f"urn:stateroom:problem:{code}"
    assert (found["status"], found["code"]) == (status, code)
    assert found["title"]
    assert found["detail"]
    assert found["request_id"] == answer.headers["x-request-id"]
    return found


async def test_unknown_paths_and_methods(http, headers):
    assert_problem(await http.get("/api/v1/nothing", headers=headers), 404, "not_found")
    assert_problem(await http.get("/nothing"), 404, "not_found")
    assert_problem(await http.get("/static/nothing.js"), 404, "not_found")
    assert_problem(await http.get("/static/../pages.py"), 404, "not_found")
    answer = await http.patch("/api/v1/runs", headers=headers)
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"]


async def test_every_wrong_field_is_named(http, headers):
    body = {"workflow": "", "version": 0, "env": {"1x": "a"}, "source": {"include_uncommitted": "?"}, "other": 1}
    found = assert_problem(await http.post("/api/v1/runs", json=body, headers=headers), 422, "invalid_input")
    paths = {each["path"] for each in found["errors"]}
    assert paths >= {
        "body.workflow",
        "body.version",
        "body.source.path",
        "body.source.include_uncommitted",
        "body.other",
    }
    assert all(each["message"] for each in found["errors"])
    found = assert_problem(await http.get("/api/v1/runs?limit=101&state=odd", headers=headers), 422, "invalid_input")
    assert {each["path"] for each in found["errors"]} == {"query.limit", "query.state"}


async def test_broken_bodies_are_the_callers_fault(http, headers):
    json_headers = {**headers, "Content-Type": "application/json"}
    for body in (b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 50_000, b'{"a":' * 5_000):
        answer = await http.post("/api/v1/runs", content=body, headers=json_headers)
        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"] == "application/problem+json"


async def test_large_bodies_are_refused_by_what_they_say_and_what_they_are(http, headers):
    large = b'{"workflow": "' + b"x" * (1 << 20) + b'"}'
    kind = {**headers, "Content-Type": "application/json"}
    assert_problem(await http.post("/api/v1/runs", content=large, headers=kind), 413, "payload_too_large")

    async def pieces():
        for _ in range(17):
            yield b"x" * 65_536

    assert_problem(await http.post("/api/v1/runs", content=pieces(), headers=kind), 413, "payload_too_large")
    published = await http.put("/api/v1/workflows/ci", content=large, headers=kind)
    assert published.status_code == 422
    huge = {**kind, "Content-Length": str(33 << 20)}
    assert_problem(await http.put("/api/v1/workflows/ci", content=b"", headers=huge), 413, "payload_too_large")


async def test_request_ids_are_taken_if_they_are_harmless(http):
    assert (await http.get("/health", headers={"X-Request-ID": "abc-1.2_3"})).headers["x-request-id"] == "abc-1.2_3"
    for given_id in ("a" * 65, "a b", "<script>", ""):
        answer = await http.get("/health", headers={"X-Request-ID": given_id})
        assert len(answer.headers["x-request-id"]) == 32


async def test_every_answer_is_fenced_in(http, headers):
    for path in ("/", "/health", "/static/main.js", "/api/v1/runs", "/api/nothing"):
        answer = await http.get(path, headers=headers)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


async def test_a_defect_says_nothing_about_our_insides(app, http, headers, caplog):
    async def broken():
        raise RuntimeError("the secret is hazelnut")

    app.add_api_route("/api/broken", broken)
    found = assert_problem(await http.get("/api/broken", headers=headers), 500, "internal")
    assert "hazelnut" not in json.dumps(found)
    assert found["request_id"] in found["hint"]
    assert "the secret is hazelnut" in caplog.text
    assert found["request_id"] in caplog.text


async def test_the_client_turns_problems_back_into_errors(client):
    await client.publish("ci", {"name": "ci", "steps": [{"key": "a", "action": "command", "command": "true"}]})
    run = await client.start_run("ci")
    await client.cancel(run["id"])
    with pytest.raises(Conflict) as raised:
        await client.cancel(run["id"])
    assert run["id"] in raised.value.message
    assert raised.value.hint
    client._http.headers["Authorization"] = "Bearer wrong"
    with pytest.raises(Unauthorized):
        await client.runs()


async def test_a_lost_database_is_said(client, db):
    admin = await db.connect("admin")
    await admin.execute(f"alter database {db.name} connection limit 0")
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'stateroom_app' and datname = $1"
    await admin.execute(cut, db.name)
    for _ in range(3):
        with pytest.raises(DatabaseUnavailable):
            await client.runs()
    found = await client.health()
    assert found["status"] == "down"
    assert found["database"]["ok"] is False
    await admin.execute(f"alter database {db.name} connection limit -1")
    assert (await client.runs())["items"] == []


ODD = st.text(st.characters(exclude_categories=()), max_size=300)


@given(text=ODD, number=st.integers())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_odd_values_are_answered_not_stumbled_over(http, headers, text, number):
    encoded = json.dumps
    kind = {**headers, "Content-Type": "application/json"}
    posts = [
        ("/api/v1/runs", {"workflow": text, "key": text, "env": {"A": text}, "version": number}),
        ("/api/v1/runs", {"workflow": "x", "source": {"path": text}}),
        ("/api/v1/task-runs", {"task": text, "input": {text: number}, "priority": number}),
        ("/api/v1/schedules", {"name": text, "workflow": "x", "cron_expression": text, "timezone": text}),
        (f"/api/v1/runs/{uuid4()}/retry", {}),
    ]
    for path, body in posts:
        answer = await http.post(path, content=encoded(body).encode(), headers=kind)
        assert answer.status_code in {404, 409, 422}, (path, body, answer.text)
    answer = await http.put("/api/v1/workflows/x", content=encoded({"file": text}).encode(), headers=kind)
    assert answer.status_code == 422, answer.text
    answer = await http.get("/api/v1/runs", params={"workflow": "x", "limit": number}, headers=headers)
    assert answer.status_code in {200, 422}
