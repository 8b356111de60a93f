"""The raw store: a folder or an object store that keeps, per project and date, the records and their certificate.

    <root>/<region>/<account>/<project>/<date>/<fetch id>.parquet
    <root>/<region>/<account>/<project>/<date>/certificate.json

A file of records is never changed. The certificate is written last and names its file, so a kill at any
instant leaves the fetch before it whole.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

import fsspec
import msgspec
from fsspec.implementations.local import LocalFileSystem

from polyai_assets.api.project import Project
from polyai_assets.raw.certificate import Certificate, CertificateUnreadable, RawFile, decode, encode
from polyai_assets.raw.damage import DamagedRawFile, verified, verify
from polyai_assets.raw.disk import move_local, put_local, told_if_full

if TYPE_CHECKING:
    import pyarrow as pa

CERTIFICATE = "certificate.json"
RAW = "raw_conversations"
"""The asset that brings the files of a partition."""
_PART = 8_000_000
"""Bytes of a file that are sent to S3 at a time."""


class RawStore:
    """The raw store at `url`: a path, or a URL that fsspec knows (`s3://bucket/prefix`)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, self._root = fsspec.core.url_to_fs(url)

    @staticmethod
    def partition(project: str, day: date) -> str:
        """Name the folder of a partition below the root, from the project's key."""
        return "/".join([*(quote(part, safe="") for part in project.split("/")), day.isoformat()])

    def certificate(self, project: Project, day: date) -> Certificate | None:
        """Read the certificate of a partition; None where nothing was ever fetched.

        Raises CertificateUnreadable.
        """
        path = self._path(f"{self.partition(project.key, day)}/{CERTIFICATE}")
        try:
            return decode(self._fs.cat_file(path))
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError as error:
            raise CertificateUnreadable(
                f"{path} is no certificate that we can read ({error}). "
                "Restore it from a backup; or move it away and materialize the day again, with raw_conversations: then "
                "vanished conversations and earlier changes stay in its folder only."
            ) from error

    def days(self, project: Project) -> list[date]:
        """List the days of a project that were ever fetched, oldest first."""
        names = self.names(self.partition(project.key, date.min).rpartition("/")[0])
        return [date.fromisoformat(name) for name in names if _is_date(name)]

    def put_file(self, certificate: Certificate, name: str, path: Path) -> RawFile:
        """Copy a file into a partition. It counts only once the certificate names it."""
        return self.put_local(self.partition(certificate.project, certificate.date), name, path)

    def put_bytes(self, certificate: Certificate, name: str, content: bytes) -> RawFile:
        """Write a file into a partition. It counts only once the certificate names it."""
        self._put(self._beside(certificate, name), BytesIO(content))
        return RawFile(name, len(content), hashlib.sha256(content).hexdigest())

    def read_file(self, certificate: Certificate, file: RawFile) -> bytes:
        """Read a file of a partition whole. Raises DamagedRawFile."""
        place = self._beside(certificate, file.name)
        try:
            return verify(self._fs.cat_file(place), file, place, RAW)
        except FileNotFoundError as error:
            raise DamagedRawFile(place, "is missing", RAW) from error

    def has_records(self, certificate: Certificate) -> bool:
        """Tell whether the file that a certificate names is there, in its full length; it is not read."""
        try:
            info = self._fs.info(self._beside(certificate, certificate.file.name))
        except FileNotFoundError:
            return False
        return bool(info["size"] == certificate.file.bytes)

    def put_certificate(self, certificate: Certificate) -> None:
        """Make a fetch the current one of its partition."""
        self._put(self._beside(certificate, CERTIFICATE), BytesIO(encode(certificate)))

    @contextmanager
    def local_file(self, certificate: Certificate, file: RawFile) -> Iterator[Path]:
        """Give a file of a partition as a local one. Raises DamagedRawFile where it is not what it was."""
        folder = self.partition(certificate.project, certificate.date)
        with self.certified(folder, file, RAW) as path:
            yield path

    def certified(self, folder: str, file: RawFile, asset: str) -> AbstractContextManager[Path]:
        """Give a file that a certificate names as a local one; `asset` is what replaces it. Raises DamagedRawFile."""
        name = f"{folder}/{file.name}"
        return verified(self.local(name), file, self._path(name), asset)

    @contextmanager
    def records(self, certificate: Certificate) -> Iterator["Iterator[pa.RecordBatch]"]:
        """Open the records of a certificate in batches; see `read_records` for their columns.

        Raises DamagedRawFile.
        """
        # pyarrow is only for those who read records: whoever asks for a certificate need not wait for it
        from polyai_assets.raw.parquet import read_records

        with self.local_file(certificate, certificate.file) as path:
            yield read_records(path)

    def put_local(self, folder: str, name: str, path: Path) -> RawFile:
        """Copy a local file into a folder of the store; it is there whole or not at all."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            self._put(self._path(f"{folder}/{name}"), file)
        return RawFile(name, path.stat().st_size, digest)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """Give a file of the store, by its name below the root, as a local one. Raises FileNotFoundError."""
        source = self._path(name)
        if isinstance(self._fs, LocalFileSystem):
            yield Path(source)
            return
        with tempfile.TemporaryDirectory() as folder:
            local = Path(folder) / source.rpartition("/")[2]
            with told_if_full(local):
                self._fs.get_file(source, str(local))
            yield local

    def read_some(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read small files of the store, at once where the store can; those that are not there are left out."""
        paths = {self._path(name): name for name in names}
        found = self._fs.cat(list(paths), on_error="omit") if paths else {}
        return {paths[path]: content for path, content in found.items()}

    def read(self, name: str) -> bytes | None:
        """Read a small file of the store by its name below the root; None where there is none."""
        try:
            content: bytes = self._fs.cat_file(self._path(name))
        except FileNotFoundError:
            return None
        return content

    def read_all(self, folder: str) -> list[bytes]:
        """Read every small file of a folder, at once where the store can; files that vanish meanwhile are left out."""
        paths = [self._path(f"{folder}/{name}") for name in self.names(folder) if not name.startswith(".")]
        return list(self._fs.cat(paths, on_error="omit").values()) if paths else []

    def write(self, name: str, content: bytes) -> None:
        """Write a small file of the store; it is there whole or not at all."""
        self._put(self._path(name), BytesIO(content))

    def write_new(self, name: str, content: bytes) -> bool:
        """Write a small file that is not there yet; False, and nothing is written, where there is one.

        Of several processes that try at once, one succeeds.
        """
        try:
            if isinstance(self._fs, LocalFileSystem):
                put_local(Path(self._path(name)), BytesIO(content), is_new=True)
            else:
                self._fs.pipe_file(self._path(name), content, mode="create")
        except FileExistsError:
            return False
        return True

    def delete(self, name: str) -> None:
        """Delete a small file of the store, if there is one."""
        with suppress(FileNotFoundError):
            self._fs.rm_file(self._path(name))

    def names(self, folder: str) -> list[str]:
        """List the files in a folder of the store, by their names in it; none where there is no folder."""
        return sorted(self.sizes(folder))

    def sizes(self, folder: str) -> dict[str, int]:
        """List the files in a folder of the store with their sizes in bytes; none where there is no folder."""
        try:
            # what another process wrote must be seen: fsspec would remember the listing of an object store
            found = self._fs.ls(self._path(folder), detail=True, refresh=True)
        except FileNotFoundError:
            return {}
        return {one["name"].rpartition("/")[2]: one["size"] or 0 for one in found}

    def modified(self, name: str) -> datetime | None:
        """Tell when a file was last written; None where it is gone meanwhile, or the store does not say."""
        try:
            written_at: datetime = self._fs.modified(self._path(name))
        except (FileNotFoundError, NotImplementedError):
            return None
        return written_at if written_at.tzinfo else written_at.replace(tzinfo=UTC)

    def open(self, name: str) -> BinaryIO:
        """Open a file of the store to read it in parts. Raises FileNotFoundError."""
        file: BinaryIO = self._fs.open(self._path(name), "rb")
        return file

    def take(self, name: str, path: Path) -> None:
        """Move a local file into the store; it is there whole or not at all."""
        target = self._path(name)
        if not isinstance(self._fs, LocalFileSystem):
            # of its own, s3fs would hold up to 100 MB of the file in memory
            in_parts = {"chunksize": _PART, "max_concurrency": 2} if "s3" in self._fs.protocol else {}
            self._fs.put_file(str(path), target, **in_parts)
            path.unlink()
            return
        move_local(path, Path(target))

    def link(self, name: str, lasts: timedelta) -> str:
        """Give a URL of a file or a folder: `file://…`, or one that opens a file of an object store for a while.

        Where the object store cannot sign URLs, it is the plain one.
        """
        path = self._path(name)
        if isinstance(self._fs, LocalFileSystem):
            return Path(path).absolute().as_uri()
        if not name.endswith("/"):
            with suppress(NotImplementedError):
                signed: str = self._fs.sign(path, expiration=int(lasts.total_seconds()))
                return signed
        plain: str = self._fs.unstrip_protocol(path)
        return plain

    def _beside(self, certificate: Certificate, name: str) -> str:
        return self._path(f"{self.partition(certificate.project, certificate.date)}/{name}")

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _put(self, target: str, content: BinaryIO) -> None:
        if isinstance(self._fs, LocalFileSystem):
            put_local(Path(target), content)
        else:
            with self._fs.open(target, "wb") as file:
                shutil.copyfileobj(content, file)


def _is_date(name: str) -> bool:
    try:
        date.fromisoformat(name)
    except ValueError:
        return False
    return True
