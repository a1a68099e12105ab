import subprocess
import sys

import pytest

from stateroom.cli import main
from stateroom.cli.exits import Exit, exit_of
from stateroom.errors import Conflict, DatabaseUnavailable, EmbeddedServerError, InvalidInput, NotFound, Unauthorized
from stateroom.version import __version__

SLOW = {"asyncio", "pydantic", "rich", "httpx2", "sqlalchemy", "fastapi", "asyncpg", "yaml"}
BROKEN = "name: x\nsteps:\n  - id: a\n    run: 'true'\n    needs: nowhere\n"


def test_version_starts_at_once():
    """What takes time is imports: this is what 0.1 s stands on, and it does not depend on how busy the machine is."""
    code = f"""
import sys
from stateroom.cli.main import run
sys.argv = ["stateroom", "version"]
try:
    run()
finally:
    print(sorted(sys.modules.keys() & {SLOW}))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[0].startswith(f"stateroom {__version__} ")
    assert done.stdout.splitlines()[1] == "[]"


def test_help_lists_all_commands_and_says_the_exit_statuses(stateroom):
    said = stateroom("--help")
    assert said.status == Exit.OK
    for name in [*(entry.name for entry in main.ENTRIES), "version"]:
        assert f" {name} " in said.out
    for status in Exit:
        assert f"{status:>3d}  {status.meaning}" in said.out


@pytest.mark.parametrize("entry", main.ENTRIES, ids=lambda entry: entry.name)
def test_a_stand_in_says_what_the_command_says(entry):
    command = main.load(entry)
    assert command.help.partition("\n")[0] == entry.help


@pytest.mark.parametrize(("typed", "meant"), [("rnus", "runs"), ("explian", "explain"), ("vers", "version")])
def test_a_mistyped_command_is_guessed(stateroom, typed, meant):
    said = stateroom(typed)
    assert said.status == Exit.USAGE
    assert f"Did you mean '{meant}'" in said.err


def test_a_mistyped_option_is_guessed(stateroom):
    said = stateroom("runs", "--limt", "3")
    assert said.status == Exit.USAGE
    assert "--limit" in said.err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput, Exit.USAGE),
        (NotFound, Exit.NOT_FOUND),
        (DatabaseUnavailable, Exit.UNREACHABLE),
        (Unauthorized, Exit.NOT_ALLOWED),
        (Conflict, Exit.CONFLICT),
        (EmbeddedServerError, Exit.BROKEN),
    ],
)
def test_every_kind_of_error_has_its_status(error, status):
    assert exit_of(error("x")) is status


def test_without_a_token_it_says_what_to_do(stateroom, home):
    said = stateroom("runs")
    assert said.status == Exit.NOT_ALLOWED
    assert said.err == (
        f"error: there is no token in {home}/token\n"
        " hint: Run `stateroom up` first, or set STATEROOM_HOME or STATEROOM_TOKEN.\n"
    )


def test_without_a_server_it_says_where_it_looked(stateroom, monkeypatch):
    monkeypatch.setenv("STATEROOM_TOKEN", "secret")
    monkeypatch.setenv("STATEROOM_URL", "http://127.0.0.1:9")
    said = stateroom("runs", "--json")
    assert said.status == Exit.UNREACHABLE
    assert said.out == ""
    assert said.error["code"] == "not_ready"
    assert "http://127.0.0.1:9" in said.error["message"]


def test_a_setting_without_sense_is_named(stateroom, monkeypatch):
    monkeypatch.setenv("STATEROOM_PORT", "many")
    said = stateroom("runs")
    assert said.status == Exit.USAGE
    assert "STATEROOM_PORT: " in said.err
    assert "'many'" in said.err


@pytest.mark.parametrize("command", ["up", "run"])
def test_a_wrong_file_is_refused_before_anything_starts(stateroom, tmp_path, home, command):
    file = tmp_path / "wrong.yaml"
    file.write_text(BROKEN)
    said = stateroom(command, file)
    assert said.status == Exit.USAGE
    assert f"{file}:5:12: error: " in said.err
    assert f"error: {file} cannot run: 1 error" in said.err
    assert list(home.iterdir()) == []


def test_a_wrong_file_is_told_to_programs(stateroom, tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text(BROKEN)
    said = stateroom("run", file, "--json")
    assert said.status == Exit.USAGE
    assert [(each["kind"], each["line"]) for each in said.error["problems"]] == [("error", 5)]


@pytest.mark.parametrize("command", ["up", "run"])
def test_a_file_that_is_not_there(stateroom, command):
    said = stateroom(command, "nowhere.yaml")
    assert said.status == Exit.NOT_FOUND
    assert "there is no file nowhere.yaml" in said.err


@pytest.mark.parametrize("command", ["up", "run"])
def test_handlers_that_cannot_be_loaded_are_told_before_anything_starts(stateroom, tmp_path, home, command):
    file = tmp_path / "right.yaml"
    file.write_text("name: x\nsteps:\n  - id: a\n    run: 'true'\n")
    said = stateroom(command, file, "--handlers", "no_such_module:app")
    assert said.status == Exit.USAGE
    assert "no_such_module" in said.err
    assert list(home.iterdir()) == []


def test_once_needs_a_file(stateroom):
    assert stateroom("up", "--once").status == Exit.USAGE


def test_what_the_system_refuses_is_no_defect(stateroom, monkeypatch):
    monkeypatch.setenv("STATEROOM_HOME", "/dev/null/home")
    said = stateroom("runs")
    assert said.status == Exit.BROKEN
    assert said.err == "error: Not a directory: /dev/null/home/token\n"


def test_a_defect_is_no_traceback_unless_asked_for(stateroom, monkeypatch):
    monkeypatch.setattr(main, "load", lambda _: 1 / 0)
    said = stateroom("runs")
    assert said.status == Exit.BROKEN
    assert said.err.startswith("error: ZeroDivisionError: division by zero\n")
    assert "Traceback" not in said.err
    monkeypatch.setenv(main.DEBUG, "1")
    with pytest.raises(ZeroDivisionError):
        main.run()
