"""Whatever a file holds, reading it ends in a definition or in problems, never in an exception."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from stateroom.domains.workflows.files import load_text


def words(text):
    return st.sampled_from(text.split())


WORDS = words(
    """
    jobs steps stages on name run uses with id needs if when env matrix include exclude strategy runs-on timeout
    timeout-minutes retries defaults shell working-directory working_directory outputs continue-on-error handler
    parallel priority queue os a b c ubuntu-latest linux macos-14 [self-hosted always failure() always() success
    ${{matrix.os}} ${{needs.a.outputs.x}} ${{secrets.X}} ${{ ${{}} actions/checkout@v4 bash 10m 1 0 -1 3.10 true ~
    *x &x << condition step container services
    """
)
SCALARS = WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=25,
)
JOB_KEYS = words("runs-on needs if strategy env defaults outputs timeout-minutes name continue-on-error")
STEP_KEYS = words("run uses id name if when env with shell needs matrix timeout retries handler")


def look_at(text):
    for skip_unsupported in (False, True):
        loaded = load_text(text, "f.yml", skip_unsupported=skip_unsupported)
        assert loaded.ok == bool(loaded.definition)
        assert loaded.definition == json.loads(json.dumps(loaded.definition, allow_nan=False))
        lines = len(text.splitlines()) + 1
        assert all(0 < p.line <= lines and p.column > 0 and p.message for p in loaded.problems)
        keys = [step["key"] for step in loaded.definition.get("steps", [])]
        for step in loaded.definition.get("steps", []):
            assert all(keys.index(need["step"]) < keys.index(step["key"]) for need in step["needs"])


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text(text):
    look_at(text)


@settings(deadline=None)
@given(st.text(alphabet="jobsteps: -[]{}&*?|>'\"#!%@`,\n\t $<", max_size=80))
def test_any_punctuation(text):
    look_at(text)


@settings(deadline=None, max_examples=150)
@given(TREES)
def test_any_tree(tree):
    look_at(yaml.safe_dump(tree, allow_unicode=True))


@settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(
        st.sampled_from("abc"),
        st.dictionaries(JOB_KEYS, TREES, max_size=4).map(
            lambda job: {"runs-on": "linux", "steps": [{"run": "x"}], **job}
        ),
        min_size=1,
    )
)
@pytest.mark.full
def test_any_job(jobs):
    look_at(yaml.safe_dump({"jobs": jobs}, allow_unicode=True))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.dictionaries(STEP_KEYS, TREES, max_size=5), max_size=4), st.booleans())
@pytest.mark.full
def test_any_step(steps, github):
    tree = {"jobs": {"a": {"runs-on": "linux", "steps": steps}}} if github else {"steps": steps}
    look_at(yaml.safe_dump(tree, allow_unicode=True))


@settings(deadline=None)
@given(
    st.integers(1, 8).flatmap(lambda n: st.lists(st.lists(st.integers(0, n - 1), max_size=3), min_size=n, max_size=n))
)
def test_any_graph(graph):
    steps = [{"id": f"s{i}", "run": "x", "needs": [f"s{j}" for j in needs]} for i, needs in enumerate(graph)]
    text = yaml.safe_dump({"steps": steps})
    loaded = load_text(text, "f.yml")
    look_at(text)

    def reaches(start, goal, seen=()):
        return any(j == goal or (j not in seen and reaches(j, goal, (*seen, j))) for j in graph[start])

    assert loaded.ok is not any(reaches(i, i) for i in range(len(graph)))


@pytest.mark.full
def test_ten_thousand_steps_are_read_in_seconds():
    needs = [", ".join(f"s{j}" for j in range(max(0, i - 2), i)) for i in range(10_000)]
    lines = ["steps:", *(f"  - {{id: s{i}, run: echo {i}, needs: [{of}]}}" for i, of in enumerate(needs))]
    loaded = load_text("\n".join(lines), "f.yml")
    assert loaded.ok
    assert len(loaded.definition["steps"]) == 10_000
