"""What every floor above may use and what knows nothing of the database."""
