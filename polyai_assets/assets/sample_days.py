"""The days of a project and their samples for review."""

import logging
from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from random import Random, SystemRandom

import pyarrow as pa

from polyai_assets.assets.requests import sampling_of
from polyai_assets.assets.retrieval_days import Brought, Retrieval, RetrievalOutcome
from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.tables import QA_SAMPLES
from polyai_assets.raw.retrieval.asking import Asking
from polyai_assets.raw.retrieval.samples import (
    Drawing,
    Sampling,
    draw,
    is_over,
    is_wanting,
    keep_drawing,
    read_drawings,
)

log = logging.getLogger(__name__)

_MOMENT = pa.timestamp("us", tz="UTC")


def list_samples(
    step: Retrieval, config: ProjectConfig, days: Sequence[date], dice: Random | None = None
) -> Iterator[RetrievalOutcome]:
    """List each day's sample. It is drawn when the day is over, once; and again only for as many as are wanted more.

    What was drawn stays listed, whatever becomes of the conversation or of the option `samples`.
    """
    with Asking(config.connection) as asking:
        bring = partial(_bring, step, config, sampling_of(config), asking, dice or SystemRandom())
        yield from step.list_days(config.project, days, QA_SAMPLES, bring)


def _bring(
    step: Retrieval, config: ProjectConfig, sampling: Sampling, asking: Asking, dice: Random, day: date
) -> Brought:
    project = config.project.key
    now = step.now()
    provisional = not is_over(day, now)
    drawings = read_drawings(step.store, project, day)
    while not provisional and is_wanting(drawings, sampling.wanted):
        drawing = asking.ask(
            partial(draw, project=project, day=day, sampling=sampling, drawings=drawings, now=now, dice=dice)
        )
        if keep_drawing(step.store, drawing):
            log.info("%s: %s conversations of %s are drawn for review", project, len(drawing.ids), day)
        drawings = read_drawings(step.store, project, day)  # another run may have been faster
    if provisional and sampling.wanted:
        log.info("%s: %s is not over, nothing is drawn yet", project, day)
    return _brought(drawings, provisional=provisional)


def _brought(drawings: Sequence[Drawing], *, provisional: bool) -> Brought:
    drawn = [(name, one.drawn_at) for one in drawings for name in one.ids]
    rows = pa.table(
        {
            "conversation_id": pa.array([name for name, _ in drawn], pa.string()),
            "position": pa.array(range(len(drawn)), pa.int64()),
            "drawn_at": pa.array([drawn_at for _, drawn_at in drawn], _MOMENT),
        }
    )
    return Brought(rows, {"drawings": len(drawings), "provisional": provisional})
