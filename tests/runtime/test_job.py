"""Whole command runs: working copy, condition, one command or parts, outputs."""

import asyncio
import json
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field

import pytest

from stateroom.domains.workflows.files import load_text
from stateroom.engine.types import TaskDefinition
from stateroom.runtime.job import Host, Work, execute
from stateroom.runtime.source import Source, describe

SECRETS = {
    "STATEROOM_TOKEN": "s",
    "PGPASSWORD": "s",
    "GITHUB_OUTPUT": "/outer",
    "RUNNER_TEMP": "/outer",
    "GIT_DIR": "/x",
}


@dataclass
class Recorder:
    lines: list[tuple[str, int | None, str]] = field(default_factory=list)
    reports: list[list[dict]] = field(default_factory=list)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    something_said: asyncio.Event = field(default_factory=asyncio.Event)

    def line(self, stream, part_no, text):
        self.something_said.set()
        self.lines.append((stream, part_no, text))

    def parts(self, parts):
        self.reports.append(list(parts))

    def said(self, stream="stdout", part_no=None):
        return [text for kind, no, text in self.lines if kind == stream and (part_no is None or no == part_no)]


@pytest.fixture
async def host(tmp_path):
    async with Host(tmp_path / "home") as host:
        yield host
    assert list((tmp_path / "home/work").glob("w*")) == []


@pytest.fixture
def io():
    return Recorder()


