"""Saved searches: which conversations of a day each of them found, in PolyAI's order.

    <root>/searches/<region>/<account>/<project>/<date>.json

Only ids are kept: the conversations are in the partition of their day. A file is written once every search of the day
has been answered, so it is always whole; the next asking replaces it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from polyai_assets.api.conversations import MOST_FOUND, ConversationsClient
from polyai_assets.api.errors import PolyAIError
from polyai_assets.api.moments import read_moment
from polyai_assets.api.query import ConversationQuery, describe_query
from polyai_assets.api.record import Record
from polyai_assets.privacy.tombstones import Tombstones
from polyai_assets.raw.dataset import Dataset
from polyai_assets.raw.partition import Partitioned, RawFile
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight

REMEDY = "Restore it from a backup; or move it away and have PolyAI asked anew with {fetch_again}"
"""What to do about a file of searches or samples that cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A search as it is asked for: its name, and what it looks for in each of these environments."""

    name: str
    query: ConversationQuery
    client_envs: tuple[str, ...]
    api_version: str

    @property
    def asks(self) -> dict[str, Any]:
        """What it looks for, as JSON has it."""
        return describe_query(self.query, self.client_envs, self.api_version)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a search found on a day: `ids` best first, those of one environment after those of another.

    `asks` is what it looked for. `is_cut` tells that PolyAI had more to give; `without_id` how many more were found
    that have no id. `same_since` is when it was first answered so, where that was before `asked_at`.
    """

    name: str
    asks: dict[str, Any]
    asked_at: datetime
    ids: list[str]
    is_cut: bool
    without_id: int = 0
    same_since: datetime | None = None

    @property
    def found_at(self) -> datetime:
        """When it was first answered so; it has been asked again and again since."""
        return self.same_since or self.asked_at

    def since(self, kept: "Answer | None") -> "Answer":
        """Give the answer with when it was first given, beside the one that is kept of this search."""
        if kept is None or (kept.asks, kept.ids) != (self.asks, self.ids):
            return self
        return msgspec.structs.replace(self, same_since=kept.found_at)


class Answers(Partitioned, frozen=True, kw_only=True):
    """What all searches of a project found on a day."""

    version: int = 1
    searches: list[Answer]

    @property
    def files(self) -> list[RawFile]:
        """No other file: it holds all of it."""
        return []


def ask_for(
    client: ConversationsClient,
    search: Search,
    day: date,
    now: Callable[[], datetime],
    most: int = MOST_FOUND,
) -> Answer:
    """Ask what a search finds on a UTC day, at most so many conversations in each environment.

    Ranks hold within a day, so every day is asked for by itself: PolyAI does not say that the hits of a longer time,
    cut into days, are those of the days, or in the same order. Raises PolyAIError, with the name of the search.
    """
    asked_at = now()
    start, end = midnight(day), midnight(day + timedelta(days=1))
    ids: dict[str, None] = {}
    is_cut, without_id = False, 0
    for client_env in search.client_envs:
        query = replace(search.query, start_time=start, end_time=end, client_env=client_env)
        try:
            found = client.search(query, most=most)
        except PolyAIError as error:
            error.add(f"It was asked by the search {search.name!r}.")
            raise
        of_day = [record for record in found.records if began_on(record, day)]
        ids |= dict.fromkeys(record.id for record in of_day if record.id)
        without_id += sum(not record.id for record in of_day)
        is_cut = is_cut or found.is_cut
    return Answer(
        name=search.name,
        asks=search.asks,
        asked_at=asked_at,
        ids=list(ids),
        is_cut=is_cut,
        without_id=without_id,
    )


def began_on(record: Record, day: date) -> bool:
    """Tell whether a conversation is one of the day: PolyAI does not say whether the end of a range is inclusive.

    One whose start cannot be read is, for it was asked for.
    """
    started_at = read_moment(record.started_at)
    return started_at is None or started_at.date() == day


SEARCH_FILES = Dataset(
    asset="search_hits",
    name=lambda partition: f"searches/{partition.folder}.json",
    kind=Answers,
    what="file of answers",
    remedy=REMEDY,
    options=("--searches",),
)


def keep_answers(store: RawStore, answers: Answers) -> Answers:
    """Keep what the searches found, in place of what they found before; gives what is kept.

    What another run has asked later and kept meanwhile stays. A file that is damaged is replaced. Conversations that
    were erased are left out.
    """

    def build(kept: Answers | None) -> tuple[Answers, None]:
        if kept is not None and _asked_at(kept) > _asked_at(answers):
            return kept, None
        before = {answer.name: answer for answer in kept.searches} if kept else {}
        found = without_erased(store, answers)
        dated = [answer.since(before.get(answer.name)) for answer in found.searches]
        return msgspec.structs.replace(found, searches=dated), None

    return SEARCH_FILES.commit(store, answers.partition, build, over_unreadable=True)


def without_erased(store: RawStore, answers: Answers) -> Answers:
    """Leave out the conversations that were erased."""
    erased = Tombstones.read(store, answers.partition.project)
    found = [
        msgspec.structs.replace(answer, ids=[name for name in answer.ids if name not in erased])
        for answer in answers.searches
    ]
    return msgspec.structs.replace(answers, searches=found) if erased else answers


def _asked_at(answers: Answers) -> datetime:
    return max((answer.asked_at for answer in answers.searches), default=datetime.min.replace(tzinfo=UTC))
