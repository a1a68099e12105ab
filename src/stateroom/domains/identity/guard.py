"""Who may come in: this machine's user by a token, from our own address, and nobody by way of a web page.

request ── Guard ─────────────────────────────── Reader | Writer | Actor | Access ── route
           Host, Origin, and the token for /api   transactions as the caller
"""

import hmac
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Annotated, Final, TypeAlias, cast
from urllib.parse import urlsplit

from asyncpg.pool import PoolConnectionProxy
from fastapi import Depends, FastAPI, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from stateroom.db.pools import Caller, Pools, as_user
from stateroom.errors import Forbidden, Unauthorized

COOKIE: Final = "stateroom_token"
CALLER: Final = "stateroom_caller"
REQUEST_ID: Final = "stateroom_request_id"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
HINT: Final = "Run `stateroom up`, or open the link that it printed. Programs send `Authorization: Bearer TOKEN`."


@dataclass(frozen=True, slots=True, repr=False)
class Door:
    """What the application lets people in with: pools, the token, and the caller that the token stands for."""

    pools: Pools
    token: str
    caller: Caller

    def fits(self, token: str) -> bool:
        """Tell whether this is the token, in a time that says nothing about it."""
        return hmac.compare_digest(token.encode(), self.token.encode())


@dataclass(frozen=True, slots=True)
class Access:
    """A signed-in caller, who may open transactions."""

    pools: Pools
    caller: Caller

    def begin(self, *, read_only: bool = False) -> AbstractAsyncContextManager[PoolConnectionProxy]:
        """Open one transaction as the caller; leaving without an error commits."""
        return as_user(self.pools.api, self.caller, read_only=read_only)

    def begin_first(self) -> AbstractAsyncContextManager[PoolConnectionProxy]:
        """Open one transaction for a verb (start, enqueue, cancel …), which no flood of reads holds up."""
        return as_user(self.pools.priority, self.caller)


class Guard:
    """Refuses what does not come from our own address, and what wants /api without the token."""

    def __init__(self, app: ASGIApp, *, hosts: tuple[str, ...] = (), addresses: tuple[str, ...] = ()) -> None:
        """Stand before `app`; `hosts` are ours besides loopback, `addresses` are HOST:PORT of a proxy before us."""
        self._app = app
        self._hosts = (*LOOPBACK, *hosts)
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, with its caller in the scope, or raise Forbidden or Unauthorized."""
        if scope["type"] in {"http", "websocket"}:
            headers = Headers(scope=scope)
            self._check_address(scope, headers)
            caller = _caller(scope, headers)
            if caller is None and (scope["path"] == "/api" or scope["path"].startswith("/api/")):
                raise Unauthorized("a valid token is needed", hint=HINT)
            scope[CALLER] = caller
        await self._app(scope, receive, send)

    def _check_address(self, scope: Scope, headers: Headers) -> None:
        """Refuse a foreign Host (DNS rebinding), a foreign Origin and a page of another port (request forgery)."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._ours(scope):
            raise Forbidden(
                f"the address {', '.join(hosts) or '(none)'} is not one of this server",
                hint="Open it as localhost, or set STATEROOM_HOST or STATEROOM_URL to the name that is used.",
            )
        for origin in headers.getlist("origin"):
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or parts.netloc.lower() != hosts[0].lower():
                raise Forbidden(f"pages of {origin} may not reach this server")
        if headers.get("sec-fetch-site") in {"cross-site", "same-site"} and headers.get("sec-fetch-mode") != "navigate":
            raise Forbidden("pages of other servers may not reach this one")

    def _ours(self, scope: Scope) -> frozenset[str]:
        server = cast("tuple[str, int | None] | None", scope.get("server"))
        default = DEFAULT_PORTS.get(scope["scheme"])
        port = (server[1] if server else None) or default
        named = {f"{host}:{port}" for host in self._hosts}
        bare = set(self._hosts) if port == default else set[str]()
        return frozenset(each.lower() for each in (*named, *bare, *self._addresses))


def _caller(scope: Scope, headers: Headers) -> Caller | None:
    """Return whom the request's token stands for, if it carries the right one."""
    door = door_of(scope["app"])
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    cookie = _cookie(headers)
    if scheme.lower() == "bearer":
        known = door.fits(bearer.strip())
    else:
        known = cookie is not None and door.fits(cookie)
        # Browsers name the Origin of every request that changes something.
        if known and scope["type"] == "http" and scope["method"] not in SAFE_METHODS and "origin" not in headers:
            raise Forbidden("a request with a cookie that changes something must name its Origin")
    return replace(door.caller, request_id=scope.get(REQUEST_ID)) if known else None


def _cookie(headers: Headers) -> str | None:
    # Not http.cookies: that one drops all behind a cookie it dislikes, and other programs on localhost set those.
    return cookie_parser("; ".join(headers.getlist("cookie"))).get(COOKIE)


def door_of(app: FastAPI) -> Door:
    """Return the door that the application has put into its state when it started."""
    return cast("Door", app.state.door)


def caller_of(request: Request) -> Caller | None:
    """Return whom the guard has recognized, if anybody."""
    return cast("Caller | None", request.scope.get(CALLER))


# The two schemes only document what the guard has done.
_bearer = HTTPBearer(auto_error=False, description="The token of the file `token` in the home folder.")
_by_cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="Set by `GET /?token=TOKEN`.")


def signed_in(
    request: Request, _one: Annotated[object, Security(_bearer)], _or: Annotated[object, Security(_by_cookie)]
) -> Access:
    """Return the access of whom the guard has let in.

    Raises:
        Unauthorized: the guard has let the request in without a token, since its path needs none.
    """
    caller = caller_of(request)
    if caller is None:
        raise Unauthorized("a valid token is needed", hint=HINT)
    return Access(door_of(request.app).pools, caller)


SignedIn: TypeAlias = Annotated[Access, Depends(signed_in)]


async def _read(access: SignedIn) -> AsyncGenerator[PoolConnectionProxy]:
    async with access.begin(read_only=True) as connection:
        yield connection


async def _list(access: SignedIn) -> AsyncGenerator[PoolConnectionProxy]:
    async with as_user(access.pools.lists, access.caller, read_only=True) as connection:
        yield connection


async def _write(access: SignedIn) -> AsyncGenerator[PoolConnectionProxy]:
    async with access.begin() as connection:
        yield connection


async def _act(access: SignedIn) -> AsyncGenerator[PoolConnectionProxy]:
    async with access.begin_first() as connection:
        yield connection


# The scope makes the transaction end before the answer is sent: what was not committed is never reported as done.
Reader: TypeAlias = Annotated[PoolConnectionProxy, Depends(_read, scope="function")]
Lister: TypeAlias = Annotated[PoolConnectionProxy, Depends(_list, scope="function")]
Writer: TypeAlias = Annotated[PoolConnectionProxy, Depends(_write, scope="function")]
Actor: TypeAlias = Annotated[PoolConnectionProxy, Depends(_act, scope="function")]
