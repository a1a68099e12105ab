"""Words that titles and descriptions are made of."""

from random import Random
from typing import Final

VERBS: Final = (
    *("Add", "Fix", "Remove", "Rename", "Document", "Measure", "Speed up", "Test", "Review", "Translate", "Deploy"),
    *("Replace", "Simplify", "Secure", "Archive", "Restore", "Import", "Export", "Validate", "Cache", "Retry", "Plan"),
)
SUBJECTS: Final = (
    *("login", "search", "billing", "invoice", "report", "export", "dashboard", "webhook", "scheduler", "migration"),
    *("backup", "cache", "queue", "upload", "avatar", "permission", "session", "token", "e-mail", "notification"),
    *("calendar", "timeline", "board", "filter", "index", "replica", "certificate", "pipeline", "release", "tutorial"),
    *("parser", "editor", "gateway", "invitation", "archive", "ledger", "shipment", "catalogue", "payment", "address"),
)
PLACES: Final = (
    *("page", "form", "service", "endpoint", "table", "worker", "screen", "mobile app", "command line", "API"),
    *("staging", "production", "onboarding", "settings", "help centre", "warehouse", "shop", "importer", "back office"),
)
FILLERS: Final = (
    *("the", "a", "when", "after", "because", "users", "cannot", "should", "slowly", "always", "never", "twice"),
    *("error", "state", "value", "customer", "team", "request", "answer", "file", "record", "weekly", "large", "empty"),
    *("before", "without", "every", "again", "missing", "wrong", "late", "order", "number", "list", "result", "change"),
)


class Writer:
    """Writes texts; the same seed writes the same ones."""

    def __init__(self, random: Random) -> None:
        """Choose with this."""
        self._random = random

    def title(self) -> str:
        """Return a task's title."""
        choice = self._random.choice
        return f"{choice(VERBS)} {choice(SUBJECTS)} {choice(SUBJECTS)} of the {choice(PLACES)}"

    def name(self, number: int) -> str:
        """Return a name that no other number has."""
        choice = self._random.choice
        return f"{choice(SUBJECTS).capitalize()} {choice(PLACES)} {number}"

    def text(self, most: int) -> str:
        """Return some sentences of up to so many words."""
        count = self._random.randrange(8, max(9, most))
        words = self._random.choices(FILLERS + SUBJECTS, k=count)
        return f"{' '.join(words).capitalize()}."
