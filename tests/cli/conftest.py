"""The command line as a function: `stateroom("runs", "--json")` returns status, standard output and standard error."""

import json
from dataclasses import dataclass

import pytest

from stateroom.cli import main


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        return json.loads(self.err)["error"]


@pytest.fixture
def stateroom(monkeypatch, capsys, home):
    monkeypatch.setenv("STATEROOM_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments):
        monkeypatch.setattr("sys.argv", ["stateroom", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main.run()
        printed = capsys.readouterr()
        return Said(int(ended.value.code or 0), printed.out, printed.err)

    return call
