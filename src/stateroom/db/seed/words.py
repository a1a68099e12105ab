"""Words that titles and descriptions are made of."""

from itertools import accumulate
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
LEXICON: Final = 4000
SYLLABLES: Final = (
    "ba",
    "cor",
    "den",
    "fil",
    "gra",
    "hun",
    "jor",
    "kel",
    "lum",
    "mir",
    "nop",
    "par",
    "ques",
    "rin",
    "sol",
    "tev",
)


def lexicon(size: int) -> list[str]:
    """Return so many words that resemble no others more than words do."""
    base = len(SYLLABLES)
    return [
        SYLLABLES[n % base] + SYLLABLES[n // base % base] + SYLLABLES[(n // base**2 + n) % base] for n in range(size)
    ]


class Writer:
    """Writes texts; the same seed writes the same ones. Words are as frequent as in a language (Zipf, exponent 1)."""

    def __init__(self, random: Random) -> None:
        """Choose with this."""
        self._random = random
        self._words = [*FILLERS, *SUBJECTS, *lexicon(LEXICON)]
        self._weights = list(accumulate(1 / rank for rank in range(1, len(self._words) + 1)))
        self._rare = self._words[len(FILLERS) :]

    def title(self) -> str:
        """Return a task's title."""
        choice = self._random.choice
        return f"{choice(VERBS)} {choice(SUBJECTS)} {choice(self._rare)} of the {choice(PLACES)}"

    def name(self, number: int) -> str:
        """Return a name that no other number has."""
        choice = self._random.choice
        return f"{choice(SUBJECTS).capitalize()} {choice(PLACES)} {number}"

    def text(self, most: int) -> str:
        """Return a sentence of up to so many words."""
        count = self._random.randrange(8, max(9, most))
        return f"{' '.join(self._random.choices(self._words, cum_weights=self._weights, k=count)).capitalize()}."
