"""Measures and parts of the whole."""
