"""Executes claimed runs, each to exactly one ending that the completer writes down."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from stateroom.context import Context
from stateroom.engine import calls
from stateroom.engine.types import Claim, Failure, TaskDefinition
from stateroom.handlers import Stateroom
from stateroom.runtime import handling, job
from stateroom.runtime.completer import Completer, Done, Returned
from stateroom.runtime.context import Contexts, needs_status
from stateroom.runtime.definitions import Definitions
from stateroom.runtime.patience import patiently
from stateroom.runtime.processes import GuardLost
from stateroom.runtime.running import Running
from stateroom.runtime.source import Source, describe
from stateroom.runtime.threads import Threads
from stateroom.runtime.transactions import Transactions

UNKNOWN_HANDLER_SECONDS: Final = 5.0
"""How long a run is left to workers that know its handler, before this one looks at it again."""


class Execution:
    """What a worker needs in order to execute runs."""

    def __init__(
        self,
        db: calls.Executor,
        completer: Completer,
        app: Stateroom,
        host: job.Host,
        ended: Callable[[Running], None],
        transactions: Transactions,
    ) -> None:
        """Execute with these, and say of each run when it has ended here."""
        self._ended = ended
        self._transactions = transactions
        self._db = db
        self._completer = completer
        self._app = app
        self._host = host
        self._definitions = Definitions(db)
        self._threads = Threads()

    def close(self) -> None:
        """Let go of the threads; what a handler still does in one is not waited for."""
        self._threads.shutdown()

    async def run(self, running: Running) -> None:
        """Execute one run to its ending; raises nothing but its task's cancellation."""
        try:
            task = running.claim.task
            definition = self._definitions.known(task) or await self._definitions.of(task)
            if running.stop is not None:
                self._stopped(running, None)
            elif definition is None:
                error = {"type": "TaskMissing", "message": "its task does not exist any more", "retry": False}
                self._fail(running, error)
            elif definition.action == "handler":
                await self._run_handler(running, definition)
            else:
                await self._run_command(running, definition)
        except asyncio.CancelledError:
            self._give_back(running, "its worker was stopped")
            raise
        except GuardLost as error:
            self._give_back(running, error.message)
        except Exception as error:  # noqa: BLE001 (whatever goes wrong with one run must not end the worker)
            outcome = handling.failure(error)
            self._fail(
                running, {"type": outcome.error_type, "message": outcome.error_message, "stack": outcome.traceback}
            )
        finally:
            self._ended(running)

    async def _run_handler(self, running: Running, definition: TaskDefinition) -> None:
        claim = running.claim
        handler = self._app.handlers.get(definition.handler or "")
        if handler is None:
            self._give_back(running, f"this worker has no handler {definition.handler}", delay=UNKNOWN_HANDLER_SECONDS)
            return
        payload = claim.input or "{}"
        if claim.workflow_run is not None:
            said = await self._step_input(running, definition)
            if said is None:
                self._completer.done(Done(claim.run, claim.token, None, '{"state": "skipped"}'))
                return
            payload = said
        before = await self._before(claim) if claim.attempt > 1 and handler.wants_context else None
        make = lambda: _context(running, definition, before)  # noqa: E731 (most handlers ask for none)
        if handler.options.transaction:
            work = self._transactions.call(running, definition, handling.Call(handler, payload, make))
        else:
            running.calls(definition.timeout_seconds, definition.heartbeat_timeout_seconds)
            work = handling.call(handler, payload, make, self._threads)
        try:
            outcome = await work
        except asyncio.CancelledError:
            if running.stop is not None:
                self._stopped(running, None)
            elif running.late:
                said = handling.HandlerOutcome("timed_out", error_type="TimedOut", error_message=running.late)
                self._end_handler(running, said)
            else:
                raise
        else:
            self._end_handler(running, outcome)
        finally:
            running.called()

    async def _before(self, claim: Claim) -> Mapping[str, Any] | None:
        said = await patiently(lambda: calls.last_progress(self._db, claim.run))
        return None if said is None else json.loads(said)

    async def _step_input(self, running: Running, definition: TaskDefinition) -> str | None:
        """Return a step's parameters with its expressions filled in; None when its condition is not true."""
        parameters = json.dumps(definition.parameters)
        when = definition.options.get("when")
        if not isinstance(when, str) and "${{" not in parameters:
            return parameters
        work = await self._work(running.claim, definition)
        contexts = Contexts(work)
        if isinstance(when, str) and not contexts.holds(when, needs_status(work)):
            running.line("system", None, f"Skipped, since this is not true: {when}")
            return None
        return json.dumps(_filled(definition.parameters, contexts))

    async def _run_command(self, running: Running, definition: TaskDefinition) -> None:
        claim = running.claim
        outcome = await job.execute(await self._work(claim, definition), running, self._host)
        if outcome.state == "cancelled":
            self._stopped(running, outcome)
        elif outcome.state in {"succeeded", "skipped"}:
            details = {"output": outcome.output, "exit_code": outcome.exit_code, "parts": outcome.parts}
            details["state"] = outcome.state
            result = None if outcome.result is None else json.dumps(outcome.result)
            self._completer.done(Done(claim.run, claim.token, result, json.dumps(details)))
        else:
            self._fail(running, _error(outcome))

    async def _work(self, claim: Claim, definition: TaskDefinition) -> job.Work:
        said = None
        if claim.workflow_run is not None:
            said = await patiently(lambda: calls.run_context(self._db, claim.run))
        context: dict[str, Any] = json.loads(said) if said else {}
        trigger_data: dict[str, Any] = context.get("trigger_data") or {}
        source: dict[str, object] | None = trigger_data.get("source")
        matrix = cast("list[dict[str, object]] | None", definition.options.get("matrix"))
        return job.Work(
            run_id=claim.run,
            token=claim.token,
            attempt=claim.attempt,
            task=definition,
            project_id=definition.project_id,
            workflow_run_id=claim.workflow_run,
            map_index=claim.map_index,
            matrix=None if matrix is None else matrix[claim.map_index or 0],
            workflow_env=context.get("workflow_env", {}),
            run_env=context.get("run_env", {}),
            needs=context.get("needs", {}),
            source=None if source is None else await self._source(source),
            input=json.loads(claim.input) if claim.input else dict(definition.parameters),
            workflow_name=context.get("workflow", ""),
            run_number=context.get("run_number"),
            trigger=context.get("trigger", "manual"),
        )

    async def _source(self, said: Mapping[str, object]) -> Source:
        """Read a source; one that names a folder and no commit, as schedules do, is looked at now."""
        if "sha" in said:
            return Source.from_dict(said)
        path, dirty = Path(str(said["path"])), bool(said.get("include_uncommitted"))
        return await self._host.in_thread(lambda: describe(path, include_uncommitted=dirty))

    def _end_handler(self, running: Running, outcome: handling.HandlerOutcome) -> None:
        claim = running.claim
        match outcome.state:
            case "succeeded":
                # details only when something may have been reported: completing is cheaper without
                details = "{}" if running.reported or claim.attempt > 1 else None
                self._completer.done(Done(claim.run, claim.token, outcome.result, details))
            case "settled":
                return
            case "snoozed":
                self._completer.returned(Returned(claim.run, claim.token, outcome.delay_seconds or 0, None))
            case "failed" | "timed_out":
                error: dict[str, object] = {
                    "state": outcome.state,
                    "type": outcome.error_type,
                    "message": outcome.error_message,
                    "stack": outcome.traceback,
                    "retry": outcome.retry,
                }
                if outcome.delay_seconds is not None:
                    error["delay_seconds"] = outcome.delay_seconds
                self._fail(running, error)

    def _stopped(self, running: Running, outcome: job.Outcome | None) -> None:
        match running.stop:
            case "lost":
                return  # whatever would be written now is refused
            case "released":
                self._give_back(running, "its worker was stopped")
            case "cancelled" | None:
                error = _error(outcome) if outcome is not None else {"state": "cancelled"}
                self._fail(running, error | {"type": None, "message": None})

    def _fail(self, running: Running, error: Mapping[str, object]) -> None:
        self._completer.failed(Failure(running.claim.run, running.claim.token, json.dumps(error)))

    def _give_back(self, running: Running, reason: str, *, delay: float = 0) -> None:
        self._completer.returned(Returned(running.claim.run, running.claim.token, delay, reason))


def _context(running: Running, definition: TaskDefinition, before: Mapping[str, Any] | None) -> Context:
    claim, loop = running.claim, asyncio.get_running_loop()
    return Context(str(claim.run), claim.attempt, definition.title, before, running, running.cancelled, loop)


def _error(outcome: job.Outcome) -> dict[str, object]:
    return {
        "state": outcome.state,
        "type": outcome.error_type,
        "message": outcome.error_message,
        "exit_code": outcome.exit_code,
        "output": outcome.output,
        "parts": outcome.parts,
        "retry": outcome.retry,
    }


def _filled(value: object, contexts: Contexts) -> object:
    """Fill in the expressions of all texts inside a JSON value."""
    if isinstance(value, str):
        return contexts.text(value)
    if isinstance(value, Mapping):
        return {key: _filled(each, contexts) for key, each in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list):
        return [_filled(each, contexts) for each in cast("list[object]", value)]
    return value
