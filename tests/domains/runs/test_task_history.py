"""The newest runs of a task, for those who see it."""

HISTORY = "select array_agg(id) from stateroom.task_history($1, $2, $3)"
OLD = """
insert into stateroom.task_runs (id, task_id, project_id, queue, state, started_at, finished_at)
select stateroom.uuidv7_floor(now() - n * interval '20 days'), $1, $2, 'default', 'failed', now(), now()
from generate_series(1, 6) as n returning id
"""


async def test_a_task_tells_its_newest_runs_first_and_goes_on_from_there(team):
    register = 'select stateroom.register_handlers($1, \'[{"handler": "h"}]\')'
    await team.value("ann", register, team.project)
    task = await team.owner.fetchval("select id from stateroom.tasks where handler = 'h'")
    old = [row["id"] for row in await team.owner.fetch(OLD, task, team.project)]
    async with team.acting("ann") as app:
        enqueue = "select stateroom.enqueue('h', p_project => $1)"
        new = [await app.fetchval(enqueue, team.project) for _ in range(3)]
    both = new[::-1] + old
    assert await team.value("vic", HISTORY, task, 5, None) == both[:5]
    assert await team.value("vic", HISTORY, task, 5, both[4]) == both[5:]
    assert await team.value("vic", HISTORY, task, 0, None) is None
    states = "select array_agg(distinct state::text order by state::text) from stateroom.task_history($1)"
    assert await team.value("vic", states, task) == ["failed", "queued"]
    assert await team.value("eve", HISTORY, task, 20, None) is None
