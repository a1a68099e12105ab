"""The graph of a workflow version: which step needs which, and in which layer each one stands."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy

from stateroom.domains.runs.queries import GRAPH_EDGES, GRAPH_STEPS
from stateroom.domains.runs.schema import Need


@dataclass(frozen=True, slots=True)
class Graph:
    """Per task id, in the order of the definition; a layer is the length of the longest way to a step."""

    layers: Mapping[UUID, int]
    needs: Mapping[UUID, list[Need]]
    order: Mapping[UUID, int]

    def place(self, row: Record) -> tuple[int, int, int]:
        """Return the sort key of a step's row: layer, place in the definition, place in the matrix."""
        task: UUID = row["task_id"]
        return self.layers.get(task, 0), self.order.get(task, 0), row["map_index"] or 0


async def load_graph(connection: PoolConnectionProxy, version_id: UUID) -> Graph:
    """Read the graph of a version; two queries, whatever its size."""
    steps = await connection.fetch(GRAPH_STEPS, version_id)
    keys: dict[UUID, str] = {step["id"]: step["step_key"] for step in steps}
    needs: defaultdict[UUID, list[Need]] = defaultdict(list)
    above: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for edge in await connection.fetch(GRAPH_EDGES, version_id):
        task, need = edge["task_id"], edge["depends_on_task_id"]
        needs[task].append({"step": keys[need], "condition": edge["condition"]})
        above[task].append(need)
    layers: dict[UUID, int] = {}
    # Published definitions list every step behind all that it needs, so one pass is enough.
    for step in steps:
        layers[step["id"]] = 1 + max((layers.get(each, -1) for each in above[step["id"]]), default=-1)
    return Graph(layers, needs, {step["id"]: place for place, step in enumerate(steps)})
