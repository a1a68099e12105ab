"""A run as its events tell it: lint, two tests, one of which fails once, then a build that fails."""

from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


def at(seconds):
    return (BEGIN + timedelta(seconds=seconds)).isoformat()


def step(key, state="waiting", **more):
    index = more.get("map_index")
    base = {
        "id": key if index is None else f"{key}-{index}",
        "task_id": f"task-{key}",
        "step_key": key,
        "title": key,
        "map_index": None,
        "matrix": None,
        "layer": 0,
        "needs": [],
        "action": "command",
        "handler": None,
        "command": "true",
        "queue": "default",
        "state": state,
        "attempt": 0,
        "max_retries": 0,
        "run_at": None,
        "waiting_on": None,
        "exit_code": None,
        "agent_name": None,
        "error_type": None,
        "error_message": None,
        "parts": None,
        "progress": None,
        "last_line": None,
        "created_at": at(0),
        "started_at": None,
        "finished_at": None,
        "duration_ms": None,
    }
    return base | more


def done(key, state="succeeded", begun=0.0, ended=1.0, **more):
    took = {"started_at": at(begun), "finished_at": at(ended), "duration_ms": round((ended - begun) * 1000)}
    return step(key, state, **({"attempt": 1} | took | more))


def run(state="running", total=5, **counts):
    progress = dict.fromkeys(("done", "succeeded", "failed", "cancelled", "skipped", "running", "waiting"), 0) | counts
    return {
        "id": "0198c0de-0000-7000-8000-00000000cafe",
        "workflow_id": "w",
        "workflow": "ci",
        "project_id": "p",
        "version": 3,
        "run_number": 12,
        "state": state,
        "trigger": "api",
        "trigger_data": {},
        "environment": None,
        "env": {},
        "result": None,
        "error_message": None,
        "started_at": at(0),
        "finished_at": None if state == "running" else at(9),
        "duration_ms": None if state == "running" else 9000,
        "triggered_by": None,
        "progress": progress | {"total": total, "percent": 100 * progress["done"] / total},
    }


def line(task_run, message, number=1, **more):
    base = {
        "id": f"{task_run}-{number}",
        "task_run_id": task_run,
        "step_key": task_run.partition("-")[0],
        "map_index": None,
        "attempt": 1,
        "line_no": number,
        "part_no": None,
        "stream": "stdout",
        "level": "info",
        "message": message,
        "logged_at": at(number),
    }
    return base | more


def snapshot(steps, **counts):
    return {
        "event": "snapshot",
        "id": "1",
        "data": run(total=len(steps), **counts) | {"steps": steps, "steps_total": len(steps), "layers": []},
    }


def event(kind, data):
    return {"event": kind, "id": "2", "data": data}


PY = {"layer": 1, "needs": [{"step": "lint", "condition": "success"}], "max_retries": 2}
ONE = PY | {"map_index": 0, "matrix": {"python": "3.11"}}
TWO = PY | {"map_index": 1, "matrix": {"python": "3.12"}}
BUILD = {"layer": 2, "needs": [{"step": "test", "condition": "success"}]}
DEPLOY = {"layer": 3, "needs": [{"step": "build", "condition": "success"}]}

PARTS = [{"name": "Install", "state": "succeeded"}, {"name": "Run the tests", "state": "running"}]

EVENTS = [
    snapshot(
        [
            step("lint", "queued"),
            step("test", **ONE),
            step("test", **TWO),
            step("build", **BUILD),
            step("deploy", **DEPLOY),
        ],
        waiting=5,
    ),
    event("steps", [step("lint", "running", attempt=1, started_at=at(0.2))]),
    event("logs", [line("lint", "All checks passed!")]),
    event("steps", [done("lint", begun=0.2, ended=1.4)]),
    event(
        "steps",
        [
            step("test", "running", attempt=1, started_at=at(1.5), **ONE),
            step("test", "running", attempt=1, started_at=at(1.5), parts=PARTS, **TWO),
        ],
    ),
    event("logs", [line("test-1", "collected \x1b[31m120\x1b[0m items\a")]),
    event("run", run(running=2, done=1, succeeded=1, waiting=2)),
    event("steps", [step("test", "scheduled", attempt=1, run_at=at(4), error_message="exit status 1\nmore", **ONE)]),
    event("steps", [step("test", "running", attempt=2, started_at=at(4), **ONE)]),
    event("steps", [done("test", begun=4, ended=6, **(ONE | {"attempt": 2})), done("test", begun=1.5, ended=7, **TWO)]),
    event("steps", [done("build", "failed", 7, 9, exit_code=2, error_message="exit status 2", **BUILD)]),
    event("steps", [step("deploy", "skipped", **DEPLOY)]),
    event("end", run("failed", done=5, succeeded=3, failed=1, skipped=1)),
]
