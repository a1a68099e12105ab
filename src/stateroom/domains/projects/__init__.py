"""What work belongs to, and who takes part in it."""
