"""Workflows to try, with the code that they call."""
