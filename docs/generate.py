#!/usr/bin/env python3
"""Write the reference pages from the program itself: `python docs/generate.py`; with `--check`, only compare."""

import asyncio
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import database
import schema_pages
import yaml

from stateroom.app import create_app
from stateroom.cli import main
from stateroom.cli.exits import Exit
from stateroom.domains.workflows.files import scope
from stateroom.domains.workflows.files.expressions.functions import FUNCTIONS, STATUS_FUNCTIONS
from stateroom.domains.workflows.files.github import jobs, parts
from stateroom.domains.workflows.files.github import workflow as github
from stateroom.domains.workflows.files.native import options, steps
from stateroom.domains.workflows.files.native import workflow as native
from stateroom.settings import Settings
from stateroom.web import openapi

DOCS = Path(__file__).resolve().parent
REFERENCE = DOCS / "reference"
SQL = DOCS.parent / "src" / "stateroom"
MADE = "<!-- Made by docs/generate.py: change the program, not this page. -->\n"

KEYS = {
    "workflow": native.KEYS,
    "step": tuple(dict.fromkeys((*steps.RUN_KEYS, *steps.HANDLER_KEYS))),
    "defaults": options.KEYS,
    "retries": options.RETRY_KEYS,
    "stage": native.STAGE_KEYS,
    "github_workflow": github.KEYS,
    "github_job": jobs.KEYS,
    "github_step": tuple(dict.fromkeys((*parts.RUN_KEYS, *parts.USES_KEYS))),
}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; its cells may not hold line breaks."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def page(title: str, *blocks: str) -> str:
    """Return a page: its title, and blocks that are one blank line apart."""
    return "\n".join([MADE, f"# {title}\n", *(block.rstrip("\n") + "\n" for block in blocks if block)])


def cli() -> str:
    """Return the commands with their arguments and options, as the program itself knows them."""
    intro = (
        "`stateroom COMMAND --help` says the same. `--json` prints JSON, also for errors (on standard error)."
        " A RUN is named by `latest`, a number (`12`), a workflow's number (`ci#12`), or an id: whole, or six of"
        " its characters."
    )
    blocks = [intro]
    for entry in main.ENTRIES:
        found = main.load(entry)
        group = getattr(found, "commands", None)
        if group is None:
            blocks += command(entry.name, found)
            continue
        blocks.append(f"## stateroom {entry.name}\n\n{entry.help}")
        for name, each in group.items():
            blocks += command(f"{entry.name} {name}", each, level=3)
    blocks.append("## stateroom version\n\nPrint the version; `--json` prints it and Python's as JSON.")
    statuses = [[str(int(status)), status.meaning] for status in Exit]
    blocks.append("## Exit statuses\n\n" + table(["status", "means"], statuses))
    return page("Command line", *blocks)


def command(name: str, found: Any, *, level: int = 2) -> Iterator[str]:
    """Yield the blocks of one command."""
    arguments = [each for each in found.params if each.param_type_name == "argument"]
    chosen = [each for each in found.params if each.param_type_name == "option" and not each.hidden]
    words = [each.metavar or each.name.upper() for each in arguments]
    usage = " ".join(["stateroom", name, *words, *(["[OPTIONS]"] if chosen else [])])
    yield f"{'#' * level} stateroom {name}\n\n`{usage}`\n\n{plain(found.help)}"
    rows = [[f"`{word}`", plain(each.help)] for word, each in zip(words, arguments, strict=True)]
    rows += [[shown(each), plain(each.help) + default(each)] for each in chosen]
    if rows:
        yield table(["argument", "meaning"], rows)


def plain(text: str | None) -> str:
    """Return a help text in one line per paragraph."""
    return "\n\n".join(" ".join(each.split()) for each in (text or "").split("\n\n"))


def shown(option: Any) -> str:
    """Return an option as it is typed."""
    value = "" if option.is_flag else f" {option.metavar or option.name.upper()}"
    return ", ".join(f"`{each}{value}`" for each in option.opts)


def default(option: Any) -> str:
    """Say an option's default, unless that is nothing."""
    value = getattr(option.default, "value", option.default)
    return "" if option.is_flag or value is None else f" Default: `{value}`."


