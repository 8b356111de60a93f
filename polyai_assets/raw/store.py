"""The raw store: a folder or an object store that keeps, per project and date, the records and their certificate.

    <root>/<region>/<account>/<project>/<date>/<fetch id>.parquet
    <root>/<region>/<account>/<project>/<date>/certificate.json

A file of records is never changed. The certificate is written last and names its file, so a kill at any
instant leaves the fetch before it whole.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from polyai_assets.api.project import Project
from polyai_assets.api.record import UNREADABLE
from polyai_assets.raw.certificate import Certificate, CertificateUnreadable, RawFile, decode, encode
from polyai_assets.raw.damage import DamagedRawFile, verified, verify
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition, project_folder

if TYPE_CHECKING:
    import pyarrow as pa

CERTIFICATE = "certificate.json"
RAW = "raw_conversations"
"""The asset that brings the files of a partition."""


class RawStore(FileStore):
    """The raw store at `url`: a path, or a URL that fsspec knows (`s3://bucket/prefix`).

    Everything that reads or writes raises StoreUnavailable where an object store does not answer.
    """

    def certificate(self, partition: Partition) -> Certificate | None:
        """Read the certificate of a partition; None where nothing was ever fetched.

        Raises CertificateUnreadable.
        """
        name = f"{partition.folder}/{CERTIFICATE}"
        content = self.read(name)
        if content is None:
            return None
        try:
            return decode(content)
        except UNREADABLE as error:
            raise CertificateUnreadable(
                f"{self._path(name)} is no certificate that we can read ({error}). "
                "Restore it from a backup; or move it away and materialize the day again, with raw_conversations: then "
                "vanished conversations and earlier changes stay in its folder only."
            ) from error

    def days(self, project: Project) -> list[date]:
        """List the days of a project that were ever fetched, oldest first."""
        names = self.names(project_folder(project.key))
        return [date.fromisoformat(name) for name in names if _is_date(name)]

    def put_file(self, certificate: Certificate, name: str, path: Path) -> RawFile:
        """Copy a file into a partition. It counts only once the certificate names it."""
        return self.put_local(certificate.partition.folder, name, path)

    def put_bytes(self, certificate: Certificate, name: str, content: bytes) -> RawFile:
        """Write a file into a partition. It counts only once the certificate names it."""
        self.write(self._beside(certificate, name), content)
        return RawFile(name, len(content), hashlib.sha256(content).hexdigest())

    def read_file(self, certificate: Certificate, file: RawFile) -> bytes:
        """Read a file of a partition whole. Raises DamagedRawFile."""
        name = self._beside(certificate, file.name)
        content = self.read(name)
        if content is None:
            raise DamagedRawFile(self._path(name), "is missing", RAW)
        return verify(content, file, self._path(name), RAW)

    def has_records(self, certificate: Certificate) -> bool:
        """Tell whether the file that a certificate names is there, in its full length; it is not read."""
        return self.size(self._beside(certificate, certificate.file.name)) == certificate.file.bytes

    def put_certificate(self, certificate: Certificate) -> None:
        """Make a fetch the current one of its partition."""
        self.write(self._beside(certificate, CERTIFICATE), encode(certificate))

    @contextmanager
    def local_file(self, certificate: Certificate, file: RawFile) -> Iterator[Path]:
        """Give a file of a partition as a local one. Raises DamagedRawFile where it is not what it was."""
        folder = certificate.partition.folder
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

    def _beside(self, certificate: Certificate, name: str) -> str:
        return f"{certificate.partition.folder}/{name}"


def _is_date(name: str) -> bool:
    try:
        date.fromisoformat(name)
    except ValueError:
        return False
    return True
