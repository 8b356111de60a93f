"""Samples for review: which conversations of a day were drawn, when, and out of what.

    <root>/samples/<region>/<account>/<project>/<date>/<number of the drawing>.json

A drawing is never changed and never made twice: it is written only where there is none of its number. When more are
wanted later, another drawing adds to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib.metadata import version
from random import Random
from typing import Any

import msgspec

from polyai_assets.api.conversations import ConversationsClient
from polyai_assets.api.query import ConversationQuery, describe_query
from polyai_assets.privacy.tombstones import Tombstones
from polyai_assets.raw.dataset import Dataset, encode
from polyai_assets.raw.partition import Partition, Partitioned, RawFile
from polyai_assets.raw.retrieval.searches import REMEDY, began_on
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """What is to be drawn: so many of a day's conversations, in these environments together."""

    wanted: int
    query: ConversationQuery
    client_envs: tuple[str, ...]
    api_version: str


class Drawing(Partitioned, frozen=True, kw_only=True):
    """A drawing: the `number`-th of its day, from 1. `ids` are those that it adds; `wanted` were so many in all.

    There are fewer where the day had no more. `asks` is what they were drawn out of.
    """

    version: int = 1
    number: int
    wanted: int
    drawn_at: datetime
    asks: dict[str, Any]
    ids: list[str]
    code_version: str

    @property
    def files(self) -> list[RawFile]:
        """No other file: it holds all of it."""
        return []


SAMPLE_FILES = Dataset(
    asset="qa_samples",
    name=lambda partition: f"samples/{partition.folder}/1.json",
    kind=Drawing,
    what="drawing",
    remedy=REMEDY,
)
"""The first drawing of a partition; others lie beside it, under their numbers."""


def is_over(day: date, now: datetime) -> bool:
    """Tell whether a day can be drawn from: all of its conversations have the same chance only when it is over."""
    return now >= midnight(day + timedelta(days=1))


def is_wanting(drawings: Sequence[Drawing], wanted: int) -> bool:
    """Tell whether more are wanted than ever before. A day that had fewer than were wanted is not drawn from again."""
    return wanted > max((drawing.wanted for drawing in drawings), default=0)


def draw(
    client: ConversationsClient,
    partition: Partition,
    sampling: Sampling,
    drawings: Sequence[Drawing],
    now: datetime,
    random: Random,
) -> Drawing:
    """Draw what is missing from what was drawn before. Raises PolyAIError.

    PolyAI is asked for as many as are wanted in all, in each environment: enough of them are new. `random` chooses
    among these, because PolyAI may give them in the order of time.

    Of several environments that have enough, each is drawn
    from alike, whatever its size.
    """
    day = partition.date
    drawn = {name for drawing in drawings for name in drawing.ids}
    start, end = midnight(day), midnight(day + timedelta(days=1))
    query = replace(sampling.query, start_time=start, end_time=end)
    pool: dict[str, None] = {}
    for client_env in sampling.client_envs:
        found = client.sample(replace(query, client_env=client_env), sampling.wanted)
        pool |= dict.fromkeys(
            record.id
            for record in found.records
            if record.id and record.id not in drawn and began_on(record, day)
        )
    return Drawing(
        project=partition.project.key,
        date=day,
        number=1 + max((drawing.number for drawing in drawings), default=0),
        wanted=sampling.wanted,
        drawn_at=now,
        asks=describe_query(sampling.query, sampling.client_envs, sampling.api_version),
        ids=random.sample(list(pool), min(sampling.wanted - len(drawn), len(pool))),
        code_version=version("polyai-assets"),
    )


def read_drawings(store: RawStore, partition: Partition) -> list[Drawing]:
    """Read the drawings of a day, the first one first, without what was erased. Raises CertificateUnreadable."""
    erased = Tombstones.read(store, partition.project)
    folder = SAMPLE_FILES.folder(partition)
    names = [f"{folder}/{name}" for name in store.names(folder) if not name.startswith(".")]
    found = (
        SAMPLE_FILES.read_as(store, partition, name, content)
        for name, content in store.read_some(names).items()
    )
    return [_without(erased, drawing) for drawing in sorted(found, key=lambda drawing: drawing.number)]


def keep_drawing(store: RawStore, drawing: Drawing) -> bool:
    """Keep a drawing; False, and nothing is kept, where another process has made the same one meanwhile."""
    folder = SAMPLE_FILES.folder(drawing.partition)
    drawing = _without(Tombstones.read(store, drawing.partition.project), drawing)
    return store.write_new(f"{folder}/{drawing.number}.json", encode(drawing))


def _without(erased: Tombstones, drawing: Drawing) -> Drawing:
    """Leave out the conversations that were erased."""
    if not erased:
        return drawing
    return msgspec.structs.replace(drawing, ids=[name for name in drawing.ids if name not in erased])
