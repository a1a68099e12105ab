"""Channels of projects, and messages between two people."""
