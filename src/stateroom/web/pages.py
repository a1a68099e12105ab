"""The page of runs, the way in to it, and the files that both need."""

from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from stateroom.domains.identity.guard import COOKIE, caller_of, door_of

STATIC: Final = Path(__file__).parent / "static"

router = APIRouter(include_in_schema=False)


@router.get("/")
async def show_page(request: Request, token: Annotated[str | None, Query(max_length=1000)] = None) -> Response:
    """Show the page to who is signed in; sign in by a token in the address, which then leaves the address."""
    if token is not None and door_of(request.app).fits(token):
        into = RedirectResponse("/", status_code=303)
        secure = request.url.scheme == "https"
        into.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")
        return into
    if caller_of(request) is None:
        return FileResponse(STATIC / "sign_in.html", status_code=401)
    return FileResponse(STATIC / "index.html")


@router.get("/runs/{run}")
async def show_run_page(run: UUID, request: Request) -> Response:
    """Lead to the page of one run, as the command line prints it."""
    if caller_of(request) is None:
        return FileResponse(STATIC / "sign_in.html", status_code=401)
    return RedirectResponse(f"/#/runs/{run}", status_code=303)


def add_pages(app: FastAPI) -> None:
    """Let the application serve the pages."""
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
