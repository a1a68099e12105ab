"""Sealing: AES-256-GCM with a key that is never in the database.

sr1.KEY_ID.BASE64URL(nonce ‖ ciphertext ‖ tag)      the envelope; its key id says which key of the ring opens it

What a text is sealed for (`bound`: its table, key, environment, project …) is authenticated with it, so that an
envelope that was copied to another row does not open there.
"""

import base64
import hashlib
import os
from binascii import Error as NotBase64
from dataclasses import dataclass
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stateroom.errors import SealBroken

VERSION: Final = "sr1"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """256 random bits, and the name by which envelopes know them."""

    secret: bytes
    id: str

    @classmethod
    def make(cls) -> Self:
        """Make a new one."""
        return cls.of(os.urandom(KEY_BYTES))

    @classmethod
    def of(cls, secret: bytes) -> Self:
        """Name a key; the name gives nothing of it away."""
        return cls(secret, hashlib.sha256(b"stateroom key id:" + secret).hexdigest()[:16])

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read a key written in base64 (either alphabet); None when the text is not 32 such bytes."""
        try:
            secret = base64.b64decode(text.strip().translate(str.maketrans("-_", "+/")), validate=True)
        except (NotBase64, ValueError):
            return None
        return cls.of(secret) if len(secret) == KEY_BYTES else None

    def text(self) -> str:
        """Write it in base64."""
        return base64.b64encode(self.secret).decode()


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Keys, of which the first seals and all open."""

    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        """The key that seals."""
        return self.keys[0]

    def seal(self, text: str, *bound: str) -> str:
        """Seal a text for one place."""
        nonce = os.urandom(NONCE_BYTES)
        key = self.current
        sealed = AESGCM(key.secret).encrypt(nonce, text.encode(), _bound(key.id, bound))
        return f"{VERSION}.{key.id}.{base64.urlsafe_b64encode(nonce + sealed).rstrip(b'=').decode()}"

    def open(self, envelope: str, *bound: str) -> str:
        """Return what was sealed for this place.

        Raises:
            SealBroken: the text is no envelope, no key here fits, or it was changed or sealed for another place.
        """
        key_id, packed = _parts(envelope)
        key = next((each for each in self.keys if each.id == key_id), None)
        if key is None:
            raise SealBroken(
                f"{bound[0] if bound else 'it'} was sealed with key {key_id}, which is not known here",
                hint="Give every process that opens sealed values the same STATEROOM_SECRET_KEY, or the same key file.",
            )
        try:
            sealed = AESGCM(key.secret).decrypt(packed[:NONCE_BYTES], packed[NONCE_BYTES:], _bound(key.id, bound))
        except InvalidTag as error:
            raise SealBroken(
                f"the seal of {' '.join(filter(None, bound))} is broken: it was changed, or copied from elsewhere",
                hint="Set the value anew.",
            ) from error
        return sealed.decode()

    def reseal(self, envelope: str, *bound: str) -> str:
        """Seal the same text with the current key; the envelope itself when that has sealed it."""
        return envelope if key_id_of(envelope) == self.current.id else self.seal(self.open(envelope, *bound), *bound)


def key_id_of(envelope: str) -> str:
    """Return the name of the key that has sealed it; raises SealBroken when it is no envelope."""
    return _parts(envelope)[0]


def _parts(envelope: str) -> tuple[str, bytes]:
    version, _, rest = envelope.partition(".")
    key_id, _, packed = rest.partition(".")
    try:
        raw = base64.b64decode(packed.encode() + b"=" * (-len(packed) % 4), altchars=b"-_", validate=True)
    except (NotBase64, ValueError):
        raw = b""
    if version != VERSION or not key_id or len(raw) < NONCE_BYTES + TAG_BYTES:
        raise SealBroken("this is not a sealed value", hint="Set the value anew.")
    return key_id, raw


def _bound(key_id: str, parts: tuple[str, ...]) -> bytes:
    """Join so that no two lists of parts look the same: each with its length before it."""
    encoded = [part.encode() for part in (VERSION, key_id, *parts)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
