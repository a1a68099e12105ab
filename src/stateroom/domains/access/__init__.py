"""What lets people and programs in: sessions, single-use tokens, keys, clients of the database, remembered requests."""
