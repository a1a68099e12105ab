"""`stateroom check` says what is wrong, where, and leaves with a status that scripts can use."""

import json

import pytest
from typer.testing import CliRunner

from stateroom.cli.check import app

GOOD = "steps:\n  - {id: a, run: x, matrix: {v: [1, 2]}}\n  - {id: b, run: x}\n"
BAD = "steps:\n  - id: a\n    run: x\n    timout: 1\n"
UNSUPPORTED = "jobs:\n  a: {runs-on: linux, steps: [run: x]}\n  b: {runs-on: macos-14, steps: [run: x]}\n"


@pytest.fixture
def check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, text in (("good.yml", GOOD), ("bad.yml", BAD), ("mac.yml", UNSUPPORTED)):
        (tmp_path / name).write_text(text)
    return lambda *args: CliRunner().invoke(app, args)


def test_a_good_file(check):
    found = check("good.yml")
    assert (found.exit_code, found.output) == (0, "good.yml: ok: good, 2 steps, 3 runs (Stateroom's own YAML)\n")


def test_a_mistake_is_shown_with_its_line(check):
    found = check("bad.yml")
    assert found.exit_code == 2
    assert found.output.splitlines() == [
        "bad.yml:4:5: error: `timout` is not a key of a step with `run`; did you mean `timeout`?",
        "    4 |     timout: 1",
        "            ^",
        "bad.yml: not ok: 1 error",
    ]


def test_several_files_are_all_checked(check):
    found = check("bad.yml", "good.yml", "none.yml")
    assert found.exit_code == 2
    assert "good.yml: ok" in found.output
    assert "none.yml:1:1: error: the file cannot be read: No such file or directory" in found.output


def test_what_is_not_supported_may_be_skipped(check):
    strict, skipping = check("mac.yml"), check("mac.yml", "--skip-unsupported")
    assert (strict.exit_code, skipping.exit_code) == (2, 0)
    assert "mac.yml: not ok: 1 unsupported; --skip-unsupported runs the rest" in strict.output
    assert "mac.yml: ok: mac, 1 step (GitHub Actions)" in skipping.output
    assert "note: job `b` is left out" in skipping.output


def test_json(check):
    found = check("bad.yml", "good.yml", "--json")
    assert found.exit_code == 2
    assert json.loads(found.output) == {
        "files": [
            {"file": "bad.yml", "ok": False, "name": None, "dialect": "stateroom", "steps": 0, "runs": 0},
            {"file": "good.yml", "ok": True, "name": "good", "dialect": "stateroom", "steps": 2, "runs": 3},
        ],
        "problems": [
            {
                "kind": "error",
                "message": "`timout` is not a key of a step with `run`; did you mean `timeout`?",
                "file": "bad.yml",
                "line": 4,
                "column": 5,
            }
        ],
        "ok": False,
    }
    assert json.loads(check("good.yml", "--json").output)["ok"] is True


def test_what_a_file_holds_cannot_steer_the_terminal(check, tmp_path):
    (tmp_path / "bad.yml").write_text('steps:\n  - {id: a, run: x, "\\e[31mred": 1}  # \x1b[2J\n')
    assert "\x1b" not in check("bad.yml").output


def test_no_file_is_a_usage_error(check):
    assert check().exit_code == 2
