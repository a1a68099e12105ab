"""GitHub Actions files: what becomes of each key, and what is said of what cannot be done."""

from textwrap import indent

import pytest


def job(text, *, head=""):
    """Return a file with one job `a` that has these keys besides runs-on and steps, from line 4 on, indented by 4."""
    return f"jobs:\n  a:\n    runs-on: ubuntu-latest\n{indent(text, '    ')}\n    steps: [run: x]\n{head}"


def step(text):
    """Return a file with one step of these keys, the first of them on line 5, all from column 9 on."""
    return f"jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - {indent(text, '        ').lstrip()}\n"


def part(steps, text):
    (found,) = steps(step(text))["a"]["parts"]
    return found


def needs(step):
    return [(need["step"], need["condition"]) for need in step["needs"]]


def test_a_job_is_a_step_and_its_steps_are_parts(steps):
    found = steps(
        """\
        env: {LEVEL: 1.50, ON: true, NONE: }
        defaults: {run: {shell: bash, working-directory: top}}
        jobs:
          build:
            name: Build ${{ matrix.os }}
            runs-on: ubuntu-latest
            timeout-minutes: 1.5
            env: {LEVEL: 2}
            outputs: {tag: "${{ steps.tag.outputs.name }}", fixed: 1}
            strategy: {matrix: {os: [a, b]}}
            steps:
              - uses: actions/checkout@v4
              - uses: actions/setup-node@v4
                with: {node-version: 20}
              - name: Test ${{ matrix.os }}
                id: tag
                run: make test
                shell: sh
                working-directory: sub
                env: {A: "${{ env.LEVEL }}"}
                if: ${{ matrix.os == 'a' }}
                continue-on-error: true
                timeout-minutes: 10
              - run: |

                  first line
                  second line
        """
    )["build"]
    parts = found.pop("parts")
    assert found == {
        "key": "build",
        "title": "Build ${{ matrix.os }}",
        "action": "command",
        "command": None,
        "handler": None,
        "parameters": {},
        "shell": None,
        "env": {"LEVEL": "2"},
        "working_directory": None,
        "timeout_seconds": 90,
        "max_retries": 0,
        "retry_policy": {"initial_seconds": 1, "factor": 2, "maximum_seconds": 300, "jitter": 0.2},
        "queue": "default",
        "priority": 0,
        "needs": [],
        "when": None,
        "continue_on_error": False,
        "matrix": [{"os": "a"}, {"os": "b"}],
        "outputs": {"tag": "${{ steps.tag.outputs.name }}", "fixed": "1"},
    }
    assert parts[0]["name"] == "Run actions/checkout@v4"
    assert parts[0]["run"] is None
    assert parts[0]["note"].startswith("not run: the job has a fresh working copy")
    assert "node-version: 20" in parts[1]["note"]
    assert parts[2] == {
        "name": "Test ${{ matrix.os }}",
        "id": "tag",
        "run": "make test",
        "shell": "sh",
        "working_directory": "sub",
        "env": {"A": "${{ env.LEVEL }}"},
        "when": "matrix.os == 'a'",
        "continue_on_error": True,
        "timeout_seconds": 600,
        "note": None,
    }
    assert (parts[3]["name"], parts[3]["shell"], parts[3]["working_directory"]) == ("Run first line", "bash", "top")


def test_env_of_the_workflow_has_the_text_that_github_gives_it(read):
    found = read("env: {A: 1.50, B: true, C: , D: 010, E: '010'}\n" + job("name: n"))
    assert found.definition["env"] == {"A": "1.5", "B": "true", "C": "", "D": "10", "E": "010"}
    assert found.definition["name"] == "file"


