"""Short ways to read a file's text and to look at what came out."""

from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from stateroom.domains.workflows.files import Loaded, load_text


@pytest.fixture
def read() -> Callable[..., Loaded]:
    """Read an indented text as the file `file.yml`."""

    def read(text: str, *, skip_unsupported: bool = False) -> Loaded:
        return load_text(dedent(text), "file.yml", skip_unsupported=skip_unsupported)

    return read


@pytest.fixture
def problems(read) -> Callable[..., list[str]]:
    """Return the problems of a text as `line:column kind message`, without what is merely not applied."""

    def problems(text: str, *, skip_unsupported: bool = False) -> list[str]:
        found = read(text, skip_unsupported=skip_unsupported).problems
        return [f"{p.line}:{p.column} {p.kind} {p.message}" for p in found if p.kind != "not_applied"]

    return problems


@pytest.fixture
def steps(read) -> Callable[..., dict[str, dict[str, Any]]]:
    """Return the steps of a text that has to be ok, by key."""

    def steps(text: str, *, skip_unsupported: bool = False) -> dict[str, dict[str, Any]]:
        loaded = read(text, skip_unsupported=skip_unsupported)
        assert loaded.ok, loaded.problems
        return {step["key"]: step for step in loaded.definition["steps"]}

    return steps
