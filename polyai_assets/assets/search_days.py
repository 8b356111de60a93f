"""The days of a project through its saved searches."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from polyai_assets.assets.guard import NothingInRawStore
from polyai_assets.assets.requests import searches_of
from polyai_assets.assets.retrieval_days import (
    AskingList,
    Listed,
    RetrievalOutcome,
    asking_list,
    list_rows,
)
from polyai_assets.assets.step import DayWork
from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.tables import SEARCH_HITS
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.retrieval.samples import is_over
from polyai_assets.raw.retrieval.searches import (
    SEARCH_FILES,
    Answer,
    Answers,
    Search,
    ask_for,
    keep_answers,
    without_erased,
)
from polyai_assets.warehouse.loads import SEARCHES

log = logging.getLogger(__name__)

_MOMENT = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHits(DayWork):
    """Lists hits of searches; with `replay`, those of when they were last asked, from the raw store."""

    replay: bool = False

    def run_days(self, config: ProjectConfig, partitions: Sequence[Partition]) -> Iterator[RetrievalOutcome]:
        """List what a project's searches find on each day.

        A project without searches is asked for nothing, and its days are empty.
        """
        searches = searches_of(config)
        with asking_list(config) as asking:
            replayed, asked = partial(_replay, self, searches), partial(_ask, self, searches, asking)
            find = replayed if self.replay else asked
            yield from list_rows(self, partitions, SEARCHES, SEARCH_HITS, find, is_replay=self.replay)


def _ask(step: SearchHits, searches: Sequence[Search], asking: AskingList, partition: Partition) -> Listed:
    if not searches:
        return _listed(_answers(partition, []))
    found = [
        asking.ask(partial(ask_for, search=search, day=partition.date, now=step.now)) for search in searches
    ]
    for answer in found:
        if answer.is_cut:
            log.warning(
                "%s: the search %r found more than the %s that were asked for; the best are listed",
                partition,
                answer.name,
                f"{len(answer.ids):,}",
            )
    answers = _answers(partition, found)
    return _listed(keep_answers(step.store, answers))


def _replay(step: SearchHits, searches: Sequence[Search], partition: Partition) -> Listed:
    answers = SEARCH_FILES.read(step.store, partition)
    asks = {search.name: search.asks for search in searches}
    if answers is None:
        if searches:
            raise NothingInRawStore(
                f"its searches were never asked. First: `{SEARCH_FILES.fetch_again(partition)}`"
            )
        answers = _answers(partition, [])
    answers = without_erased(step.store, answers)
    kept = [answer for answer in answers.searches if answer.name in asks]
    other = sorted(asks.keys() - {answer.name for answer in kept if answer.asks == asks[answer.name]})
    if other:
        log.warning(
            "%s: since this day was asked, these searches were added or changed: %s",
            partition,
            ", ".join(other),
        )
    listed = _listed(_answers(partition, kept))
    return Listed(listed.rows, {**listed.metadata, "added_or_changed_since": other})


def _answers(partition: Partition, searches: list[Answer]) -> Answers:
    return Answers(project=partition.project.key, date=partition.date, searches=searches)


def _listed(answers: Answers) -> Listed:
    found = answers.searches
    ranked = [(answer, rank, name) for answer in found for rank, name in enumerate(answer.ids, 1)]
    rows = pa.table(
        {
            "search": pa.array([answer.name for answer, _, _ in ranked], pa.string()),
            "conversation_id": pa.array([name for _, _, name in ranked], pa.string()),
            "rank": pa.array([rank for _, rank, _ in ranked], pa.int64()),
            "found_at": pa.array([answer.found_at for answer, _, _ in ranked], _MOMENT),
        }
    )
    metadata = {
        "hits": {answer.name: len(answer.ids) for answer in found},
        "cut": [answer.name for answer in found if answer.is_cut],
        "without_id": sum(answer.without_id for answer in found),
        "provisional": any(not _was_over(answers, answer) for answer in found),
    }
    return Listed(rows, metadata)


def _was_over(answers: Answers, answer: Answer) -> bool:
    return is_over(answers.date, answer.asked_at)