def test_what_is_accepted_without_effect_is_listed_once(read):
    text = """\
    name: n
    run-name: r ${{ inputs.x }}
    on: {workflow_dispatch: }
    permissions: {contents: write}
    concurrency: ${{ github.workflow }}
    jobs:
      a: {runs-on: ubuntu-latest, permissions: {}, concurrency: c, steps: [run: x], strategy: {fail-fast: true}}
      b: {runs-on: linux, permissions: {}, steps: [run: x], strategy: {fail-fast: false}}
    """
    found = read(text)
    assert found.ok
    assert [(p.line, p.message.split()[0]) for p in found.problems if p.kind == "not_applied"] == [
        (1, "`name`"),
        (2, "`run-name`"),
        (3, "`on`"),
        (4, "`permissions`"),
        (5, "`concurrency`"),
        (7, "`runs-on`"),
        (7, "`fail-fast`"),
    ]
    assert len(found.problems) == 7


@pytest.mark.parametrize(
    "runs_on",
    [
        "ubuntu-latest", "ubuntu-24.04-arm", "Ubuntu-22.04", "linux", "[self-hosted, linux]",
        "[self-hosted, Linux, X64]", "[ubuntu-latest]",
        "\"${{ 'ubuntu-latest' }}\"", "\"${{ fromJSON('[\\\"self-hosted\\\", \\\"linux\\\"]') }}\"",
        "\"ubuntu-${{ matrix.none || 'latest' }}\"",
    ],
)  # fmt: skip
def test_linux_labels(steps, runs_on):
    assert steps(f"jobs: {{a: {{runs-on: {runs_on}, steps: [run: x]}}}}")["a"]["parts"]


def test_runs_on_is_resolved_for_each_combination(read):
    text = """\
    jobs:
      a:
        runs-on: ${{ matrix.on || matrix.os }}
        strategy:
          matrix:
            os: [ubuntu-latest, macos-14, "${{ 'windows-2022' }}"]
            include:
              - {os: macos-14, on: [self-hosted, linux]}
              - {os: extra, on: ubuntu-20.04}
        steps: [run: x]
    """
    found = read(text)
    assert [f"{p.line}:{p.column} {p.message[:26]}" for p in found.problems if p.kind == "unsupported"] == [
        "3:14 `runs-on`: `windows-2022` "[:31]
    ]
    kept = read(text, skip_unsupported=True)
    assert kept.ok
    assert [each["os"] for each in kept.definition["steps"][0]["matrix"]] == ["ubuntu-latest", "macos-14", "extra"]


@pytest.mark.parametrize(
    ("condition", "edge", "left"),
    [
        ("success()", "success", None),
        ("${{ always() }}", "always", None),
        ("failure()", "failure", None),
        ("true", "success", None),
        ("false", "success", "false"),
        ("${{ false }}", "success", "false"),
        ("github.ref == 'refs/heads/main'", "success", "github.ref == 'refs/heads/main'"),
        ("${{ needs.b.outputs.x }}", "success", "needs.b.outputs.x"),
        ("failure() && github.event_name == 'push'", "failure", "true && github.event_name == 'push'"),
        ("always() && needs.b.result == 'success'", "always", "true && needs.b.result == 'success'"),
        ("always() && !failure()", "always", "always() && !failure()"),
        ("|\n      ${{ always() }}\n", "always", None),
    ],
)
def test_if_of_a_job(steps, condition, edge, left):
    text = f"""\
jobs:
  b: {{runs-on: linux, steps: [run: x], outputs: {{x: y}}}}
  a:
    runs-on: linux
    needs: b
    if: {condition}
    steps: [run: x]
"""
    found = steps(text)["a"]
    assert (needs(found), found["when"]) == ([("b", edge)], left)


def test_failure_without_needs_is_left_to_the_worker(steps):
    assert steps(job("if: failure()"))["a"]["when"] == "failure()"


def test_several_needs_in_any_order(read):
    text = """\
    jobs:
      last: {runs-on: linux, needs: [x, y], steps: [run: x]}
      y: {runs-on: linux, needs: x, steps: [run: x]}
      x: {runs-on: linux, steps: [run: x]}
    """
    definition = read(text).definition
    assert [each["key"] for each in definition["steps"]] == ["x", "y", "last"]
    assert needs(definition["steps"][2]) == [("x", "success"), ("y", "success")]


