"""Erasing conversations from all that the raw store keeps of a day."""

from collections.abc import Set

from polyai_assets.erasure.raw_others import erase_details, erase_recordings, erase_retrieval, scrub_notes
from polyai_assets.erasure.raw_records import erase_records
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore


def erase_raw_day(store: RawStore, partition: Partition, names: Set[str], every_name: Set[str]) -> None:
    """Erase conversations of a day by their `names`; of notes also what else names them, `every_name`.

    Their tombstones must be there. Raises what the datasets raise.
    """
    before = store.certificate(partition)
    if before is not None and not before.is_retired:
        erase_records(store, partition, names)
    conversations = store.certificate(partition)
    if conversations is not None:
        erase_details(store, conversations, names)
        erase_recordings(store, conversations, names)
    erase_retrieval(store, partition, names)
    scrub_notes(store, partition, {*names, *every_name})
