"""`stateroom up` with real processes: on a database of its own, and on an embedded one."""

import json
import os
import signal
import socket
import urllib.request

import psutil
import pytest
from command import command, gone, until

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

PLAIN = """
name: plain
steps:
  - id: one
    run: echo first
  - id: two
    needs: one
    run: echo second
"""
FAILING = "name: failing\nsteps:\n  - id: bad\n    run: echo 'no luck'; exit 3\n"
SLOW = "name: slow\nsteps:\n  - id: sleep\n    run: echo begun; sleep 60\n"


@pytest.fixture
def folder(tmp_path):
    """Where files are, and what commands work on a copy of."""
    found = tmp_path / "project"
    found.mkdir()
    for name, text in (("plain", PLAIN), ("failing", FAILING), ("slow", SLOW)):
        (found / f"{name}.yaml").write_text(text)
    return found


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_once_ends_with_the_pipeline(db, folder, port):
    with command("up", "plain.yaml", "--once", "--port", port, env=db.env(), cwd=folder) as up:
        assert up.event("API")["url"] == f"http://127.0.0.1:{port}"
        family = up.family()
        assert up.end() == 0
        assert up.event("end")["state"] == "succeeded"
    assert gone(family)


@pytest.mark.full
def test_it_keeps_its_children_alive_and_others_attach_to_it(db, folder, port):
    with command("up", "--port", port, env=db.env(), cwd=folder) as up:
        up.event("page")
        for service in ("worker", "serve", "scheduler"):
            before = up.child(service)
            os.kill(before, signal.SIGKILL)
            until(lambda name=service, old=before: up.child(name) != old)
        until(lambda: _answers(port))
        said = [each["data"]["service"] for each in up.events if each["event"] == "trouble"]
        assert sorted(said) == ["api", "scheduler", "worker"]
        _attach(up, db.env(), folder, port)
        family = up.family()
        assert up.end(signal.SIGTERM) == 0
        assert gone(family)


def _attach(first, env, folder, port):
    with command("up", "failing.yaml", "--once", env=env, cwd=folder) as second:
        assert second.event("attached")["pid"] == first.process.pid
        assert second.event("API")["url"] == f"http://127.0.0.1:{port}"
        assert second.end() == 1
        assert second.event("end")["state"] == "failed"
        lines = [line["message"] for each in second.events if each["event"] == "logs" for line in each["data"]]
        assert "no luck" in lines
    with command("up", env=env, cwd=folder) as third:
        third.event("page")
        assert third.end(signal.SIGINT) == 0
    assert first.process.poll() is None


@pytest.mark.full
def test_kill_9_leaves_nothing_behind(db, folder, port):
    with command("up", "slow.yaml", "--port", port, env=db.env(), cwd=folder) as up:
        up.event("logs", lambda lines: "begun" in {line["message"] for line in lines})
        family = up.family()
        assert "sleep" in {each.name() for each in family}
        assert up.end(signal.SIGKILL) == -signal.SIGKILL
        until(lambda: gone(family), family)


@pytest.mark.full
def test_an_interrupted_pipeline_has_not_succeeded_and_a_second_signal_ends_at_once(db, folder, port):
    with command("up", "slow.yaml", "--port", port, env=db.env(), cwd=folder) as up:
        up.event("logs", lambda lines: "begun" in {line["message"] for line in lines})
        family = up.family()
        up.process.send_signal(signal.SIGINT)
        up.event("note", lambda said: said["message"].startswith("stopping"))
        assert up.end(signal.SIGINT) == 130
    until(lambda: gone(family), family)


def test_a_busy_port_that_was_asked_for_is_an_error(db, folder):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with command("up", "--port", port, env=db.env(), cwd=folder) as up:
            assert up.end() == 7
            assert f"port {port} on 127.0.0.1 is in use" in json.loads(up.errors[-1])["error"]["message"]


@pytest.mark.full
def test_a_worker_that_cannot_start_is_said_with_its_last_lines(db, folder, port):
    # it can be loaded here, and not where the worker runs
    (folder / "odd.py").write_text(
        "import sys\nfrom stateroom import Stateroom\napp = Stateroom()\n"
        "if 'worker' in sys.argv:\n    raise OSError('no disk')\n"
    )
    with command("up", "--port", port, "--handlers", "odd:app", env=db.env(), cwd=folder) as up:
        assert up.end() == 7
        error = json.loads(up.errors[-1])["error"]
        assert error["message"].startswith("the worker did not start:")
        assert "no disk" in error["message"]


@pytest.mark.full
def test_the_embedded_server_comes_back_and_goes_last(server_home, folder, port):
    env = {"STATEROOM_HOME": str(server_home)}
    with command("up", "--port", port, env=env, cwd=folder) as up:
        server = up.event("database")
        up.event("page")
        os.kill(server["pid"], signal.SIGKILL)
        again = up.event("trouble", lambda said: "port" in said)
        assert again["port"] == server["port"]
        until(lambda: _answers(port))
        with command("run", "plain.yaml", "--wait", env=env, cwd=folder) as run:
            assert run.end() == 0
        family = up.family()
        assert up.end(signal.SIGTERM) == 0
    assert gone(family)
    assert not psutil.pid_exists(server["pid"])


def _answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return json.load(answer)["status"] != "down"
    except OSError:
        return False
