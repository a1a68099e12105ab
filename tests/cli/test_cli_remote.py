"""Commands against a server that runs: one `up`, and the command line beside it."""

import json
import socket

import pytest
from command import command

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

FILE = """
name: {name}
steps:
  - id: build
    run: echo building
  - id: test
    needs: build
    matrix: {{os: [linux, mac]}}
    run: echo "on ${{{{ matrix.os }}}}"
  - id: publish
    needs: test
    run: echo 'cannot publish' >&2; exit 3
"""


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def files(tmp_path):
    for name in ("ci", "big release"):
        (tmp_path / f"{name}.yaml").write_text(FILE.format(name=name))
    return tmp_path


@pytest.mark.full
def test_a_day_at_the_terminal(db, files, port, stateroom):
    with command("up", "--port", port, env=db.env(), cwd=files) as up:
        up.event("page")
        _nothing_yet(stateroom)
        run = stateroom("run", files / "ci.yaml", "--source", files, "--json").json
        _it_fails(stateroom, files)
        _lists_and_details(stateroom, run["id"])
        _output(stateroom)
        _what_can_be_done(stateroom, run["id"])
        _names(stateroom, files)
        _schedules(stateroom)


def _nothing_yet(stateroom):
    assert stateroom("runs").out == "no runs yet; start one: stateroom run FILE\n"
    assert stateroom("schedule", "list").out.startswith("no schedules yet")
    assert (stateroom("show", "latest").status, stateroom("show", "7").status) == (3, 3)


def _it_fails(stateroom, files):
    said = stateroom("run", files / "ci.yaml", "--source", files, "--wait")
    assert said.status == 1
    assert "✗ publish failed: The command ended with exit code 3\n  │ cannot publish\n" in said.out
    assert "✗ ci #2 failed in " in said.out
    assert "next    stateroom logs ci#2, stateroom explain ci#2, stateroom retry ci#2\n" in said.out


def _lists_and_details(stateroom, run_id):
    assert [each.split()[1:3] for each in stateroom("runs").out.splitlines()[1:]] == [["ci", "#2"], ["ci", "#1"]]
    assert [each["id"] for each in stateroom("runs", "--json").json["items"]][1] == run_id
    assert stateroom("runs", "--state", "succeeded").out == "no such runs\n"
    shown = stateroom("show", run_id[-8:])
    assert "    ✓ os=mac " in shown.out
    assert f"id   {run_id}\n" in shown.out
    assert {each["step_key"] for each in stateroom("show", "#1", "--json").json["steps"]} == {
        "build",
        "test",
        "publish",
    }


def _output(stateroom):
    assert "test (os=linux) │ on linux\n" in stateroom("logs", "ci#1").out
    assert stateroom("logs", "1", "--step", "build").out.splitlines()[1] == "building"
    assert stateroom("logs", "1", "--step", "test (os=mac)").out.splitlines()[-1] == "on mac"
    lines = [json.loads(each) for each in stateroom("logs", "1", "--follow", "--json").out.splitlines()]
    assert {"building", "cannot publish"} < {each["message"] for each in lines}
    assert len(stateroom("logs", "1", "--last", "2").out.splitlines()) == 2
    missing = stateroom("logs", "1", "--step", "nowhere")
    assert (missing.status, "It has: build, test, publish" in missing.err) == (3, True)


def _what_can_be_done(stateroom, run_id):
    assert "it failed" in stateroom("explain", "1").out
    assert stateroom("explain", "1", "--json").json["items"][0]["run_id"] == run_id
    assert stateroom("cancel", "1").status == 6
    assert stateroom("retry", "1").out.startswith("1 task run is back to work")
    assert [each["attempt"] for each in _ended(stateroom, "1")["steps"] if each["step_key"] == "publish"] == [2]


def _names(stateroom, files):
    """Numbers are counted per workflow; a name says which."""
    assert stateroom("run", files / "big release.yaml", "--source", files).out.startswith("run 'big release#1' has st")
    ambiguous = stateroom("show", "1")
    assert (ambiguous.status, "'big release#1' (" in ambiguous.err, "ci#1 (" in ambiguous.err) == (2, True, True)
    assert _ended(stateroom, "big release#1")["workflow"] == "big release"
    assert stateroom("show", "big release #1").out.startswith("✗ big release #1  failed")
    assert stateroom("show", "!").status == 2


def _ended(stateroom, run):
    """Follow a run to its end, and show it."""
    assert stateroom("logs", run, "--follow").status == 0
    return stateroom("show", run, "--json").json


def _schedules(stateroom):
    added = stateroom("schedule", "add", "nightly", "0 2 * * *", "--workflow", "ci", "--timezone", "Europe/Berlin")
    assert added.out.startswith("schedule nightly starts workflow ci; the next times are:\n")
    assert added.out.count(" 02:00:00 CE") == 3
    assert (
        stateroom("schedule", "list").out.splitlines()[1].startswith("nightly  workflow ci  0 2 * * *  Europe/Berlin")
    )
    assert stateroom("schedule", "list", "--json").json["items"][0]["name"] == "nightly"
    assert stateroom("schedule", "add", "bad", "0 2 * *", "--workflow", "ci").status == 2
    assert stateroom("schedule", "add", "bad", "@daily", "--workflow", "ci", "--params", "[]").status == 2
    assert stateroom("schedule", "add", "bad", "@daily").status == 2
    assert stateroom("schedule", "add", "bad", "@daily", "--workflow", "nowhere").status == 3
    assert stateroom("schedule", "remove", "nightly").out == "schedule nightly is removed\n"
    assert stateroom("schedule", "remove", "nightly").status == 3
