"""A laboratory for the engine: publish, start, claim and end runs over real connections."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from stateroom.engine import calls
from stateroom.engine.types import Claim, Cursor, Failure, SessionInfo

QUEUES = ("default",)


def step(key: str, *needs: str | tuple[str, str], **more: Any) -> dict[str, Any]:
    """One step of a definition; a need is a key, or a key and a condition."""
    edges = [need if isinstance(need, tuple) else (need, "success") for need in needs]
    listed = [{"step": name, "condition": condition} for name, condition in edges]
    return {"key": key, "action": "handler", "handler": "noop", "needs": listed, **more}


@dataclass
class Lab:
    """One database with its connections, a session of a worker, and verbs in words."""

    db: Any
    people: asyncpg.Connection
    engine: asyncpg.Connection
    project: uuid.UUID
    session: uuid.UUID = field(default_factory=uuid.uuid4)

    async def as_admin(self, query: str, *args: object) -> list[asyncpg.Record]:
        """Run one statement as the user `local`, past no policy."""
        async with self.people.transaction():
            await self.people.execute(
                "select stateroom.set_context((select id from stateroom.users where username = 'local'), 'admin')"
            )
            return await self.people.fetch(query, *args)

    async def open_session(self, session: uuid.UUID | None = None, ttl: int = 30) -> uuid.UUID:
        session = session or uuid.uuid4()
        info = SessionInfo(session, "worker@lab", "lab", 1, 8, QUEUES, ("noop",), "0")
        await calls.open_session(self.engine, info, ttl)
        return session

    async def register(self, handler: str = "noop", **options: Any) -> uuid.UUID:
        registration = json.dumps([{"handler": handler, **options}])
        return (await self.as_admin("select stateroom.register_handlers($1, $2)", self.project, registration))[0][0]

    async def publish(self, *steps: dict[str, Any], name: str = "w", **more: Any) -> asyncpg.Record:
        definition = json.dumps({"steps": list(steps), **more})
        query = "select * from stateroom.publish_workflow($1, $2, $3)"
        return (await self.as_admin(query, self.project, name, definition))[0]

    async def start(self, *steps: dict[str, Any], **more: Any) -> uuid.UUID:
        published = await self.publish(*steps, **more)
        return (await self.as_admin("select stateroom.start_workflow($1)", published["workflow_id"]))[0][0]

    async def enqueue(self, task: str = "noop", **options: Any) -> uuid.UUID:
        names = ["p_task", *options]
        given = ", ".join(f"{name} => ${no}" for no, name in enumerate(names, 1))
        return (await self.as_admin(f"select stateroom.enqueue({given})", task, *options.values()))[0][0]

    async def claim(
        self, limit: int = 100, session: uuid.UUID | None = None, lanes: Sequence[str] = QUEUES
    ) -> list[Claim]:
        cursors = [Cursor(lane, rank) for rank in range(11) for lane in lanes]
        return await calls.claim(self.engine, session or self.session, limit, cursors)

    async def complete(
        self, *claims: Claim, session: uuid.UUID | None = None, details: str | None = None
    ) -> list[uuid.UUID]:
        runs, tokens = [c.run for c in claims], [c.token for c in claims]
        nothing: list[str | None] = [None] * len(claims)
        return await calls.complete(
            self.engine, session or self.session, runs, tokens, nothing, [details] * len(claims)
        )

    async def fail(self, *claims: Claim, **error: Any) -> list[uuid.UUID]:
        said = json.dumps({"type": "Boom", "message": "it broke", "delay_seconds": 0, **error})
        return await calls.fail(self.engine, self.session, [Failure(c.run, c.token, said) for c in claims])

    async def verb(self, name: str, run: uuid.UUID) -> Any:
        """cancel_run, retry_run: the first value."""
        return (await self.as_admin(f"select stateroom.{name}($1)", run))[0][0]

    async def explain(self, run: uuid.UUID) -> list[asyncpg.Record]:
        return await self.as_admin("select * from stateroom.explain_run($1)", run)

    async def states(self, run: uuid.UUID) -> dict[str, str]:
        """Step to state; steps with a matrix as key[0], key[1]."""
        rows = await self.as_admin(
            "select step_key, map_index, matrix, state from stateroom.task_run_states where workflow_run_id = $1", run
        )
        return {
            r["step_key"] if r["matrix"] is None else f"{r['step_key']}[{r['map_index']}]": r["state"] for r in rows
        }

    async def state(self, run: uuid.UUID) -> str:
        """The state of a workflow run or a task run."""
        rows = await self.as_admin(
            "select state from stateroom.workflow_runs where id = $1"
            " union all select state from stateroom.task_run_states where id = $1",
            run,
        )
        return rows[0][0]

    async def step_of(self, claim: Claim) -> str:
        return await self.people.fetchval("select step_key from stateroom.tasks where id = $1", claim.task)

    async def work(self, *, fail: Sequence[str] = (), skip: Sequence[str] = ()) -> list[str]:
        """Execute all there is, in the order of claims; returns the steps that ran."""
        ran: list[str] = []
        while claims := await self.claim():
            for claim in claims:
                key = await self.step_of(claim)
                ran.append(key)
                if key in fail:
                    await self.fail(claim, retry=False)
                else:
                    await self.complete(claim, details='{"state": "skipped"}' if key in skip else None)
        return ran

    async def problems(self) -> list[asyncpg.Record]:
        return await self.people.fetch("select * from stateroom.check_integrity()")
