"""Graphs of tasks, published in versions, and the files that they come from."""
