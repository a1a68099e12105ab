"""A workflow file on its way to the server: read, its problems said, published, started."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self, cast

import typer

from stateroom.cli.check import print_problems
from stateroom.client import Client, Refused
from stateroom.domains.runs.schema import Run
from stateroom.domains.workflows.files import Loaded, load
from stateroom.domains.workflows.schema import Problem as ProblemDict
from stateroom.errors import InvalidInput, NotFound
from stateroom.loading import load_app


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A valid workflow file, and the folder that it works on a copy of."""

    loaded: Loaded
    source: Path
    include_uncommitted: bool

    @classmethod
    def read(
        cls,
        file: Path,
        *,
        source: Path | None,
        include_uncommitted: bool = False,
        skip_unsupported: bool = False,
        as_json: bool = False,
    ) -> Self:
        """Read a file and print its problems to standard error, unless they are to go into a JSON error.

        Raises:
            NotFound: there is no such file, or no such source folder.
            Refused: the file has mistakes, or what is not supported was not to be skipped.
        """
        if not file.is_file():
            raise NotFound(f"there is no file {file}", hint="Give the path of a workflow file.")
        folder = (source or Path()).resolve()
        if not folder.is_dir():
            raise NotFound(f"there is no folder {folder}", hint="Give --source the folder to work on.")
        loaded = load(file, skip_unsupported=skip_unsupported)
        if not as_json:
            _say(file, loaded)
        if not loaded.ok:
            raise _refused(file, loaded)
        return cls(loaded, folder, include_uncommitted)

    @property
    def name(self) -> str:
        """The workflow's name."""
        return str(self.loaded.definition["name"])

    def require_handlers(self, spec: str | None) -> None:
        """Make sure that a worker started with these handlers has all that the file calls.

        Raises:
            InvalidInput: it calls one that they do not have.
        """
        steps = cast("list[dict[str, object]]", self.loaded.definition["steps"])
        called = {str(step["handler"]) for step in steps if step["handler"]}
        known = set(load_app(spec).handlers) if spec else set[str]()
        if missing := sorted(called - known):
            raise InvalidInput(
                f"{self.name} calls the handler {', '.join(missing)}, and "
                + (f"{spec} has only {', '.join(sorted(known)) or 'none'}" if spec else "no handlers are given"),
                hint="Give --handlers PACKAGE.MODULE:APP, where the app has it.",
            )

    async def start(self, client: Client) -> Run:
        """Publish and start it; the same content stays the same version."""
        published = await client.publish(self.name, self.loaded.definition)
        return await client.start_run(
            self.name,
            version=published["version"],
            source=self.source,
            include_uncommitted=self.include_uncommitted,
        )


def _say(file: Path, loaded: Loaded) -> None:
    """Print what keeps the file from running in full, and what is accepted without effect in one line."""
    grave = tuple(each for each in loaded.problems if each.kind in {"error", "unsupported"})
    print_problems(file, replace(loaded, problems=grave), err=True)
    ignored = [each for each in loaded.problems if each.kind == "not_applied"]
    if ignored:
        names = ", ".join(dict.fromkeys(each.message.split("`")[1] for each in ignored if each.message.count("`") > 1))
        typer.echo(f"{file}: not applied here: {names or len(ignored)} (stateroom check {file} says more)", err=True)


def _refused(file: Path, loaded: Loaded) -> Refused:
    errors = sum(each.kind == "error" for each in loaded.problems)
    unsupported = sum(each.kind == "unsupported" for each in loaded.problems)
    said = [f"{errors} error{'s' if errors > 1 else ''}"] if errors else []
    said += [f"{unsupported} unsupported"] if unsupported else []
    hint = None if errors else "--skip-unsupported leaves these out and runs the rest."
    problems = [ProblemDict(**asdict(each)) for each in loaded.problems]
    return Refused(f"{file} cannot run: {', '.join(said)}", hint=hint, problems=problems)
