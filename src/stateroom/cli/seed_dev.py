"""What `stateroom seed dev` makes: a small team and its work, each part by the person who would have made it."""

import json
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from asyncpg.connection import Connection

from stateroom.domains.schedules.cron import next_times
from stateroom.domains.workflows.files import load_text
from stateroom.engine import calls
from stateroom.engine.types import Cursor, Failure, SessionInfo
from stateroom.errors import Conflict
from stateroom.version import __version__

PEOPLE: Final = {
    "ada": ("Ada Byron", "admin"),
    "grace": ("Grace Murray", "project_manager"),
    "alan": ("Alan Mathison", "developer"),
    "hedy": ("Hedy Kiesler", "designer"),
    "edsger": ("Edsger Wybe", "tester"),
}
MEMBERS: Final = {"alan": "contributor", "hedy": "contributor", "edsger": "viewer", "ada": "maintainer"}
# title, type, below, days until it begins and ends, who does it, its state, what it waits for (by place)
TASKS: Final[tuple[tuple[str, str, int | None, int, int, str | None, str, tuple[int, ...]], ...]] = (
    ("Open the shop", "epic", None, -20, 20, "grace", "in_progress", ()),
    ("Take payments", "story", 0, -20, 5, "grace", "in_progress", ()),
    ("Choose a provider", "general", 1, -20, -10, "grace", "completed", ()),
    ("Store what was paid", "code_generation", 1, -9, -2, "alan", "in_progress", (2,)),
    ("Refuse expired cards", "bug", 1, -4, -1, "alan", "pending", (3,)),
    ("Test payments by card", "testing", 1, 1, 4, "edsger", "pending", (3, 4)),
    ("Show the catalogue", "story", 0, -6, 12, "hedy", "in_progress", ()),
    ("Draw the product page", "general", 6, -6, -3, "hedy", "completed", ()),
    ("Build the product page", "code_generation", 6, -3, 6, "alan", "pending", (7,)),
    ("Measure how fast it is", "monitoring", 6, 6, 9, None, "pending", (8,)),
    ("Deploy the shop", "deployment", 0, 10, 12, "alan", "pending", (5, 8)),
    ("Print flyers", "general", None, -8, -5, "hedy", "cancelled", ()),
)
HANDLERS: Final = json.dumps(
    [
        {"handler": "send_receipt", "title": "Send a receipt", "queue": "seed", "max_retries": 0},
        {"handler": "count_stock", "title": "Count what is in stock", "queue": "seed", "max_retries": 0},
    ]
)
WORKFLOW: Final = """\
name: deliver
steps:
  - {id: build, run: echo built}
  - {id: unit, run: echo tested, needs: build}
  - {id: browser, run: echo clicked, needs: build}
  - {id: publish, run: echo published, needs: [unit, browser]}
"""
INSERT: Final = """
insert into stateroom.tasks (project_id, title, type, parent_task_id, start_date, end_date, assigned_user_id, priority,
    tags)
values ($1, $2, $3, $4, stateroom.now() + $5 * interval '1 day', stateroom.now() + $6 * interval '1 day', $7, $8, $9)
returning id"""
DEPENDS: Final = "insert into stateroom.task_dependencies (task_id, depends_on_task_id) values ($1, $2)"
SCHEDULE: Final = "select stateroom.create_schedule($1, $2, $3, $4, $5, 'Europe/Paris', '{}', $6)"
LEASE_SECONDS: Final = 600


