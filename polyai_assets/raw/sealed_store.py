"""A store whose files of records, details, changes and recordings may be encrypted, with a data key for each project.

    <root>/keys/encrypted                                        since when it is
    <root>/keys/<region>/<account>/<project>.json                the project's data key, wrapped by the master key
    <root>/<region>/<account>/<project>/<date>/<id>.parquet.sealed

Whoever reads and writes names the files as ever, and certificates have the size and the hash of what is in them. A file
that is not encrypted yet is read as it is. Certificates and notes stay readable: they name conversations and no person.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import msgspec

from polyai_assets.machine.actionable import Actionable
from polyai_assets.privacy import sealing
from polyai_assets.privacy.master_key import MasterKeys
from polyai_assets.privacy.sealed_frames import PLAIN, PlainFrames, SealedFrames
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import RawFile

KEYS = "keys"
_MARK = f"{KEYS}/encrypted"
_SEALED = ".sealed"
_SECRET = (".parquet", ".changes", ".changes.damaged", ".wav")
_APART = ("audio",)
"""Folders that have those of projects in them."""


class EncryptionMissing(Actionable):
    """The raw store is encrypted, or is to be, and the library for it is not installed."""


class SealedStore(FileStore):
    """A FileStore that encrypts what holds records, once `encrypt` was called.

    What touches such a file raises MasterKeyUnusable, EncryptionMissing and NotSealed, too.
    """

    @cached_property
    def is_encrypted(self) -> bool:
        """Whether its files are encrypted as they are written."""
        return super().read(_MARK) is not None

    def encrypt(self) -> None:
        """Have files encrypted as they are written, from now on; see that they can be."""
        _need_cryptography()
        MasterKeys.read(is_first=not self.is_encrypted)
        super().write(_MARK, datetime.now(UTC).isoformat(timespec="seconds").encode())
        self.__dict__.pop("is_encrypted", None)

    def seal_existing(self, folder: str) -> int:
        """Encrypt the files of a folder that are not; gives how many."""
        plain = [
            name for name in super().sizes(folder) if name.endswith(_SECRET) and not name.startswith(".")
        ]
        for name in plain:
            with super().local(f"{folder}/{name}") as path:
                self.put_local(folder, name, path)
            super().delete(f"{folder}/{name}")
        return len(plain)

    def put_local(self, folder: str, name: str, path: Path) -> RawFile:
        """Copy a local file into a folder of the store; it is there whole or not at all."""
        if not self._seals(name):
            return super().put_local(folder, name, path)
        with temporary_folder() as local:
            sealing.seal_file(self._key_for(f"{folder}/{name}"), f"{folder}/{name}", path, local / "sealed")
            super().put_local(folder, f"{name}{_SEALED}", local / "sealed")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return RawFile(name, path.stat().st_size, digest)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """Give a file of the store, by its name below the root, as a local one. Raises FileNotFoundError."""
        if not self._is_sealed(name):
            with super().local(name) as path:
                yield path
            return
        with super().local(f"{name}{_SEALED}") as sealed, temporary_folder() as local:
            opened = local / name.rpartition("/")[2]
            sealing.unseal_file(self._key_for(name), name, sealed, opened)
            yield opened

    def read(self, name: str) -> bytes | None:
        """Read a small file of the store by its name below the root; None where there is none."""
        sealed = super().read(f"{name}{_SEALED}") if self._seals(name) else None
        if sealed is None:
            return super().read(name)
        opened = BytesIO()
        sealing.unseal(self._key_for(name), name, BytesIO(sealed), opened)
        return opened.getvalue()

    def read_some(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read small files of the store, at once where the store can; those that are not there are left out."""
        listed = list(names)
        secret = [name for name in listed if self._seals(name)]
        found = super().read_some(name for name in listed if name not in set(secret))
        return found | {name: content for name in secret if (content := self.read(name)) is not None}

    def write(self, name: str, content: bytes) -> None:
        """Write a small file of the store; it is there whole or not at all."""
        if not self._seals(name):
            super().write(name, content)
            return
        sealed = BytesIO()
        sealing.seal(self._key_for(name), name, BytesIO(content), sealed)
        super().write(f"{name}{_SEALED}", sealed.getvalue())

    def take(self, name: str, path: Path) -> None:
        """Move a local file into the store; it is there whole or not at all."""
        if not self._seals(name):
            super().take(name, path)
            return
        folder, _, file = name.rpartition("/")
        self.put_local(folder, file, path)
        path.unlink()

    def delete(self, name: str) -> None:
        """Delete a small file of the store, if there is one."""
        if self._seals(name):
            super().delete(f"{name}{_SEALED}")
        super().delete(name)

    def sizes(self, folder: str) -> dict[str, int]:
        """List the files in a folder of the store with what is in them, in bytes; none where there is no folder."""
        return dict(
            (name.removesuffix(_SEALED), sealing.opened_size(size))
            if name.endswith(_SEALED)
            else (name, size)
            for name, size in super().sizes(folder).items()
        )

    def size(self, name: str) -> int | None:
        """Give how many bytes are in a file, without reading it; None where there is none."""
        sealed = super().size(f"{name}{_SEALED}") if self._seals(name) else None
        return super().size(name) if sealed is None else sealing.opened_size(sealed)

    def modified(self, name: str) -> datetime | None:
        """Tell when a file was last written; None where it is gone meanwhile, or the store does not say."""
        sealed = super().modified(f"{name}{_SEALED}") if self._seals(name) else None
        return super().modified(name) if sealed is None else sealed

    def frames(self, project: str) -> PlainFrames:
        """Give how the frames of a project's journals lie on disk: what is on its way is as secret as the store."""
        return SealedFrames(self._key_of(project)) if self.is_encrypted else PLAIN

    def try_key(self, project: str) -> None:
        """See that the master key opens the data key of a project, if there is one, and make none."""
        if self.is_encrypted:
            _need_cryptography()
            masters, content = MasterKeys.read(), super().read(f"{KEYS}/{project}.json")
            if content is not None:
                sealing.unwrap(msgspec.json.decode(content, type=sealing.WrappedKey), masters, project)

    def rotate_keys(self) -> int:
        """Wrap every data key anew, by the current master key; gives how many. No file of records is touched."""
        _need_cryptography()
        masters, count = MasterKeys.read(), 0
        for name in self._key_files():
            project = name.removeprefix(f"{KEYS}/").removesuffix(".json")
            wrapped = msgspec.json.decode(super().read(name) or b"", type=sealing.WrappedKey)
            data_key = sealing.unwrap(wrapped, masters, project)
            if wrapped.master != masters.current.id:
                super().write(name, msgspec.json.encode(sealing.wrap(data_key, masters.current, project)))
                count += 1
        return count

    def _key_files(self) -> Iterator[str]:
        for region in super().names(KEYS):
            for account in super().names(f"{KEYS}/{region}") if region != "encrypted" else ():
                for file in super().names(f"{KEYS}/{region}/{account}"):
                    yield f"{KEYS}/{region}/{account}/{file}"

    def _seals(self, name: str) -> bool:
        return name.endswith(_SECRET) and self.is_encrypted

    def _is_sealed(self, name: str) -> bool:
        return self._seals(name) and super().size(f"{name}{_SEALED}") is not None

    def _key_for(self, name: str) -> bytes:
        parts = name.split("/")
        return self._key_of("/".join(parts[1:4] if parts[0] in _APART else parts[:3]))

    def _key_of(self, project: str) -> bytes:
        keys: dict[str, bytes] = self.__dict__.setdefault("_data_keys", {})
        if project not in keys:
            keys[project] = self._data_key(project)
        return keys[project]

    def _data_key(self, project: str) -> bytes:
        """Read the data key of a project, which is made with its first file."""
        _need_cryptography()
        masters, name = MasterKeys.read(), f"{KEYS}/{project}.json"
        content = super().read(name)
        if content is None:
            made = msgspec.json.encode(sealing.wrap(sealing.new_data_key(), masters.current, project))
            super().write_new(name, made)
            content = super().read(name) or made
        return sealing.unwrap(msgspec.json.decode(content, type=sealing.WrappedKey), masters, project)


def _need_cryptography() -> None:
    if find_spec("cryptography") is None:
        raise EncryptionMissing(
            "the raw store is encrypted, or is to be, which needs a library: pip install 'polyai-assets[encryption]'"
        )