@pytest.mark.parametrize(
    ("text", "tolerated"),
    [
        ("true", True),
        ("${{ matrix.x > 0 }}", True),
        ("${{ matrix.x > 9 }}", False),
        ("${{ matrix.x > 1 }}", "matrix.x > 1"),
        ("${{ env.LAX == 'yes' }}", "env.LAX == 'yes'"),
    ],
)
def test_continue_on_error_of_a_step(steps, text, tolerated):
    found = steps(
        f"""\
jobs:
  a:
    runs-on: linux
    strategy: {{matrix: {{x: [1, 2]}}}}
    continue-on-error: ${{{{ matrix.x < 5 }}}}
    steps: [{{run: x, continue-on-error: "{text}"}}]
""".replace('"true"', "true")
    )["a"]
    assert found["continue_on_error"] is True
    assert found["parts"][0]["continue_on_error"] == tolerated


def test_continue_on_error_of_a_job_names_the_combinations_that_it_holds_for(read):
    text = job("strategy: {matrix: {x: [1, 2, 3]}}\ncontinue-on-error: ${{ matrix.x > 1 }}")
    assert read(text).definition["steps"][0]["continue_on_error"] == [1, 2]


def test_a_time_out_may_come_from_the_matrix(read):
    text = job("strategy: {matrix: {t: [5, 10]}}\ntimeout-minutes: ${{ matrix.t }}")
    found = read(text)
    assert found.definition["steps"][0]["timeout_seconds"] == 600
    assert [p.message for p in found.problems if p.kind == "note"] == [
        "`timeout-minutes` differs between the combinations; the longest, 10, counts for all"
    ]


def test_without_a_time_out_a_job_has_github_s(steps):
    assert steps(job("name: n"))["a"]["timeout_seconds"] == 21_600


def test_shells(steps):
    assert part(steps, "run: x")["shell"] is None
    assert part(steps, "run: x\nshell: perl {0}")["shell"] == "perl {0}"


@pytest.mark.parametrize(
    ("uses", "inputs"),
    [
        ("actions/checkout@v4", "{fetch-depth: 0, submodules: true, path: ''}"),
        ("actions/checkout@main", "{ref: '${{ github.sha }}'}"),
        ("Actions/Checkout@8f4b7f84864484a7bf31766abe9204da3cbe65b3", "{}"),
        ("actions/setup-go@v5", "{go-version: '${{ matrix.go }}', go-version-file: go.mod}"),
        ("actions/setup-java@v4", "{distribution: temurin, java-version: 21}"),
    ],
)
def test_actions_that_are_left_out_and_say_so(steps, uses, inputs):
    found = part(steps, f"uses: {uses}\nwith: {inputs}\nif: always()\nid: s")
    assert (found["run"], found["when"], found["id"]) == (None, "always()", "s")
    assert found["note"].startswith("not run: ")
    assert "${{" not in found["note"]


