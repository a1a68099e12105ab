"""The code blocks of the documentation: where they stand, and what the HTML comment above says of them."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"(?:^<!--\s*(?P<said>[^\n]*?)\s*-->\n+)?^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """`said` are the words of the comment: `file: NAME`, `as: LOGIN`, `status: 1`, `once`, or `not run: REASON`."""

    page: str
    line: int
    kind: str
    text: str
    said: dict[str, str] = field(default_factory=dict)

    @property
    def is_run(self) -> bool:
        return "not run" not in self.said


def pages() -> list[Path]:
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    return [*found, *sorted(ROOT.joinpath("docs").rglob("*.md"))]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            page=name_of(page),
            line=text.count("\n", 0, match.start("kind")) + 1,
            kind=match["kind"].strip(),
            text=match["text"],
            said=_words(match["said"] or ""),
        )
        for match in _FENCE.finditer(text)
    ]


def all_blocks() -> list[Block]:
    return [block for page in pages() for block in blocks_of(page)]


def _words(said: str) -> dict[str, str]:
    if said.startswith("not run:"):
        return {"not run": said.removeprefix("not run:").strip()}
    pairs = (each.partition(":") for each in said.split(",") if each.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}
