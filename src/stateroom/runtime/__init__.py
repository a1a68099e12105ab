"""What runs: workers with their commands and handlers, the scheduler, upkeep, and the supervisor of one machine."""
