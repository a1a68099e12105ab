"""The command line, imported once: reads a command as one line of JSON, forks, and runs it there as `stateroom` does.

A command that is started anew spends most of its time on imports; here are dozens. In and out: the status is written
back as a line, what the command prints goes to a file.
"""

import json
import os
import sys
import traceback
from typing import NoReturn


def become(order: dict) -> NoReturn:
    """Be that command."""
    out = os.open(order["out"], os.O_WRONLY)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(ours, theirs)
    os.chdir(order["cwd"])
    sys.argv = ["stateroom", *order["arguments"]]
    status = 0
    try:
        main.run()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:  # noqa: BLE001 (whatever it is belongs to the command's output)
        traceback.print_exc()
        status = 99
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    from stateroom.cli import main

    for entry in main.ENTRIES:
        main.load(entry)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
        _, ended = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(ended)}\n")
        sys.stdout.flush()