@pytest.fixture
def run(host, io):
    async def run(command=None, *, parts=None, env=None, directory=None, seconds=60, outputs=None, **options):
        given = {name: options.pop(name) for name in list(options) if name in Work.__slots__}
        listed = [{"name": f"part {no}", **each} for no, each in enumerate(parts or [], 1)]
        task = TaskDefinition(
            id=uuid.uuid4(),
            project_id=uuid.uuid4(),
            title="Build",
            action="command",
            handler=None,
            command=command,
            parameters={},
            env=env or {},
            working_directory=directory,
            queue="default",
            timeout_seconds=seconds,
            heartbeat_timeout_seconds=None,
            max_retries=0,
            step_key="build",
            options={"parts": listed, "outputs": outputs or {}, **options},
        )
        work = Work(uuid.UUID(int=7), 1, 2, task, task.project_id, **given)
        outcome = await execute(work, io, host)
        assert list(host._folder.path.glob("r*")) == []
        return outcome

    return run


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    for arguments in (["init", "-q", "-b", "main"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=folder, check=True)
    return folder


def states(outcome):
    return [part["state"] for part in outcome.parts]


async def test_a_command_runs_in_an_empty_folder(run, io):
    outcome = await run("pwd; ls -A; echo oops >&2")
    assert (outcome.state, outcome.exit_code, outcome.parts, outcome.result) == ("succeeded", 0, None, None)
    assert [stream for stream, _, _ in io.lines] == ["stdout", "stderr"]
    assert outcome.output == "".join(f"{text}\n" for _, _, text in io.lines)


async def test_a_command_stops_at_its_first_error(run, io):
    outcome = await run("echo one\nfalse\necho two")
    assert (outcome.state, outcome.exit_code, outcome.error_type) == ("failed", 1, "CommandFailed")
    assert outcome.error_message == "The command ended with exit code 1."
    assert io.said() == ["one"]


async def test_what_it_is_told_and_what_not(run, io, monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OF_THE_WORKER", "kept")
    monkeypatch.delenv("CI", raising=False)
    await run("env", matrix={"os": "linux"}, map_index=3, workflow_run_id=uuid.UUID(int=9), input={"n": 1})
    told = dict(line.split("=", 1) for line in io.said())
    assert told["OF_THE_WORKER"] == "kept"
    assert not {name for name in told if name in SECRETS or name.startswith(("GITHUB_", "RUNNER_", "PG"))}
    assert told["STATEROOM_RUN_ID"] == told["STATEROOM_KEY"] == str(uuid.UUID(int=7))
    assert (told["STATEROOM_ATTEMPT"], told["STATEROOM_MAP_INDEX"]) == ("2", "3")
    assert json.loads(told["STATEROOM_MATRIX"]) == {"os": "linux"}
    assert json.loads(told["STATEROOM_INPUT"]) == {"n": 1}
    assert "STATEROOM_TOKEN" not in told
    assert "CI" not in told


async def test_variables_of_all_levels(run, io):
    outcome = await run(
        'echo "$A $B $C $D ${{ env.B }}"',
        workflow_env={"A": "flow", "B": "flow", "C": "flow"},
        env={"B": "step of ${{ env.A }}", "C": "step", "D": "${{ matrix.d }}"},
        run_env={"C": "start ${{ literally }}"},
        matrix={"d": 4},
    )
    assert outcome.state == "succeeded"
    assert io.said() == ["flow step of flow start ${{ literally }} 4 step of flow"]


async def test_outputs_and_summary_of_a_command(run):
    outcome = await run(
        'echo "size=42" >> "$STATEROOM_OUTPUT"\n'
        'printf "text<<END\\none\\ntwo=2\\nEND\\nempty=\\na=b<<c=d\\n" >> "$STATEROOM_OUTPUT"\n'
        'echo "# All well" > "$STATEROOM_SUMMARY"'
    )
    outputs = {"size": "42", "text": "one\ntwo=2", "empty": "", "a": "b<<c=d"}
    assert outcome.result == {"outputs": outputs, "summary": "# All well\n"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("nonsense", "neither name=value nor name<<MARK"),
        ("=x", "neither name=value nor name<<MARK"),
        ("x<<END\\nnever", "has no end"),
    ],
)
async def test_outputs_that_cannot_be_understood(run, written, said):
    outcome = await run(f'printf "{written}" > "$STATEROOM_OUTPUT"')
    assert (outcome.state, outcome.error_type) == ("failed", "InvalidOutput")
    assert said in outcome.error_message


async def test_answer_files_that_were_replaced_are_not_waited_for(run):
    outcome = await run('rm "$STATEROOM_OUTPUT"; mkfifo "$STATEROOM_OUTPUT"; ln -sf /etc/passwd "$STATEROOM_SUMMARY"')
    assert (outcome.state, outcome.result) == ("succeeded", None)


async def test_too_large_outputs_are_refused(run):
    outcome = await run('head -c 2000000 /dev/zero | tr "\\0" x > "$STATEROOM_OUTPUT"')
    assert outcome.error_type == "InvalidOutput"
    assert "1 MiB" in outcome.error_message


@pytest.mark.parametrize(
    ("condition", "needs", "state"),
    [
        ("matrix.os == 'linux'", {}, "succeeded"),
        ("matrix.os == 'mac'", {}, "skipped"),
        ("needs.lint.outputs.run == 'yes'", {"lint": {"result": "success", "outputs": {"run": "yes"}}}, "succeeded"),
        ("success() && true", {"lint": {"result": "failure", "outputs": {}}}, "skipped"),
        ("failure() || false", {"lint": {"result": "failure", "outputs": {}}}, "succeeded"),
        ("success()", {"lint": {"result": "skipped", "outputs": {}}}, "skipped"),
        ("always() && needs.lint.result == 'cancelled'", {"lint": {"result": "cancelled"}}, "succeeded"),
    ],
)
async def test_conditions(run, io, condition, needs, state):
    outcome = await run("echo ran", when=condition, needs=needs, matrix={"os": "linux"})
    assert outcome.state == state
    assert io.said() == (["ran"] if state == "succeeded" else [])


async def test_an_expression_that_fails_is_not_tried_again(run):
    for given in ({"when": "fromJSON('{')"}, {"command": "${{ fromJSON('{') }}"}, {"env": {"A": "${{ nonsense.a }}"}}):
        outcome = await run(**{"command": "true", **given})
        assert (outcome.state, outcome.error_type, outcome.retry) == ("failed", "InvalidExpression", False)


async def test_the_working_directory(run, io, tmp_path):
    (tmp_path / "src/sub").mkdir(parents=True)
    source = describe(tmp_path / "src")
    assert (await run("pwd", directory="${{ matrix.d }}", matrix={"d": "sub"}, source=source)).state == "succeeded"
    assert io.said()[0].endswith("/src/sub")
    outcome = await run("pwd", directory="nowhere", source=source)
    assert (outcome.state, outcome.error_type, outcome.retry) == ("failed", "InvalidInput", False)
    assert "'nowhere' does not exist" in outcome.error_message
    await run("pwd", directory=str(tmp_path))
    assert io.said()[-1] == str(tmp_path)


@pytest.mark.parametrize(
    ("shell", "script", "said"),
    [
        (None, "echo ${BASH_VERSION:+yes} $-", ["yes ehB"]),
        ("bash", "set -o | grep pipefail | xargs", ["pipefail on"]),
        ("sh", "echo $0 | grep -c script", ["1"]),
        ("python", "import sys; print(sys.version_info[0])", ["3"]),
        ("cat {0}", "as it is", ["as it is"]),
        ("sh -c 'echo with; cat \"$1\"' x {0}", "words", ["with", "words"]),
    ],
)
async def test_shells(run, io, shell, script, said):
    outcome = await run(script, shell=shell)
    assert (outcome.state, io.said()) == ("succeeded", said)


async def test_shells_that_are_missing(run):
    for shell, said in [("fish", "There is no shell 'fish'"), ("no-such {0}", "'no-such' is not installed")]:
        outcome = await run("true", shell=shell)
        assert (outcome.state, outcome.retry) == ("failed", False)
        assert said in outcome.error_message


async def test_without_bash_the_default_is_sh(run, io, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "sh").symlink_to("/bin/sh")
    await run('echo "${BASH_VERSION:-none}"; false; echo not here', run_env={"PATH": str(tools)})
    assert io.said() == ["none"]


async def test_time_is_up(run, io):
    outcome = await run("echo before; sleep 60", seconds=0.3)
    assert (outcome.state, outcome.error_type, outcome.exit_code) == ("timed_out", "TimedOut", 143)
    assert outcome.error_message == "The command took longer than the run may take, 0.3 s, and was stopped."
    assert io.said() == ["before"]


async def test_cancelled_in_the_middle(run, io):
    running = asyncio.create_task(run("echo ready; sleep 60"))
    await io.something_said.wait()
    io.cancelled.set()
    assert (await running).state == "cancelled"


async def test_cancelled_before(run, io):
    io.cancelled.set()
    assert (await run("echo ran")).state == "cancelled"
    outcome = await run(parts=[{"run": "echo ran"}, {"run": "echo ran", "when": "always()"}])
    assert (outcome.state, states(outcome)) == ("cancelled", ["skipped", "skipped"])
    assert io.said() == []


async def test_a_stopped_task_leaves_nothing(run, io, host):
    running = asyncio.create_task(run("echo ready; sleep 60"))
    await io.something_said.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert list(host._folder.path.glob("r*")) == []


async def test_parts_run_in_order_in_one_place(run, io):
    outcome = await run(
        parts=[
            {"name": "Checkout", "run": None, "note": "the working copy is already there"},
            {"name": "Write ${{ matrix.n }}", "run": "echo here > file; echo written"},
            {"name": "Read", "run": "cat file"},
        ],
        matrix={"n": 1},
    )
    assert outcome.state == "succeeded"
    assert io.lines == [
        ("system", 1, "the working copy is already there"),
        ("stdout", 2, "written"),
        ("stdout", 3, "here"),
    ]
    assert [part["name"] for part in outcome.parts] == ["Checkout", "Write 1", "Read"]
    assert [part["no"] for part in outcome.parts] == [1, 2, 3]
    assert all(part["started_at"] <= part["finished_at"] for part in outcome.parts)
    seen = [[part["state"] for part in report] for report in io.reports]
    assert seen[0] == ["waiting", "waiting", "waiting"]
    assert ["succeeded", "running", "waiting"] in seen
    assert seen[-1] == ["succeeded"] * 3


async def test_after_a_failure(run, io):
    outcome = await run(
        parts=[
            {"run": "exit 3", "id": "first"},
            {"run": "echo plain"},
            {"run": "echo success", "when": "success()"},
            {"run": "echo expression", "when": "1 == 1"},
            {"run": "echo failure", "when": "failure() && steps.first.outcome == 'failure'"},
            {"run": "echo always", "when": "always()"},
            {"run": "exit 4", "when": "failure()"},
        ],
    )
    assert io.said() == ["failure", "always"]
    assert states(outcome) == ["failed", "skipped", "skipped", "skipped", "succeeded", "succeeded", "failed"]
    assert (outcome.state, outcome.exit_code, outcome.error_type) == ("failed", 3, "CommandFailed")
    assert outcome.error_message == "part 1 (part 1): The command ended with exit code 3."


@pytest.mark.parametrize("tolerant", [True, "matrix.experimental"])
async def test_continue_on_error(run, io, tolerant):
    outcome = await run(
        parts=[
            {"run": "exit 3", "id": "flaky", "continue_on_error": tolerant},
            {"run": "echo ${{ steps.flaky.outcome }} ${{ steps.flaky.conclusion }}"},
        ],
        matrix={"experimental": True},
    )
    assert (outcome.state, states(outcome)) == ("succeeded", ["failed", "succeeded"])
    assert io.said() == ["failure success"]
    assert "continue-on-error" in outcome.parts[0]["note"]


async def test_the_time_of_one_part(run, io):
    outcome = await run(
        parts=[{"run": "sleep 60", "timeout_seconds": 0.2}, {"run": "echo tidy", "when": "always()"}],
    )
    assert (outcome.state, states(outcome)) == ("failed", ["timed_out", "succeeded"])
    assert outcome.error_type == "TimedOut"
    assert io.said() == ["tidy"]


async def test_the_time_of_all_parts(run):
    outcome = await run(
        parts=[{"run": "sleep 60", "continue_on_error": True}, {"run": "echo tidy", "when": "always()"}], seconds=0.3
    )
    assert (outcome.state, states(outcome)) == ("timed_out", ["timed_out", "skipped"])


async def test_what_parts_hand_on(run, io):
    outcome = await run(
        parts=[
            {
                "id": "give",
                "run": 'echo "x=1" >> "$GITHUB_OUTPUT"; echo "COLOUR=blue" >> "$GITHUB_ENV"\n'
                'mkdir tools; printf "#!/bin/sh\\necho tool" > tools/mytool; chmod +x tools/mytool\n'
                'echo "$PWD/tools" >> "$GITHUB_PATH"; echo "## one" >> "$GITHUB_STEP_SUMMARY"',
            },
            {
                "run": 'mytool; echo "$COLOUR ${{ env.COLOUR }} ${{ steps.give.outputs.x }}"\n'
                'echo "## two" >> "$GITHUB_STEP_SUMMARY"'
            },
            {"run": 'echo "$COLOUR"', "env": {"COLOUR": "${{ env.COLOUR }}-green"}},
        ],
        outputs={"got": "${{ steps.give.outputs.x }}-${{ matrix.n }}", "none": "${{ steps.give.outputs.y }}"},
        matrix={"n": 5},
    )
    assert io.said() == ["tool", "blue blue 1", "blue-green"]
    assert outcome.result == {"outputs": {"got": "1-5", "none": ""}, "summary": "## one\n\n## two\n"}


async def test_parts_cannot_change_what_is_ours(run):
    outcome = await run(parts=[{"run": 'echo "GITHUB_SHA=x" >> "$GITHUB_ENV"'}])
    assert (outcome.state, outcome.error_type) == ("failed", "InvalidOutput")
    assert "GITHUB_SHA" in outcome.error_message


async def test_servers_in_the_background_serve_later_parts(run, io):
    outcome = await run(
        parts=[
            {"run": "(until [ -e asked ]; do sleep 0.01; done; echo served > answer; sleep 60) &"},
            {"run": "touch asked; until [ -s answer ]; do sleep 0.01; done; cat answer"},
        ],
    )
    assert (outcome.state, io.said()) == ("succeeded", ["served"])


@pytest.mark.skipif(sys.platform != "linux", reason="names of the system")
async def test_a_github_job_finds_what_it_expects(run, io, repository):
    source = describe(repository)
    outcome = await run(
        parts=[
            {"run": "env"},
            {
                "run": 'test "$GITHUB_WORKSPACE" = "$PWD"; test -d "$RUNNER_TEMP"\n'
                'git rev-parse HEAD; cat "$GITHUB_EVENT_PATH"'
            },
            {"run": "echo ${{ github.ref_name }} ${{ github.sha }} ${{ github.event_name }} ${{ runner.os }}"},
            {"run": "test '${{ github.workspace }} ${{ runner.temp }}' = \"$PWD $RUNNER_TEMP\""},
        ],
        source=source,
        trigger="schedule",
        workflow_name="ci",
        run_number=12,
    )
    assert outcome.state == "succeeded", outcome.output
    told = dict(line.split("=", 1) for line in io.said(part_no=1) if "=" in line)
    expected = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_SHA": source.sha,
        "GITHUB_REF": "refs/heads/main",
        "GITHUB_REF_NAME": "main",
        "GITHUB_REPOSITORY": "shop",
        "GITHUB_EVENT_NAME": "schedule",
        "GITHUB_WORKFLOW": "ci",
        "GITHUB_RUN_NUMBER": "12",
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_JOB": "build",
        "RUNNER_OS": "Linux",
    }
    assert told.items() >= expected.items()
    assert io.said(part_no=2) == [source.sha, "{}"]
    assert io.said(part_no=3) == [f"main {source.sha} schedule Linux"]
    assert "Working copy: shop at" in io.said("system")[0]


