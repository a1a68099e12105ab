"""Settings that live in the database: typed, per environment and project, versioned, sealed."""
