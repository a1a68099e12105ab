"""The order of steps: topological, stable by the order of the file; and the cycles that make it impossible."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

# Enough to correct a file in one go; each costs a walk over the whole graph.
MAX_CYCLES: Final = 20


def ordered(needs: Mapping[str, Collection[str]]) -> list[str]:
    """Return the keys so that each follows all that it needs, else as they come; parts of cycles are left out."""
    place = {key: index for index, key in enumerate(needs)}
    open_needs = {key: len(set(of)) for key, of in needs.items()}
    children = _turned(needs)
    keys = list(needs)
    ready = [place[key] for key, count in open_needs.items() if not count]
    heapq.heapify(ready)
    found: list[str] = []
    while ready:
        key = keys[heapq.heappop(ready)]
        found.append(key)
        for child in children[key]:
            open_needs[child] -= 1
            if not open_needs[child]:
                heapq.heappush(ready, place[child])
    return found


def cycles(needs: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Return cycles, each as the path a, b, … in which each needs the next and the last needs the first."""
    found: list[list[str]] = []
    left = dict(needs)
    while len(found) < MAX_CYCLES and (rest := _core(left)):
        path = _cycle(rest)
        found.append(path)
        left = {key: [need for need in of if need not in path] for key, of in rest.items() if key not in path}
    return found


def above(key: str, needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Return everything that a key needs, directly or not, itself left out."""
    seen: dict[str, None] = {}
    open_keys = list(needs[key])
    while open_keys:
        need = open_keys.pop()
        if need not in seen and need != key:
            seen[need] = None
            open_keys.extend(needs[need])
    return list(seen)


def _turned(needs: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {key: [] for key in needs}
    for key, of in needs.items():
        for need in set(of):
            children[need].append(key)
    return children


def _core(needs: Mapping[str, Collection[str]]) -> dict[str, list[str]]:
    """Drop what comes before and what comes behind all cycles."""
    done = set(ordered(needs))
    behind = {key: [need for need in of if need not in done] for key, of in needs.items() if key not in done}
    leaves = set(ordered(_turned(behind)))
    return {key: [need for need in of if need not in leaves] for key, of in behind.items() if key not in leaves}


def _cycle(needs: Mapping[str, Collection[str]]) -> list[str]:
    """Follow needs from the first key until one comes again; every key here has at least one."""
    path = [next(iter(needs))]
    while (following := next(iter(needs[path[-1]]))) not in path:
        path.append(following)
    return path[path.index(following) :]
