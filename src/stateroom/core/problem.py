"""Errors on the wire: problem details as RFC 9457 describes them, with a stable code and a hint."""

from http import HTTPStatus
from typing import Any, NotRequired

from typing_extensions import TypedDict

MEDIA_TYPE = "application/problem+json"
URN = "urn:stateroom:problem:"


class FieldError(TypedDict):
    """What is wrong with one field; the path is written like `body.source.path`."""

    path: str
    message: str


class ProblemDetails(TypedDict):
    """What happened, to which id, in which state (`detail`), and what to do (`hint`)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str | None
    request_id: str
    errors: NotRequired[list[FieldError]]
    problems: NotRequired[list[dict[str, str | int | None]]]


def problem(status: int, code: str, detail: str, *, hint: str | None, request_id: str) -> ProblemDetails:
    """Describe an error."""
    return {
        "type": URN + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "hint": hint,
        "request_id": request_id,
    }


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """List the errors of a route for its documentation."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
        for status in statuses
    }
