"""Runs of workflows and tasks: start, watch, cancel, retry, explain."""
