"""`uses` in a step: which actions need not be run here, and what is said instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.nodes import MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from stateroom.domains.workflows.files.problems import Report

_REMOTE = re.compile(r"([\w.-]+)/([\w.-]+)((?:/[\w.-]+)*)@(\S+)\Z")
# With these, checkout fetches something else than the working copy that every job starts with.
_ELSEWHERE: Final = ("repository", "ref", "path")
_SAME_REF = re.compile(r"\$\{\{\s*github\.(?:sha|ref|ref_name)\s*\}\}\Z")


def note_for(uses: ScalarNode, inputs: Node | None, report: Report) -> str | None:
    """Return what to say in place of an action; None, with a problem recorded, if it cannot be left out."""
    text = uses.text.strip()
    if text.startswith(("./", "docker://")):
        kind = "actions of the repository" if text.startswith(".") else "actions in containers"
        report.unsupported(uses.mark, f"`uses: {text}`: {kind} are not supported; call the commands in a `run` step")
        return None
    found = _REMOTE.match(text)
    if found is None:
        report.error(
            uses.mark, f"`uses` is {text[:80]!r}; it has to be owner/name@version, such as actions/checkout@v4"
        )
        return None
    owner, name, path = found[1].lower(), found[2].lower(), found[3]
    if owner == "actions" and name == "checkout" and not path:
        return _checkout(inputs, report)
    if owner == "actions" and name.startswith("setup-") and not path:
        tool = name.removeprefix("setup-")
        return f"not run: {text} is left out, the {tool} that this worker has on its PATH is used{_wanted(inputs)}"
    allowed = "actions/checkout and actions/setup-* are accepted (and left out); do this in a `run` step"
    report.unsupported(uses.mark, f"`uses: {text}` is not supported; {allowed}")
    return None


def _checkout(inputs: Node | None, report: Report) -> str | None:
    fine = True
    for key, value in inputs.entries if isinstance(inputs, MapNode) else ():
        same = isinstance(value, ScalarNode) and (not value.text or _SAME_REF.match(value.text.strip()))
        if key.text in _ELSEWHERE and not same:
            fine = False
            message = f"`{key.text}` of actions/checkout is not supported: a job has the one working copy of its source"
            report.unsupported(key.mark, message)
    return "not run: the job has a fresh working copy of the source already" if fine else None


def _wanted(inputs: Node | None) -> str:
    """Quote the versions that the file asks for, as far as they are written out."""
    entries = inputs.entries if isinstance(inputs, MapNode) else ()
    versions = [
        f"{key.text}: {value.text}"
        for key, value in entries
        if key.text.endswith("version") and isinstance(value, ScalarNode) and "${{" not in value.text
    ]
    return f" (the file asks for {', '.join(versions)})" if versions else ""
