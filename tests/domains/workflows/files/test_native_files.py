"""Stateroom's own YAML: what a file means, and what is said of each mistake."""

import pytest


def needs(step):
    return [(need["step"], need["condition"]) for need in step["needs"]]


def test_a_step_with_everything(steps):
    found = steps(
        """\
        name: all of it
        description: One of each.
        env: {LEVEL: 1, VERSION: 3.10, EMPTY: , YES: yes, ON: true}
        defaults:
          timeout: 10m
          retries: {max: 2, factor: 3}
          shell: bash
          working_directory: src
          queue: ci
        steps:
          - id: first
            run: echo hi
          - id: second
            name: The second
            needs: first
            run: make ${{ matrix.target }}
            env: {TARGET: "${{ matrix.target }}"}
            shell: python
            working_directory: ${{ github.workspace }}
            timeout: 1h 30m
            retries: 5
            matrix: {target: [a, b], exclude: [{target: b}], include: [{target: c, x: 1}]}
            continue_on_error: true
            queue: big
            priority: 7
          - id: third
            needs: [first, second]
            handler: reports.make:v2
            with: {to: [a@example.org], deep: {n: 1.5}}
            retries: {max: 1, initial: 500ms}
        """.replace("500ms", "0.5")
    )
    assert found["first"] == {
        "key": "first",
        "title": "first",
        "action": "command",
        "command": "echo hi",
        "handler": None,
        "parameters": {},
        "shell": "bash",
        "env": {},
        "working_directory": "src",
        "timeout_seconds": 600,
        "max_retries": 2,
        "retry_policy": {"initial_seconds": 1, "factor": 3, "maximum_seconds": 300, "jitter": 0.2},
        "queue": "ci",
        "priority": 0,
        "needs": [],
        "when": None,
        "continue_on_error": False,
        "matrix": None,
        "outputs": {},
        "parts": [],
    }
    second = found["second"]
    assert second["title"] == "The second"
    assert second["command"] == "make ${{ matrix.target }}"
    assert second["env"] == {"TARGET": "${{ matrix.target }}"}
    assert (second["shell"], second["working_directory"]) == ("python", "${{ github.workspace }}")
    assert (second["timeout_seconds"], second["max_retries"], second["priority"]) == (5400, 5, 7)
    assert second["retry_policy"]["factor"] == 3
    assert second["matrix"] == [{"target": "a"}, {"target": "c", "x": 1}]
    assert second["continue_on_error"] is True
    assert second["queue"] == "big"
    third = found["third"]
    assert (third["action"], third["handler"], third["command"]) == ("handler", "reports.make:v2", None)
    assert third["parameters"] == {"to": ["a@example.org"], "deep": {"n": 1.5}}
    assert third["retry_policy"]["initial_seconds"] == 0.5
    assert needs(third) == [("first", "success"), ("second", "success")]


def test_the_head_of_a_file(read):
    head = "name: n\ndescription: d\ntimeout: 90m\nenv: {A: 1.50, B: , C: yes}\n"
    definition = read(head + "steps: [{id: a, run: x}]").definition
    del definition["steps"]
    env = {"A": "1.50", "B": "", "C": "yes"}
    assert definition == {"name": "n", "description": "d", "env": env, "timeout_seconds": 5400}


def test_without_a_name_it_is_called_as_the_file(read):
    definition = read("steps: [{id: a, run: x}]").definition
    assert (definition["name"], definition["timeout_seconds"]) == ("file", 3600)


def test_retries_are_none_unless_said(steps):
    assert steps("steps: [{id: a, run: x}]")["a"]["max_retries"] == 0


def test_steps_are_in_topological_order_and_else_as_in_the_file(read):
    text = "steps:\n" + "\n".join(
        f"  - {{id: {key}, run: x, needs: [{of}]}}"
        for key, of in [("z", ""), ("d", "b, c"), ("c", "a"), ("b", "a"), ("a", ""), ("y", "")]
    )
    assert [step["key"] for step in read(text).definition["steps"]] == ["z", "a", "c", "b", "d", "y"]


