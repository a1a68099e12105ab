"""What a workflow or a job says for everything below it: `defaults.run` and `env`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stateroom.domains.workflows.files.expressions import text_of
from stateroom.domains.workflows.files.nodes import Node, ScalarNode
from stateroom.domains.workflows.files.reader import MAX_DIRECTORY

if TYPE_CHECKING:
    from stateroom.domains.workflows.files.scope import Scope
    from stateroom.domains.workflows.files.templates import Templates


@dataclass(frozen=True, slots=True)
class Defaults:
    """`defaults.run`."""

    shell: str | None = None
    working_directory: str | None = None


def read_defaults(node: Node | None, inherited: Defaults, templates: Templates, scope: Scope) -> Defaults:
    """Read `defaults` of a workflow or a job; what it leaves open is inherited."""
    reader = templates.reader
    found = reader.mapping(node, "`defaults`") if node else None
    if found is None:
        return inherited
    reader.keys(found, "`defaults`", ("run",))
    run_node = found.get("run")
    run = reader.mapping(run_node, "`defaults.run`") if run_node else None
    if run is None:
        return inherited
    reader.keys(run, "`defaults.run`", ("shell", "working-directory"))
    shell, directory = run.get("shell"), run.get("working-directory")
    text = inherited.working_directory
    if directory and (read := reader.text(directory, scope.place, longest=MAX_DIRECTORY)):
        text = read if isinstance(directory, ScalarNode) and templates.text(directory, scope) else text
    return Defaults(reader.shell(shell, "`defaults.run.shell`") if shell else inherited.shell, text)


def read_env(node: Node | None, templates: Templates, scope: Scope) -> dict[str, str]:
    """Read `env` of a workflow or a job; a variable with something unsupported in it is left out."""
    variables = templates.reader.env(node, scope.place) if node else {}
    fine = [name for name, value in variables.items() if templates.text(value, scope)]
    return {name: text_of(variables[name].value) for name in fine}
