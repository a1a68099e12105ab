"""Sealed values: what is sealed opens in its place and nowhere else, and keys can be changed."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stateroom.core.crypto import Key, KeyRing, key_id_of
from stateroom.core.keys import FILE_NAME, add_key, keep_keys, key_ring
from stateroom.errors import InvalidInput, SealBroken, StateroomError
from stateroom.settings import Settings

PLACE = ("settings", "mail.password", "production", "")
RING = KeyRing((Key.of(bytes(32)),))


def of(home, **more) -> Settings:
    return Settings(_env_file=None, home=home, **more)


@settings(max_examples=60)
@given(text=st.text(), bound=st.lists(st.text(), max_size=4), other=st.lists(st.text(), max_size=4))
def test_what_is_sealed_opens_in_its_place_and_in_no_other(text, bound, other):
    envelope = RING.seal(text, *bound)
    assert RING.open(envelope, *bound) == text
    assert RING.seal(text, *bound) != envelope
    assert not text or len(text) < 4 or text not in envelope
    if bound != other:
        with pytest.raises(SealBroken):
            RING.open(envelope, *other)


@settings(max_examples=60)
@given(place=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_any_changed_byte_breaks_the_seal(place, flip):
    version, key_id, packed = RING.seal("swordfish", *PLACE).split(".")
    raw = bytearray(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    raw[place % len(raw)] ^= flip
    changed = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    with pytest.raises(SealBroken, match=r"the seal of settings mail\.password production is broken"):
        RING.open(f"{version}.{key_id}.{changed}", *PLACE)


@pytest.mark.parametrize("text", ["", "sr1", "sr1..", "sr1.0123456789abcdef.AAAA", "sr2.0.AAAA", "sr1.0.ö", "plain"])
def test_what_is_no_envelope_is_said_to_be_none(text):
    with pytest.raises(SealBroken, match="not a sealed value"):
        RING.open(text)


def test_a_foreign_key_is_named():
    foreign = KeyRing((Key.make(),)).seal("x", *PLACE)
    with pytest.raises(SealBroken, match=f"sealed with key {key_id_of(foreign)}, which is not known here"):
        RING.open(foreign, *PLACE)


def test_a_ring_opens_with_all_keys_and_seals_with_the_first():
    newer = KeyRing((Key.make(), *RING.keys))
    old = RING.seal("x", *PLACE)
    new = newer.reseal(old, *PLACE)
    assert (newer.open(old, *PLACE), newer.open(new, *PLACE)) == ("x", "x")
    assert key_id_of(new) == newer.current.id != key_id_of(old)
    assert newer.reseal(new, *PLACE) == new
    assert RING.current.text() not in repr(RING) + repr(RING.current)


def test_the_first_start_makes_a_key_file_for_its_owner_only(tmp_path):
    home = tmp_path / "home"
    first = key_ring(of(home))
    assert (home / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert key_ring(of(home)).current.id == first.current.id
    (home / FILE_NAME).chmod(0o640)
    with pytest.raises(StateroomError, match="other users may read"):
        key_ring(of(home))


def test_of_many_first_starts_at_once_one_makes_the_key(home):
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: key_ring(of(home)).current.id, range(16)))
    assert len(found) == 1
    assert [each.name for each in home.iterdir()] == [FILE_NAME]


def test_keys_of_the_variable_come_before_those_of_the_file(home):
    stored = key_ring(of(home)).current
    first, second = Key.make(), Key.make()
    urlsafe = base64.urlsafe_b64encode(second.secret).decode()
    ring = key_ring(of(home, secret_key=f"{first.text()}, {urlsafe}"))
    assert [key.id for key in ring.keys] == [first.id, second.id, stored.id]
    for wrong in ("short", first.text() + "x", f"{first.text()},", base64.b64encode(bytes(31)).decode()):
        with pytest.raises(InvalidInput, match="not a key"):
            key_ring(of(home, secret_key=wrong))


def test_a_key_of_the_variable_needs_no_file(home):
    key_ring(of(home, secret_key=Key.make().text()))
    assert list(home.iterdir()) == []


def test_keys_are_added_in_front_and_dropped_when_nobody_needs_them(home):
    old = key_ring(of(home)).current
    new = add_key(home)
    assert [key.id for key in key_ring(of(home)).keys] == [new.id, old.id]
    assert keep_keys(home, frozenset({old.id})) == 0
    assert keep_keys(home, frozenset()) == 1
    assert [key.id for key in key_ring(of(home)).keys] == [new.id]


@pytest.mark.parametrize("text", ["", "[]", '{"keys": []}', '{"keys": ["x"]}', '{"keys": [1]}', json.dumps({"k": 1})])
def test_a_damaged_key_file_is_not_replaced(home, text):
    path = home / FILE_NAME
    path.touch(mode=0o600)
    path.write_text(text)
    with pytest.raises(StateroomError, match="there are no keys in"):
        key_ring(of(home))
    assert path.read_text() == text
