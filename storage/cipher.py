"""Encrypted columns: AES-256-GCM, the key's id inside the value, bound to clinic, table, column and row.

Lookup hashes have keys of their own, derived from the same masters, so that a hash never helps to open a text.
"""

import base64
import binascii
import hmac
import json
import os
from collections.abc import Sequence
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import KeyMissingError, StorageError, TamperedError, UnreadableError

_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_READER = json.JSONDecoder()
PREFIX = "rk1_"
KEY_BYTES, ID_BYTES, NONCE_BYTES = 32, 4, 12


class Opener(Protocol):
    """Opens column values."""

    def open(self, place: str, sealed: bytes) -> Any:
        """The JSON value again."""


class Cipher:
    """Seals and opens column values. `keys` are masters as `rapport key` prints them, the newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        masters = [_master(key) for key in keys]
        if not masters:
            raise StorageError("no encryption key is set; `rapport key` makes one for RAPPORT_KEYS")
        self._boxes = {_derive(m, b"rapport key id")[:ID_BYTES]: AESGCM(_derive(m, b"rapport seal")) for m in masters}
        self._newest_id, self._newest = next(iter(self._boxes.items()))
        self._lookup = [_derive(m, b"rapport lookup") for m in masters]

    def seal(self, place: str, value: Any) -> bytes:
        """The JSON value as bytes that only open at `place` (`clinic|table|column|row`)."""
        nonce = os.urandom(NONCE_BYTES)
        plain = _WRITER.encode(value).encode()
        return self._newest_id + nonce + self._newest.encrypt(nonce, plain, place.encode())

    def open(self, place: str, sealed: bytes) -> Any:
        """The JSON value again. Raises KeyMissingError, TamperedError.

        Fetch all rows before the first is opened: a cursor that the error leaves open keeps SQLite from writing.
        """
        box = self._boxes.get(sealed[:ID_BYTES])
        if box is None:
            raise KeyMissingError(
                f"{_table(place)} holds a value sealed with a key that is not in RAPPORT_KEYS; put it back"
            )
        nonce, cipher = sealed[ID_BYTES : ID_BYTES + NONCE_BYTES], sealed[ID_BYTES + NONCE_BYTES :]
        try:
            plain = box.decrypt(nonce, cipher, place.encode())
        except (InvalidTag, ValueError):  # ValueError: cut so short that not even the nonce is left
            raise TamperedError(
                f"{_table(place)} holds a value that was changed or moved; restore it from a backup"
            ) from None
        return _READER.decode(plain.decode())

    def knows(self, sealed: bytes) -> bool:
        """Whether one of the keys is the one that this value, or its first bytes, is sealed with."""
        return sealed[:ID_BYTES] in self._boxes

    def hashes(self, place: str, value: str) -> list[str]:
        """Keyed hashes to look a value up by: the newest key's first, then those of keys that are being retired."""
        text = f"{place}|{value}".encode()
        return [hmac.digest(key, text, "sha256").hex() for key in self._lookup]

    def hash(self, place: str, value: str) -> str:
        """The hash to store."""
        return self.hashes(place, value)[0]


class Lenient:
    """Opens what can be opened, and gives {} for the rest. `fault` says what stayed closed, and why."""

    def __init__(self, cipher: Cipher) -> None:
        self.cipher = cipher
        self.fault: UnreadableError | None = None

    def open(self, place: str, sealed: bytes) -> Any:
        """The JSON value again, or {}."""
        try:
            return self.cipher.open(place, sealed)
        except UnreadableError as error:
            self.fault = error
            return {}


def new_key() -> str:
    """A new master key."""
    return PREFIX + base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode().rstrip("=")


def _master(key: str) -> bytes:
    body = key.removeprefix(PREFIX)
    try:
        raw = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    if not key.startswith(PREFIX) or len(raw) != KEY_BYTES:
        raise StorageError("a key in RAPPORT_KEYS is not one of ours; `rapport key` prints one that is (rk1_…)")
    return raw


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose).derive(master)


def _table(place: str) -> str:
    return ".".join(place.split("|")[1:3])
