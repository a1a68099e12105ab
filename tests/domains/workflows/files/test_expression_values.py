"""Expressions have GitHub's values, also in the odd corners."""

import math
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stateroom.domains.workflows.files.expressions import (
    ExpressionError,
    Status,
    evaluate,
    functions,
    interpolate,
    parse,
    references,
    truthy,
)

CONTEXTS = {
    "matrix": {"os": "Ubuntu-Latest", "version": 3.1, "flags": ["a", "B"], "target": {"arch": "x64"}, "none": None},
    "env": {"CI": "true", "EMPTY": "", "ci": "lower"},
    "needs": {
        "build": {"result": "success", "outputs": {"tag": "v1"}},
        "test": {"result": "failure", "outputs": {}},
    },
    "steps": {"a": {"outcome": "success"}, "b": {"outcome": "skipped"}, "c": {}},
    "github": {"ref": "refs/heads/main", "event_name": "push"},
    "list": [[1, 2], [3]],
}

VALUES = [
    # literals
    ("null", None),
    ("true", True),
    ("'it''s'", "it's"),
    ("0x1F", 31),
    ("0o17", 15),
    ("-2.5e-1", -0.25),
    (".5", 0.5),
    ("Infinity", math.inf),
    ("''", ""),
    # access
    ("matrix.os", "Ubuntu-Latest"),
    ("MATRIX['OS']", "Ubuntu-Latest"),
    ("matrix.target.arch", "x64"),
    ("matrix.target.nothing.at.all", None),
    ("matrix.os.nothing", None),
    ("matrix.flags[1]", "B"),
    ("matrix.flags['1']", "B"),
    ("matrix.flags[1.9]", "B"),
    ("matrix.flags[2]", None),
    ("matrix.flags[-1]", None),
    ("matrix.flags.name", None),
    ("matrix[matrix.none]", None),
    ("matrix[format('{0}s', 'o')]", "Ubuntu-Latest"),
    ("env.ci", "lower"),
    ("env.Ci", "true"),
    ("steps.*.outcome", ("success", "skipped")),
    ("needs.*.outputs.tag", ("v1",)),
    ("list.*", ([1, 2], [3])),
    ("list.*.*", (1, 2, 3)),
    ("list[*][0]", (1, 3)),
    ("matrix.os.*", ()),
    # equality: kinds are brought to numbers, case does not count
    ("'ABC' == 'abc'", True),
    ("'straße' == 'STRAßE'", True),
    ("'ß' == 'ss'", False),
    ("null == ''", True),
    ("null == 0", True),
    ("false == '0'", True),
    ("true == '1'", True),
    ("true == 'true'", False),
    ("1 == ' 1 '", True),
    ("'0x10' == 16", True),
    ("NaN == NaN", False),
    ("NaN != NaN", True),
    ("matrix.target == matrix.target", True),
    ("matrix.target == 'Object'", False),
    ("matrix.flags != null", True),
    # order
    ("1 < '2'", True),
    ("'a' < 'B'", True),
    ("'b' <= 'B'", True),
    ("2 >= 2", True),
    ("'10' > '9'", False),
    ("10 > '9'", True),
    ("null > -1", True),
    ("true > false", True),
    ("matrix.target < 1", False),
    # logic gives back values
    ("'' || 'default'", "default"),
    ("'x' && 'y'", "y"),
    ("0 && 'y'", 0),
    ("matrix.none || matrix.version", 3.1),
    ("true && false || 'c'", "c"),
    ("!''", True),
    ("!!'x'", True),
    ("!matrix.target", False),
    ("1 == 1 != false", True),
    ("1 < 2 == true", True),
    ("(true || true) && false", False),
    # functions
    ("contains('Hello', 'ELL')", True),
    ("contains(matrix.flags, 'b')", True),
    ("contains(needs.*.result, 'failure')", True),
    ("contains(matrix.target, 'x64')", False),
    ("contains(12345, 34)", True),
    ("contains(null, '')", True),
    ("startsWith(github.ref, 'REFS/')", True),
    ("endsWith(github.ref, '/Main')", True),
    ("startsWith(matrix.target, '')", False),
    ("format('{0}-{1}-{0}', 'a', 2)", "a-2-a"),
    ("format('{{{0}}}', 1.50)", "{1.5}"),
    ("join(matrix.flags)", "a,B"),
    ("join(matrix.flags, ' + ')", "a + B"),
    ("join('x', ', ')", "x"),
    ("join(matrix.target)", ""),
    ("toJSON(matrix.flags)", '[\n  "a",\n  "B"\n]'),
    ("toJSON(null)", "null"),
    ('fromJSON(\'{"a": [1, {"b": true}]}\').a[1].b', True),
    ("fromJSON(toJSON(matrix.target)).arch", "x64"),
    ("CONTAINS('a', 'A')", True),
    # status
    ("success()", False),
    ("failure() && 'f'", "f"),
    ("always()", True),
    ("cancelled ( )", False),
]


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_values(text, value):
    found = evaluate(text, CONTEXTS, Status(success=False, failure=True))
    assert (tuple(found) if isinstance(value, tuple) else found) == value
    assert type(found) is type(value) or isinstance(value, (int, float, tuple))


