"""Around every answer: a request id, security headers, problem details for every error, and a limit for bodies."""

import logging
import re
import uuid
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stateroom.domains.identity.guard import REQUEST_ID
from stateroom.errors import PayloadTooLarge
from stateroom.web.problems import answer, known

log = logging.getLogger(__name__)

GIVEN_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
SECURITY: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
MIB: Final = 1024 * 1024
BODY_LIMIT: Final = MIB
DEFINITION_LIMIT: Final = 32 * MIB


class Envelope:
    """Gives every request an id and every answer its headers, and turns errors into problem details."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; what is raised before the answer has begun becomes the answer."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        scope[REQUEST_ID] = request_id
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                # Files are asked for again each time, and sent only when they have changed.
                headers.setdefault("Cache-Control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if known(error) is None:
                log.exception("request %s failed: %s %s", request_id, scope.get("method"), scope["path"])
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
            elif not begun:
                await answer(error, request_id)(scope, receive, sending)


class BodyLimit:
    """Refuses bodies that are too large, by what they say and by what they turn out to be."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        publishes = scope["method"] == "PUT" and scope["path"].startswith("/api/v1/workflows/")
        limit = DEFINITION_LIMIT if publishes else BODY_LIMIT
        said = Headers(scope=scope).get("content-length", "0")
        if said.isdigit() and int(said) > limit:
            raise PayloadTooLarge(_too_large(limit))
        size = 0

        async def receiving() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > limit:
                # FastAPI turns any other error in the middle of a body into "400 There was an error parsing the body".
                raise HTTPException(PayloadTooLarge.status, _too_large(limit))
            return message

        await self._app(scope, receiving, send)


def _too_large(limit: int) -> str:
    return f"the request's body is larger than {limit // MIB} MiB"
