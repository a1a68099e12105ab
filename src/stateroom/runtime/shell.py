"""How a script is given to its shell."""

import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from stateroom.errors import InvalidInput

_SHELLS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "bash": ("bash --noprofile --norc -eo pipefail {0}", ".sh"),
        "sh": ("sh -e {0}", ".sh"),
        "python": ("python {0}", ".py"),
        "pwsh": ("pwsh -NoLogo -NonInteractive -File {0}", ".ps1"),
    }
)


def script_command(script: str, shell: str | None, *, file: Path, search: str | None) -> Sequence[str]:
    """Write a script to a file, to which a suffix is added, and return the command that runs it.

    Shells mean what they mean on GitHub: none is `bash -e`, or `sh -e` where there is no bash; a template has `{0}`
    where the file is to stand. `search` is the PATH on which the shell is looked for.

    Raises:
        InvalidInput: there is no such shell.
    """
    if shell is None:
        template, suffix = ("bash -e {0}" if shutil.which("bash", path=search) else "sh -e {0}"), ".sh"
    elif "{0}" in shell:
        template, suffix = shell, ""
    elif shell in _SHELLS:
        template, suffix = _SHELLS[shell]
    else:
        raise InvalidInput(f"There is no shell '{shell}'.", hint=f"Use {', '.join(_SHELLS)} or a command with {{0}}.")
    place = file.with_name(file.name + suffix)
    place.write_text(script if script.endswith("\n") else f"{script}\n", encoding="utf-8", errors="replace")
    try:
        program, *arguments = shlex.split(template)
    except ValueError as error:
        raise InvalidInput(f"The shell {shell!r} cannot be understood: {error}.") from error
    if program == "python" and shutil.which(program, path=search) is None:
        program = "python3"
    if shutil.which(program, path=search) is None:
        raise InvalidInput(f"The shell '{program}' is not installed on this worker.")
    return [program, *(argument.replace("{0}", str(place)) for argument in arguments)]
