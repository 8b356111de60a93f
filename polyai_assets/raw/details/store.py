"""Where details lie in the raw store: in a folder of their own, beside the records of their partition.

    <root>/<region>/<account>/<project>/<date>/details/<id>.parquet
    <root>/<region>/<account>/<project>/<date>/details/certificate.json

As with the records, a file is never changed, and the certificate is written last and names it.
"""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from polyai_assets.api.record import UNREADABLE
from polyai_assets.raw.certificate import CertificateUnreadable, RawFile
from polyai_assets.raw.damage import DamagedRawFile
from polyai_assets.raw.details.certificate import DetailsCertificate, decode, encode
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import CERTIFICATE, RawStore

log = logging.getLogger(__name__)

RAW_DETAILS = "raw_details"
"""The asset that brings the files."""


def folder_of(partition: Partition) -> str:
    """Name the folder of a partition's details below the root."""
    return f"{partition.folder}/details"


def certificate_name(partition: Partition) -> str:
    """Name the certificate of a partition's details below the root."""
    return f"{folder_of(partition)}/{CERTIFICATE}"


def read_certificate(store: RawStore, partition: Partition) -> DetailsCertificate | None:
    """Read the certificate of a partition's details; None where nobody was ever asked for.

    Raises CertificateUnreadable.
    """
    content = store.read(certificate_name(partition))
    if content is None:
        return None
    try:
        return decode(content)
    except UNREADABLE as error:
        raise CertificateUnreadable(
            f"{store.url}/{certificate_name(partition)} is no certificate that we can read ({error}). "
            "Move it away and materialize the day again, with raw_details."
        ) from error


def put_certificate(store: RawStore, certificate: DetailsCertificate) -> None:
    """Make a file of details the current one of its partition."""
    store.write(certificate_name(certificate.partition), encode(certificate))


def put_file(store: RawStore, certificate: DetailsCertificate, path: Path) -> RawFile:
    """Copy a file of details into its partition. It counts only once the certificate names it."""
    folder = folder_of(certificate.partition)
    return store.put_local(folder, f"{certificate.id}.parquet", path)


@contextmanager
def local_details(store: RawStore, certificate: DetailsCertificate) -> Iterator[Path]:
    """Give the file that a certificate names as a local one. Raises DamagedRawFile where it is not what it was."""
    with _local(store, certificate, certificate.file) as path:
        yield path


@contextmanager
def sound_details(store: RawStore, certificate: DetailsCertificate) -> Iterator[Path | None]:
    """Give the newest file of a partition that is whole: the current one, or else an earlier one, or else none."""
    files = [certificate.file, *(file for file in reversed(certificate.versions) if file != certificate.file)]
    with ExitStack() as opened:
        for file in files:
            try:
                path = opened.enter_context(_local(store, certificate, file))
            except DamagedRawFile as error:
                log.warning(
                    "%s: what an earlier file holds is used, the rest is asked for again", error.found
                )
            else:
                yield path
                return
        yield None


def has_details(store: RawStore, certificate: DetailsCertificate) -> bool:
    """Tell whether the file that a certificate names is there, as it was written."""
    try:
        with local_details(store, certificate):
            return True
    except DamagedRawFile:
        return False


def _local(store: RawStore, certificate: DetailsCertificate, file: RawFile) -> AbstractContextManager[Path]:
    return store.certified(folder_of(certificate.partition), file, RAW_DETAILS)