UNSUPPORTED = [
    (step("uses: actions/cache@v4"), "5:15 unsupported `uses: actions/cache@v4` is not supported"),
    (step("uses: ./.github/actions/x"), "5:15 unsupported `uses: ./.github/actions/x`: actions of the repository"),
    (step("uses: docker://alpine"), "5:15 unsupported `uses: docker://alpine`: actions in containers"),
    (step("uses: actions/checkout/sub@v4"), "5:15 unsupported `uses: actions/checkout/sub@v4`"),
    (step("uses: actions/checkout@v4\nwith: {repository: o/r}"), "6:16 unsupported `repository` of actions/checkout"),
    (step("uses: actions/checkout@v4\nwith: {ref: main}"), "6:16 unsupported `ref` of actions/checkout"),
    (step("run: ${{ secrets.X }}"), "5:18 unsupported `secrets.X`: the context `secrets` is not supported"),
    (step("run: ${{ vars['X'] }}"), "5:18 unsupported `vars.X`: the context `vars` is not supported"),
    (step("run: ${{ inputs.x }}"), "5:18 unsupported `inputs.x`"),
    (step("run: ${{ job.status }}"), "5:18 unsupported `job.status`"),
    (step("run: ${{ strategy.job-index }}"), "5:18 unsupported `strategy.job-index`"),
    (step("run: ${{ github.actor }}"), "5:18 unsupported `github.actor` is not supported; of `github` there are `sha`"),
    (step("run: ${{ github.event.number }}"), "5:18 unsupported `github.event.number`"),
    (step("run: ${{ toJSON(github) }}"), "5:25 unsupported `github` is not supported"),
    (step("run: ${{ github[env.X] }}"), "5:18 unsupported `github.[…]` is not supported"),
    (step("run: ${{ runner.arch }}"), "5:18 unsupported `runner.arch` is not supported; of `runner` there are `os`"),
    (step("id: s\nrun: ${{ steps.s.foo }}"), "6:18 unsupported `steps.s.foo` is not supported; of each of `steps`"),
    (step("run: ${{ hashFiles('**') }}"), "5:18 unsupported the function `hashFiles` is not supported"),
    (step("run: x\nif: secrets.X != ''"), "6:13 unsupported `secrets.X`"),
    (step("run: x\nshell: powershell"), "6:16 unsupported `shell` is `powershell`, which Stateroom does not run"),
    (job("container: node:20"), "4:5 unsupported `container`: jobs in containers are not supported"),
    (job("services: {}"), "4:5 unsupported `services`: service containers are not supported"),
    (job("environment: prod"), "4:5 unsupported `environment`: deployment environments are not supported"),
    ("jobs:\n  a:\n    uses: ./x.yml\n    with: {a: 1}\n    secrets: inherit", "3:5 unsupported `uses`: reusable"),
    ("jobs: {a: {runs-on: macos-14, steps: [run: x]}}", "1:21 unsupported `runs-on`: `macos-14` is not a Linux label"),
    ("jobs: {a: {runs-on: self-hosted, steps: [run: x]}}", "1:21 unsupported `runs-on`: ['self-hosted'] name no"),
    ("jobs: {a: {runs-on: [linux, gpu], steps: [run: x]}}", "1:29 unsupported `runs-on`: `gpu` is not a Linux label"),
    ("jobs: {a: {runs-on: {group: g}, steps: [run: x]}}", "1:21 unsupported `runs-on` with runner groups"),
    ("jobs: {a: {runs-on: '${{ vars.R }}', steps: [run: x]}}", "1:26 unsupported `vars.R`"),
    ("jobs: {a: {runs-on: '${{ github.ref }}', steps: [run: x]}}", "1:26 unsupported `github.ref` is known only while"),
    (job("strategy: {max-parallel: 1}"), "4:16 unsupported `max-parallel` is not supported"),
    (job("timeout-minutes: ${{ env.T }}"), "4:26 unsupported `env.T` is known only while the workflow runs"),
    ("env:\n  A: ${{ secrets.A }}\n" + job("name: n"), "2:10 unsupported `secrets.A`"),
]


@pytest.mark.parametrize(("text", "expected"), UNSUPPORTED, ids=[expected[:50] for _, expected in UNSUPPORTED])
def test_unsupported(read, text, expected):
    found = [p for p in read(text).problems if p.kind != "not_applied"]
    assert [f"{p.line}:{p.column} {p.kind} {p.message}"[: len(expected)] for p in found] == [expected]
    assert not read(text).ok


