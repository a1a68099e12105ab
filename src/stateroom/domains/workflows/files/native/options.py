"""Options that a workflow gives for all of its steps and a step for itself: time-out, retries, shell, …"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from stateroom.domains.workflows.files.model import RETRY_POLICY
from stateroom.domains.workflows.files.nodes import MapNode, Node, ScalarNode
from stateroom.domains.workflows.files.reader import MAX_DIRECTORY
from stateroom.domains.workflows.files.values import is_queue

if TYPE_CHECKING:
    from stateroom.domains.workflows.files.reader import Reader

KEYS: Final = ("timeout", "retries", "shell", "working_directory", "queue")
RETRY_KEYS: Final = ("max", "initial", "factor", "maximum", "jitter")
MAX_RETRIES: Final = 1000


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for a step unless it says otherwise."""

    timeout_seconds: int = 1800
    max_retries: int = 0
    retry_policy: dict[str, float] = field(default_factory=lambda: dict(RETRY_POLICY))
    shell: str | None = None
    working_directory: str | None = None
    queue: str = "default"


def read_options(node: MapNode, inherited: Options, reader: Reader) -> Options:
    """Read the options in a mapping; what it leaves open is inherited."""
    timeout, shell, directory = node.get("timeout"), node.get("shell"), node.get("working_directory")
    options = _retries(node.get("retries"), inherited, reader)
    if timeout and (seconds := reader.timeout(timeout, "`timeout`")):
        options = replace(options, timeout_seconds=seconds)
    if shell and (text := reader.shell(shell, "`shell`")):
        options = replace(options, shell=text)
    if directory and (text := reader.text(directory, "`working_directory`", longest=MAX_DIRECTORY)):
        options = replace(options, working_directory=text)
    return replace(options, queue=_queue(node.get("queue"), reader) or options.queue)


def _queue(node: Node | None, reader: Reader) -> str | None:
    text = reader.text(node, "`queue`") if node else None
    if node is None or text is None or is_queue(text):
        return text
    rule = "letters, digits, . - and _, starting with a letter or a digit, at most 64"
    reader.report.error(node.mark, f"`queue` is {text[:80]!r}; the name of a queue has {rule}")
    return None


def _retries(node: Node | None, options: Options, reader: Reader) -> Options:
    """Read `retries`: how often to try again, or a mapping that also says when."""
    if node is None:
        return options
    if isinstance(node, ScalarNode):
        return _count(node, "`retries`", options, reader)
    found = reader.mapping(node, "`retries`")
    if found is None:
        return options
    reader.keys(found, "`retries`", RETRY_KEYS)
    policy = dict(options.retry_policy)
    for key, name in (("initial", "initial_seconds"), ("maximum", "maximum_seconds")):
        value = found.get(key)
        if value and (seconds := reader.seconds(value, f"`retries.{key}`", low=0)) is not None:
            policy[name] = seconds
    for key, low, high in (("factor", 1, 100), ("jitter", 0, 1)):
        value = found.get(key)
        if value and (number := reader.number(value, f"`retries.{key}`", low=low, high=high)) is not None:
            policy[key] = number
    most = found.get("max")
    counted = _count(most, "`retries.max`", options, reader) if most else options
    return replace(counted, retry_policy=policy)


def _count(node: Node, what: str, options: Options, reader: Reader) -> Options:
    number = reader.integer(node, what, low=0, high=MAX_RETRIES)
    return options if number is None else replace(options, max_retries=number)
