"""YAML is read by its own rules, and every mistake in it has its place."""

import json
from pathlib import Path

import pytest
import yaml

from stateroom.domains.workflows.files import load, load_text
from stateroom.domains.workflows.files.compose import compose
from stateroom.domains.workflows.files.nodes import plain
from stateroom.domains.workflows.files.problems import Report
from stateroom.domains.workflows.files.source import Source


def value_of(text):
    report = Report("f")
    node = compose(Source("f", text), report)
    assert not report.sorted()
    return plain(node)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on: off", {"on": "off"}),
        ("a: yes", {"a": "yes"}),
        ("a: 010", {"a": 10}),
        ("a: 0o10", {"a": 8}),
        ("a: 1_000", {"a": "1_000"}),
        ("a: 12:30:45", {"a": "12:30:45"}),
        ("a: 2024-01-01", {"a": "2024-01-01"}),
        ("a: 3.10", {"a": 3.1}),
        ("a: 1.0", {"a": 1}),
        ("a: !!str 3.10", {"a": "3.10"}),
        ("a: '3'", {"a": "3"}),
        ("a: !!int '3'", {"a": 3}),
        ("a: .inf", {"a": ".inf"}),
        ("a: 1e999", {"a": "1e999"}),
        ("a: ~\nb:\nc: ''", {"a": None, "b": None, "c": ""}),
        ("a: True\nb: FALSE\nc: tRue", {"a": True, "b": False, "c": "tRue"}),
        ("a: 99999999999999999999", {"a": 1e20}),
        ("a: &x [1, {b: 2}]\nc: *x", {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}),
        ("a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}", {"a": {"k": 1, "l": 2}, "b": {"l": 3, "k": 1}}),
        (
            "x: &x {k: 1}\ny: &y {k: 2, m: 3}\nb: {<<: [*x, *y]}",
            {"x": {"k": 1}, "y": {"k": 2, "m": 3}, "b": {"k": 1, "m": 3}},
        ),
        ("'<<': 1", {"<<": 1}),
        ("a: |\n  x\n  y\nb: >-\n  x\n  y", {"a": "x\ny\n", "b": "x y"}),
        ("\ufeffa: 1".removeprefix("\ufeff"), {"a": 1}),
        ('{a: é😀, b: "\\U0001F600"}', {"a": "é😀", "b": "😀"}),
    ],
)
def test_values(text, value):
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1 error the file is empty"),
        ("# only a comment\n", "1:1 error the file is empty"),
        ("- a", "1:1 error a workflow has to be a mapping, not a list"),
        ("just text", "1:1 error a workflow has to be a mapping, not the text 'just text'"),
        ("a: 1", "1:1 error this is no workflow: it has neither `jobs`"),
        ("job: {}", "1:1 error this is no workflow"),
        ("step: []", "did you mean `steps`"),
        ("jobs: {}\nsteps: []", "2:1 error `steps` makes this Stateroom's own file"),
        (
            "steps:\n  - id: a\n    run: x\n    run: y",
            "4:5 error the key `run` stands here twice; it is already on line 3",
        ),
        ("steps: [\n", "2:1 error not YAML"),
        ("steps:\n\t- id: a", "2:1 error not YAML: a tab; indent by spaces"),
        ("steps:\n  - id: 'a\n", "error not YAML"),
        ("steps: *x", "1:8 error `*x` refers to an anchor"),
        ("steps: &x [*x]", "1:12 error `*x` refers to an anchor"),
        ("steps: []\n---\nsteps: []", "2:1 error a second document starts here"),
        ("steps:\n  - ? [a]\n    : 1\n    id: a\n    run: x", "2:7 error a key has to be a single value"),
        ("steps:\n  - {id: a, run: x, <<: 1}", "2:25 error `<<` merges a mapping"),
        ("steps: !python/object:os.system []", None),
        ("steps: [{id: a, run: !!binary aGk=}]", "1:22 error the tag `!!binary` is not allowed"),
        ("steps: [{id: a, run: x, timeout: !!int x}]", "1:34 error the value is not of its tag `!!int`"),
        ('steps: [{id: a, run: "x\\0"}]', "1:22 error the text holds a NUL"),
        ("steps: [{id: a, run: \x07}]", "1:22 error the character U+0007 is not allowed"),
        ("steps: " + "[" * 60 + "]" * 60, "1:57 error nested deeper than 50 levels"),
        ("steps: " + "[" * 100_000, "1:57 error nested deeper than 50 levels"),
    ],
)
def test_mistakes(problems, text, expected):
    found = problems(text)
    assert found
    assert expected is None or any(expected in each for each in found), found


