"""Where the keys of sealed values come from: STATEROOM_SECRET_KEY, and a file of the home that only its owner reads.

Files are read at each use, so that a rotation reaches processes that run. Keys of the variable come before the file's.
"""

import json
import os
from pathlib import Path
from typing import Final, cast

from stateroom.core.crypto import Key, KeyRing
from stateroom.core.private_files import create_private, write_private
from stateroom.errors import InvalidInput, StateroomError
from stateroom.settings import Settings

FILE_NAME: Final = "secret_keys.json"


def key_ring(settings: Settings) -> KeyRing:
    """Return the keys, the one that seals first; make the file with a first key where there is none at all.

    Raises:
        InvalidInput: STATEROOM_SECRET_KEY is not made of keys.
        StateroomError: others may read the file, or it holds no keys.
    """
    given = given_keys(settings)
    stored = stored_keys(settings.home)
    if not given and not stored:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Another process may have been quicker: what stands there then counts.
        create_private(settings.home / FILE_NAME, _text((Key.make(),)))
        stored = stored_keys(settings.home)
    found = {key.id: key for key in (*given, *stored)}
    return KeyRing(tuple(found.values()))


def given_keys(settings: Settings) -> tuple[Key, ...]:
    """Return the keys of STATEROOM_SECRET_KEY: the first seals, those behind commas only open."""
    if settings.secret_key is None:
        return ()
    keys = [Key.read(text) for text in settings.secret_key.get_secret_value().split(",")]
    if None in keys:
        raise InvalidInput(
            "STATEROOM_SECRET_KEY is not a key: it takes 32 bytes in base64, or several such keys with commas between",
            hint="Make one: openssl rand -base64 32",
        )
    return tuple(key for key in keys if key is not None)


def stored_keys(home: Path) -> tuple[Key, ...]:
    """Return the keys of the file; none when there is no file."""
    path = home / FILE_NAME
    try:
        with path.open(encoding="utf-8") as file:
            mode, text = os.fstat(file.fileno()).st_mode, file.read()
    except FileNotFoundError:
        return ()
    if mode & 0o077:
        raise StateroomError(f"other users may read the keys in {path}", hint=f"chmod 600 {path}, then rotate them.")
    try:
        listed = cast("dict[str, list[str]]", json.loads(text))["keys"]
        keys = [Key.read(each) for each in listed]
    except (ValueError, KeyError, TypeError, AttributeError):
        keys = []
    if not keys or None in keys:
        raise StateroomError(
            f"there are no keys in {path}", hint="Restore the file: what it has sealed cannot be opened without it."
        )
    return tuple(key for key in keys if key is not None)


def add_key(home: Path) -> Key:
    """Put a new key before all others of the file, and return it."""
    key = Key.make()
    write_private(home / FILE_NAME, _text((key, *stored_keys(home))))
    return key


def keep_keys(home: Path, ids: frozenset[str]) -> int:
    """Drop the file's keys but the first and these; return how many are gone."""
    keys = stored_keys(home)
    kept = tuple(key for place, key in enumerate(keys) if place == 0 or key.id in ids)
    if len(kept) < len(keys):
        write_private(home / FILE_NAME, _text(kept))
    return len(keys) - len(kept)


def _text(keys: tuple[Key, ...]) -> str:
    return json.dumps({"keys": [key.text() for key in keys]}, indent=2) + "\n"
