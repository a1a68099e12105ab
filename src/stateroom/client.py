"""The API's client: a URL, or the app in-process through a transport; the only door of the command line to data."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from http import HTTPStatus
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, cast
from urllib.parse import quote

import httpx2

from stateroom.client_schedules import ScheduleMethods
from stateroom.domains.identity.token import read_token
from stateroom.domains.observability.schema import Health
from stateroom.domains.runs.schema import Event, Explanation, LogPage, Logs, Run, RunDetail, RunPage, TaskRun
from stateroom.domains.settings_store.schema import Known, Revealed, Setting
from stateroom.domains.workflows.schema import Problem, Published, Workflow
from stateroom.errors import (
    Conflict,
    DatabaseUnavailable,
    Forbidden,
    InvalidInput,
    NotFound,
    NotReady,
    PayloadTooLarge,
    SealBroken,
    StateroomError,
    Unauthorized,
)
from stateroom.settings import Settings

ERRORS: tuple[type[StateroomError], ...] = (
    Conflict,
    DatabaseUnavailable,
    Forbidden,
    InvalidInput,
    NotFound,
    NotReady,
    PayloadTooLarge,
    SealBroken,
    Unauthorized,
)
LARGE = 180.0
"""Seconds that a definition of many thousand steps may take to be published or started."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Refused(InvalidInput):
    """A definition that was not published: `problems` says why, with file, line and column."""

    code = "invalid_definition"

    def __init__(self, message: str, *, hint: str | None = None, problems: list[Problem] | None = None) -> None:
        """Keep the problems beside the message."""
        super().__init__(message, hint=hint)
        self.problems: list[Problem] = problems or []


class StoredSettings:
    """Settings of everybody, or of a project (its id or name), for one environment or all."""

    def __init__(self, call: Callable[..., Awaitable[dict[str, Any]]]) -> None:
        """Make requests with this."""
        self._call = call

    async def list(
        self, *, project: str | None = None, environment: str | None = None, prefix: str | None = None
    ) -> "list[Setting]":
        """List settings by key; sensitive values are null."""
        params = {"project": project, "environment": environment, "prefix": prefix}
        return cast("list[Setting]", (await self._call("GET", "/api/v1/settings", params=params))["items"])

    async def known(self) -> "list[Known]":
        """List the settings that Stateroom itself asks for, with their defaults."""
        return cast("list[Known]", (await self._call("GET", "/api/v1/settings/known"))["items"])

    async def get(self, key: str, **place: str | None) -> Setting:
        """Show the setting that counts for a `project` and an `environment`; raises NotFound when there is none."""
        return cast("Setting", await self._call("GET", _setting(key), params=place))

    async def set(
        self, key: str, *, project: str | None = None, environment: str | None = None, **changes: object
    ) -> Setting:
        """Set exactly this one: `value`, `value_type`, `description`, `is_sensitive`, `revision` … as in the API."""
        place = {"project": project, "environment": environment}
        return cast("Setting", await self._call("PUT", _setting(key), params=place, body=changes))

    async def reveal(self, key: str, **place: str | None) -> Revealed:
        """Show the value of exactly this one, also if it is sensitive; the audit trail keeps who asked."""
        return cast("Revealed", await self._call("POST", f"{_setting(key)}/reveal", params=place))

    async def revert(self, key: str, **place: str | None) -> Setting:
        """Take the last change of exactly this one back."""
        return cast("Setting", await self._call("POST", f"{_setting(key)}/revert", params=place))

    async def delete(self, key: str, **place: str | None) -> None:
        """Delete exactly this one, so that the next one in the order of precedence counts."""
        await self._call("DELETE", _setting(key), params=place)


