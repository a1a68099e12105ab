"""What is to be done, and what it waits for."""