def test_stages_follow_each_other(steps):
    found = steps(
        """\
        stages:
          - name: checks
            steps: [{id: lint, run: x}, {id: types, run: x}]
          - name: build
            parallel: false
            steps: [{id: compile, run: x}, {id: package, run: x, needs: lint}, {id: sign, run: x}]
          - steps: [{id: deploy, run: x}, {id: notify, run: x, when: always}]
        """
    )
    assert {key: needs(step) for key, step in found.items()} == {
        "lint": [],
        "types": [],
        "compile": [("lint", "success"), ("types", "success")],
        "package": [("compile", "success"), ("lint", "success")],
        "sign": [("package", "success")],
        "deploy": [("sign", "success")],
        "notify": [("sign", "always")],
    }


@pytest.mark.parametrize(
    ("when", "condition", "left"),
    [
        ("success", "success", None),
        ("failure", "failure", None),
        ("always", "always", None),
        ("always()", "always", None),
        ("${{ failure() }}", "failure", None),
        ("true", "success", None),
        ("false", "success", "false"),
        ("${{ needs.a.result == 'success' }}", "success", "needs.a.result == 'success'"),
        ("matrix.x > 1", "success", "matrix.x > 1"),
        ("failure() && matrix.x > 1", "failure", "true && matrix.x > 1"),
        ("matrix.x > 1 && success ( )", "success", "matrix.x > 1 && true"),
        ("${{ always() && env.A == 'x' }}", "always", "true && env.A == 'x'"),
        ("success() || matrix.x == 1", "always", "success() || matrix.x == 1"),
        ("!cancelled()", "always", "!cancelled()"),
        ("success() && !cancelled()", "always", "success() && !cancelled()"),
    ],
)
def test_when(steps, when, condition, left):
    text = "steps:\n  - {id: a, run: x}\n  - id: b\n    run: x\n    needs: a\n    matrix: {x: [1, 2]}\n    when: "
    found = steps(f'{text}"{when}"' if "!" in when else text + when)["b"]
    assert (needs(found), found["when"]) == ([("a", condition)], left)


def test_without_needs_only_the_worker_can_tell_that_nothing_failed(steps):
    found = steps("steps: [{id: a, run: x, when: failure}, {id: b, run: x, when: always}]")
    assert (found["a"]["when"], found["b"]["when"]) == ("failure()", None)


def test_each_need_may_have_its_own_condition(steps):
    found = steps(
        """\
        steps:
          - {id: a, run: x}
          - {id: b, run: x}
          - {id: c, run: x, needs: [a, {step: b, condition: always}]}
          - {id: d, run: x, needs: {step: a, condition: failure}}
          - {id: e, run: x, when: failure, needs: [a, {step: b, condition: success}]}
          - {id: f, run: x, needs: [a, a, {step: a}]}
        """
    )
    assert needs(found["c"]) == [("a", "success"), ("b", "always")]
    assert needs(found["d"]) == [("a", "failure")]
    assert needs(found["e"]) == [("a", "failure"), ("b", "success")]
    assert needs(found["f"]) == [("a", "success")]


def test_failure_in_a_larger_expression_knows_all_that_comes_before(steps):
    found = steps(
        """\
        steps:
          - {id: a, run: x}
          - {id: b, run: x, needs: a}
          - {id: c, run: x, needs: b, when: "failure() || env.FORCE"}
        """
    )
    assert needs(found["c"]) == [("b", "always"), ("a", "always")]


HEAD = "steps:\n  - id: a\n    run: x\n"