class Client(ScheduleMethods):
    """Talks to one API as one caller. Use it in `async with`; every method raises StateroomError, nothing else."""

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        timeout: float = 30.0,
    ) -> None:
        """Connect lazily to `url` (without a slash at its end); `timeout` is in seconds and not for streams."""
        self.url = url.rstrip("/")
        self.settings = StoredSettings(self._call)
        self._timeout = timeout
        self._http = httpx2.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            transport=transport,
            timeout=timeout,
            # A proxy named in the environment cannot reach this machine's loopback.
            trust_env=httpx2.URL(self.url).host not in LOOPBACK,
        )

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Connect to the API that the settings name, with their token or the one of the home's file."""
        token = settings.token.get_secret_value() if settings.token else read_token(settings.home)
        return cls(settings.url, token)

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def health(self) -> Health:
        """Say how the API and what it stands on are. Needs no token, but says less without one."""
        return cast("Health", await self._call("GET", "/health", accept=HTTPStatus.SERVICE_UNAVAILABLE))

    async def runs(
        self, *, workflow: str | None = None, state: str | None = None, limit: int = 20, cursor: str | None = None
    ) -> RunPage:
        """List workflow runs, newest first; `next_cursor` of a page leads to the next."""
        params = {"workflow": workflow, "state": state, "limit": limit, "cursor": cursor}
        return cast("RunPage", await self._call("GET", "/api/v1/runs", params=params))

    async def run(self, run: str, *, steps: int = 500) -> RunDetail:
        """Show one workflow run with at most `steps` of its steps (`steps_total` says how many there are)."""
        return cast("RunDetail", await self._call("GET", f"/api/v1/runs/{_path(run)}", params={"steps": steps}))

    async def start_run(
        self,
        workflow: str,
        *,
        version: int | None = None,
        env: Mapping[str, str] | None = None,
        source: str | PathLike[str] | None = None,
        include_uncommitted: bool = False,
        key: str | None = None,
    ) -> Run:
        """Start a workflow (its id or name) from a source folder; the same key starts only one run."""
        body: dict[str, object] = {"workflow": workflow, "version": version, "env": dict(env or {}), "key": key}
        if source is not None:
            body["source"] = {"path": await _absolute(source), "include_uncommitted": include_uncommitted}
        return cast("Run", await self._call("POST", "/api/v1/runs", body=body, seconds=LARGE))

    async def cancel(self, run: str) -> Literal["cancelled", "cancelling"]:
        """Cancel a workflow run or a task run; `cancelling` while something of it still has to stop."""
        answer = await self._call("POST", f"/api/v1/runs/{_path(run)}/cancel")
        return cast("Literal['cancelled', 'cancelling']", answer["outcome"])

    async def retry(self, run: str) -> int:
        """Put what did not succeed in a run back to work; return the number of task runs."""
        return cast("int", (await self._call("POST", f"/api/v1/runs/{_path(run)}/retry"))["task_runs"])

    async def explain(self, run: str) -> list[Explanation]:
        """Say what a run waits for, condition by condition."""
        return cast("list[Explanation]", (await self._call("GET", f"/api/v1/runs/{_path(run)}/explain"))["items"])

    async def logs(
        self,
        run: str,
        *,
        after: str | None = None,
        limit: int = 1000,
        task_run_id: str | None = None,
        attempt: int | None = None,
        last: int | None = None,
    ) -> LogPage:
        """Read lines of a run in order of (task run, attempt, line); `last` reads only the newest so many."""
        params = {"after": after, "limit": limit, "task_run_id": task_run_id, "attempt": attempt, "last": last}
        return cast("LogPage", await self._call("GET", f"/api/v1/runs/{_path(run)}/logs", params=params))

    async def follow(
        self, run: str, *, steps: int = 500, logs: Logs = "all", patience: float = 30.0
    ) -> AsyncGenerator[Event]:
        """Yield what happens to a run: one `snapshot`, then changes, at last `end`.

        A lost connection is taken up again where it broke, for `patience` seconds; each time a `snapshot` comes first.
        """
        last_id = ""
        deadline = time.monotonic() + patience
        while True:
            try:
                async with aclosing(self._stream(run, {"steps": steps, "logs": logs}, last_id)) as stream:
                    async for event in stream:
                        last_id = event["id"] or last_id
                        deadline = time.monotonic() + patience
                        yield event
                        if event["event"] == "end":
                            return
            except (NotReady, DatabaseUnavailable):
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.5)

    async def publish(self, name: str, definition: Mapping[str, object]) -> Published:
        """Publish a normalized definition; the same content stays the same version."""
        body = {"definition": dict(definition)}
        return cast("Published", await self._call("PUT", f"/api/v1/workflows/{_path(name)}", body=body, seconds=LARGE))

    async def publish_file(self, name: str, text: str, *, file_name: str, skip_unsupported: bool = False) -> Published:
        """Publish a workflow file's text, which the server reads; raises Refused with its problems."""
        body = {"file": text, "file_name": file_name, "skip_unsupported": skip_unsupported}
        return cast("Published", await self._call("PUT", f"/api/v1/workflows/{_path(name)}", body=body, seconds=LARGE))

    async def workflows(self) -> list[Workflow]:
        """List workflows by name."""
        return cast("list[Workflow]", (await self._call("GET", "/api/v1/workflows"))["items"])

    async def enqueue(
        self,
        task: str,
        arguments: Mapping[str, object] | None = None,
        *,
        priority: int | None = None,
        run_at: str | None = None,
        key: str | None = None,
    ) -> TaskRun:
        """Enqueue a routine task by handler name, title or id; `run_at` is ISO 8601."""
        body = {"task": task, "input": dict(arguments or {}), "priority": priority, "run_at": run_at, "key": key}
        return cast("TaskRun", await self._call("POST", "/api/v1/task-runs", body=body))

    async def task_run(self, task_run: str) -> TaskRun:
        """Show one task run with its input, result and output tail."""
        return cast("TaskRun", await self._call("GET", f"/api/v1/task-runs/{_path(task_run)}"))

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, object] | None = None,
        accept: int | None = None,
        seconds: float | None = None,
    ) -> dict[str, Any]:
        given = {name: value for name, value in (params or {}).items() if value is not None}
        try:
            response = await self._http.request(method, path, params=given, json=body, timeout=seconds or self._timeout)
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from error
        if response.is_success or response.status_code == accept:
            return _object(response)
        raise _error(response)

    async def _stream(self, run: str, params: Mapping[str, str | int], last_id: str) -> AsyncGenerator[Event]:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last_id} if last_id else {})
        # Keep-alive comments come every 15 seconds at the latest: longer silence is a dead connection.
        timeout = httpx2.Timeout(self._timeout, read=45.0)
        path = f"/api/v1/runs/{_path(run)}/events"
        try:
            async with self._http.stream("GET", path, params=params, headers=headers, timeout=timeout) as response:
                if not response.is_success:
                    await response.aread()
                    raise _error(response)
                async for event in httpx2.EventSource(response, max_event_size=None):
                    if event.data:
                        read = {"event": event.event, "id": event.id, "data": json.loads(event.data)}
                        yield cast("Event", cast("object", read))
        except httpx2.HTTPError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: httpx2.HTTPError) -> NotReady:
        detail = str(error) or type(error).__name__
        return NotReady(
            f"the API at {self.url} does not answer: {detail}",
            hint="Start it with `stateroom up`, or set STATEROOM_URL to where it runs.",
        )


