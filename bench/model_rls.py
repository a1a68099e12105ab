"""What row security costs on a million tasks: each list beside the same statement with the same conditions by hand."""

import asyncio
import statistics
import sys
import time
from dataclasses import dataclass
from typing import Final

import asyncpg

TASKS = 1_000_000
REPEATS = 15
LOAD: Final = (
    "insert into stateroom.users (username) select 'u' || g from generate_series(0, 999) g",
    (
        "insert into stateroom.projects (owner_id, name, task_visibility) select u.id, 'p',"
        " case when right(u.username, 1) = '7' then 'assigned' else 'project' end::stateroom.task_visibility"
        " from stateroom.users u where u.username ~ '^u[0-9]+$'"
    ),
    (
        "create temp table p as select id, owner_id, row_number() over (order by id) - 1 as no from stateroom.projects"
        " where name = 'p'"
    ),
    (
        "insert into stateroom.project_members (project_id, user_id, role)"
        " select p.id, q.owner_id, case k when 0 then 'maintainer' else 'contributor' end::stateroom.project_role"
        " from p cross join generate_series(0, 9) k join p q on q.no = (p.no + k * 37) % 1000"
    ),
    (
        "insert into stateroom.tasks (project_id, number, title, status, priority, complexity_score, position,"
        " is_delayed, assigned_user_id, created_by, started_at, completed_at)"
        " select p.id, g / 1000 + 1, 'task ' || g, s.status, g % 11, 5, g, false, q.owner_id, p.owner_id,"
        " case s.status when 'in_progress' then now() end, case s.status when 'completed' then now() end"
        " from generate_series(1, {tasks}) g join p on p.no = g % 1000 join p q on q.no = (g * 7) % 1000"
        " cross join lateral (select (array['pending', 'in_progress', 'completed'])[g % 3 + 1]::stateroom.task_status"
        " as status) s"
    ),
    "vacuum analyze stateroom.tasks",
    "analyze stateroom.projects",
    "analyze stateroom.project_members",
)
HAND: Final = (
    "project_id = any ($1) and (project_id = any ($2) or kind <> 'planned' or assigned_user_id = $3"
    " or assigned_role::text = 'developer' or created_by = $3)"
)
PLANNED: Final = "kind = 'planned' and deleted_at is null"
TEXTS: Final = {
    "100 of one project": "select id, title from stateroom.tasks WHERE and project_id = LAST"
    " order by number desc limit 100",
    "100 of all my projects": "select id, title from stateroom.tasks WHERE and LAST::uuid is not null"
    " order by id desc limit 100",
    "one by its id": "select id, title from stateroom.tasks WHERE and id = LAST",
    "count of all my projects": "select count(*) from stateroom.tasks WHERE and LAST::uuid is not null",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One statement: what it costs with row security and without, and the most that it may cost."""

    name: str
    policies_ms: float
    by_hand_ms: float
    most: float

    @property
    def ratio(self) -> float:
        """How many times slower the policies are."""
        return self.policies_ms / max(self.by_hand_ms, 0.001)


def statements(*, own: bool) -> dict[str, str]:
    """Return the measured statements; `own`: with the conditions by hand (three more parameters in front)."""
    where, last = (f"{HAND} and {PLANNED}", "$4") if own else (PLANNED, "$1")
    return {name: text.replace("WHERE", f"where {where}").replace("LAST", last) for name, text in TEXTS.items()}


async def load(owner: asyncpg.Connection, *, tasks: int = TASKS) -> None:
    """Fill an empty database, with the triggers of planned tasks out of the way; the owner is an administrator."""
    await owner.execute("set session_replication_role = replica")
    for statement in LOAD:
        await owner.execute(statement.format(tasks=tasks))


async def measure(owner: asyncpg.Connection, app: asyncpg.Connection, *, version: int = 18) -> list[Row]:
    """Measure each statement both ways, in turn, and return the medians."""
    user = await owner.fetchval("select id from stateroom.users where username = 'u123'")
    members = "select array_agg(project_id) from stateroom.project_members where user_id = $1"
    mine = await owner.fetchval(members, user)
    open_ones = (
        "select array_agg(id) from stateroom.projects"
        " where id = any ($1) and (task_visibility = 'project' or owner_id = $2)"
    )
    seen = await owner.fetchval(open_ones, mine, user)
    task = await owner.fetchval("select id from stateroom.tasks where project_id = $1 limit 1", seen[0])
    most = {"100 of one project": 1.5 if version >= 18 else 2.5, "100 of all my projects": 3.0}
    rows: list[Row] = []
    for name, policies in statements(own=False).items():
        last = task if name == "one by its id" else seen[0]
        hand = statements(own=True)[name]
        guarded, plain = [], []
        for _ in range(REPEATS):
            async with app.transaction():
                await app.execute("select stateroom.set_context($1, 'developer')", user)
                await app.execute("set local role stateroom_user")
                guarded.append(await _time(app, policies, last))
            plain.append(await _time(owner, hand, mine, seen, user, last))
        rows.append(Row(name, statistics.median(guarded), statistics.median(plain), most.get(name, 0)))
    return rows


async def _time(connection: asyncpg.Connection, statement: str, *arguments: object) -> float:
    prepared = await connection.prepare(statement)
    await prepared.fetch(*arguments)
    started = time.perf_counter()
    await prepared.fetch(*arguments)
    return (time.perf_counter() - started) * 1000


async def main(admin_dsn: str, app_dsn: str) -> None:
    """Load an empty database, measure, and print."""
    owner, app = await asyncpg.connect(admin_dsn), await asyncpg.connect(app_dsn)
    await load(owner)
    version = owner.get_server_version().major
    for row in await measure(owner, app, version=version):
        limit = f", at most {row.most}" if row.most else ""
        print(f"{row.name}: {row.policies_ms:.2f} ms, by hand {row.by_hand_ms:.2f} ms, {row.ratio:.2f} x{limit}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