ERRORS = [
    ("", 0, "empty"),
    ("   ", 3, "empty"),
    ("a =  b", 2, "did you mean `==`"),
    ("a & b", 2, "did you mean `&&`"),
    ("'open", 0, "no closing quote"),
    ("'a''b''", 0, "no closing quote"),
    ('"double"', 0, "single quotes"),
    ("matrix.", 7, "name of a property"),
    ("matrix os", 7, "an operator or the end"),
    ("(1", 2, "`)` is expected"),
    ("a[1", 3, "`]` is expected"),
    ("f(1,", 4, "a value is expected"),
    ("1 +", 2, "neither a number nor a name"),
    ("3rd", 0, "neither a number nor a name"),
    ("a ? b", 2, "not a name"),
    ("*", 0, "a value"),
    ("!", 1, "a value"),
    ("'a'.b", 3, "an operator or the end"),
    ("(" * 60 + "1" + ")" * 60, None, "nested deeper"),
    ("!" * 3000 + "1", None, "nested deeper"),
    ("a" + ".b" * 60, 0, "nested deeper"),
    ("1" + " == 1" * 3000, 0, "nested deeper"),
    ("'" + "x" * 21_000 + "'", 0, "21,000"),
]


@pytest.mark.parametrize(("text", "offset", "message"), ERRORS, ids=[text[:12] for text, _, _ in ERRORS])
def test_syntax_errors_have_a_place(text, offset, message):
    with pytest.raises(ExpressionError, match=re.escape(message)) as error:
        parse(text)
    assert offset is None or error.value.offset == offset


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing.here", "`nothing` is not known here; known are: .*matrix"),
        ("hashFiles('x')", "no function"),
        ("contains('x')", "does not take 1"),
        ("fromJSON('{')", "not JSON"),
        ("fromJSON('NaN')", "not JSON"),
        ("fromJSON('1e999')", "not JSON"),
        ("format('{1}', 1)", "no value"),
        ("format('{', 1)", "single brace"),
        (f"fromJSON('{'[' * 60}{']' * 60}')", "nested deeper than 50"),
        (f"fromJSON('{'[' * 9000}{']' * 9000}')", "not JSON|nested deeper"),
        ("format('{0}{0}', " * 30 + "'x'" + ")" * 30, "longer than 1,048,576"),
        ("toJSON(" * 30 + "'x'" + ")" * 30, "longer than 1,048,576"),
        ("join(list.*.*, " + "format('{0}{0}', " * 20 + "'x'" + ")" * 21, "longer than 1,048,576"),
        ("format('{99999999999999999999}', 1)", "no value"),
    ],
)
def test_evaluation_errors(text, message):
    with pytest.raises(ExpressionError, match=message):
        evaluate(text, CONTEXTS)


def test_long_chains_of_and_are_fine():
    assert evaluate(" && ".join(["1"] * 3000), {}) == 1


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("", ""),
        ("${{ matrix.os }}/${{matrix.version}}", "Ubuntu-Latest/3.1"),
        ("${{ '}}' }} and ${{ 'it''s' }}", "}} and it's"),
        ("${{ null }}|${{ true }}|${{ 1.0 }}|${{ 1e21 }}|${{ -0 }}", "|true|1|1E+21|0"),
        ("${{ matrix.flags }} ${{ matrix.target }}", "Array Object"),
        ("$ { { x } } $${{ 1 }}", "$ { { x } } $1"),
    ],
)
def test_interpolation(text, result):
    assert interpolate(text, CONTEXTS) == result


def test_a_hole_without_an_end_is_an_error():
    with pytest.raises(ExpressionError, match="no closing") as error:
        interpolate("ab ${{ 'x }}", {})
    assert error.value.offset == 3


def test_what_an_expression_speaks_of():
    expr = parse("contains(needs.*.outputs[matrix.x].y, 'a') && steps['b'].outcome")
    assert [(r.context, r.path, r.offset) for r in references(expr)] == [
        ("matrix", ("x",), 25),
        ("needs", ("*", "outputs", None, "y"), 9),
        ("steps", ("b", "outcome"), 46),
    ]
    assert [call.name for call in functions(expr)] == ["contains"]


@settings(deadline=None)
@given(st.text(alphabet="ab.[]()'!=<>&|,*10 _-\"${}", max_size=40))
def test_any_text_is_an_expression_or_an_error(text):
    try:
        expr = parse(text)
        evaluate(expr, {"a": {"b": [1, {"a": None}]}, "b": "x"})
    except ExpressionError as error:
        place = error.offset
    else:
        place = 0
    assert 0 <= place <= len(text)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_survives_quoting(text):
    quoted = "'" + text.replace("'", "''") + "'"
    assert evaluate(quoted, {}) == text
    assert interpolate(f"<${{{{ {quoted} }}}}>", {}) == f"<{text}>"


PRIMITIVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(alphabet=string.printable, max_size=8)


@settings(deadline=None)
@given(PRIMITIVES, PRIMITIVES)
def test_comparisons_agree_with_each_other(left, right):
    contexts = {"l": left, "r": right}

    def value(text):
        return evaluate(text, contexts)

    assert value("l == r") is value("r == l")
    assert value("l != r") is not value("l == r")
    assert value("l < r") is value("r > l")
    assert value("l <= r") is (value("l < r") or value("l == r"))
    assert value("!l") is not truthy(left)
    assert truthy(value("l && r")) == (truthy(left) and truthy(right))
    assert truthy(value("l || r")) == (truthy(left) or truthy(right))


@settings(deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
), max_leaves=8))  # fmt: skip
def test_json_there_and_back(value):
    assert evaluate("fromJSON(toJSON(x))", {"x": value}) == value
