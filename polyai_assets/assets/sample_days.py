"""The days of a project and their samples for review."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random, SystemRandom

import pyarrow as pa

from polyai_assets.assets.requests import sampling_of
from polyai_assets.assets.retrieval_days import (
    AskingList,
    Listed,
    RetrievalOutcome,
    asking_list,
    list_rows,
)
from polyai_assets.assets.step import DayWork
from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.tables import QA_SAMPLES
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retrieval.samples import (
    Drawing,
    Sampling,
    draw,
    is_over,
    is_wanting,
    keep_drawing,
    read_drawings,
)
from polyai_assets.warehouse.loads import SAMPLES

log = logging.getLogger(__name__)

_MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class QaSamples(DayWork):
    """Draws samples by chance, of the system if not said otherwise."""

    random: Random = field(default_factory=SystemRandom)

    def run_days(self, config: ProjectConfig, partitions: Sequence[Partition]) -> Iterator[RetrievalOutcome]:
        """List each day's sample. It is drawn when the day is over, once; and again only for as many as are missing.

        What was drawn stays listed, even when the conversation vanishes or the option `samples` is removed.
        """
        with asking_list(config) as asking:
            find = partial(_draw, self, sampling_of(config), asking)
            yield from list_rows(self, partitions, SAMPLES, QA_SAMPLES, find)


def _draw(step: QaSamples, sampling: Sampling, asking: AskingList, partition: Partition) -> Listed:
    now = step.now()
    provisional = not is_over(partition.date, now)
    drawings = read_drawings(step.store, partition)
    while not provisional and is_wanting(drawings, sampling.wanted):
        drawing = asking.ask(
            partial(
                draw, partition=partition, sampling=sampling, drawings=drawings, now=now, random=step.random
            )
        )
        if keep_drawing(step.store, drawing):
            log.info("%s: %s conversations are drawn for review", partition, len(drawing.ids))
        drawings = read_drawings(step.store, partition)  # another run may have been faster
    if provisional and sampling.wanted:
        log.info("%s is not over, nothing is drawn yet", partition)
    return _listed(drawings, provisional=provisional)


def _listed(drawings: Sequence[Drawing], *, provisional: bool) -> Listed:
    drawn = [(name, drawing.drawn_at) for drawing in drawings for name in drawing.ids]
    rows = pa.table(
        {
            "conversation_id": pa.array([name for name, _ in drawn], pa.string()),
            "position": pa.array(range(len(drawn)), pa.int64()),
            "drawn_at": pa.array([drawn_at for _, drawn_at in drawn], _MOMENT),
        }
    )
    return Listed(rows, {"drawings": len(drawings), "provisional": provisional})