class Example:
    """Makes the example; `made` counts what there is of each kind afterwards."""

    def __init__(self, app: Connection) -> None:
        """Write with a connection of stateroom_app that nobody else uses."""
        self._app = app
        self._people: dict[str, UUID] = {}
        self.made: Counter[str] = Counter()

    async def make(self, local: UUID) -> None:
        """Make what people make, all or nothing.

        Raises:
            Conflict: somebody has one of the names already.
        """
        async with self._app.transaction():
            await self._make_people(local)
            shop = await self._make_project("Shop", "What is sold, and how", "project")
            secret = await self._make_project("Prices", "Not for everybody", "assigned")
            tasks = await self._make_tasks(shop)
            await self._make_secret(secret)
            await self._talk(shop, tasks)
            await self._make_work(shop)

    @asynccontextmanager
    async def _acting(self, name: str) -> AsyncGenerator[Connection]:
        """Go on as this person, as the API would let them."""
        role = PEOPLE[name][1]
        login = "stateroom_admin" if role == "admin" else "stateroom_user"
        await self._become(login, self._people[name], role)
        yield self._app

    async def _become(self, login: str, user: UUID, role: str) -> None:
        await self._app.execute("set local role none")  # only the login itself says whom it acts for
        await self._app.execute("select set_config('role', $1, true), stateroom.set_context($2, $3)", login, user, role)

    async def _make_people(self, local: UUID) -> None:
        await self._become("stateroom_admin", local, "admin")
        taken = await self._app.fetch("select username from stateroom.users where username = any ($1)", list(PEOPLE))
        if taken:
            names = ", ".join(sorted(row["username"] for row in taken))
            raise Conflict(f"there are people of these names already: {names}", hint="fill a fresh database")
        create = "select stateroom.create_user($1, $2, $3, $4)"
        for name, (full, role) in PEOPLE.items():
            self._people[name] = await self._app.fetchval(create, name, f"{name}@example.com", full, role)
        self.made["people"] = len(PEOPLE)

    async def _make_project(self, name: str, description: str, visibility: str) -> UUID:
        async with self._acting("grace") as app:
            create = "select stateroom.create_project($1, $2, $3)"
            project = await app.fetchval(create, name, description, visibility)
            for member, role in MEMBERS.items():
                await app.execute("select stateroom.set_member($1, $2, $3)", project, self._people[member], role)
        self.made["projects"] += 1
        return project

    async def _make_tasks(self, project: UUID) -> list[UUID]:
        tasks: list[UUID] = []
        async with self._acting("grace") as app:
            for number, (title, kind, above, begins, ends, who, _, needs) in enumerate(TASKS):
                task = await app.fetchval(
                    *(INSERT, project, title, kind, None if above is None else tasks[above], begins, ends),
                    *(None if who is None else self._people[who], (0, 2, 5, 8, 10)[number % 5], ["shop", kind]),
                )
                for need in needs:
                    await app.execute(DEPENDS, task, tasks[need])
                    self.made["dependencies"] += 1
                tasks.append(task)
        set_status = "select stateroom.set_task_status($1, $2, $3)"
        async with self._acting("ada") as app:
            for task, (*_, status, _needs) in zip(tasks, TASKS, strict=True):
                for step in {"completed": ("in_progress", "completed")}.get(status, (status,)):
                    if step != "pending":
                        await app.execute(set_status, task, step, "as the example says")
        self.made["tasks"] += len(tasks)
        return tasks

    async def _make_secret(self, project: UUID) -> None:
        async with self._acting("grace") as app:
            for title, who in (("Agree on discounts", "alan"), ("Compare with others", "grace")):
                await app.execute(INSERT, project, title, "general", None, 0, 5, self._people[who], 5, ["prices"])
                self.made["tasks"] += 1

    async def _talk(self, project: UUID, tasks: list[UUID]) -> None:
        send = "select stateroom.send_message($1, $2, $3, $4, null, $5)"
        report = "select stateroom.report_issue($1, $2, $3, $4)"
        async with self._acting("grace") as app:
            await app.execute(send, project, "Welcome! @alan, payments come first.", "general", None, tasks[1])
            await app.execute(
                send, project, "Can you show me the page tomorrow?", "general", self._people["hedy"], None
            )
        async with self._acting("hedy") as app:
            await app.execute(send, project, "Yes, at ten.", "general", self._people["grace"], tasks[7])
            await app.execute(report, project, "The logo is blurred", "On small screens, in the header.", "low")
        async with self._acting("alan") as app:
            await app.execute(
                send, project, "The provider's sandbox refuses every second card.", "payments", None, tasks[3]
            )
            await app.execute(report, project, "Checkout fails with an empty basket", "It says 500.", "high")
            await app.execute(report, project, "Receipts are sent twice", None, "critical")
        self.made.update({"messages": 4, "issues": 3})

    async def _make_work(self, project: UUID) -> None:
        definition = json.dumps(load_text(WORKFLOW, "deliver.yaml").definition)
        async with self._acting("grace") as app:
            publish = "select workflow_id from stateroom.publish_workflow($1, 'deliver', $2)"
            workflow = await app.fetchval(publish, project, definition)
            routines = await app.fetch("select stateroom.register_handlers($1, $2) as id", project, HANDLERS)
            now = await app.fetchval("select stateroom.now()")
            await app.execute(
                SCHEDULE, project, "deliver at night", workflow, None, "0 3 * * *", _first("0 3 * * *", now)
            )
            await app.execute(
                SCHEDULE, project, "count stock", None, routines[1]["id"], "@hourly", _first("@hourly", now)
            )
            await app.execute("select stateroom.register_agent($1, 'reviewer', 'ai', '[\"review\"]')", project)
        async with self._acting("alan") as app:
            await app.execute("select stateroom.start_workflow($1)", workflow)
            enqueue = "select stateroom.enqueue('send_receipt', $1, $2, p_run_at => $3)"
            for number in range(6):
                later = _first("@hourly", now) if number == 5 else None
                await app.execute(enqueue, json.dumps({"order": 1000 + number}), project, later)
        self.made.update({"workflows": 1, "schedules": 2, "agents": 1, "workflow runs": 1, "task runs": 6})


def _first(rule: str, now: datetime) -> datetime:
    return next_times(rule, "Europe/Paris", after=now)[0]


async def play_worker(engine: Connection) -> None:
    """Execute some of the runs as a worker would: two succeed, one fails, one goes on, one waits in the queue."""
    session = uuid4()
    info = SessionInfo(
        id=session,
        agent="seed",
        host="localhost",
        pid=1,
        capacity=4,
        queues=("seed",),
        handlers=(),
        version=__version__,
    )
    await calls.open_session(engine, info, LEASE_SECONDS)
    claimed = await calls.claim(engine, session, 4, [Cursor("seed", rank) for rank in range(11)])
    ended = claimed[:2]
    results = ['{"sent": true}'] * len(ended)
    await calls.complete(
        engine, session, [run.run for run in ended], [run.token for run in ended], results, [None] * len(ended)
    )
    error = json.dumps({"type": "AddressError", "message": "the address has no @", "retry": False})
    await calls.fail(engine, session, [Failure(run.run, run.token, error) for run in claimed[2:3]])
