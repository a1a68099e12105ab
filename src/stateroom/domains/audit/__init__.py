"""The trail of who changed what."""