MISTAKES = [
    # keys
    ("steps: [{id: a, run: x}]\nstep: 1", "2:1 error `step` is not a key of a workflow; did you mean `steps`?"),
    (HEAD + "    timout: 1", "4:5 error `timout` is not a key of a step with `run`; did you mean `timeout`?"),
    (HEAD + "    with: {}", "4:5 error `with` is not a key of a step with `run`; allowed are `id`, "),
    ("steps: [{id: a, handler: h, shell: sh}]", "1:29 error `shell` is not a key of a step with `handler`"),
    ("steps: [{id: a, rum: x}]", "1:17 error `rum` is not a key of a step; did you mean `run`?"),
    ("steps: [{id: a}]", "1:9 error a step has neither `run` nor `handler`; it has to have one of them"),
    ("steps: [{id: a, run: x, handler: h}]", "1:9 error a step has both `run` and `handler`"),
    ("defaults: {retry: 1}\nsteps: [{id: a, run: x}]", "1:12 error `retry` is not a key of `defaults`; did you mean"),
    # ids
    ("steps: [{run: x}]", "1:9 error a step has no `id`; give one, such as `id: build`"),
    ("steps: [{id: 1a, run: x}]", "1:14 error `id` is '1a'; an id has letters, digits, - and _"),
    (f"steps: [{{id: {'a' * 101}, run: x}}]", "1:14 error `id` is 'aaa"),
    (HEAD + "  - id: a\n    run: x", "4:9 error the id `a` is already taken on line 2"),
    ("steps: [{id: [a], run: x}]", "1:14 error `id` has to be a text, not a list"),
    # types and ranges
    ("steps: {}", "1:8 error `steps` has to be a list, not a mapping"),
    ("steps:", "error `steps` has to be a list, not nothing"),
    ("steps: []", "1:8 error `steps` is an empty list; give at least one item"),
    ("steps: [x]", "1:9 error a step has to be a mapping, not the text 'x'"),
    ("stages: [{name: a}]", "1:10 error a stage has no `steps`"),
    ("stages: [{parallel: yes, steps: [{id: a, run: x}]}]", "1:21 error `parallel` has to be `true` or `false`"),
    ("stages: [{steps: [{id: a, run: x}]}]\nsteps: [{id: b, run: x}]", "1:1 error a workflow has either"),
    ("steps: [{id: a, run: }]", "1:22 error `run` has to be a text, not nothing"),
    ("steps: [{id: a, run: '  '}]", "1:22 error `run` has to be a text that is not empty"),
    (f"steps: [{{id: a, run: {'x' * 100_001}}}]", "1:22 error `run` has 100,001 characters; at most 100,000"),
    (HEAD + "    timeout: 0", "4:14 error `timeout` is 0; allowed are 1 seconds to 365 days"),
    (HEAD + "    timeout: 1 week", "4:14 error `timeout` has to be seconds or a text such as '90s', '10m' or '1h 30m'"),
    (HEAD + "    timeout: [1]", "4:14 error `timeout` has to be seconds or a text such as"),
    (HEAD + "    timeout: true", "4:14 error `timeout` has to be seconds or a text such as"),
    (HEAD + "    retries: -1", "4:14 error `retries` is -1; allowed are 0 to 1000"),
    (HEAD + "    retries: many", "4:14 error `retries` has to be a whole number from 0 to 1000, not the text 'many'"),
    (HEAD + "    retries: 1.5", "4:14 error `retries` has to be a whole number from 0 to 1000, not the number 1.5"),
    (HEAD + "    retries: {jitter: 2}", "4:23 error `retries.jitter` is 2; allowed are 0 to 1"),
    (HEAD + "    retries: {maximum: x}", "4:24 error `retries.maximum` has to be seconds"),
    (HEAD + "    retries: {facter: 2}", "4:15 error `facter` is not a key of `retries`; did you mean `factor`?"),
    (HEAD + "    priority: 11", "4:15 error `priority` is 11; allowed are 0 to 10"),
    (HEAD + "    queue: a b", "4:12 error `queue` is 'a b'; the name of a queue has"),
    (HEAD + "    shell: perl", "4:12 error `shell` is `perl`; allowed are `bash`, `sh` and `python`, or a command"),
    (HEAD + "    shell: pythn", "4:12 error `shell` is `pythn`; did you mean `python`?"),
    (HEAD + "    shell: pwsh", "4:12 unsupported `shell` is `pwsh`, which Stateroom does not run"),
    (HEAD + "    continue_on_error: 1", "4:24 error `continue_on_error` has to be `true` or `false`, not the number 1"),
    (HEAD + "    env: [A=1]", "4:10 error `env` has to be a mapping, not a list"),
    (HEAD + "    env: {A: [1]}", "4:14 error `env`.A has to be a text"),
    (HEAD + "    env: {A=B: 1}", "4:11 error 'A=B' cannot name an environment variable"),
    ("steps: [{id: a, handler: no good}]", "1:26 error `handler` is 'no good'; a handler's name has"),
    ("steps: [{id: a, handler: h, with: [1]}]", "1:35 error `with` has to be a mapping, not a list"),
    (f"name: {'n' * 201}\nsteps: [{{id: a, run: x}}]", "1:7 error `name` has 201 characters; at most 200"),
    # needs
    (HEAD + "    needs: b", "4:12 error step `a` needs `b`, which does not exist; there is no other step"),
    (HEAD + "    needs: a", "4:12 error step `a` needs itself"),
    (HEAD + "    needs: [[a]]", "4:13 error `needs` has to be a text, not a list"),
    (HEAD + "    needs: {condition: always}", "4:12 error an entry of `needs` has no `step`"),
    (HEAD + "  - {id: b, run: x, needs: {step: a, on: x}}", "4:38 error `on` is not a key of an entry of `needs`"),
    (
        HEAD + "  - {id: b, run: x, needs: {step: a, condition: allways}}",
        "4:49 error `condition` is `allways`; did you",
    ),
    # expressions
    (HEAD + "    when: sometimes", "4:11 error there is no context `sometimes`"),
    (HEAD + "    when: ${{ true }} and more", "4:11 error `when` has text outside of `${{ }}`"),
    (HEAD + "    when: a ==", "4:15 error in an expression: a value is expected here, not the end"),
    (HEAD + "    env: {A: '${{ success() }}'}", "4:19 error `success()` is known in `if` only"),
    (HEAD + "    env: {A: '${{ matrix.x }}'}", "4:19 error `matrix` has no `x` here"),
    (HEAD + "    env: {A: '${{ needs.b.result }}'}", "4:19 error `needs` has no `b` here"),
    (HEAD + "    env: {A: '${{ github.actor }}'}", "4:19 error `github.actor` is not supported"),
    (
        HEAD + "    env: {A: '${{ steps.x.outputs.y }}'}",
        "4:19 error `steps.x.outputs.y`: `steps` is not known in `env`",
    ),
    ("env: {A: '${{ env.B }}'}\nsteps: [{id: a, run: x}]", "1:15 error `env.B`: `env` is not known in the workflow's"),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES, ids=[expected[:60] for _, expected in MISTAKES])
