"""A random walk through the engine's verbs, beside a model in plain Python that says where every run must stand."""

import asyncio
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import asyncpg
import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from lab import Lab, step

from stateroom.engine import calls
from stateroom.engine.types import Claim

pytestmark = [pytest.mark.both, pytest.mark.timeout(600)]

THOROUGH = os.environ.get("CI") == "true"
WALK = settings(
    max_examples=60 if THOROUGH else 12,
    stateful_step_count=40 if THOROUGH else 30,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # each step is a real transaction: shrinking takes minutes, a walk is short enough to read
    suppress_health_check=list(HealthCheck),
)
FINAL = {"succeeded", "failed", "cancelled", "timed_out", "skipped"}
BAD = {"failed", "timed_out", "cancelled"}
PICK = st.integers(0, 1000)
LATER = 30
ALLOWED = "select machine, from_state, to_state from stateroom.state_transitions"
EMPTY = """
truncate stateroom.waiting_runs, stateroom.delayed_runs, stateroom.ready_runs, stateroom.leases, stateroom.run_progress,
    stateroom.finished_runs, stateroom.agent_sessions, stateroom.task_runs, stateroom.task_run_attempts,
    stateroom.workflow_runs
"""


@dataclass(eq=False)
class Run:
    """What the model knows of one task run."""

    id: object
    step: "Step | None" = None
    most_retries: int = 0
    place: str = "queued"
    failures: int = 0
    losses: int = 0
    told_to_stop: bool = False
    failed_above: bool = False
    counts_on: bool = False  # cancelled while it waited: what is below hears of it when its own needs have ended
    claim: Claim | None = None
    session: int = 0

    @property
    def done(self) -> bool:
        return self.place in FINAL and not self.counts_on

    @property
    def failed(self) -> bool:
        """Whether what stands below must count it as a failure."""
        if self.place == "skipped":
            return self.failed_above
        return self.place in {"failed", "timed_out"} and not (self.step and self.step.passes)

    @property
    def ok(self) -> bool:
        return self.place == "succeeded" or (self.place in {"failed", "timed_out"} and self.step.passes)


@dataclass(eq=False)
class Step:
    """One step with its runs, of which there are several if it has a matrix."""

    needs: list[tuple["Step", str]]
    passes: bool
    runs: list[Run] = field(default_factory=list)

    def below(self, steps: "list[Step]") -> "list[Step]":
        """All steps that need this one, directly or not, in order."""
        found: list[Step] = []
        for each in steps:
            if any(need is self or need in found for need, _ in each.needs):
                found.append(each)
        return found


@dataclass(eq=False)
class Graph:
    """A workflow run."""

    id: object
    steps: list[Step]
    cancelled: bool = False

    @property
    def runs(self) -> list[Run]:
        return [run for each in self.steps for run in each.runs]

    @property
    def state(self) -> str:
        if not all(run.done for run in self.runs):
            return "running"
        if self.cancelled:
            return "cancelled"
        if any(run.place in {"failed", "timed_out"} and not run.step.passes for run in self.runs):
            return "failed"
        return "cancelled" if any(run.place == "cancelled" for run in self.runs) else "succeeded"

    def settle(self) -> None:
        """Decide for all that waits and need not wait any longer; steps are in topological order."""
        for each in self.steps:
            parents = [(run, condition) for need, condition in each.needs for run in need.runs]
            if not all(run.done for run, _ in parents):
                continue
            failed_above = any(run.failed for run, _ in parents)
            unmet = any(condition == "success" and not run.ok for run, condition in parents)
            needs_failure = any(condition == "failure" for _, condition in parents)
            for run in each.runs:
                run.counts_on = False
                if run.place == "waiting":
                    goes = not unmet and (failed_above or not needs_failure)
                    run.place, run.failed_above = ("queued", False) if goes else ("skipped", failed_above)


@st.composite
def graphs(draw) -> list[dict]:
    """Up to seven steps: conditions, matrices, continue_on_error and retries of all kinds."""
    steps = []
    for no in range(draw(st.integers(1, 7))):
        needs = {}
        for parent in draw(st.lists(st.integers(0, no - 1), max_size=3, unique=True)) if no else []:
            needs[parent] = draw(st.sampled_from(["success", "success", "success", "failure", "always"]))
        steps.append(
            {
                "needs": needs,
                "passes": draw(st.integers(0, 3)) == 0,
                "width": draw(st.sampled_from([0, 0, 0, 1, 2, 3])),
                "retries": draw(st.sampled_from([0, 0, 1])),
            }
        )
    return steps


