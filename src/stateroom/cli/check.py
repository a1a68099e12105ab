"""`stateroom check`: say what is wrong with workflow files, and where, without running anything."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final, cast

import typer

from stateroom.cli.exits import Exit
from stateroom.cli.options import JsonFlag
from stateroom.cli.output import print_json
from stateroom.domains.workflows.files import Loaded, Problem, load
from stateroom.domains.workflows.files.problems import Kind
from stateroom.domains.workflows.files.source import Source

app = typer.Typer(add_completion=False)

_COLOURS: Final[dict[Kind, str]] = {"error": "red", "unsupported": "magenta", "not_applied": "yellow", "note": "cyan"}
_DIALECTS: Final = {"stateroom": "Stateroom's own YAML", "github": "GitHub Actions"}
_WIDTH: Final = 160


@dataclass(frozen=True, slots=True)
class Summary:
    """What a file holds: `runs` counts each combination of a matrix."""

    file: str
    ok: bool
    name: str | None
    dialect: str | None
    steps: int
    runs: int


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False, help="Workflow files.")],
    as_json: JsonFlag = False,
    skip_unsupported: Annotated[
        bool, typer.Option("--skip-unsupported", help="Accept files whose unsupported parts would be left out.")
    ] = False,
) -> None:
    """Validate workflow files without running anything.

    Prints every problem as file:line:column: kind: message. Errors, and what is not supported, end with status 2.
    """
    loaded = [(path, load(path, skip_unsupported=skip_unsupported)) for path in files]
    summaries = [_summary(path, each) for path, each in loaded]
    ok = all(summary.ok for summary in summaries)
    if as_json:
        problems = [asdict(problem) for _, each in loaded for problem in each.problems]
        print_json({"files": [asdict(each) for each in summaries], "problems": problems, "ok": ok})
    else:
        for (path, each), summary in zip(loaded, summaries, strict=True):
            print_problems(path, each)
            _say(_conclusion(each, summary))
    if not ok:
        raise typer.Exit(Exit.USAGE)


def _summary(path: Path, loaded: Loaded) -> Summary:
    steps = cast("list[dict[str, list[object] | None]]", loaded.definition.get("steps", []))
    name = loaded.definition.get("name")
    return Summary(
        file=str(path),
        ok=loaded.ok,
        name=name if isinstance(name, str) else None,
        dialect=loaded.dialect,
        steps=len(steps),
        runs=sum(len(step.get("matrix") or [None]) for step in steps),
    )


def print_problems(path: Path, loaded: Loaded, *, err: bool = False) -> None:
    """Print every problem of a file as file:line:column: kind: message, with the line and a caret under its place."""
    source = _source(path)
    for problem in loaded.problems:
        _say(
            f"{problem.file}:{problem.line}:{problem.column}: {_styled(problem)}: {_printable(problem.message)}",
            err=err,
        )
        line = _printable(source.line(problem.line))
        if line.strip() and problem.column <= _WIDTH:
            number = f"{problem.line:>5} | "
            _say(typer.style(number, dim=True) + line[:_WIDTH], err=err)
            caret = typer.style("^", fg=_COLOURS[problem.kind], bold=True)
            _say(" " * (len(number) + problem.column - 1) + caret, err=err)


def _conclusion(loaded: Loaded, summary: Summary) -> str:
    if summary.ok:
        runs = f", {_count(summary.runs, 'run')}" if summary.runs != summary.steps else ""
        what = f"{summary.name}, {_count(summary.steps, 'step')}{runs} ({_DIALECTS.get(summary.dialect or '', '')})"
        return f"{summary.file}: {typer.style('ok', fg='green', bold=True)}: {what}"
    kinds = [problem.kind for problem in loaded.problems]
    errors, unsupported = kinds.count("error"), kinds.count("unsupported")
    said = [_count(errors, "error")] if errors else []
    said += [f"{unsupported} unsupported"] if unsupported else []
    hint = "; --skip-unsupported runs the rest" if not errors else ""
    return f"{summary.file}: {typer.style('not ok', fg='red', bold=True)}: {', '.join(said)}{hint}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _styled(problem: Problem) -> str:
    return typer.style(problem.kind, fg=_COLOURS[problem.kind], bold=True)


def _source(path: Path) -> Source:
    try:
        return Source(str(path), path.read_text(encoding="utf-8-sig", errors="replace"))
    except OSError:
        return Source(str(path), "")


def _printable(text: str) -> str:
    # What a file holds must not steer the terminal.
    return "".join(char if char.isprintable() else " " for char in text)


def _say(text: str, *, err: bool = False) -> None:
    typer.echo(text, err=err, color=False if os.environ.get("NO_COLOR") else None)
