"""The combinations of a matrix, in GitHub's order and by its rules for `include` and `exclude`."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.expressions.coerce import equal, fold, is_array, is_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stateroom.domains.workflows.files.nodes import Json

MAX_COMBINATIONS: Final = 256


def product_size(vectors: Mapping[str, Sequence[Json]]) -> int:
    """Return how many combinations there are before any is excluded."""
    return math.prod(len(values) for values in vectors.values()) if vectors else 0


def expand(
    vectors: Mapping[str, Sequence[Json]],
    include: Sequence[Mapping[str, Json]] = (),
    exclude: Sequence[Mapping[str, Json]] = (),
) -> list[dict[str, Json]]:
    """Return all combinations.

    The first vector varies slowest. Excluded is what matches all keys of an entry. Each entry of `include` then adds
    its new keys to every combination of the product that its other keys match; one that matches none is a combination
    of its own, even if it looks like one that was excluded.
    """
    product = [dict(zip(vectors, values, strict=True)) for values in itertools.product(*vectors.values())]
    kept = [each for each in product if vectors and not any(_matches(each, entry) for entry in exclude)]
    additions = [_parted(entry, vectors) for entry in include]
    used = [False] * len(additions)
    found: list[dict[str, Json]] = []
    for combination in kept:
        extended = dict(combination)
        for index, (known, new) in enumerate(additions):
            if _matches(combination, known):
                used[index] = True
                extended.update(new)
        found.append(extended)
    return found + [{**known, **new} for (known, new), was_used in zip(additions, used, strict=True) if not was_used]


def _parted(
    entry: Mapping[str, Json], vectors: Mapping[str, Sequence[Json]]
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Part an entry into keys that the vectors have, spelled as they spell them, and new ones."""
    spelled = {fold(key): key for key in vectors}
    known = {spelled[fold(key)]: value for key, value in entry.items() if fold(key) in spelled}
    return known, {key: value for key, value in entry.items() if fold(key) not in spelled}


def _matches(value: object, pattern: object) -> bool:
    """Compare leaf by leaf; a mapping or list may have more than its pattern asks for."""
    if is_object(pattern):
        return all(_matches(_member(value, key), wanted) for key, wanted in pattern.items())
    if is_array(pattern):
        return all(
            _matches(value[index] if is_array(value) and index < len(value) else None, wanted)
            for index, wanted in enumerate(pattern)
        )
    return equal(value, pattern)


def _member(value: object, key: str) -> object:
    if not is_object(value):
        return None
    return next((member for name, member in value.items() if fold(name) == fold(key)), None)
