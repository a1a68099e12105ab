"""Who may do what, as the files in `access` say it, one for each part of the data model.

`definers`: functions with their owner's rights. `signed_in`: relations of which everybody who is signed in sees rows.
`unfilled`: relations of which the world of test_security.py has no rows. `invoker_views`: views that show what row
policies let the reader see. `read`: role → relations (`stateroom_admin` may read what `stateroom_user` may, and these
besides). `write`: role → relation → verbs (`stateroom_admin`: the same).
`hidden`: what not even reports see; stateroom_readonly and stateroom_query read all other tables and views.
"""

import tomllib
from collections import defaultdict
from pathlib import Path

FOLDER = Path(__file__).parent / "access"
FILES = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.toml"))]


def _all(key: str) -> set[str]:
    return {name for file in FILES for name in file.get(key, [])}


def _read() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for file in FILES:
        for role, names in file.get("read", {}).items():
            found[role].update(names)
        for role, tables in file.get("write", {}).items():
            if role == "stateroom_engine":
                found[role].update(tables)
    found["stateroom_admin"] |= found["stateroom_user"]
    return found


def _write() -> set[tuple[str, str, str]]:
    found = {
        (role, table, verb)
        for file in FILES
        for role, tables in file.get("write", {}).items()
        for table, verbs in tables.items()
        for verb in verbs
    }
    return found | {("stateroom_admin", table, verb) for role, table, verb in found if role == "stateroom_user"}


DEFINERS = _all("definers")
SIGNED_IN = _all("signed_in")
UNFILLED = _all("unfilled")
HIDDEN = _all("hidden")
INVOKER_VIEWS = _all("invoker_views")
READ = _read()
WRITE = _write()
