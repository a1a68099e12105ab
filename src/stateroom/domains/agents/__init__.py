"""Who executes: workers, AI agents, people, and the queues that they serve."""
