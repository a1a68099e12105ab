"""Stateroom's own workflow files: steps with needs, or stages that follow each other."""