ERRORS = [
    ("jobs: {}", "1:7 error `jobs` is empty"),
    ("jobs:", "error `jobs` has to be a mapping, not nothing"),
    ("jobs: []", "1:7 error `jobs` has to be a mapping, not a list"),
    ("jobs: {a: x}", "1:11 error job `a` has to be a mapping, not the text 'x'"),
    (
        "job: {}\njobs: {a: {runs-on: linux, steps: [run: x]}}",
        "1:1 error `job` is not a key of a workflow; did you mean",
    ),
    ("jobs: {1a: {runs-on: linux, steps: [run: x]}}", "1:8 error a job's id is '1a'"),
    ("jobs: {a: {runs-on: linux}}", "1:11 error job `a` has no `steps`"),
    ("jobs: {a: {runs-on: linux, steps: []}}", "1:35 error `steps` is an empty list"),
    ("jobs: {a: {steps: [run: x]}}", "1:11 error job `a` has no `runs-on`; give one, such as `runs-on: ubuntu-latest`"),
    ("jobs: {a: {runs-on: [], steps: [run: x]}}", "1:21 error `runs-on` is an empty list"),
    ("jobs: {a: {runs-on: [[x]], steps: [run: x]}}", "1:22 error `runs-on` has to be a text or a list of texts"),
    (job("run-on: x"), "4:5 error `run-on` is not a key of job `a`; did you mean `runs-on`?"),
    (job("needs: b"), "4:12 error job `a` needs `b`, which does not exist; there is no other job"),
    (job("needs: [a]"), "4:13 error job `a` needs itself"),
    (job("timeout-minutes: soon"), "4:22 error `timeout-minutes` has to be a number from 0.01 to 525600"),
    (job("timeout-minutes: 0"), "4:22 error `timeout-minutes` is 0; allowed are 0.01 to 525600"),
    (job("timeout-minutes: ${{ 'x' }}"), "4:22 error `timeout-minutes` has to be a number of minutes"),
    (job("continue-on-error: maybe"), "4:24 error `continue-on-error` has to be `true` or `false`"),
    (job("strategy: {matrx: {}}"), "4:16 error `matrx` is not a key of `strategy`; did you mean `matrix`?"),
    (job("defaults: {run: {sheII: sh}}"), "4:22 error `sheII` is not a key of `defaults.run`; did you mean `shell`?"),
    (job("defaults: {shell: sh}"), "4:16 error `shell` is not a key of `defaults`; allowed are `run`"),
    (job("if: github.ref = 'x'"), "4:20 error in an expression: `=` is not an operator; did you mean `==`?"),
    (job("if: ${{ true }} && x"), "4:9 error `if` has text outside of `${{ }}`, which makes it always true"),
    (job("if: steps.x.outcome == 'failure'"), "4:9 error `steps.x.outcome`: `steps` is not known in a job's `if`"),
    (job("if: runner.os == 'Linux'"), "4:9 error `runner.os`: `runner` is not known in a job's `if`"),
    (job("if: matrx.os == 'x'"), "4:9 error there is no context `matrx`; did you mean `matrix`?"),
    (job("if: hasFiles('x')"), "4:9 error there is no function `hasfiles`; there are"),
    (job("env: {A: '${{ failure() }}'}"), "4:19 error `failure()` is known in `if` only, not in a job's `env`"),
    (job("if: success('b')"), "4:9 error `success()` takes no values, 1 given"),
    (job("outputs: {a: [1]}"), "4:18 error `outputs`.a has to be a text"),
    (step("name: x"), "5:9 error a step has neither `run` nor `uses`"),
    (step("run: x\nuses: actions/checkout@v4"), "5:9 error a step has both `run` and `uses`"),
    (step("run: x\nwith: {}"), "6:9 error `with` is not a key of a step with `run`; allowed are"),
    (step("uses: actions/checkout@v4\nshell: sh"), "6:9 error `shell` is not a key of a step with `uses`"),
    (step("uses: actions/checkout"), "5:15 error `uses` is 'actions/checkout'; it has to be owner/name@version"),
    (step("id: a b\nrun: x"), "5:13 error a step's `id` is 'a b'"),
    (step("run: x\nshell: bas"), "6:16 error `shell` is `bas`; did you mean `bash`?"),
    (step("run: x\nif: ''"), "6:13 error `if` has to be a text that is not empty"),
    (step("run: ${{ }}"), "5:18 error in an expression: the expression is empty"),
    (step("run: ${{ a"), "5:14 error `${{` has no closing `}}`"),
    (step("run: [x]"), "5:14 error `run` has to be a text, not a list"),
    (step("run: x\nenv: {A: {B: 1}}"), "6:18 error a step's `env`.A has to be a text"),
    (step("id: s\nrun: x") + "      - {id: S, run: y}", "7:14 error the step id `S` is already taken on line 5"),
]


