"""From any error to the problem details that are sent."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, cast

import asyncpg
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from stateroom.core.problem import MEDIA_TYPE, FieldError, problem
from stateroom.errors import DatabaseUnavailable, Forbidden, InvalidInput, StateroomError

SHOWN_ERRORS: Final = 50
CODES: Final = {
    HTTPStatus.BAD_REQUEST: "bad_request",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "payload_too_large",
}


def answer(error: Exception, request_id: str) -> JSONResponse:
    """Describe an error; one that is not known says nothing about our insides."""
    match error:
        case RequestValidationError():
            return _invalid(error, request_id)
        case HTTPException():
            code = CODES.get(HTTPStatus(error.status_code), "http_error")
            found = problem(error.status_code, code, str(error.detail), hint=None, request_id=request_id)
            return _send(found, error.headers)
        case _:
            ours = known(error)
            if ours is not None:
                return _ours(ours, request_id)
            hint = f"The log of the API has the details under {request_id}."
            return _send(problem(500, "internal", "something went wrong here", hint=hint, request_id=request_id))


def known(error: Exception) -> StateroomError | None:
    """Return what an error says to the caller; None for a defect, which the log has to show."""
    match error:
        case StateroomError():
            return error
        case asyncpg.InsufficientPrivilegeError():
            return Forbidden(f"the database refuses it: {error.message}")
        case TimeoutError() | asyncpg.QueryCanceledError():
            return DatabaseUnavailable("PostgreSQL did not answer in time", hint="Try again.")
        case asyncpg.DataError() | asyncpg.IntegrityConstraintViolationError():
            return InvalidInput(f"the database refuses a value: {error.message}")
        case _:
            return None


def _ours(error: StateroomError, request_id: str) -> JSONResponse:
    found = problem(error.status, error.code, error.message, hint=error.hint, request_id=request_id)
    problems = cast("object", getattr(error, "problems", None))
    extra = {} if problems is None else {"problems": problems}
    return _send(
        {**found, **extra}, {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else None
    )


def _invalid(error: RequestValidationError, request_id: str) -> JSONResponse:
    found = cast("Sequence[Mapping[str, Any]]", error.errors())
    fields: list[FieldError] = [
        {"path": ".".join(map(str, each["loc"])), "message": str(each["msg"]).removeprefix("Value error, ")}
        for each in found[:SHOWN_ERRORS]
    ]
    said = "; ".join(f"{each['path']}: {each['message']}" for each in fields[:3])
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    described = problem(422, InvalidInput.code, said + more, hint=None, request_id=request_id)
    return _send({**described, "errors": fields})


def _send(found: Mapping[str, object], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(found, status_code=cast("int", found["status"]), headers=headers, media_type=MEDIA_TYPE)
