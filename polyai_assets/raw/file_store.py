"""Files by name, in a folder or in an object store: read, written, listed and deleted.

A name is a name: `data [prod]/*` is a folder of that name, and never a pattern. And only a certain "not found" is
absence: an object store that is overloaded, does not answer or refuses (503, 403, a timeout) says nothing of what it
holds, so reading it fails, and nothing is concluded from it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from polyai_assets.machine.actionable import Actionable
from polyai_assets.machine.folders import own_folder
from polyai_assets.raw.disk import DiskFull, move_local, naming_what_is_full, put_local, temporary_folder
from polyai_assets.raw.object_store import environment_fault, is_certain, next_step
from polyai_assets.raw.partition import RawFile

_PART = 8_000_000
"""Bytes of a file that are sent to S3 at a time."""


class StoreUnavailable(Actionable, OSError):
    """An object store refused or did not answer: what it holds is not known. Says what failed, and what to do."""


class FileStore:
    """The files at `url`: a path, or a URL that fsspec knows (`s3://bucket/prefix`).

    Everything that asks an object store raises StoreUnavailable where it does not answer, or not certainly.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._fs, self._root, self._is_local = _opened(url)
        self._is_askable = False  # not looked into yet
        self._is_s3 = "s3" in self._fs.protocol
        # of its own, s3fs would first ask how long a small file is
        self._in_one_call = {"max_concurrency": 1} if self._is_s3 else {}

    def put_local(self, folder: str, name: str, path: Path) -> RawFile:
        """Copy a local file into a folder of the store; it is there whole or not at all."""
        target = self._path(f"{folder}/{name}")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            if self._is_local:
                file.seek(0)
                put_local(self._own(target), file)
            else:
                self._upload(path, target)
        return RawFile(name, path.stat().st_size, digest)

    @contextmanager
    def local(self, name: str) -> Iterator[Path]:
        """Give a file of the store, by its name below the root, as a local one. Raises FileNotFoundError."""
        source = self._path(name)
        if self._is_local:
            yield Path(source)
            return
        with temporary_folder() as folder:
            local = folder / source.rpartition("/")[2]
            with self._asked("read", source), naming_what_is_full(local):
                self._fs.get_file(source, str(local))
            yield local

    def read_some(self, names: Iterable[str]) -> dict[str, bytes]:
        """Read small files of the store, at once where the store can; those that are not there are left out."""
        listed = list(names)
        if not listed:
            return {}
        paths = [self._path(name) for name in listed]
        # `cat` would take each path for a pattern
        answers = self._fs.cat_ranges(paths, None, None, on_error="return", **self._in_one_call)
        found = {}
        for name, path, answer in zip(listed, paths, answers, strict=True):
            with suppress(FileNotFoundError), self._asked("read", path):
                if isinstance(answer, BaseException):
                    raise answer
                found[name] = answer
        return found

    def read(self, name: str) -> bytes | None:
        """Read a small file of the store by its name below the root; None where there is none."""
        path = self._path(name)
        try:
            with self._asked("read", path):
                content: bytes = self._fs.cat_file(path, **self._in_one_call)
        except FileNotFoundError:
            return None
        return content

    def read_all(self, folder: str) -> dict[str, bytes]:
        """Read every small file of a folder, by its name in it; files that vanish meanwhile are left out."""
        listed = [_name(entry) for entry in self._list(folder) if entry["type"] != "directory"]
        names = {f"{folder}/{name}": name for name in sorted(listed) if not name.startswith(".")}
        return {names[name]: content for name, content in self.read_some(names).items()}

    def write(self, name: str, content: bytes) -> None:
        """Write a small file of the store; it is there whole or not at all."""
        path = self._path(name)
        if self._is_local:
            put_local(self._own(path), BytesIO(content))
        else:
            with self._asked("written", path):
                self._fs.pipe_file(path, content)

    def write_new(self, name: str, content: bytes) -> bool:
        """Write a small file that is not there yet; False, and nothing is written, where there is one.

        Of several processes that try at once, one succeeds.
        """
        path = self._path(name)
        try:
            if self._is_local:
                put_local(self._own(path), BytesIO(content), is_new=True)
            else:
                with self._asked("written", path):
                    self._fs.pipe_file(path, content, mode="create")
        except FileExistsError:
            return False
        return True

    def delete(self, name: str) -> None:
        """Delete a small file of the store, if there is one."""
        path = self._path(name)
        with suppress(FileNotFoundError), self._asked("deleted", path):
            self._fs.rm_file(path)

    def names(self, folder: str) -> list[str]:
        """List the files in a folder of the store, by their names in it; none where there is no folder."""
        return sorted(self.sizes(folder))

    def sizes(self, folder: str) -> dict[str, int]:
        """List the files in a folder of the store with their sizes in bytes; none where there is no folder."""
        return {_name(entry): entry["size"] or 0 for entry in self._list(folder)}

    def size(self, name: str) -> int | None:
        """Give the size of a file in bytes, without reading it; None where there is none."""
        path = self._path(name)
        try:
            with self._asked("read", path):
                size: int = self._fs.info(path)["size"]
        except FileNotFoundError:
            return None
        return size

    def modified(self, name: str) -> datetime | None:
        """Tell when a file was last written; None where it is gone meanwhile, or the store does not say."""
        path = self._path(name)
        try:
            with self._asked("read", path):
                written_at: datetime = self._fs.modified(path)
        except (FileNotFoundError, NotImplementedError):
            return None
        return written_at if written_at.tzinfo else written_at.replace(tzinfo=UTC)

    def take(self, name: str, path: Path) -> None:
        """Move a local file into the store; it is there whole or not at all."""
        target = self._path(name)
        if self._is_local:
            move_local(path, self._own(target))
        else:
            self._upload(path, target)
            path.unlink()

    def location(self, name: str) -> str:
        """Give the whole path or URL of a file or a folder. It gives no right to read it."""
        path = self._path(name)
        located: str = path if self._is_local else self._fs.unstrip_protocol(path)
        return located

    def _list(self, folder: str) -> list[dict[str, Any]]:
        path = self._path(folder)
        try:
            with self._asked("listed", path):
                found: list[dict[str, Any]] = self._fs.ls(path, detail=True)
        except FileNotFoundError:
            return []
        return found

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"

    def _own(self, path: str) -> Path:
        """Give the place of a file on this machine; the store's own folder is made with its first file."""
        own_folder(Path(self._root))
        return Path(path)

    def _upload(self, path: Path, target: str) -> None:
        # of its own, s3fs would hold up to 100 MB of the file in memory
        in_parts = {"chunksize": _PART, "max_concurrency": 2} if self._is_s3 else {}
        with self._asked("written", target):
            self._fs.put_file(str(path), target, **in_parts)

    @contextmanager
    def _asked(self, what: str, path: str) -> Iterator[None]:
        """Tell a certain "not found" from whatever else an object store answers. The errors of a disk are its own."""
        self._check_environment()
        try:
            yield
        except (FileExistsError, NotImplementedError, DiskFull, StoreUnavailable):
            raise
        except Exception as error:  # the libraries of object stores have errors of their own
            if self._is_local or (isinstance(error, FileNotFoundError) and is_certain(error)):
                raise
            raise StoreUnavailable(self._unavailable(what, path, error)) from error

    def _check_environment(self) -> None:
        if self._is_local or self._is_askable:
            return
        fault = environment_fault()
        if fault:
            raise StoreUnavailable(f"{self.url} cannot be asked for anything: {fault}")
        self._is_askable = True

    def _unavailable(self, what: str, path: str, error: Exception) -> str:
        reason = f"{str(error).strip() or 'no reason given'} ({type(error).__name__})"
        return (
            f"{self._fs.unstrip_protocol(path)} cannot be {what}: {reason}. Nothing is concluded from that, and what "
            f"is kept stays. {next_step(error)}."
        )


def _opened(url: str) -> tuple[Any, str, bool]:
    """Give the file system of a URL, the root in it, and whether that is a folder of this machine."""
    # late: who only loads the definitions should not wait for it
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem

    if "://" not in url:
        return LocalFileSystem(), str(Path(url).expanduser().absolute()), True
    try:
        # what another process wrote must be seen: fsspec would remember the listings of an object store
        opened, root = url_to_fs(url, use_listings_cache=False)
    except (ImportError, ValueError) as error:
        raise StoreUnavailable(f"{url} cannot be opened: {error}. {next_step(error)}.") from error
    return opened, root, isinstance(opened, LocalFileSystem)


def _name(listed: dict[str, Any]) -> str:
    """Give the name of a file in its folder, from what fsspec lists of it."""
    name: str = listed["name"].rpartition("/")[2]
    return name
