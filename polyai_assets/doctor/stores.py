"""A raw store that is a bucket: can it be reached and listed."""

from collections.abc import Iterator

import fsspec

from polyai_assets.doctor.finding import Finding, green, red

NAME = "object store"
HINT = "check the bucket's name, its region, the credentials (AWS_…) and the network; needs polyai-assets[s3]"


def look_at_store(url: str) -> Iterator[Finding]:
    """List the top of an object store. Raises whatever fsspec and the store's library do."""
    files, root = fsspec.core.url_to_fs(url)
    try:
        found = files.ls(root, detail=False, refresh=True)
    except FileNotFoundError:
        bucket = root.split("/")[0]
        if not files.exists(bucket):
            yield red(NAME, f"there is no bucket {bucket}", "create it, or correct raw_store")
            return
        found = []
    yield green(NAME, f"{url} is reached: {len(found)} entries at its top")
