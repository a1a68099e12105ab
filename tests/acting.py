"""A hand that plays the worker, through the engine's own calls, and definitions for it to work on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from stateroom.engine import calls
from stateroom.engine.types import Claim, Cursor, Failure, LogLine, Report, SessionInfo


def step(key: str, *needs: str, **more: object) -> dict:
    """One step of a definition."""
    return {
        "key": key,
        "title": key.title(),
        "action": "command",
        "command": f"echo {key}",
        "needs": [{"step": need, "condition": "success"} for need in needs],
        **more,
    }


def definition(*steps: dict, **more: object) -> dict:
    """A normalized definition."""
    return {"name": "ci", "description": "", "env": {}, "steps": list(steps), **more}


DIAMOND = definition(step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"))


@dataclass
class Hand:
    """Claims and ends runs as a worker does, one call at a time."""

    connection: asyncpg.Connection
    session: UUID

    @classmethod
    async def open(cls, connection: asyncpg.Connection) -> "Hand":
        session = uuid4()
        info = SessionInfo(
            id=session, agent="hand", host="here", pid=1, capacity=8, queues=("default",), handlers=(), version="0"
        )
        await calls.open_session(connection, info, 600)
        return cls(connection, session)

    async def claim(self, limit: int = 100) -> list[Claim]:
        await calls.promote_due(self.connection)
        cursors = [Cursor("default", rank) for rank in range(11)]
        return await calls.claim(self.connection, self.session, limit, cursors)

    async def complete(self, *claims: Claim, result: object = None) -> None:
        texts = [None if result is None else json.dumps(result) for _ in claims]
        refused = await calls.complete(
            self.connection,
            self.session,
            [c.run for c in claims],
            [c.token for c in claims],
            texts,
            [None] * len(claims),
        )
        assert not refused

    async def fail(self, *claims: Claim, message: str = "it broke") -> None:
        error = json.dumps({"type": "exit_code", "message": message, "exit_code": 3})
        refused = await calls.fail(self.connection, self.session, [Failure(c.run, c.token, error) for c in claims])
        assert not refused

    async def log(self, claim: Claim, texts: Sequence[str], *, start: int = 1, stream: str = "stdout") -> None:
        at = datetime.now(UTC)
        lines = [
            LogLine(
                run=claim.run,
                token=claim.token,
                part_no=None,
                line_no=no,
                stream=stream,
                level="info",
                at=at,
                text=text,
            )
            for no, text in enumerate(texts, start)
        ]
        assert not await calls.log(self.connection, lines)

    async def progress(self, claim: Claim, **reported: object) -> None:
        refused = await calls.progress(
            self.connection,
            [
                Report(
                    run=claim.run,
                    token=claim.token,
                    progress=json.dumps(reported["progress"]) if "progress" in reported else None,
                    parts=json.dumps(reported["parts"]) if "parts" in reported else None,
                    last_line=reported.get("last_line"),
                )
            ],
        )
        assert not refused

    async def drain(self) -> int:
        """Complete everything that can be claimed, until nothing is left."""
        done = 0
        while claims := await self.claim():
            await self.complete(*claims)
            done += len(claims)
        return done