async def test_every_run_has_its_own_copy(run, io, tmp_path):
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    for _ in range(2):
        outcome = await run("ls; rm a.txt; touch b.txt; mkdir -m 500 locked", source=describe(folder))
        assert outcome.state == "succeeded"
    assert io.said() == ["a.txt", "a.txt"]
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


async def test_a_source_that_is_gone(run, tmp_path):
    outcome = await run("true", source=Source(str(tmp_path / "nowhere")))
    assert (outcome.state, outcome.error_type) == ("failed", "SourceUnavailable")
    assert "nowhere does not exist" in outcome.error_message


async def test_output_has_one_limit_for_all_parts(host, io, run):
    host.output_limit_bytes, host.output_tail_bytes = 2000, 50
    outcome = await run(parts=[{"run": "seq 1 1000"}, {"run": "seq 1 1000; echo end"}])
    assert len(io.lines) < 100
    assert len(io.said("system")) == 1
    assert outcome.output.endswith("\nend\n")
    assert len(outcome.output) <= 50


FILE = """
on: push
env: {GLOBAL: g}
jobs:
  build:
    runs-on: ubuntu-latest
    strategy: {matrix: {n: [1, 2]}}
    env: {LEVEL: "job ${{ matrix.n }}"}
    defaults: {run: {shell: bash, working-directory: lib}}
    outputs: {version: "${{ steps.v.outputs.version }}"}
    steps:
      - uses: actions/checkout@v4
      - id: v
        run: echo "version=1.${{ matrix.n }}" >> $GITHUB_OUTPUT
      - run: exit 5
        continue-on-error: ${{ matrix.n == 2 }}
      - if: failure()
        run: echo "failed"
      - run: echo "$GLOBAL, $LEVEL, ${PWD##*/}"
"""


async def test_a_job_from_a_github_file(run, io, tmp_path):
    (tmp_path / "src/lib").mkdir(parents=True)
    definition = load_text(FILE, "ci.yml").definition
    (step,) = definition["steps"]
    outcomes = [
        await run(
            **{name: step[name] for name in ("parts", "outputs", "env", "when")},
            workflow_env=definition["env"],
            matrix=matrix,
            source=describe(tmp_path / "src"),
        )
        for matrix in step["matrix"]
    ]
    assert io.said() == ["failed", "g, job 2, lib"]
    assert [(outcome.state, outcome.exit_code) for outcome in outcomes] == [("failed", 5), ("succeeded", 0)]
    assert [outcome.result["outputs"] for outcome in outcomes] == [{"version": "1.1"}, {"version": "1.2"}]
    assert states(outcomes[0]) == ["succeeded", "succeeded", "failed", "succeeded", "skipped"]


async def test_a_run_costs_little(run):
    await run("true")
    started = time.monotonic()
    for _ in range(10):
        await run("true")
    assert time.monotonic() - started < 5
