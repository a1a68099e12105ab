"""What is deployed where: ordered scripts, executed as a workflow run."""
