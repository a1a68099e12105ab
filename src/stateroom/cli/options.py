"""Options that several commands have, with the same name and the same words everywhere."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

JsonFlag: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Handlers: TypeAlias = Annotated[
    str | None, typer.Option(metavar="PACKAGE.MODULE:APP", help="Python handlers: where `app = Stateroom()` is.")
]
Host: TypeAlias = Annotated[str | None, typer.Option(help="Address to listen on. Default: STATEROOM_HOST.")]
Port: TypeAlias = Annotated[
    int | None,
    typer.Option(min=0, max=65535, help="TCP port to listen on, 0 for any free one. Default: STATEROOM_PORT."),
]
Concurrency: TypeAlias = Annotated[
    int | None, typer.Option(min=1, max=1000, help="Runs executed at once. Default: STATEROOM_CONCURRENCY.")
]
Source: TypeAlias = Annotated[
    Path | None, typer.Option(help="Folder whose copy the commands work on. Default: the current one.")
]
IncludeUncommitted: TypeAlias = Annotated[
    bool, typer.Option("--include-uncommitted", help="Take what is not committed yet, too.")
]
SkipUnsupported: TypeAlias = Annotated[
    bool, typer.Option("--skip-unsupported", help="Leave out what is not supported, and run the rest.")
]
