"""A workflow file on its way to the server: read, its problems said, published, started."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import typer

from stateroom.client import Client
from stateroom.domains.runs.schema import Run
from stateroom.domains.workflows.files import Loaded, Problem, load
from stateroom.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A valid workflow file, and the folder that it works on a copy of."""

    loaded: Loaded
    source: Path
    include_uncommitted: bool

    @classmethod
    def read(
        cls, file: Path, *, source: Path | None, include_uncommitted: bool = False, skip_unsupported: bool = False
    ) -> Self:
        """Read a file and print its problems to standard error.

        Raises:
            NotFound: there is no such file, or no such source folder.
            InvalidInput: the file has mistakes, or what is not supported was not to be skipped.
        """
        if not file.is_file():
            raise NotFound(f"there is no file {file}", hint="Give the path of a workflow file.")
        folder = (source or Path()).resolve()
        if not folder.is_dir():
            raise NotFound(f"there is no folder {folder}", hint="Give --source the folder to work on.")
        loaded = load(file, skip_unsupported=skip_unsupported)
        for line in described(loaded.problems):
            typer.echo(line, err=True)
        if not loaded.ok:
            raise _refused(file, loaded)
        return cls(loaded, folder, include_uncommitted)

    @property
    def name(self) -> str:
        """The workflow's name."""
        return str(self.loaded.definition["name"])

    async def start(self, client: Client) -> Run:
        """Publish and start it; the same content stays the same version."""
        published = await client.publish(self.name, self.loaded.definition)
        return await client.start_run(
            self.name,
            version=published["version"],
            source=self.source,
            include_uncommitted=self.include_uncommitted,
        )


def described(problems: Iterable[Problem]) -> list[str]:
    """Return problems as compilers write them; what is accepted without effect is told in one line."""
    lines = [
        f"{each.file}:{each.line}:{each.column}: {each.kind}: {each.message}"
        for each in problems
        if each.kind != "not_applied"
    ]
    ignored = [f"{each.message} (line {each.line})" for each in problems if each.kind == "not_applied"]
    return [*lines, *([f"not applied: {'; '.join(ignored)}"] if ignored else [])]


def _refused(file: Path, loaded: Loaded) -> InvalidInput:
    errors = sum(each.kind == "error" for each in loaded.problems)
    unsupported = sum(each.kind == "unsupported" for each in loaded.problems)
    said = [f"{errors} error{'s' if errors > 1 else ''}"] if errors else []
    said += [f"{unsupported} unsupported"] if unsupported else []
    hint = None if errors else "--skip-unsupported leaves these out and runs the rest."
    return InvalidInput(f"{file} cannot run: {', '.join(said)}", hint=hint)
