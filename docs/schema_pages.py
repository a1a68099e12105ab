"""The pages that describe the schema: what a database says of itself, with the words of the models."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
import yaml

import stateroom.db.history
import stateroom.domains
from stateroom.db.base import Base

COLUMNS: Final = """
select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
    case when a.attgenerated <> '' then 'generated' else pg_get_expr(d.adbin, d.adrelid) end as value,
    coalesce((select f.relname from pg_constraint k join pg_class f on f.oid = k.confrelid
        where k.conrelid = c.oid and k.contype = 'f' and k.conkey = array[a.attnum]), '') as target
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname <> 'alembic_version'
order by c.relname, a.attnum
"""
FOREIGN: Final = """
select c.relname as table, f.relname as target, k.confdeltype::text as action, min(a.attname) as column
from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class f on f.oid = k.confrelid
join pg_attribute a on a.attrelid = c.oid and a.attnum = any (k.conkey)
where k.contype = 'f' and c.relnamespace = 'stateroom'::regnamespace and not c.relispartition
group by c.relname, f.relname, k.confdeltype, k.oid order by 1, 4
"""
ENUMS: Final = """
select t.typname as name, array_agg(e.enumlabel::text order by e.enumsortorder) as words
from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = 'stateroom'::regnamespace
group by t.typname order by 1
"""
POLICIES: Final = """
select p.tablename as table, p.policyname as name, p.cmd as verb, p.qual as rows, p.with_check as written, r as role
from pg_policies p, unnest(p.roles) r
where p.schemaname = 'stateroom' and p.policyname not in ('maintenance', 'readonly')
    and not exists (select from pg_class c where c.relname = p.tablename and c.relispartition)
