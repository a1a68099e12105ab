"""The way into this package: read a file, tell its dialect, return its definition and its problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, TypeAlias

from stateroom.domains.workflows.files.compose import compose
from stateroom.domains.workflows.files.github.workflow import read_github
from stateroom.domains.workflows.files.native.workflow import read_native
from stateroom.domains.workflows.files.nodes import MapNode, described
from stateroom.domains.workflows.files.problems import Kind, Problem, Report, meant
from stateroom.domains.workflows.files.reader import Reader
from stateroom.domains.workflows.files.source import Source
from stateroom.domains.workflows.files.templates import Templates

Dialect: TypeAlias = Literal["stateroom", "github"]
MAX_BYTES: Final = 1024 * 1024
MAX_NAME: Final = 200
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file holds.

    `definition` is empty unless the file is ok. `dialect` is None if the file is too broken to tell.
    """

    definition: dict[str, object]
    problems: tuple[Problem, ...]
    dialect: Dialect | None
    skip_unsupported: bool = field(default=False, kw_only=True)

    @property
    def ok(self) -> bool:
        """Whether the definition can be run."""
        blocking: tuple[Kind, ...] = ("error",) if self.skip_unsupported else ("error", "unsupported")
        return not any(problem.kind in blocking for problem in self.problems)


def load(path: Path, *, skip_unsupported: bool = False) -> Loaded:
    """Read a file; whatever is wrong with it, down to its not being there, is a problem and no exception."""
    name = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return _broken(name, f"the file cannot be read: {error.strerror or error}")
    if len(data) > MAX_BYTES:
        return _broken(name, f"the file is larger than {MAX_BYTES:,} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        message = f"the file is not UTF-8: the byte 0x{data[error.start]:02x} is none of its characters"
        return _broken(name, message, source=Source(name, before), offset=len(before))
    return load_text(text, name, skip_unsupported=skip_unsupported)


def load_text(text: str, file_name: str, *, skip_unsupported: bool = False) -> Loaded:
    """Read the text of a file; `file_name` stands in problems, and names the workflow if it has no name itself."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        return _broken(file_name, f"the file is larger than {MAX_BYTES:,} bytes")
    source, report = Source(file_name, text.removeprefix(_BOM)), Report(file_name)
    root = compose(source, report)
    if root is None:
        return Loaded({}, report.sorted(), None)
    if not isinstance(root, MapNode):
        report.error(root.mark, f"a workflow has to be a mapping, not {described(root)}")
        return Loaded({}, report.sorted(), None)
    dialect = _dialect(root, report)
    if dialect is None:
        return Loaded({}, report.sorted(), None)
    templates = Templates(Reader(source, report))
    name = Path(file_name).stem[:MAX_NAME] or "workflow"
    if dialect == "github":
        workflow = read_github(root, templates, name=name, skip_unsupported=skip_unsupported)
    else:
        workflow = read_native(root, templates, name=name)
    loaded = Loaded({}, report.sorted(), dialect, skip_unsupported=skip_unsupported)
    if workflow is None or not loaded.ok:
        return loaded
    return Loaded(workflow.as_json(), loaded.problems, dialect, skip_unsupported=skip_unsupported)


def _broken(name: str, message: str, *, source: Source | None = None, offset: int = 0) -> Loaded:
    report = Report(name)
    report.error((source or Source(name, "")).mark(offset), message)
    return Loaded({}, report.sorted(), None)


def _dialect(root: MapNode, report: Report) -> Dialect | None:
    """Tell the dialect by the key that each cannot do without."""
    github, native = root.key("jobs"), root.key("steps") or root.key("stages")
    if github and native:
        message = f"`{native.text}` makes this Stateroom's own file, `jobs` one of GitHub Actions; it cannot be both"
        report.error(max(github, native, key=lambda key: key.mark.offset).mark, message)
        return None
    if github or native:
        return "github" if github else "stateroom"
    keys = [key.text for key, _ in root.entries]
    near = next((hint for key in keys if (hint := meant(key, ("jobs", "steps", "stages")))), "")
    message = "this is no workflow: it has neither `jobs` (GitHub Actions) nor `steps` or `stages` (Stateroom's own)"
    report.error(root.mark, message + near)
    return None
