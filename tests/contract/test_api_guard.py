"""Nobody without the token, from another address or by way of a web page."""

import stat
from pathlib import Path

import httpx2
import pytest

from acting import DIAMOND
from stateroom.app import create_app
from stateroom.client import Client
from stateroom.domains.identity.token import ensure_token, read_token
from stateroom.errors import StateroomError, Unauthorized
from stateroom.web.openapi import describe

HOST = "localhost:8484"
SAFE = {"GET", "HEAD", "OPTIONS"}


def bearer(token: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **headers}


def operations(app) -> list[tuple[str, str]]:
    return [(method.upper(), path) for path, item in describe(app)["paths"].items() for method in item]


async def test_every_operation_wants_the_token(app, http):
    swept = [(method, path) for method, path in operations(app) if path != "/health"]
    assert len(swept) > 10
    for method, path in [*swept, ("GET", "/api/openapi.json"), ("GET", "/api"), ("POST", "/api/nothing")]:
        for headers in ({}, bearer("wrong"), {"Authorization": "Basic x"}, {"Cookie": "stateroom_token=wrong"}):
            answer = await http.request(method, path.replace("{run}", "1"), headers=headers, content=b"{broken")
            assert answer.status_code == 401, (method, path, headers)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "stateroom up" in answer.json()["hint"]


OTHER_HOSTS = [
    "evil.example:8484",
    "localhost.evil.example:8484",
    "localhost:8485",
    "localhost",
    "127.0.0.1",
    "169.254.169.254:8484",
    "localhost:8484.evil.example",
    "",
]
OTHER_ORIGINS = [
    "http://evil.example",
    "http://localhost:3000",
    "http://localhost",
    "null",
    "",
    "file://localhost:8484",
    "http://",
]


async def test_our_own_names_are_let_in(http, token):
    for host in ("localhost:8484", "127.0.0.1:8484", "[::1]:8484", "LOCALHOST:8484"):
        assert (await http.get("/api/v1/runs", headers=bearer(token, Host=host))).status_code == 200


async def test_other_names_are_refused_with_the_right_token_too(http, token):
    for host in OTHER_HOSTS:
        for path in ("/api/v1/runs", "/", "/health", "/static/base.css"):
            answer = await http.get(path, headers=bearer(token, Host=host))
            assert answer.status_code == 403, (host, path)
            assert answer.json()["code"] == "forbidden"


async def test_two_hosts_are_refused(http, token):
    headers = [("Authorization", f"Bearer {token}"), ("Host", HOST), ("Host", HOST)]
    assert (await http.get("/api/v1/runs", headers=headers)).status_code == 403


async def test_other_origins_are_refused_whatever_they_do(http, token):
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"):
        for origin in OTHER_ORIGINS:
            answer = await http.request(method, "/api/v1/runs", headers=bearer(token, Origin=origin))
            assert answer.status_code == 403, (method, origin)


async def test_our_own_origin_is_let_in(http, token):
    for host in (HOST, "127.0.0.1:8484"):
        headers = bearer(token, Host=host, Origin=f"http://{host}")
        assert (await http.get("/api/v1/runs", headers=headers)).status_code == 200
    crossed = bearer(token, Host=HOST, Origin="http://127.0.0.1:8484")
    assert (await http.get("/api/v1/runs", headers=crossed)).status_code == 403


async def test_pages_elsewhere_cannot_even_load(http, token):
    for site, mode, status in (
        ("cross-site", "no-cors", 403),
        ("same-site", "no-cors", 403),
        ("cross-site", "navigate", 200),
        ("same-origin", "cors", 200),
        ("none", "navigate", 200),
    ):
        headers = {"Cookie": f"stateroom_token={token}", "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
        assert (await http.get("/", headers=headers)).status_code == status, (site, mode)


async def test_a_cookie_that_changes_something_needs_an_origin(http, token):
    cookie = {"Cookie": f'other={{"a": [1, "x"]}}; odd name@=; stateroom_token={token}; more=2'}
    assert (await http.get("/api/v1/runs", headers=cookie)).status_code == 200
    body = {"definition": DIAMOND}
    answer = await http.put("/api/v1/workflows/ci", headers=cookie, json=body)
    assert answer.status_code == 403
    answer = await http.put("/api/v1/workflows/ci", headers={**cookie, "Origin": f"http://{HOST}"}, json=body)
    assert answer.status_code == 200


async def test_forms_of_other_pages_are_no_json(http, token):
    """What a page may send without asking first is not read as JSON."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        headers = bearer(token, **{"Content-Type": kind})
        answer = await http.put("/api/v1/workflows/ci", headers=headers, content=b'{"definition": {"steps": []}}')
        assert answer.status_code == 422


async def test_the_link_signs_in_and_the_token_leaves_the_address(http, token):
    answer = await http.get("/", params={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"stateroom_token={token};")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    page = await http.get("/")
    assert page.status_code == 200
    assert "/static/main.js" in page.text


async def test_a_wrong_token_shows_the_way_in(http):
    for params in ({}, {"token": "wrong"}, {"token": ""}):
        answer = await http.get("/", params=params)
        assert answer.status_code == 401
        assert "stateroom up" in answer.text
        assert "set-cookie" not in answer.headers


async def test_websockets_are_refused(app, token):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    for host, origin in ((b"evil.example", b"http://evil.example"), (HOST.encode(), b"http://evil.example")):
        headers = [(b"host", host), (b"origin", origin), (b"authorization", f"Bearer {token}".encode())]
        scope = {"type": "websocket", "path": "/api/v1/runs", "scheme": "ws", "server": ("localhost", 8484)}
        await app({**scope, "headers": headers, "query_string": b"", "subprotocols": []}, receive, send)
    assert [message["type"] for message in sent] == ["websocket.close"] * 2


async def test_a_configured_name_and_token_are_taken(db):
    settings = db.settings(token="chosen", host="0.0.0.0", STATEROOM_URL="https://stateroom.example")
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with Client("https://stateroom.example", "chosen", transport=transport) as client:
            assert (await client.runs())["items"] == []
        async with Client("https://other.example", "chosen", transport=transport) as client:
            with pytest.raises(StateroomError, match="not one of this server"):
                await client.runs()
    assert not (db.home / "token").exists()


def test_the_token_is_made_once_and_for_its_owner_only(tmp_path):
    home = tmp_path / "new" / "home"
    token = ensure_token(home)
    assert len(token) >= 43
    assert ensure_token(home) == read_token(home) == token
    assert stat.S_IMODE((home / "token").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["token"]


def test_a_token_that_others_may_read_is_refused(tmp_path: Path):
    ensure_token(tmp_path)
    (tmp_path / "token").chmod(0o644)
    with pytest.raises(StateroomError, match="other users may read"):
        read_token(tmp_path)


def test_a_missing_or_empty_token_says_what_to_do(tmp_path: Path):
    with pytest.raises(Unauthorized, match="no token") as raised:
        read_token(tmp_path)
    assert "stateroom up" in raised.value.hint
    (tmp_path / "token").write_text("\n")
    (tmp_path / "token").chmod(0o600)
    with pytest.raises(StateroomError, match="empty"):
        read_token(tmp_path)