def settings() -> str:
    """Return the settings, as their class describes them."""
    rows = []
    for name, field in Settings.model_fields.items():
        variable = field.validation_alias or f"STATEROOM_{name.upper()}"
        value = field.default if isinstance(field.default, bool | int | float | str | tuple) else ""
        value = ",".join(value) if isinstance(value, tuple) else value
        rows.append([f"`{variable}`", "" if value == "" else f"`{value}`", field.description or ""])
    intro = (
        "Every process reads these from its environment, and from a file `.env` in the current folder. What a command"
        " is given as an option wins. `.env.example` holds the same list."
    )
    return page("Settings", intro, table(["variable", "default", "meaning"], rows))


def workflow_file() -> str:
    """Return the keys of workflow files, which are the parsers', with the explanations of keys.yaml."""
    told: dict[str, Any] = yaml.safe_load(REFERENCE.joinpath("keys.yaml").read_text(encoding="utf-8"))
    blocks = [told.pop("intro")]
    for name, keys in KEYS.items():
        section = told.pop(name)
        explained: Mapping[str, str] = section["keys"]
        if set(explained) != set(keys):
            raise SystemExit(f"keys.yaml, {name}: explain exactly {', '.join(keys)}")
        blocks.append(f"## {section['title']}\n\n{section.get('text', '')}".rstrip())
        blocks.append(table(["key", "meaning"], [[f"`{key}`", " ".join(explained[key].split())] for key in keys]))
    contexts = [
        [f"`{name}`", ", ".join(f"`{each}`" for each in members) if members else "whatever the file puts there"]
        for name, members in scope.PROPERTIES.items()
    ]
    functions = ", ".join(f"`{each.spelling}`" for each in FUNCTIONS.values())
    status = ", ".join(f"`{each}()`" for each in STATUS_FUNCTIONS)
    blocks.append(told.pop("expressions"))
    blocks.append(table(["context", "holds"], contexts))
    blocks.append(f"Functions: {functions}; in conditions also {status}.")
    if told:
        raise SystemExit(f"keys.yaml: nothing asks for {', '.join(told)}")
    return page("Workflow files", *blocks)


def http_api() -> str:
    """Return the operations and shapes of the API's own description."""
    described = openapi.describe(create_app(Settings(_env_file=None)))  # pyright: ignore[reportCallIssue] -- pydantic-settings takes it
    intro = (
        "All under `/api` needs the token of the file `token` in the home folder: `Authorization: Bearer TOKEN`."
        " Errors are `application/problem+json`. The running server describes itself at `/api/openapi.json`."
    )
    blocks = [intro]
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            blocks += list(call(method.upper(), path, operation))
    blocks.append("## Shapes")
    for name, schema in described["components"]["schemas"].items():
        if "enum" in schema:
            words = ", ".join(f"`{word}`" for word in schema["enum"])
            blocks.append(f"### {name}\n\n{plain(schema.get('description'))} One of {words}.")
        if "properties" not in schema:
            continue
        required = set(schema.get("required", ()))
        rows = [
            [f"`{key}`" + ("" if key in required else " (optional)"), kind(value), value.get("description", "")]
            for key, value in schema["properties"].items()
        ]
        blocks.append(f"### {name}\n\n{plain(schema.get('description'))}".rstrip())
        blocks.append(table(["field", "type", "meaning"], rows))
    return page("HTTP API", *blocks)


