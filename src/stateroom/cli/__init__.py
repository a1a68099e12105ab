"""The command line: a thin door, one module for each group of commands."""
