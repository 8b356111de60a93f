"""What a few conversations weigh: as they are sent, and in the raw store's files."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from polyai_assets.api.page import Page
from polyai_assets.plan.estimate import Estimate
from polyai_assets.raw.disk import temporary_folder
from polyai_assets.raw.walk_spool import Spooled, WalkSpool


def bytes_sent(pages: Sequence[Page]) -> Estimate:
    """Estimate the JSON bytes of a conversation."""
    return Estimate.mean_of([len(one.payload) for page in pages for one in page.records], least_error=0.05)


def share_kept(pages: Sequence[Page], per_day: float) -> float:
    """Write the pages' records as the raw store does, a file for as many as a day has; what is left of their bytes.

    zstd finds more to save the more records lie together.
    """
    # pyarrow takes a while to load, and not every command needs it
    from polyai_assets.raw.parquet import RecordWriter

    with temporary_folder() as folder:
        walk = WalkSpool(folder / "walk", {}, frozenset(), date.min, datetime.now(UTC))
        for page in pages:
            walk.add(page)
        walk.close()
        records = [Spooled(walk.path, entry) for entry in walk.entries.values()]
        together = max(1, min(round(per_day), len(records)))
        written = 0
        # the last, smaller file would count for more than it weighs
        for start in range(0, len(records) - len(records) % together, together):
            file = folder / f"{start}.parquet"
            with RecordWriter(file, lambda _: None) as writer:
                writer.add_fetched(records[start : start + together])
            written += file.stat().st_size
        used = records[: len(records) - len(records) % together]
    return written / sum(record.entry.length for record in used)
