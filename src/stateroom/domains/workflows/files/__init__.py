"""Workflow files: Stateroom's own YAML and GitHub Actions', read into one normalized definition."""

from stateroom.domains.workflows.files.load import Loaded, load, load_text
from stateroom.domains.workflows.files.problems import Problem

__all__ = ["Loaded", "Problem", "load", "load_text"]