class Engine(RuleBasedStateMachine):
    """Drives the real engine and the model with the same moves."""

    def __init__(self, runner: asyncio.Runner, lab: Lab):
        super().__init__()
        self.runner, self.lab = runner, lab
        self.alone: list[Run] = []
        self.graphs: list[Graph] = []
        self.stale: list[Claim] = []
        runner.run(lab.people.execute(EMPTY))
        self.sessions = [runner.run(lab.open_session()) for _ in range(2)]
        self.allowed = runner.run(lab.people.fetch(ALLOWED))
        self.before: dict[object, str] = {}

    # What there is

    def all(self) -> Iterator[Run]:
        yield from self.alone
        for graph in self.graphs:
            yield from graph.runs

    def at(self, *places: str) -> list[Run]:
        return [run for run in self.all() if run.place in places]

    def running(self, pick: int) -> Run:
        found = self.at("running")
        return found[pick % len(found)]

    def end(self, run: Run, place: str) -> None:
        """The lease is gone; a run that was told to stop does not go back into the queue."""
        self.stale.append(run.claim)
        if place not in FINAL and run.told_to_stop:
            place = "cancelled"
        run.place, run.claim, run.told_to_stop, run.failed_above = place, None, False, False
        self.settle()

    def settle(self) -> None:
        for graph in self.graphs:
            graph.settle()

    # What begins

    @rule(retries=st.sampled_from([0, 1]), later=st.booleans(), priority=st.integers(0, 10))
    def enqueue(self, retries, later, priority):
        run_at = self.runner.run(self.lab.people.fetchval("select stateroom.now() + interval '30 seconds'"))
        options = {"p_run_at": run_at} if later else {}
        run = self.runner.run(self.lab.enqueue(f"retries{retries}", p_priority=priority, **options))
        self.alone.append(Run(run, most_retries=retries, place="scheduled" if later else "queued"))

    @rule(shape=graphs())
    def start(self, shape):
        self.runner.run(self._start(shape))
        self.settle()

    async def _start(self, shape: list[dict]) -> None:
        definition, steps = [], []
        for no, each in enumerate(shape):
            needs = [(f"s{parent}", condition) for parent, condition in each["needs"].items()]
            matrix = [{"n": n} for n in range(each["width"])] or None
            more = {"matrix": matrix, "continue_on_error": each["passes"], "max_retries": each["retries"]}
            definition.append(step(f"s{no}", *needs, **more))
            steps.append(
                Step([(steps[parent], condition) for parent, condition in each["needs"].items()], each["passes"])
            )
        graph = Graph(await self.lab.start(*definition), steps)
        rows = await self.lab.people.fetch(
            "select r.id, t.step_key from stateroom.task_runs r join stateroom.tasks t on t.id = r.task_id"
            " where r.workflow_run_id = $1 order by t.execution_order, r.map_index",
            graph.id,
        )
        for row in rows:
            no = int(row["step_key"][1:])
            steps[no].runs.append(Run(row["id"], steps[no], shape[no]["retries"], "waiting"))
        assert [len(each.runs) for each in steps] == [max(each["width"], 1) for each in shape]
        self.graphs.append(graph)

    @rule(session=st.integers(0, 1), limit=st.integers(1, 6))
    def claim(self, session, limit):
        queued = {run.id: run for run in self.at("queued")}
        claims = self.runner.run(self.lab.claim(limit, session=self.sessions[session]))
        if not self.at("cancelled"):  # else a claim may have cleared away what was cancelled in the queue
            assert len(claims) == min(limit, len(queued))
        for claim in claims:
            run = queued.pop(claim.run)  # a run that stands elsewhere, or is given out twice, is not here
            run.place, run.claim, run.session = "running", claim, session

    # What ends

    @precondition(lambda self: self.at("running"))
    @rule(pick=PICK, place=st.sampled_from(["succeeded", "succeeded", "succeeded", "skipped"]))
    def complete(self, pick, place):
        run = self.running(pick)
        details = '{"state": "skipped"}' if place == "skipped" else None
        session = self.sessions[run.session]
        assert self.runner.run(self.lab.complete(run.claim, session=session, details=details)) == []
        self.end(run, place)

    @precondition(lambda self: self.at("running"))
    @rule(pick=PICK, again=st.booleans(), state=st.sampled_from(["failed", "timed_out"]))
    def fail(self, pick, again, state):
        run = self.running(pick)
        assert self.runner.run(self.lab.fail(run.claim, retry=again, state=state, delay_seconds=LATER)) == []
        stopped = run.told_to_stop
        retried = again and run.failures < run.most_retries and not stopped
        run.failures += 1
        self.end(run, "scheduled" if retried else "cancelled" if stopped else state)

    @precondition(lambda self: self.at("running"))
    @rule(pick=PICK, delay=st.sampled_from([0, LATER]), snooze=st.booleans())
    def give_back(self, pick, delay, snooze):
        run = self.running(pick)
        held = [(run.claim.run, run.claim.token)]
        if snooze:
            self.runner.run(calls.snooze(self.lab.engine, held, [float(delay)]))
        else:
            self.runner.run(calls.release(self.lab.engine, held, "drained", delay=delay))
        self.end(run, "scheduled" if delay else "queued")

    @precondition(lambda self: self.stale)
    @rule(pick=PICK, fails=st.booleans())
    def write_late(self, pick, fails):
        claim = self.stale[pick % len(self.stale)]
        refused = self.runner.run(self.lab.fail(claim) if fails else self.lab.complete(claim))
        assert refused == [claim.run]

    # What people do

    @precondition(lambda self: any(self.all()))
    @rule(pick=PICK)
    def cancel_a_task_run(self, pick):
        runs = list(self.all())
        run = runs[pick % len(runs)]
        if run.place in FINAL:
            self.refused("cancel_run", run.id)
        elif run.place == "running":
            assert self.runner.run(self.lab.verb("cancel_run", run.id)) == "cancelling"
            run.told_to_stop = True
        else:
            assert self.runner.run(self.lab.verb("cancel_run", run.id)) == "cancelled"
            run.counts_on = run.place == "waiting"
            run.place = "cancelled"
            self.settle()

    @precondition(lambda self: self.graphs)
    @rule(pick=PICK)
    def cancel_a_workflow_run(self, pick):
        graph = self.graphs[pick % len(self.graphs)]
        if graph.state != "running":
            self.refused("cancel_run", graph.id)
            return
        answer = self.runner.run(self.lab.verb("cancel_run", graph.id))
        graph.cancelled = True
        for run in graph.runs:
            run.counts_on = False
            if run.place == "running":
                run.told_to_stop = True
            elif run.place not in FINAL:
                run.place = "cancelled"
        assert answer == ("cancelled" if graph.state == "cancelled" else "cancelling")

    @precondition(lambda self: any(self.all()))
    @rule(pick=PICK)
    def retry_a_task_run(self, pick):
        runs = [(run, None) for run in self.alone] + [(run, graph) for graph in self.graphs for run in graph.runs]
        run, graph = runs[pick % len(runs)]
        if run.place not in BAD or (graph and graph.state == "running"):
            self.refused("retry_run", run.id)
        elif graph is None:
            assert self.runner.run(self.lab.verb("retry_run", run.id)) == 1
            self.put_back(run, "queued")
        else:
            self.retry(graph, run.id, [run])

    @precondition(lambda self: self.graphs)
    @rule(pick=PICK)
    def retry_a_workflow_run(self, pick):
        graph = self.graphs[pick % len(self.graphs)]
        if graph.state in BAD:
            self.retry(graph, graph.id, [run for run in graph.runs if run.place in BAD])
        else:
            self.refused("retry_run", graph.id)

    def retry(self, graph: Graph, named: object, roots: list[Run]) -> None:
        below = {id(each) for root in roots for each in root.step.below(graph.steps)}
        again = {id(run): run for each in graph.steps if id(each) in below for run in each.runs}
        again |= {id(run): run for run in roots}
        assert self.runner.run(self.lab.verb("retry_run", named)) == len(again)
        for run in again.values():
            self.put_back(run, "waiting")
        graph.cancelled = False
        self.settle()

    def put_back(self, run: Run, place: str) -> None:
        run.place, run.failures, run.losses, run.failed_above = place, 0, 0, False

    def refused(self, verb: str, run: object) -> None:
        with pytest.raises(asyncpg.PostgresError) as caught:
            self.runner.run(self.lab.verb(verb, run))
        assert caught.value.sqlstate == "SR409"

    # What time does

    @rule()
    def an_hour_comes(self):
        self.runner.run(self._pass_time())
        for run in self.at("scheduled"):
            run.place = "queued"

    async def _pass_time(self) -> None:
        for session in self.sessions:
            await calls.heartbeat(self.lab.engine, session, 3700, [])
        await self.lab.db.shift("1 hour")
        for session in self.sessions:
            await calls.heartbeat(self.lab.engine, session, LATER, [])
        assert await calls.promote_due(self.lab.engine) == len(self.at("scheduled"))

    @rule(no=st.integers(0, 1))
    def a_session_dies(self, no):
        held = [run for run in self.at("running") if run.session == no]
        self.runner.run(self._die(no, len(held)))
        for run in held:
            run.losses += 1
            self.end(run, "cancelled" if run.told_to_stop else "failed" if run.losses >= 3 else "queued")

    async def _die(self, no: int, held: int) -> None:
        other = self.sessions[1 - no]
        await calls.heartbeat(self.lab.engine, other, 600, [])
        await self.lab.db.shift("31 seconds")
        await calls.heartbeat(self.lab.engine, other, LATER, [])
        assert await calls.rescue_expired(self.lab.engine) == held
        self.sessions[no] = await self.lab.open_session()

    # What must always hold

    @invariant()
    def the_database_agrees(self):
        self.runner.run(self._agree())
        now = {run.id: ("task_run", run.place) for run in self.all()}
        now |= {graph.id: ("workflow_run", graph.state) for graph in self.graphs}
        moves = {(machine, self.before.get(each), state) for each, (machine, state) in now.items()}
        moves = {move for move in moves if move[1] not in {move[2], None}}
        assert not moves - {tuple(row) for row in self.allowed}, "states follow each other as state_transitions says"
        self.before = {each: state for each, (_, state) in now.items()}

    async def _agree(self) -> None:
        assert await self.lab.problems() == []
        ids = [run.id for run in self.all()]
        rows = await self.lab.as_admin("select id, state from stateroom.task_run_states where id = any($1)", ids)
        assert {row["id"]: row["state"] for row in rows} == {run.id: run.place for run in self.all()}
        query = "select id, state from stateroom.workflow_runs where id = any($1)"
        rows = await self.lab.people.fetch(query, [graph.id for graph in self.graphs])
        assert {row["id"]: row["state"] for row in rows} == {graph.id: graph.state for graph in self.graphs}

    def teardown(self):
        """Drive all that is left to its end; then nothing stands anywhere but in the record."""
        while unfinished := self.at("waiting", "scheduled", "queued", "running"):
            self.an_hour_comes()
            for run in self.at("running"):
                self.runner.run(self.lab.complete(run.claim, session=self.sessions[run.session]))
                self.end(run, "succeeded")
            self.claim(0, 1000)
            assert self.at("running") or not self.at("waiting", "scheduled", "queued"), unfinished[0]
        self.runner.run(self._agree())
        self.runner.run(self._leave())

    async def _leave(self) -> None:
        for place in ("waiting_runs", "delayed_runs", "leases", "run_progress"):
            assert await self.lab.people.fetchval(f"select count(*) from stateroom.{place}") == 0, place
        for session in self.sessions:
            assert await calls.close_session(self.lab.engine, session) == 0


async def _open(db) -> Lab:
    people = await asyncpg.connect(db.dsn("maintenance"))
    engine = await asyncpg.connect(db.dsn("engine"))
    lab = Lab(db, people, engine, await people.fetchval("select id from stateroom.projects"))
    handlers = [{"handler": "noop"}] + [{"handler": f"retries{n}", "max_retries": n} for n in (0, 1)]
    await lab.as_admin("select stateroom.register_handlers($1, $2)", lab.project, json.dumps(handlers))
    return lab


@pytest.mark.full
def test_any_walk_through_the_verbs_ends_where_the_model_says(db):
    with asyncio.Runner() as runner:
        lab = runner.run(_open(db))
        try:
            run_state_machine_as_test(lambda: Engine(runner, lab), settings=WALK)
        finally:
            runner.run(lab.engine.close())
            runner.run(lab.people.close())
