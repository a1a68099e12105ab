"""The client's methods about schedules."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from stateroom.domains.schedules.schema import Backfilled, Firing, Schedule

_ADDRESS = "/api/v1/schedules"


class ScheduleMethods(ABC):
    """What Client can do with schedules; a schedule is named by its id or name."""

    @abstractmethod
    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int | None] | None = None,
        body: Mapping[str, object] | None = None,
        accept: int | None = None,
        seconds: float | None = None,
    ) -> dict[str, Any]: ...

    async def schedules(self) -> list[Schedule]:
        """List schedules by name."""
        return cast("list[Schedule]", (await self._call("GET", _ADDRESS))["items"])

    async def schedule(self, schedule: str, *, count: int = 5) -> Schedule:
        """Show one with so many of its next times."""
        return cast("Schedule", await self._call("GET", _path(schedule), params={"count": count}))

    async def create_schedule(
        self,
        name: str,
        *,
        cron: str,
        timezone: str = "UTC",
        workflow: str | None = None,
        task: str | None = None,
        params: Mapping[str, object] | None = None,
        source: str | PathLike[str] | None = None,
        **policies: object,
    ) -> Schedule:
        """Start a workflow or a routine task (exactly one; id or name) by a cron rule in a time zone.

        Commands of a workflow work on copies of `source`, as it is when the run starts. Policies are overlap_policy,
        catchup_policy, catchup_window_seconds, jitter_seconds and enabled.
        """
        body: dict[str, object] = {
            "name": name,
            "cron_expression": cron,
            "timezone": timezone,
            "workflow": workflow,
            "task": task,
            "params": dict(params or {}),
            **policies,
        }
        if source is not None:
            body["source"] = {"path": str(await asyncio.to_thread(Path(source).resolve))}
        return cast("Schedule", await self._call("POST", _ADDRESS, body=body))

    async def update_schedule(self, schedule: str, **changes: object) -> Schedule:
        """Change name, cron_expression, timezone, params, enabled or a policy; what is left out stays."""
        return cast("Schedule", await self._call("PATCH", _path(schedule), body=changes))

    async def pause_schedule(self, schedule: str) -> Schedule:
        """Let it fire no more until it is resumed."""
        return cast("Schedule", await self._call("POST", _path(schedule, "/pause")))

    async def resume_schedule(self, schedule: str) -> Schedule:
        """Let it fire again; what has passed meanwhile is not made up for."""
        return cast("Schedule", await self._call("POST", _path(schedule, "/resume")))

    async def pause_schedules(self, project: str | None = None) -> int:
        """Pause all of a project, or all that one may manage; returns how many were not."""
        return int((await self._call("POST", f"{_ADDRESS}/pause", body={"project": project}))["changed"])

    async def resume_schedules(self, project: str | None = None) -> int:
        """Resume all of a project, or all that one may manage; returns how many were paused."""
        return int((await self._call("POST", f"{_ADDRESS}/resume", body={"project": project}))["changed"])

    async def backfill_schedule(self, schedule: str, since: datetime, until: datetime | None = None) -> Backfilled:
        """Fire the times from `since` on, before `until` (now), each once; at most 1,000."""
        body = {"since": since.isoformat(), "until": until.isoformat() if until else None}
        return cast("Backfilled", await self._call("POST", _path(schedule, "/backfill"), body=body))

    async def firings(self, schedule: str, *, limit: int = 20) -> list[Firing]:
        """List its last firings, newest first."""
        found = await self._call("GET", _path(schedule, "/firings"), params={"limit": limit})
        return cast("list[Firing]", found["items"])

    async def preview_rule(self, cron: str, *, timezone: str = "UTC", count: int = 5) -> list[str]:
        """Return the next times of any rule."""
        params: dict[str, str | int | None] = {"cron": cron, "timezone": timezone, "count": count}
        return cast("list[str]", (await self._call("GET", f"{_ADDRESS}/preview", params=params))["items"])

    async def delete_schedule(self, schedule: str) -> None:
        """Delete a schedule; raises NotFound when there is none."""
        await self._call("DELETE", _path(schedule))


def _path(schedule: str, verb: str = "") -> str:
    return f"{_ADDRESS}/{quote(schedule, safe='')}{verb}"