@pytest.mark.parametrize(("text", "expected"), ERRORS, ids=[expected[:50] for _, expected in ERRORS])
def test_errors(problems, text, expected):
    found = problems(text)
    assert any(each.startswith(expected) or (expected.startswith("error") and expected in each) for each in found), (
        found
    )
    assert len(found) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (step("run: ${{ matrix.os }}"), "5:18 note `matrix` has no `os` here, so this is always empty"),
        (step("run: ${{ steps.tets.outputs.x }}\nid: test"), "5:18 note `steps` has no `tets` here"),
        (step("run: ${{ needs.b.result }}"), "5:18 note `needs` has no `b` here"),
    ],
)
def test_notes(problems, text, expected):
    assert [each[: len(expected)] for each in problems(text)] == [expected]


def test_an_output_that_no_job_has_is_noted(problems):
    text = """\
    jobs:
      a: {runs-on: linux, steps: [run: x], outputs: {version: "1"}}
      b: {runs-on: linux, needs: a, steps: [run: "${{ needs.a.outputs.verison }} ${{ needs.a.outputs.version }}"]}
    """
    assert problems(text) == [
        "3:51 note `needs.a.outputs` has no `verison` here, so this is always empty; did you mean `version`?"
    ]


def test_skipping_leaves_out_the_smallest_part_that_is_unsupported(read):
    text = """\
    env: {GOOD: 1, BAD: "${{ secrets.X }}"}
    jobs:
      a:
        runs-on: linux
        env: {GOOD: 1, BAD: "${{ vars.X }}"}
        outputs: {good: "1", bad: "${{ job.status }}"}
        strategy: {max-parallel: 1}
        steps:
          - run: one
          - uses: actions/cache@v4
          - run: two
            env: {X: "${{ secrets.X }}"}
          - run: three
    """
    found = read(text, skip_unsupported=True)
    assert found.ok
    assert found.definition["env"] == {"GOOD": "1"}
    (only,) = found.definition["steps"]
    assert (only["env"], only["outputs"]) == ({"GOOD": "1"}, {"good": "1"})
    assert [each["run"] for each in only["parts"]] == ["one", "three"]
    assert sum(p.kind == "unsupported" for p in found.problems) == 6


def test_skipping_leaves_out_jobs_and_all_that_need_them(read):
    text = """\
    jobs:
      far: {needs: [near, fine], runs-on: linux, if: always(), steps: [run: x]}
      near: {needs: bad, runs-on: linux, steps: [run: x]}
      bad: {runs-on: linux, container: x, steps: [run: x]}
      empty: {runs-on: linux, steps: [uses: a/b@v1]}
      fine: {runs-on: linux, steps: [run: x]}
    """
    found = read(text, skip_unsupported=True)
    assert found.ok
    assert [each["key"] for each in found.definition["steps"]] == ["fine"]
    assert [f"{p.line} {p.message}" for p in found.problems if p.kind == "note"] == [
        "2 job `far` is left out, because it needs `near`, which is left out",
        "3 job `near` is left out, because it needs `bad`, which is left out",
        "4 job `bad` is left out, because it is not supported",
        "5 job `empty` is left out, because it is not supported",
    ]


@pytest.mark.parametrize("defaults", ["shell: pwsh", "working-directory: '${{ vars.DIR }}'"])
def test_no_job_runs_with_other_defaults_than_it_asks_for(read, defaults):
    jobs = "  b: {runs-on: linux, steps: [run: x]}\n"
    of_job = read(job(f"defaults: {{run: {{{defaults}}}}}") + jobs, skip_unsupported=True)
    assert [each["key"] for each in of_job.definition["steps"]] == ["b"]
    of_workflow = read(f"defaults: {{run: {{{defaults}}}}}\n" + job("name: n") + jobs, skip_unsupported=True)
    assert not of_workflow.ok


def test_skipping_everything_leaves_nothing_to_run(read):
    found = read("jobs: {a: {runs-on: macos-14, steps: [run: x]}}", skip_unsupported=True)
    assert not found.ok
    assert found.definition == {}
    assert found.problems[0].message.startswith("nothing is left to run")


def test_skipping_does_not_hide_errors(read):
    assert not read("jobs: {a: {runs-on: linux, steps: [run: x, runs: y]}}", skip_unsupported=True).ok
