"""The examples of this repository are valid, and do what they are there to show."""

from pathlib import Path

from stateroom.domains.workflows.files import load

ROOT = Path(__file__).parents[4]


def test_the_pipeline_of_this_repository():
    loaded = load(ROOT / ".github" / "workflows" / "pipeline.yml")
    assert loaded.ok
    assert {problem.kind for problem in loaded.problems} == {"not_applied"}
    steps = {step["key"]: step for step in loaded.definition["steps"]}
    assert list(steps) == ["format", "lint", "types", "tests", "build", "summary"]
    assert [need["step"] for need in steps["build"]["needs"]] == ["format", "lint", "types", "tests"]
    assert {need["condition"] for need in steps["summary"]["needs"]} == {"always"}


def test_hello():
    loaded = load(ROOT / "examples" / "hello.yaml")
    assert loaded.ok
    assert loaded.problems == ()
    steps = {step["key"]: step for step in loaded.definition["steps"]}
    assert [key for key, step in steps.items() if not step["needs"]] == ["fetch", "lint", "greet"]
    assert steps["greet"]["handler"] == "greet"
    assert steps["flaky"]["max_retries"] >= 2


def test_the_handler_of_hello_is_there(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from examples.hello import app

    assert set(app.handlers) == {"greet"}
