"""Plans as text, and as a shape: what is scanned by which index, whatever the sizes and however many partitions."""

import json
import re
from typing import Any, Final

import asyncpg

PARTITION: Final = re.compile(r"_(past|future|\d{4}_\d{2}(_\d{2})?)(?=_|$)")
COUNTER: Final = re.compile(r"\d+$")


async def plan_of(
    connection: asyncpg.Connection, sql: str, arguments: tuple[object, ...]
) -> tuple[list[str], list[str]]:
    """EXPLAIN (ANALYZE, BUFFERS) a statement: its lines, and its shape."""
    value = await connection.fetchval(f"explain (analyze, buffers, format json) {sql}", *arguments)
    plan = (json.loads(value) if isinstance(value, str) else value)[0]
    lines: list[str] = []
    shape: list[str] = []
    _walk(plan["Plan"], 0, lines, shape)
    lines.append(f"planning {plan['Planning Time']:.2f} ms, execution {plan['Execution Time']:.2f} ms")
    return lines, sorted(set(shape))


def _walk(node: dict[str, Any], depth: int, lines: list[str], shape: list[str]) -> None:
    kind, relation, index = node["Node Type"], node.get("Relation Name"), node.get("Index Name")
    what = " ".join(part for part in (kind, relation, f"({index})" if index else None) if part)
    lines.append(
        f"{'  ' * depth}{what}: {node['Actual Rows'] * node['Actual Loops']:.0f} rows,"
        f" {node['Actual Total Time'] * node['Actual Loops']:.2f} ms,"
        f" {node['Shared Hit Blocks']} + {node['Shared Read Blocks']} pages"
    )
    if relation:
        name = PARTITION.sub("", relation)
        shape.append(
            f"{kind.replace('Parallel ', '')} {name} {COUNTER.sub('', PARTITION.sub('', index or ''))}".strip()
        )
    for child in node.get("Plans", []):
        if child["Actual Loops"]:
            _walk(child, depth + 1, lines, shape)
