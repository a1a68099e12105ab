"""`python -m stateroom` is the command line."""

from stateroom.cli.main import run

run()