def test_a_bomb_of_aliases_does_not_explode(problems):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    found = problems("\n".join([*lines, "steps: []"]))
    assert len(found) == 1
    assert "more than 500,000 values" in found[0]


def test_a_problem_of_a_shared_node_is_told_once(problems):
    text = "steps:\n  - &x\n    run: ${{ foo }}\n    id: a\n  - {id: b, <<: *x}"
    assert problems(text) == [
        "3:14 error there is no context `foo`; known here are `env`, `github`, `matrix`, `needs` and `runner`",
    ]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("run: ${{ foo.x }}", 10),
        ("run: echo ${{ 'é😀' }} ${{ foo.x }}", 27),
        ("run: 'it''s ${{ foo.x }}'", 17),
        ('run: "a ${{ foo.x }}"', 13),
        ("run: ${{ env.A }}${{ env.B == 'x' &&   foo.x }}", 40),
        ("when: foo.x == 1\n    run: x", 7),
        ("when: 'foo.x == 1'\n    run: x", 8),
        ("when: ${{ foo.x }}\n    run: x", 11),
    ],
)
def test_an_expression_has_its_own_place(problems, line, column):
    found = problems(f"steps:\n  - id: a\n    {line}\n")
    assert [each.split()[0] for each in found] == [f"3:{column + 4}"]


def test_an_expression_in_a_block_has_its_own_place(problems):
    text = "steps:\n  - id: a\n    run: |\n      one\n      two ${{ foo.x }} ${{ env.A }} ${{\n        bar }}\n"
    assert [each.split()[0] for each in problems(text)] == ["5:15", "5:37"]


def test_files_that_cannot_be_read(tmp_path):
    def only_problem(path):
        loaded = load(path)
        assert not loaded.ok
        assert loaded.definition == {}
        (problem,) = loaded.problems
        return f"{problem.line}:{problem.column} {problem.message}"

    (tmp_path / "latin.yml").write_bytes("steps: []\nname: caf\xe9".encode("latin-1"))
    (tmp_path / "big.yml").write_bytes(b"#" * (1024 * 1024 + 1))
    assert only_problem(tmp_path / "none.yml") == "1:1 the file cannot be read: No such file or directory"
    assert only_problem(tmp_path) == "1:1 the file cannot be read: Is a directory"
    assert only_problem(tmp_path / "latin.yml").startswith("2:10 the file is not UTF-8: the byte 0xe9")
    assert only_problem(tmp_path / "big.yml") == "1:1 the file is larger than 1,048,576 bytes"
    assert not load_text("#" * (1024 * 1024 + 1), "big.yml").ok


@pytest.mark.parametrize("name", ["cmake", "monorepo", "release", "rust"])
def test_with_and_without_libyaml_the_same_is_read(monkeypatch, name):
    path = Path(__file__).parent / "shapes" / f"{name}.yml"
    fast = load(path, skip_unsupported=True)
    monkeypatch.delattr(yaml, "CSafeLoader")
    assert load(path, skip_unsupported=True) == fast


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    path = tmp_path / "bom.yml"
    path.write_bytes(b"\xef\xbb\xbfsteps: [{id: a, run: x}]\r\n")
    loaded = load(path)
    assert loaded.ok
    assert loaded.definition["name"] == "bom"


def test_definitions_are_json(read):
    loaded = read("steps: [{id: a, run: x, matrix: {v: [1.5, ~, [1, {a: b}]]}}]")
    assert json.loads(json.dumps(loaded.definition)) == loaded.definition