def test_mistakes(problems, text, expected):
    found = problems(text)
    assert any(each.startswith(expected) or (expected.startswith("error") and expected in each) for each in found), (
        found
    )
    assert len(found) == 1


def test_a_circle_is_named(problems):
    text = "steps:\n" + "\n".join(
        f"  - {{id: {key}, run: x, needs: [{of}]}}"
        for key, of in [
            ("before", ""),
            ("a", "before, c"),
            ("b", "a"),
            ("c", "b"),
            ("after", "c"),
            ("d", "e"),
            ("e", "d"),
        ]
    )
    assert problems(text) == [
        "3:37 error the needs run in a circle: a → c → b → a (each needs the next)",
        "7:29 error the needs run in a circle: d → e → d (each needs the next)",
    ]


def test_many_mistakes_are_told_in_one_go_in_the_order_of_the_file(problems):
    text = """\
    nmae: x
    steps:
      - id: a
        run: ${{ foo }}
        timeout: soon
        needs: c
      - id: b
        whne: always
        run: x
        retries: -1
      - id: b
        run: x
    """
    found = problems(text)
    assert [each.split()[0] for each in found] == ["1:1", "4:14", "5:14", "6:12", "8:5", "10:14", "11:9"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("0.5m", 30),
        ("1.2", 2),
        ("10m", 600),
        ("1h 30m", 5400),
        ("1h30m5s", 5405),
        ("2d", 172_800),
        ("1 h", 3600),
    ],
)
def test_durations(steps, text, seconds):
    assert steps(f"steps: [{{id: a, run: x, timeout: {text}}}]")["a"]["timeout_seconds"] == seconds
