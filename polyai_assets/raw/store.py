"""The raw store: a folder or an object store that keeps, per partition, the conversations and their certificate.

<root>/<region>/<account>/<project>/<date>/<fetch id>.parquet
<root>/<region>/<account>/<project>/<date>/certificate.json
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from polyai_assets.api.project import Project
from polyai_assets.privacy.tombstones import Tombstones
from polyai_assets.raw.conversations.certificate import Certificate, decode
from polyai_assets.raw.dataset import Dataset
from polyai_assets.raw.partition import Partition, RawFile, days_among, project_folder
from polyai_assets.raw.sealed_store import SealedStore

if TYPE_CHECKING:
    import pyarrow as pa

CERTIFICATE = "certificate.json"

CONVERSATION_FILES = Dataset(
    asset="raw_conversations",
    name=lambda partition: f"{partition.folder}/{CERTIFICATE}",
    kind=Certificate,
    decode=decode,
    options=(),
    remedy=(
        "Restore it from a backup; or move it away and fetch the day again with {fetch_again}: then vanished "
        "conversations and earlier changes stay in its folder only"
    ),
)


class RawStore(SealedStore):
    """The raw store at `url`: a path, or a URL that fsspec knows (`s3://bucket/prefix`).

    Everything that reads or writes raises StoreUnavailable where an object store does not answer.
    """

    def certificate(self, partition: Partition) -> Certificate | None:
        """Read the certificate of a partition's conversations; None where nothing was ever fetched.

        Raises CertificateUnreadable.
        """
        return CONVERSATION_FILES.read(self, partition)

    def days(self, project: Project) -> list[date]:
        """List the days of a project that were ever fetched, oldest first."""
        return days_among(self.names(project_folder(project.key)))

    def has_records(self, certificate: Certificate) -> bool:
        """Tell whether the file of a certificate is there, in its full length; it is not read."""
        return self.size(f"{certificate.partition.folder}/{certificate.file.name}") == certificate.file.bytes

    def local_file(self, certificate: Certificate, file: RawFile) -> AbstractContextManager[Path]:
        """Give a file of a partition as a local one. Raises DamagedRawFile where it is not what it was."""
        return CONVERSATION_FILES.open_file(self, certificate, file)

    @contextmanager
    def records(self, certificate: Certificate) -> Iterator["Iterator[pa.RecordBatch]"]:
        """Open the records of a certificate in batches, without those that were erased.

        Their columns are those of `read_records`.
        Raises DamagedRawFile and TombstonesUnreadable. A retired certificate has none: its caller leaves the day alone.
        """
        # importing pyarrow takes long, and a certificate is read without it
        from polyai_assets.raw.conversations.records import read_records

        tombstones = Tombstones.read(self, certificate.partition.project)
        with self.local_file(certificate, certificate.file) as path:
            yield read_records(path, without=tombstones)
