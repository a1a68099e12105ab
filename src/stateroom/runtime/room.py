"""Where a job's scripts run: their folder, variables and time."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from stateroom.domains.workflows.files.expressions import ExpressionError
from stateroom.errors import InvalidInput
from stateroom.runtime.answers import AnswerFiles, Answers
from stateroom.runtime.command import Command, CommandResult, run_command
from stateroom.runtime.context import (
    Contexts,
    github_variables,
    inherited_variables,
    own_variables,
    with_path,
)
from stateroom.runtime.output import Output
from stateroom.runtime.processes import CommandNotStarted, Scope
from stateroom.runtime.shell import script_command
from stateroom.runtime.work import Work

NO_ANSWERS: Final = Answers({}, {}, (), "")


@dataclass(frozen=True, slots=True)
class Script:
    """One script to run; everything but `number` may hold expressions."""

    number: int
    run: str
    shell: str | None = None
    directory: str | None = None
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    timeout_seconds: float | None = None
    part_no: int | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a script ended, and what it answered. `run_over`: not only its own time was up, but that of the run."""

    state: Literal["succeeded", "failed", "timed_out", "cancelled"]
    exit_code: int | None = None
    answers: Answers = NO_ANSWERS
    error_type: str | None = None
    error_message: str | None = None
    run_over: bool = False
    retry: bool = True


class Room:
    """One job's place; variables and search path change with what its scripts answer."""

    def __init__(
        self,
        work: Work,
        contexts: Contexts,
        *,
        folder: Path,
        workspace: Path,
        scope: Scope,
        output: Output,
        deadline: float,
    ) -> None:
        """Prepare `folder`, which is the run's own; `workspace` is where commands run."""
        self.contexts = contexts
        self.output = output
        self.deadline = deadline
        self._github = bool(work.task.options.get("parts"))
        self._seconds = work.task.timeout_seconds
        self._workspace = workspace
        self._scope = scope
        self._path: list[str] = []
        self._files = folder / "files"
        self._files.mkdir()
        temp = folder / "temp"
        temp.mkdir()
        contexts.github["workspace"] = str(workspace)
        contexts.runner["temp"] = str(temp)
        self._inherited = inherited_variables(os.environ)
        self._own = own_variables(work)
        if self._github:
            event = self._files / "event.json"
            event.write_text("{}")
            self._inherited["CI"] = "true"  # which the job may change
            self._own |= github_variables(contexts, temp=temp, event=event)

    async def run(self, script: Script, cancelled: asyncio.Event) -> Ended:
        """Run a script to its end; whatever is wrong with it is how it ended."""
        left = self.deadline - asyncio.get_running_loop().time()
        timeout = min(left, script.timeout_seconds or left)
        files = AnswerFiles(self._files, script.number)
        try:
            env = self.contexts.with_env(script.env)
            variables = {**self._inherited, **env, **self._own, **files.variables(github=self._github)}
            variables = with_path(variables, self._path)
            argv = script_command(
                self.contexts.text(script.run, env),
                script.shell,
                file=self._files / f"script-{script.number}",
                search=variables.get("PATH"),
            )
            command = Command(
                argv, self._directory(script, env), variables, timeout_seconds=max(0.0, timeout), part_no=script.part_no
            )
            result = await run_command(self._scope, command, output=self.output, cancelled=cancelled)
        except ExpressionError as error:
            return self.wrong(script.part_no, "InvalidExpression", f"In an expression: {error.message}")
        except InvalidInput as error:
            return self.wrong(script.part_no, "InvalidInput", f"{error.message} {error.hint or ''}".rstrip())
        except CommandNotStarted as error:
            return self.wrong(script.part_no, "CommandNotStarted", error.message, exit_code=error.exit_code)
        return self._ended(script, result, files, run_over=timeout >= left)

    def take(self, answers: Answers) -> None:
        """Let the scripts to come have what a script answered."""
        self.contexts.env |= answers.env
        self._path[:0] = reversed(answers.path)

    def _directory(self, script: Script, env: Mapping[str, str]) -> Path:
        directory = self._workspace / self.contexts.text(script.directory or "", env)
        if not directory.is_dir():
            raise InvalidInput(f"The working directory '{script.directory}' does not exist in {self._workspace}.")
        return directory

    def _ended(self, script: Script, result: CommandResult, files: AnswerFiles, *, run_over: bool) -> Ended:
        answers = NO_ANSWERS
        try:
            answers = files.read()
        except InvalidInput as error:
            if result.ended == "exited" and result.exit_code == 0:
                return self.wrong(script.part_no, "InvalidOutput", error.message, exit_code=0)
        match result.ended:
            case "cancelled":
                return Ended("cancelled", result.exit_code, answers)
            case "timed_out":
                whose = f"the run may take, {self._seconds:g} s" if run_over else f"{script.timeout_seconds:g} s"
                message = f"The command took longer than {whose}, and was stopped."
                self.output.note(message, script.part_no)
                return Ended("timed_out", result.exit_code, answers, "TimedOut", message, run_over=run_over)
            case "exited" if result.exit_code == 0:
                return Ended("succeeded", 0, answers)
            case "exited":
                message = f"The command ended with {result.message}."
                self.output.note(message, script.part_no)
                return Ended("failed", result.exit_code, answers, "CommandFailed", message)

    def over(self, cancelled: asyncio.Event) -> Ended | None:
        """Say why nothing more may start, if so it is."""
        if cancelled.is_set():
            return Ended("cancelled")
        if asyncio.get_running_loop().time() >= self.deadline:
            return Ended("timed_out", error_type="TimedOut", error_message="The run's time was up.", run_over=True)
        return None

    def wrong(self, part_no: int | None, error_type: str, message: str, *, exit_code: int | None = None) -> Ended:
        """Say what is wrong with a script, and return it as its end."""
        self.output.note(message, part_no)
        retry = error_type == "CommandNotStarted"
        return Ended("failed", exit_code, error_type=error_type, error_message=message, retry=retry)
