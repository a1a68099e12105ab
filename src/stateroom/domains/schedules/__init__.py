"""Cron rules with time zones that start workflows and tasks."""
