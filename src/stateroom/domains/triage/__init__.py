"""Reported issues, until it is decided what becomes of them."""