def call(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield the blocks of one operation."""
    yield f"## {method} {path}\n\n{plain(operation.get('description'))}"
    rows = [
        [f"`{each['name']}` ({each['in']})", kind(each["schema"]), each.get("description", "")]
        for each in operation.get("parameters", ())
    ]
    if rows:
        yield table(["parameter", "type", "meaning"], rows)
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answers = [f"{status} {answered(answer)}".rstrip() for status, answer in operation["responses"].items()]
    yield (f"Body: {kind(body)}. " if body else "") + f"Answers: {', '.join(answers)}."


def answered(answer: Mapping[str, Any]) -> str:
    """Return the shape of an answer that is not a problem."""
    content = answer.get("content", {})
    if "text/event-stream" in content:
        return "`text/event-stream`"
    return kind(content["application/json"]["schema"]) if "application/json" in content else ""


def kind(schema: Mapping[str, Any]) -> str:
    """Return a type in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return "JSON" if name == "JsonValue" else f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(kind(each) for each in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    return {"uuid": "uuid", "date-time": "time"}.get(schema.get("format", ""), schema.get("type", "JSON"))


FUNCTION = re.compile(
    r"^((?:--[^\n]*\n)+)create or replace function stateroom\.(\w+)\s*(\(.*?\)\s*returns .*?)"
    r"(?=\n?\s+language|\s+as \$\$|\nas \$\$)",
    re.MULTILINE | re.DOTALL,
)
GRANT = re.compile(r"^grant execute on function\s+(.*?)\bto\s+(stateroom_[\w,\s]+);", re.MULTILINE | re.DOTALL)
FLOORS = (
    ("For everybody who logs in", "stateroom_readonly", "Time and time-ordered ids."),
    ("For people", "stateroom_user", "In a transaction that has said who is asking (`set_context`)."),
    ("For workers and schedulers", "stateroom_engine", "Arrays in, rows out: single is a batch of one."),
    ("For the API's login", "stateroom_app", "`stateroom_app` says who is asking."),
    ("Inside", "", "Called by the functions above, by the maintenance role, or by revisions."),
)


def sql() -> str:
    """Return the functions with the comments above them, which are their contracts."""
    files = sorted([*SQL.glob("db/sql/*.sql"), *SQL.glob("engine/sql/*.sql")], key=lambda each: each.name)
    granted: dict[str, set[str]] = {}
    grants = "".join(each.read_text(encoding="utf-8") for each in sorted(SQL.glob("db/sql/9*.sql")))
    for functions, roles in GRANT.findall(grants):
        for name in re.findall(r"stateroom\.(\w+)\(", functions):
            granted.setdefault(name, set()).update(re.findall(r"stateroom_\w+", roles))
    found: dict[str, list[str]] = {title: [] for title, _, _ in FLOORS}
    for file in files:
        for comment, name, signature in FUNCTION.findall(file.read_text(encoding="utf-8")):
            roles = granted.get(name, set())
            floor = next(title for title, role, _ in FLOORS if role in roles or not role)
            said = " ".join(line.removeprefix("--").strip() for line in comment.splitlines())
            text = " ".join(signature.split()).replace("( ", "(").replace(" )", ")")
            found[floor].append(f"### {name}\n\n{said}\n\n`{name}{text}` ({file.name})")
    intro = (
        "The functions of the schema `stateroom`: the one place where a rule is written, behind every door. The text is"
        " the comment above each in its `.sql` file. Errors have an SQLSTATE of the class `SR`: `SR404` not found,"
        " `SR403` not allowed, `SR409` not in this state, `SR422` wrong input; the hint says what to do."
    )
    blocks = [intro]
    for title, _, said in FLOORS:
        blocks += [f"## {title}\n\n{said}", *sorted(found[title])]
    return page("SQL functions", *blocks)


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli,
    "settings.md": settings,
    "workflow-file.md": workflow_file,
    "http-api.md": http_api,
    "sql.md": sql,
}


DATABASE_PAGES: dict[str, tuple[str, Callable[[schema_pages.Facts, schema_pages.Table], Iterator[str]]]] = {
    "schema.md": ("Schema", schema_pages.schema),
    "policies.md": ("Who sees what", schema_pages.policies),
    "indexes.md": ("Indexes", schema_pages.indexes),
    "states.md": ("States", schema_pages.states),
}


def of_database(dsn: str) -> dict[str, str]:
    """Return what is made from a database that was just installed."""
    facts = asyncio.run(schema_pages.read(dsn))
    pages = {name: page(title, *make(facts, table)) for name, (title, make) in DATABASE_PAGES.items()}
    return pages | {"schema.sql": database.snapshot(dsn)}


def differing(pages: Mapping[str, str]) -> list[str]:
    """Return the names of those that stand otherwise in the folder, or not at all."""
    files = {name: REFERENCE / name for name in pages}
    return [
        name for name, file in files.items() if not file.is_file() or file.read_text(encoding="utf-8") != pages[name]
    ]


def outdated() -> list[str]:
    """Return the pages that do not say what the program says now; those of the database apart."""
    return differing({name: make() for name, make in PAGES.items()})


def everything() -> dict[str, str]:
    """Return all pages."""
    with database.installed() as dsn:
        return {name: make() for name, make in PAGES.items()} | of_database(dsn)


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        sys.exit(f"not up to date: {', '.join(old)}" if (old := differing(everything())) else 0)
    for name, text in everything().items():
        (REFERENCE / name).write_text(text, encoding="utf-8")
