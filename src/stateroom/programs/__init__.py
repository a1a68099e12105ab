"""What programs do with a database of Stateroom's: enqueue, start, wait for what comes of it, read as a person."""
