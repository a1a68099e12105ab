"""Each of the sixteen defects of earlier designs has a test that keeps it out: `pytest -m defect` runs them all."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
DEFECTS = {
    1: "audit constraints that make inserts into the audited table fail",
    2: "maintenance functions that do not compile or return nothing",
    3: "policies created before the roles they name",
    4: "a dependency view that fails on a diamond, and cycles that vanish from it",
    5: "joins that multiply counts",
    6: "a user policy that lets people change their own role",
    7: "chat or triage readable by strangers",
    8: "policies that raise when the context is unset",
    9: "dependencies as an array without foreign keys",
    10: "two workers taking the same run",
    11: "one value per setting key although environments differ",
    12: "an admin query endpoint that runs any statement",
    13: "secrets in access or audit logs",
    14: "table owners silently bypassing policies",
    15: "status values without checked transitions",
    16: "statistics queries written for columns that the server's version renamed",
}


def test_every_defect_has_a_test():
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py") if path != Path(__file__)]
    tested = {int(number) for text in texts for number in re.findall(r"mark\.defect\((\d+)\)", text)}
    assert {number: said for number, said in DEFECTS.items() if number not in tested} == {}
    assert tested <= set(DEFECTS)
