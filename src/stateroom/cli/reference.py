"""How people name a run: `latest`, `12` or `#12`, `ci#12`, a full id, or the beginning or end of one."""

import re
from typing import Final
from uuid import UUID

from stateroom.client import Client
from stateroom.domains.runs.schema import Run
from stateroom.errors import InvalidInput, NotFound

HELP: Final = "latest, a number (12), a workflow's number (ci#12), or an id: whole, or six of its characters."
SHORT: Final = 8
_PAGE: Final = 100
_PAGES: Final = 20
_SAFE: Final = re.compile(r"[A-Za-z0-9_.-]+")
_NUMBERED: Final = re.compile(r"(?P<workflow>.*?)\s*#?(?P<number>[0-9]{1,9})", re.DOTALL)
_PIECE: Final = re.compile(r"[0-9a-f-]{6,36}")


def short(run_id: str) -> str:
    """Return the end of an id: ids begin with the time, so those of one hour begin alike."""
    return run_id[-SHORT:]


def reference(run: Run) -> str:
    """Return what to type for this run: `ci#12`, in quotes if need be."""
    name = f"{run['workflow']}#{run['run_number']}"
    if _SAFE.fullmatch(run["workflow"]):
        return name
    return f"'{name}'" if name.isprintable() and "'" not in name else short(run["id"])


async def resolve(client: Client, text: str) -> str:
    """Return the id that a reference stands for.

    Raises:
        NotFound: nothing matches among the newest 2,000 runs.
        InvalidInput: it matches more than one run, or cannot be a reference at all.
    """
    wanted = text.strip()
    if (whole := _uuid(wanted)) is not None:
        return whole
    if wanted == "latest":
        page = await client.runs(limit=1)
        if not page["items"]:
            raise NotFound("there are no runs yet", hint="Start one: stateroom run FILE")
        return page["items"][0]["id"]
    return _only(wanted, await _matching(client, wanted))


async def _matching(client: Client, wanted: str) -> list[Run]:
    numbered = _NUMBERED.fullmatch(wanted)
    piece = wanted.lower() if _PIECE.fullmatch(wanted.lower()) else None
    if numbered is None and piece is None:
        raise InvalidInput(f"{wanted!r} does not name a run", hint=f"RUN is {HELP}")
    workflow = numbered["workflow"] if numbered else ""
    number = int(numbered["number"]) if numbered and (workflow == "" or "#" in wanted) else None
    found: list[Run] = []
    cursor: str | None = None
    for _ in range(_PAGES):
        page = await client.runs(limit=_PAGE, cursor=cursor)
        for run in page["items"]:
            by_number = run["run_number"] == number and workflow in {"", run["workflow"]}
            if by_number or (piece and (run["id"].startswith(piece) or run["id"].endswith(piece))):
                found.append(run)
        cursor = page["next_cursor"]
        if cursor is None or (found and workflow):
            break
    return found


def _only(wanted: str, found: list[Run]) -> str:
    match found:
        case []:
            raise NotFound(f"no run is called {wanted}", hint="`stateroom runs` lists them.")
        case [run]:
            return run["id"]
        case _:
            names = ", ".join(f"{reference(run)} ({short(run['id'])})" for run in found[:5])
            raise InvalidInput(f"{wanted} could be any of {len(found)} runs: {names}", hint="Take one of these.")


def _uuid(text: str) -> str | None:
    try:
        return str(UUID(text)) if len(text) >= 32 else None
    except ValueError:
        return None
