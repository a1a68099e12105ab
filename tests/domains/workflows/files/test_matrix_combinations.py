"""A matrix gives GitHub's combinations in GitHub's order."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stateroom.domains.workflows.files.matrix import expand

CASES = {
    "the first list varies slowest": (
        {"os": ["a", "b"], "py": [1, 2]},
        [],
        [],
        [{"os": "a", "py": 1}, {"os": "a", "py": 2}, {"os": "b", "py": 1}, {"os": "b", "py": 2}],
    ),
    # The example of GitHub's documentation, "Expanding or adding matrix configurations".
    "include, as documented": (
        {"fruit": ["apple", "pear"], "animal": ["cat", "dog"]},
        [
            {"color": "green"},
            {"color": "pink", "animal": "cat"},
            {"fruit": "apple", "shape": "circle"},
            {"fruit": "banana"},
            {"fruit": "banana", "animal": "cat"},
        ],
        [],
        [
            {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
            {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
            {"fruit": "pear", "animal": "cat", "color": "pink"},
            {"fruit": "pear", "animal": "dog", "color": "green"},
            {"fruit": "banana"},
            {"fruit": "banana", "animal": "cat"},
        ],
    ),
    "only include": ({}, [{"a": 1}, {"a": 1}, {"b": 2}], [], [{"a": 1}, {"a": 1}, {"b": 2}]),
    "an include of what was excluded comes back": (
        {"os": ["a", "b"], "v": [1, 2]},
        [{"os": "a", "v": 1, "extra": True}],
        [{"os": "a"}],
        [{"os": "b", "v": 1}, {"os": "b", "v": 2}, {"os": "a", "v": 1, "extra": True}],
    ),
    "exclude takes what matches all of an entry": (
        {"os": ["a", "b"], "v": [1, 2]},
        [],
        [{"os": "a", "v": 2}, {"v": 1, "os": "b"}],
        [{"os": "a", "v": 1}, {"os": "b", "v": 2}],
    ),
    "values compare as in expressions": (
        {"os": ["Linux", "mac"], "v": [3.1, "3.10"]},
        [{"os": "LINUX", "v": "3.1", "x": 1}],
        [{"os": "MAC", "v": 3.10}],
        [{"os": "Linux", "v": 3.1, "x": 1}, {"os": "Linux", "v": "3.10"}],
    ),
    "mappings match by their leaves": (
        {"cfg": [{"n": "gcc", "v": 12}, {"n": "clang", "v": 15}], "t": ["d", "r"]},
        [{"cfg": {"n": "clang"}, "san": "asan"}],
        [{"cfg": {"v": 12}, "t": "r"}],
        [
            {"cfg": {"n": "gcc", "v": 12}, "t": "d"},
            {"cfg": {"n": "clang", "v": 15}, "t": "d", "san": "asan"},
            {"cfg": {"n": "clang", "v": 15}, "t": "r", "san": "asan"},
        ],
    ),
    "lists match item by item": (
        {"l": [[1, 2], [1, 3]]},
        [],
        [{"l": [1, 3]}],
        [{"l": [1, 2]}],
    ),
    "keys of include compare without regard to case": (
        {"Node": [18, 20]},
        [{"node": 20, "lts": True}],
        [],
        [{"Node": 18}, {"Node": 20, "lts": True}],
    ),
    "an added value may be overwritten, one of a list may not": (
        {"v": [1, 2]},
        [{"x": "first"}, {"x": "second", "v": 2}, {"v": 3, "x": "third"}],
        [],
        [{"v": 1, "x": "first"}, {"v": 2, "x": "second"}, {"v": 3, "x": "third"}],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_combinations(name):
    vectors, include, exclude, expected = CASES[name]
    assert expand(vectors, include, exclude) == expected


KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.integers(0, 2)
VECTORS = st.dictionaries(KEYS, st.lists(VALUES, min_size=1, max_size=3, unique=True), max_size=3)
ENTRIES = st.lists(st.dictionaries(st.sampled_from(["a", "b", "c", "x", "y"]), VALUES, min_size=1), max_size=4)


@settings(deadline=None)
@given(VECTORS, ENTRIES, ENTRIES)
def test_rules(vectors, include, exclude):
    exclude = [entry for entry in exclude if set(entry) <= set(vectors)]
    found = expand(vectors, include, exclude)
    product = [dict(zip(vectors, values, strict=True)) for values in itertools.product(*vectors.values())]
    kept = [each for each in product if vectors and not any(entry.items() <= each.items() for entry in exclude)]
    # What is left of the product comes first, in its order, and keeps the values of the lists.
    assert [{key: each[key] for key in vectors} for each in found[: len(kept)]] == kept
    # Each entry of include is in at least one combination, unless a later one overwrote what it added.
    for index, entry in enumerate(include):
        known = {key: value for key, value in entry.items() if key in vectors}
        hosts = [each for each in kept if known.items() <= each.items()]
        later = {key for other in include[index + 1 :] for key in other}
        lasting = {key: value for key, value in entry.items() if key not in later or key in vectors}
        assert any(lasting.items() <= each.items() for each in found)
        assert hosts or entry in found[len(kept) :]
    # Nothing else is in it.
    assert len(found) <= len(kept) + len(include)
    assert set().union(*found, set()) <= set(vectors).union(*include)


def from_file(problems, matrix):
    return problems(
        f"""\
        jobs:
          a:
            runs-on: ubuntu-latest
            strategy:
              matrix: {matrix}
            steps: [run: "true"]
        """
    )


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ("{}", "5:15 error `matrix` is empty"),
        ("[1]", "5:15 error `matrix` has to be a mapping, not a list"),
        ("{os: linux}", "5:20 error `matrix.os` has to be a list, not the text 'linux'"),
        ("{os: []}", "5:20 error `matrix.os` is an empty list"),
        ("{os: [a], exclude: [{arch: x}]}", "5:36 error `exclude` speaks of `arch`"),
        ("{os: [a], exclude: [{os: a}]}", "5:15 error `matrix` leaves no combination"),
        ("{os: [a], include: [a]}", "5:35 error an entry of `matrix.include` has to be a mapping"),
        ("{os: [a], include: [{}]}", "5:35 error an entry of `matrix.include` is empty"),
        (f"{{a: {list(range(17))}, b: {list(range(16))}}}", "5:15 error `matrix` makes 272 combinations"),
        (f"{{a: {list(range(300))}, b: {list(range(300))}}}", "5:15 error `matrix` makes 90,000 combinations"),
        ("{v: [3.10]}", "5:20 note 3.10 is read as the number 3.1"),
        ("'${{ fromJSON(needs.x.outputs.m) }}'", "5:29 unsupported `needs.x.outputs.m` is known only while"),
        ("'${{ github.ref }}'", "5:20 unsupported `github.ref` is known only while"),
        ("'${{ 1 }}'", "5:15 error `matrix` has to be a mapping, and this expression is none"),
        ("{v: '${{ 1 }}'}", "5:19 error `matrix.v` has to be a list that is not empty"),
        ("{v: ['${{ secrets.x }}']}", "5:25 unsupported `secrets.x`"),
        ("{v: ['${{ fromJSON(1, 2) }}']}", "5:25 error `fromJSON` takes 1 values"),
        ("{v: ['a ${{ fromJSON(']}", "5:23 error `${{` has no closing"),
    ],
)
def test_mistakes(problems, matrix, expected):
    found = from_file(problems, matrix)
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ("{v: \"${{ fromJSON('[1, 2.0]') }}\"}", [{"v": 1}, {"v": 2}]),
        ('"${{ fromJSON(\'{\\"v\\": [1], \\"include\\": [{\\"v\\": 2}]}\') }}"', [{"v": 1}, {"v": 2}]),
        ("{v: ['a', \"${{ format('{0}b', 'a') }}\"]}", [{"v": "a"}, {"v": "ab"}]),
        ("{v: [1.50, 0x10, yes, true, ~, 1e3]}", [{"v": v} for v in (1.5, 16, "yes", True, None, 1000)]),
    ],
)
def test_values_of_a_matrix(steps, matrix, expected):
    found = steps(f"jobs: {{a: {{runs-on: linux, strategy: {{matrix: {matrix}}}, steps: [run: x]}}}}")
    assert found["a"]["matrix"] == expected
