"""The hot path: claim, run, complete, each one function in SQL and one thin call in Python."""
