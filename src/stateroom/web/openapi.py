"""The description of the API: FastAPI's, with our problem details in the place of its errors."""

from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from stateroom.core.problem import ProblemDetails
from stateroom.version import __version__

REFERENCE = "#/components/schemas/{model}"
UNUSED = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document."""
    found = get_openapi(
        title="Stateroom",
        version=__version__,
        summary="The state store and control plane, on one PostgreSQL.",
        routes=app.routes,
    )
    schemas = cast("dict[str, Any]", found.setdefault("components", {}).setdefault("schemas", {}))
    for name in UNUSED:
        schemas.pop(name, None)
    described = TypeAdapter(ProblemDetails).json_schema(ref_template=REFERENCE)
    schemas |= described.pop("$defs", {})
    schemas["ProblemDetails"] = described
    return found
