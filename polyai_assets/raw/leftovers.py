"""What killed runs leave in the folders of the raw store: files on their way, and files that no certificate names.

They hold whole records and count nowhere, so the next commit to the folder removes them.
"""

import logging
import re
from collections.abc import Set
from datetime import datetime, timedelta

from polyai_assets.raw.store import RawStore

LEFT_BEHIND = timedelta(days=1)
"""Files that are younger may belong to a run that is about to name them."""

_OURS = re.compile(r"\..+\.tmp|\d{8}T\d{12}Z-[0-9a-f]{8}\.(parquet|changes)")

log = logging.getLogger(__name__)


def remove_leftovers(store: RawStore, folder: str, named: Set[str], before: datetime) -> None:
    """Remove from a folder the files of ours that are not `named` and were last written before a moment.

    It costs one listing. Files of other people stay.
    """
    for file in store.names(folder):
        if file in named or not _OURS.fullmatch(file):
            continue
        name = f"{folder}/{file}"
        written_at = store.modified(name)
        if written_at is not None and written_at < before:
            log.info("%s is left over from a run that was killed, and is removed", name)
            store.delete(name)
