"""A dataset of the raw store: what is kept of each partition, as files that the partition's certificate names.

    <root>/<region>/<account>/<project>/<date>/certificate.json
    <root>/<region>/<account>/<project>/<date>/<fetch id>.parquet

A file is never changed. The certificate is written last and names its files, so a kill at any instant leaves what was
committed before. Example: two runs commit the same partition. Both read certificate 1 and write a file each; the first
puts certificate 2. The second finds that 1 is current no more, removes its file, and builds again on top of 2.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from polyai_assets.api.record import UNREADABLE
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.leftovers import clean, remove
from polyai_assets.raw.partition import Partition, RawFile
from polyai_assets.raw.remedies import backfill_command, launch_command

log = logging.getLogger(__name__)

MISSING = "is missing"
DAMAGED = "is damaged: it is not the file that its certificate names"


class CertificateUnreadable(Actionable):
    """A certificate is damaged, or of a version that we do not know. Says which, and what to do."""


class DamagedRawFile(Actionable, OSError):
    """A file of the raw store is missing, or is another than its certificate names. Says which, and what to do."""

    def __init__(self, place: str, what: str, command: str) -> None:
        self.found = f"{place} {what}"
        super().__init__(
            f"{self.found}. Fetch it anew, and the damaged file is replaced: `{command}`. Or restore the file from a "
            "backup"
        )


class Certified(Protocol):
    """A certificate: the partition that it is of, and the files that it names, the current one first."""

    @property
    def partition(self) -> Partition:
        """The partition that it is of."""

    @property
    def files(self) -> Sequence[RawFile]:
        """The files that it names."""


C = TypeVar("C", bound=Certified)


class Cleaning(NamedTuple):
    """When a commit ends, and until when what had vanished is forgotten; see `leftovers.clean`."""

    now: datetime
    forgotten_until: datetime | None


Build = Callable[[C | None], tuple[C, Cleaning | None]]
"""Makes a certificate on top of the current one, and writes its files. It may give the current one back: it stays."""


@dataclass(frozen=True, slots=True)
class Dataset(Generic[C]):
    """A dataset: the asset that fetches it, where a partition's certificate lies, and how it is read.

    `what` is what a message calls the certificate, `remedy` what to do about one that cannot be read, where
    `{fetch_again}` stands for the command that fetches its partition again: `polyai backfill` with `options`, or
    `dg launch` where these are None.
    """

    asset: str
    name: Callable[[Partition], str]
    kind: type[C]
    remedy: str
    what: str = "certificate"
    options: tuple[str, ...] | None = None
    decode: Callable[[bytes], C] | None = None

    def folder(self, partition: Partition) -> str:
        """Name the folder of a partition below the root of a store."""
        return self.name(partition).rpartition("/")[0]

    def sizes(self, store: FileStore, partition: Partition) -> dict[str, int]:
        """List what is kept of a partition, by name below the root, in bytes."""
        folder, own = self.folder(partition), self.name(partition)
        if f"/{partition.folder}/" not in f"/{folder}/":  # other days have theirs in the same folder
            size = store.size(own)
            return {} if size is None else {own: size}
        return {f"{folder}/{name}": size for name, size in store.sizes(folder).items()}

    def fetch_again(self, partition: Partition) -> str:
        """Give the command that fetches a partition of this dataset again."""
        if self.options is None:
            return launch_command(self.asset, partition.key)
        return backfill_command(partition, *self.options)

    def read(self, store: FileStore, partition: Partition) -> C | None:
        """Read the certificate of a partition; None where nothing was ever committed. Raises CertificateUnreadable."""
        content = store.read(self.name(partition))
        return None if content is None else self.read_as(store, partition, self.name(partition), content)

    def read_as(self, store: FileStore, partition: Partition, name: str, content: bytes) -> C:
        """Read the content of a file of a partition as a certificate of this dataset. Raises CertificateUnreadable."""
        try:
            return self.decode(content) if self.decode else msgspec.json.decode(content, type=self.kind)
        except UNREADABLE as error:
            remedy = self.remedy.format(fetch_again=f"`{self.fetch_again(partition)}`")
            raise CertificateUnreadable(
                f"{store.location(name)} is no {self.what} that we can read ({error}). {remedy}."
            ) from error

    def read_or_none(self, store: FileStore, partition: Partition) -> C | None:
        """Read a certificate that can be made again from something else: one that cannot be read is none."""
        try:
            return self.read(store, partition)
        except CertificateUnreadable as error:
            log.warning("%s", error)
            return None

    def put(self, store: FileStore, certificate: C) -> None:
        """Make a certificate the current one of its partition, whatever there was."""
        store.write(self.name(certificate.partition), encode(certificate))

    def commit(
        self, store: FileStore, partition: Partition, build: Build[C], *, over_unreadable: bool = False
    ) -> C:
        """Make what `build` makes of the current certificate the current one; gives what is current then.

        Where another run has committed meanwhile, what was built is removed, and built again on top of that. With
        `over_unreadable`, a certificate that cannot be read counts as none. Raises what `build` raises; then nothing is
        changed.
        """
        read = self.read_or_none if over_unreadable else self.read
        while True:
            current = read(store, partition)
            certificate, cleaning = build(current)
            if certificate is current:
                return certificate
            before, named = names(current), names(certificate)
            if read(store, partition) == current:
                self.put(store, certificate)
                if cleaning is not None:
                    clean(
                        store, self.folder(partition), before, named, cleaning.forgotten_until, cleaning.now
                    )
                return certificate
            for name in named - before:
                remove(store, f"{self.folder(partition)}/{name}")
            log.info("%s: another run has committed %s meanwhile; merged with that", partition, self.asset)

    def put_file(self, store: FileStore, partition: Partition, name: str, path: Path) -> RawFile:
        """Copy a local file into a partition. It counts only once the certificate names it."""
        return store.put_local(self.folder(partition), name, path)

    def put_bytes(self, store: FileStore, partition: Partition, name: str, content: bytes) -> RawFile:
        """Write a file into a partition. It counts only once the certificate names it."""
        store.write(f"{self.folder(partition)}/{name}", content)
        return RawFile(name, len(content), hashlib.sha256(content).hexdigest())

    def open_file(self, store: FileStore, certificate: C, file: RawFile) -> AbstractContextManager[Path]:
        """Give a file that a certificate names as a local one. Raises DamagedRawFile where it is not what it was."""
        name = f"{self.folder(certificate.partition)}/{file.name}"
        again = self.fetch_again(certificate.partition)
        return _verified(store.local(name), file, store.location(name), again)

    def read_file(self, store: FileStore, certificate: C, file: RawFile) -> bytes:
        """Read a file that a certificate names whole. Raises DamagedRawFile."""
        name = f"{self.folder(certificate.partition)}/{file.name}"
        content = store.read(name)
        if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
            found = MISSING if content is None else DAMAGED
            raise DamagedRawFile(store.location(name), found, self.fetch_again(certificate.partition))
        return content

    def is_sound(self, store: FileStore, certificate: C) -> bool:
        """Tell whether the current file of a certificate is there, as it was written."""
        try:
            with self.open_file(store, certificate, certificate.files[0]):
                return True
        except DamagedRawFile:
            return False

    @contextmanager
    def newest_sound(self, store: FileStore, certificate: C) -> Iterator[Path | None]:
        """Give the newest file of a certificate that is whole: the current one, or else an earlier one, or none."""
        with ExitStack() as opened:
            for file in certificate.files:
                try:
                    path = opened.enter_context(self.open_file(store, certificate, file))
                except DamagedRawFile as error:
                    log.warning(
                        "%s: what an earlier file holds is used, the rest is asked for again", error.found
                    )
                else:
                    yield path
                    return
            yield None


def encode(certificate: object) -> bytes:
    """Write a certificate as JSON, for people too."""
    return msgspec.json.format(msgspec.json.encode(certificate), indent=2)


def names(certificate: Certified | None) -> set[str]:
    """Give the names of the files that a certificate names."""
    return set() if certificate is None else {file.name for file in certificate.files}


@contextmanager
def _verified(
    local: AbstractContextManager[Path], file: RawFile, place: str, fetch_again: str
) -> Iterator[Path]:
    """Give a file of the store as a local one, once it has proven to be what its certificate says.

    It is hashed first: a parquet file with a flipped bit may well be readable, and say something else.
    """
    with ExitStack() as opened:
        try:
            path = opened.enter_context(local)
            with path.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise DamagedRawFile(place, MISSING, fetch_again) from error
        if digest != file.sha256:
            raise DamagedRawFile(place, DAMAGED, fetch_again)
        yield path
