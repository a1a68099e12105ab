"""A workflow file on its way to the server: read, its problems said, published, started."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from stateroom.cli.check import print_problems
from stateroom.client import Client, Refused
from stateroom.domains.runs.schema import Run
from stateroom.domains.workflows.files import Loaded, load
from stateroom.domains.workflows.schema import Problem as ProblemDict
from stateroom.errors import NotFound


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
            print_problems(file, loaded, err=True)
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


def _refused(file: Path, loaded: Loaded) -> Refused:
    errors = sum(each.kind == "error" for each in loaded.problems)
    unsupported = sum(each.kind == "unsupported" for each in loaded.problems)
    said = [f"{errors} error{'s' if errors > 1 else ''}"] if errors else []
    said += [f"{unsupported} unsupported"] if unsupported else []
    hint = None if errors else "--skip-unsupported leaves these out and runs the rest."
    problems = [ProblemDict(**asdict(each)) for each in loaded.problems]
    return Refused(f"{file} cannot run: {', '.join(said)}", hint=hint, problems=problems)