order by r, 1, 2
"""
INDEXES: Final = """
select c.relname as table, i.relname as name,
    regexp_replace(pg_get_indexdef(x.indexrelid), '^.* USING ', '') as definition, k.oid is not null as is_key,
    (select min(f.relname) from pg_constraint t join pg_class f on f.oid = t.confrelid
        where t.conrelid = c.oid and t.contype = 'f' and t.conkey = array[x.indkey[0]]) as target
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
left join pg_constraint k on k.conindid = x.indexrelid and k.contype in ('p', 'u')
where c.relnamespace = 'stateroom'::regnamespace and not c.relispartition and c.relname <> 'alembic_version'
order by 1, 2
"""
TRANSITIONS: Final = """
select machine, from_state, to_state, verb, description from stateroom.state_transitions
order by machine, from_state nulls first, to_state
"""
QUERIES: Final = Path(__file__).parent / "reference" / "indexes.yaml"
ACTIONS: Final = {"c": "goes with it", "n": "is set null", "r": "holds it back", "a": "holds it back"}


@dataclass(frozen=True)
class Facts:
    """What the pages are made of."""

    columns: list[asyncpg.Record]
    foreign: list[asyncpg.Record]
    enums: list[asyncpg.Record]
    policies: list[asyncpg.Record]
    indexes: list[asyncpg.Record]
    transitions: list[asyncpg.Record]


async def read(dsn: str) -> Facts:
    """Ask a database that was just installed."""
    connection = await asyncpg.connect(dsn)
    try:
        queries = (COLUMNS, FOREIGN, ENUMS, POLICIES, INDEXES, TRANSITIONS)
        return Facts(*[await connection.fetch(each) for each in queries])
    finally:
        await connection.close()


def models() -> dict[str, type[Any]]:
    """Return the model of each table."""
    for module in pkgutil.walk_packages(stateroom.domains.__path__, "stateroom.domains."):
        if module.name.rpartition(".")[2] in {"model", "places"} and ".files." not in module.name:
            importlib.import_module(module.name)
    return {str(mapper.local_table.name): mapper.class_ for mapper in Base.registry.mappers}  # pyright: ignore[reportAttributeAccessIssue] -- a table, not a join


def words(model: type[Any] | None) -> str:
    """Return what a model says of itself."""
    return " ".join((inspect.getdoc(model) or "").split()) if model else ""


Table = Callable[[Sequence[str], Sequence[Sequence[str]]], str]


def schema(facts: Facts, table: Table) -> Iterator[str]:
    """Yield the tables with their columns, what refers to what, and the enums."""
    described = models()
    actions = {(each["table"], each["column"]): ACTIONS[each["action"]] for each in facts.foreign}
    names = list(dict.fromkeys(each["table"] for each in facts.columns))
    yield (
        f"{len(names)} tables of the schema `stateroom`. A value in the third column is what the database fills in."
        " [`schema.sql`](schema.sql) is the whole as SQL; see also [who sees what](policies.md),"
        " [indexes](indexes.md), [states](states.md) and [functions](sql.md)."
    )
    yield "## What refers to what\n\n" + diagram(facts)
    for name in names:
        yield f"## {name}\n\n{words(described.get(name))}".rstrip()
        rows = [
            [
                f"`{each['name']}`",
                each["type"].removeprefix("stateroom.") + ("" if each["required"] else ", or null"),
                f"`{' '.join(each['value'].split())}`" if each["value"] else "",
                f"[{each['target']}](#{each['target']}): {actions[name, each['name']]}" if each["target"] else "",
            ]
            for each in facts.columns
            if each["table"] == name
        ]
        yield table(["column", "type", "default", "refers to; when that is deleted, this"], rows)
    yield "## Enums"
    yield table(["enum", "words"], [[f"`{e['name']}`", ", ".join(f"`{w}`" for w in e["words"])] for e in facts.enums])


def diagram(facts: Facts) -> str:
    """Return the entities and their references as a drawing."""
    lines = dict.fromkeys(f"    {each['target']} ||--o{{ {each['table']} : {each['column']}" for each in facts.foreign)
    return "```mermaid\nerDiagram\n" + "\n".join(lines) + "\n```"


def policies(facts: Facts, table: Table) -> Iterator[str]:
    """Yield which rows each role sees and writes."""
    yield (
        "Row security is enabled and forced on every table: what no policy names, nobody sees. A policy gives rows; the"
        " columns and verbs are granted besides. `stateroom_maintenance` is exempt; `stateroom_readonly` and"
        " `stateroom_query` read every row but direct messages and sensitive settings."
    )
    for role in dict.fromkeys(each["role"] for each in facts.policies):
        yield f"## {role}"
        rows = [
            [f"`{each['table']}`", each["verb"].lower(), f"`{shown(each['rows'])}`", f"`{shown(each['written'])}`"]
            for each in facts.policies
            if each["role"] == role
        ]
        yield table(
            ["table", "may", "rows", "rows that may be written"], [[c if c != "``" else "" for c in r] for r in rows]
        )


def shown(expression: str | None) -> str:
    """Return an expression in one line."""
    return " ".join((expression or "").split())


def explained(facts: Facts) -> dict[str, str]:
    """Return why each index is there: it is a key, a deletion follows it, or a query of indexes.yaml uses it.

    Raises:
        SystemExit: an index has no reason, or a query has no index.
    """
    told: dict[str, str] = yaml.safe_load(QUERIES.read_text(encoding="utf-8"))
    unknown = set(told) - {each["name"] for each in facts.indexes}
    reasons: dict[str, str] = {}
    for each in facts.indexes:
        if each["name"] in told:
            reasons[each["name"]] = f"`{shown(told[each['name']])}`"
        elif each["is_key"]:
            reasons[each["name"]] = "key"
        elif each["target"]:
            reasons[each["name"]] = f"deletion of `{each['target']}`"
    bare = {each["name"] for each in facts.indexes} - set(reasons)
    if bare or unknown:
        raise SystemExit(f"indexes.yaml: no query for {sorted(bare)}; no index for {sorted(unknown)}")
    return reasons


def indexes(facts: Facts, table: Table) -> Iterator[str]:
    """Yield every index with its reason."""
    reasons = explained(facts)
    yield (
        "Every index has a reason: it is a key, it finds what a deletion has to follow, or a query uses it"
        " (`indexes.yaml`; tests/db/test_indexes.py asks PostgreSQL whether it does)."
    )
    rows = [[f"`{e['name']}`", f"`{e['table']}`", f"`{e['definition']}`", reasons[e["name"]]] for e in facts.indexes]
    yield table(["index", "table", "of", "reason"], rows)


def states(facts: Facts, table: Table) -> Iterator[str]:
    """Yield which state may follow which."""
    yield (
        "State columns are changed by functions alone, and those look here first: the table `state_transitions` is the"
        " rule, this page only shows it. Anything else is refused with SQLSTATE `SR409` and the states that may follow."
    )
    for machine in dict.fromkeys(each["machine"] for each in facts.transitions):
        yield f"## {machine}"
        mine = [each for each in facts.transitions if each["machine"] == machine]
        edges = [f"    {e['from_state'] or '[*]'} --> {e['to_state']} : {e['verb']}" for e in mine]
        yield "```mermaid\nstateDiagram-v2\n" + "\n".join(edges) + "\n```"
        rows = [[e["from_state"] or "", e["to_state"], e["verb"] or "", e["description"] or ""] for e in mine]
        yield table(["from", "to", "verb", "meaning"], rows)
