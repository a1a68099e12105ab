"""Task runs and deployments that wait for the word of a person."""
