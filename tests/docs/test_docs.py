"""What README and docs show is true: every block is executed, or says why it cannot be; every link leads somewhere."""

import re
import sys

import pytest
from blocks import ROOT, all_blocks, blocks_of, name_of, pages
from console import Typed, missing, typed

from stateroom.domains.workflows.files import load_text

sys.path.insert(0, str(ROOT / "docs"))
KINDS = {"yaml", "python", "sql", "console", "sh", "text", "mermaid"}  # mermaid: drawings of pages that are generated
# Blocks that are not run, by page: what the comment above each gives as its reason.
NOT_RUN = {
    "README.md": ["sets the machine up"],
    "CONTRIBUTING.md": ["sets the machine up"],
    "docs/tutorial/first-pipeline.md": ["sets the machine up", "sets the machine up"],
    "docs/how-to/seed.md": ["takes minutes"],
    "docs/how-to/use-your-own-postgresql.md": ["a server of yours", "a server of yours"],
}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PAGES = pages()


def test_every_page_is_reached_from_the_readme():
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in seen:
            continue
        seen.add(page)
        targets = [(page.parent / target.partition("#")[0]).resolve() for target in links(page)]
        todo += [target for target in targets if target.suffix == ".md"]
    assert not [name_of(page) for page in PAGES if page not in seen]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def links(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    found = [first or second for first, second in LINK.findall(text)]
    return [each for each in found if "://" not in each]


def anchors(page):
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", each.lower()).strip().replace(" ", "-") for each in headings}


def test_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in ROOT.joinpath("docs", "images").iterdir()}
    assert sizes
    assert not {name: size for name, size in sizes.items() if size > 300_000}


def test_every_block_is_run_or_says_why_not():
    assert not [f"{block.page}:{block.line} {block.kind}" for block in all_blocks() if block.kind not in KINDS]
    skipped = {}
    for block in all_blocks():
        if not block.is_run:
            skipped.setdefault(block.page, []).append(block.said["not run"])
    assert skipped == NOT_RUN


def test_shell_blocks_are_consoles_or_not_run():
    assert not [f"{block.page}:{block.line}" for block in all_blocks() if block.kind == "sh" and block.is_run]


def test_the_reference_is_up_to_date():
    import generate

    assert not generate.outdated(), "run: python docs/generate.py"


def test_the_lists_of_decisions_are_whole():
    folder = ROOT / "docs" / "decisions"
    files = sorted(each.name for each in folder.glob("[0-9]*.md"))
    assert [name[:4] for name in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", folder.joinpath("README.md").read_text(encoding="utf-8"))
    assert listed == files


@pytest.mark.parametrize(
    "block", [each for each in all_blocks() if each.kind == "yaml"], ids=lambda each: f"{each.page}:{each.line}"
)
def test_workflow_files_are_valid(block):
    loaded = load_text(block.text, block.said.get("file", "example.yaml"))
    problems = [f"{each.line}: {each.message}" for each in loaded.problems]
    assert loaded.ok is ("status" not in block.said), problems


RUN = [
    page for page in PAGES if any(each.kind in {"python", "sql", "console"} and each.is_run for each in blocks_of(page))
]


@pytest.mark.process
@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_what_a_page_shows_happens(page, stack, terminal):
    folder = stack.place(name_of(page))
    for block in blocks_of(page):
        if not block.is_run or "once" in block.said:
            continue
        if block.kind == "sql":
            stack.sql(block)
        elif block.kind == "console":
            for each in typed(block.text):
                said = terminal.play(each, cwd=folder, status=int(block.said.get("status", "0")))
                assert missing(each.shown, said) is None, f"{block.page}:{block.line} $ {each.command}\n{said}"
        elif block.kind == "python" and "file" not in block.said:
            folder.joinpath("example.py").write_text(block.text, encoding="utf-8")
            terminal.play(Typed("python -W error example.py", []), cwd=folder, status=0)
