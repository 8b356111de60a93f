"""Sealing files: AES-256-GCM, chunk by chunk, so that a file of any size needs the memory of one.

    file     PAS1 | 16 bytes of salt | chunk | chunk | …          each chunk: up to 1 MiB, encrypted, and its tag
    key      of each file another: from the data key and the salt (HKDF), so that the number of a chunk is its nonce

Each chunk is bound to the file's name, its place, and whether it is the last: a file that was cut, mixed up or put
under another name is not opened.
"""

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.folders import private_file
from polyai_assets.privacy.master_key import VARIABLE, MasterKey, MasterKeys, MasterKeyUnusable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_MAGIC = b"PAS1"
_SALT, _TAG, _KEY = 16, 16, 32
_HEADER = len(_MAGIC) + _SALT
CHUNK = 1 << 20


class NotSealed(Actionable, OSError):
    """A sealed file is damaged, cut, or another than its name says."""


class WrappedKey(msgspec.Struct, frozen=True):
    """The data key of a project as it is kept: wrapped by the master key of an id."""

    master: str
    wrapped: str


def wrap(data_key: bytes, master: MasterKey, what: str) -> WrappedKey:
    """Wrap a data key; `what` it is for is bound to it."""
    nonce = token_bytes(12)
    sealed = _cipher(_derived(master.secret.encode(), b"", b"master")).encrypt(nonce, data_key, what.encode())
    return WrappedKey(master.id, b64encode(nonce + sealed).decode())


def unwrap(wrapped: WrappedKey, masters: MasterKeys, what: str) -> bytes:
    """Unwrap a data key. Raises MasterKeyUnusable."""
    from cryptography.exceptions import InvalidTag

    master = masters.of_id(wrapped.master, what)
    content = b64decode(wrapped.wrapped)
    try:
        return _cipher(_derived(master.secret.encode(), b"", b"master")).decrypt(
            content[:12], content[12:], what.encode()
        )
    except InvalidTag:
        raise MasterKeyUnusable(
            f"{VARIABLE} has another key under the id {master.id} than the one that {what} is wrapped by. Set that "
            "one. If it is lost, what is encrypted cannot be read by anyone: move it away, and fetch again what PolyAI "
            "still has"
        ) from None


def seal(data_key: bytes, name: str, source: BinaryIO, target: BinaryIO) -> None:
    """Encrypt what `source` holds into `target`."""
    salt = token_bytes(_SALT)
    target.write(_MAGIC + salt)
    cipher = _cipher(_derived(data_key, salt, b"file"))
    for place, chunk, is_last in _chunks(source, CHUNK):
        target.write(cipher.encrypt(_nonce(place), chunk, _bound(name, place, is_last=is_last)))


def unseal(data_key: bytes, name: str, source: BinaryIO, target: BinaryIO) -> None:
    """Decrypt what `seal` wrote under this name. Raises NotSealed."""
    from cryptography.exceptions import InvalidTag

    header = source.read(_HEADER)
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        raise NotSealed(
            f"{name} is no encrypted file of ours. Restore it from a backup, or fetch its day again"
        )
    cipher = _cipher(_derived(data_key, header[len(_MAGIC) :], b"file"))
    try:
        for place, chunk, is_last in _chunks(source, CHUNK + _TAG):
            target.write(cipher.decrypt(_nonce(place), chunk, _bound(name, place, is_last=is_last)))
    except InvalidTag:
        raise NotSealed(
            f"{name} is damaged, cut, or was put under another name: it cannot be decrypted. Restore it from a backup, "
            "or fetch its day again"
        ) from None


def new_data_key() -> bytes:
    """Make a data key."""
    return token_bytes(_KEY)


def opened_size(sealed: int) -> int:
    """Give how many bytes a file of `sealed` bytes holds."""
    body = sealed - _HEADER
    chunks = max(1, -(-body // (CHUNK + _TAG)))
    return body - chunks * _TAG


def seal_file(data_key: bytes, name: str, source: Path, target: Path) -> None:
    """Encrypt a file into another, which is for its owner only."""
    private_file(target)
    with source.open("rb") as plain, target.open("wb") as sealed:
        seal(data_key, name, plain, sealed)


def unseal_file(data_key: bytes, name: str, source: Path, target: Path) -> None:
    """Decrypt a file into another, which is for its owner only. Raises NotSealed."""
    private_file(target)
    with source.open("rb") as sealed, target.open("wb") as plain:
        unseal(data_key, name, sealed, plain)


def cipher_for(data_key: bytes, purpose: bytes) -> "AESGCM":
    """Give the cipher for a purpose of a data key; who uses it chooses nonces that never come again."""
    return _cipher(_derived(data_key, b"", purpose))


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Cut a file into chunks, at least one, with the place of each and whether it is the last."""
    place, chunk = 0, source.read(size)
    while True:
        following = source.read(size) if len(chunk) == size else b""
        yield place, chunk, not following
        if not following:
            return
        place, chunk = place + 1, following


def _nonce(place: int) -> bytes:
    return struct.pack(">4xQ", place)


def _bound(name: str, place: int, *, is_last: bool) -> bytes:
    return name.encode("utf-8", "surrogatepass") + struct.pack(">Q?", place, is_last)


def _derived(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), _KEY, salt or sha256(purpose).digest(), b"polyai-assets " + purpose).derive(secret)


def _cipher(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