async def _absolute(folder: str | PathLike[str]) -> str:
    return str(await asyncio.to_thread(Path(fspath(folder)).resolve))


def _setting(key: str) -> str:
    return f"/api/v1/settings/{_path(key)}"


def _path(part: str) -> str:
    return quote(part, safe="")


def _object(response: httpx2.Response) -> dict[str, Any]:
    try:
        found: object = response.json() if response.content else {}
    except ValueError:
        found = None
    if isinstance(found, dict):
        return cast("dict[str, Any]", found)
    raise StateroomError(
        f"{response.url} answered {response.status_code} with something that is not ours",
        hint="Check STATEROOM_URL: another program may listen there.",
    )


def _error(response: httpx2.Response) -> StateroomError:
    """Turn problem+json back into the error that it was made from."""
    try:
        problem = _object(response)
    except StateroomError as error:
        return error
    message = str(problem.get("detail") or problem.get("title") or f"HTTP {response.status_code}")
    fields = cast("list[dict[str, str]]", problem.get("errors") or [])
    if fields:
        message = "; ".join(f"{each['path']}: {each['message']}" for each in fields)
    hint = cast("str | None", problem.get("hint"))
    code = problem.get("code")
    if code == Refused.code:
        return Refused(message, hint=hint, problems=cast("list[Problem]", problem.get("problems") or []))
    near = next((each for each in ERRORS if each.status == response.status_code), StateroomError)
    found = next((each for each in ERRORS if each.code == code), near)
    return found(message, hint=hint)
