"""The list of the Agents API as a detector of change, for conversations that are due by age alone.

Example: on 9 March the 400 conversations of 1 March are due at the age of eight days.
    by calls     400 requests, one a conversation.
    by the list  1,900 conversations began since 1 March: 20 pages of 100, newest first, reach back to it.
                 20 is fewer than 400 / 4, so the list is walked. 388 objects have the bytes of the last time.
    then         those 388 count as looked at and keep their detail; the other 12 are asked for: 32 requests.

The list has no filter, and its objects are summaries (page *List conversations for a project* of the Agents API). So
it makes no row, and what it does not show - turns, metrics, function events - is taken to change only together with
what it does. Its order is not documented, and seen to be newest first; with another, fewer are found unchanged.

The walk comes before the asking: what is kept with a detail is the state of the list's object from before, and what
changes in between is found the next time.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple

from polyai_assets.api.agents.client import AgentsClient
from polyai_assets.api.agents.newest_first import older_than
from polyai_assets.contract.detail import FOUND
from polyai_assets.raw.conversations.records import read_rows
from polyai_assets.raw.details.asked_again import Known, is_due, moments
from polyai_assets.raw.details.commit_details import known_details
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.header import Row
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.raw.windows import midnight

LIMIT = 100
"""Conversations on a page. The API names no limit; where the server refuses so many, the walk takes fewer."""

_NEW_ON_A_PAGE = 95
"""A page begins with the last five of the one before."""

_CALLS_FOR_A_PAGE = 4
"""The list is walked where each page stands for so many conversations that are due: some will have changed."""


class ListPlan(NamedTuple):
    """A walk that pays: back to `since`, over at most so many pages.

    `due` are those it is made for, with the hash of their object in the list when they were last asked for, where the
    list was walked then.
    """

    since: datetime
    most_pages: int
    due: Mapping[str, bytes | None]


class Listing(NamedTuple):
    """What a walk has seen: the hash of each conversation's object, at `seen_at` or a little later."""

    seen_at: datetime
    hashes: Mapping[str, bytes]
    pages: int

    def unchanged(self, row: Row, known: Known | None) -> Known | None:
        """Give the last asking as of this walk if the list shows no change since; None where it cannot tell."""
        seen = self.hashes.get(row.conversation_id or "")
        if known is None or known.status != FOUND or seen is None:
            return None
        if (known.of_payload_sha256, known.listed_sha256) != (row.payload_sha256, seen):
            return None
        return known._replace(asked_at=self.seen_at)

    def summary(self, plan: ListPlan) -> str:
        """Say what the walk found of those it was made for."""
        before = {name: digest for name, digest in plan.due.items() if digest is not None}
        changed = sum(self.hashes.get(name) != digest for name, digest in before.items())
        summary = f"{len(plan.due):,} due by age: {self.pages:,} pages of the list, {changed:,} had changed"
        first = len(plan.due) - len(before)
        return f"{summary}, {first:,} not compared before" if first else summary


NOTHING_SEEN = Listing(datetime.min.replace(tzinfo=UTC), {}, 0)
"""Stands for a walk that was not made."""


def plan_walk(store: RawStore, partitions: Sequence[Partition], now: datetime) -> ListPlan | None:
    """Plan one walk for partitions of a project; None where a call for each conversation is as cheap.

    It makes no call: what the raw store holds decides. Raises what reading it raises.
    """
    due: dict[str, bytes | None] = {}
    first: Partition | None = None
    for partition in partitions:
        on_the_day = _due_by_age(store, partition, now)
        if on_the_day:
            first = min(first or partition, partition)
            due |= on_the_day
    most = len(due) // _CALLS_FOR_A_PAGE
    if first is None or not _is_within(most, store, first, now):
        return None
    return ListPlan(midnight(first.date), most, due)


def walk(client: AgentsClient, plan: ListPlan, now: datetime) -> Listing:
    """Walk the list. Of a list that is longer than was planned for, the newest pages count.

    Raises PolyAIError.
    """
    hashes: dict[str, bytes] = {}
    pages = 0
    for page in islice(client.pages(limit=LIMIT, stop=older_than(plan.since)), plan.most_pages):
        pages += 1
        for record in page.records:
            if record.id is not None:
                hashes[record.id] = hashlib.sha256(record.payload).digest()
    return Listing(now, hashes, pages)


def _due_by_age(store: RawStore, partition: Partition, now: datetime) -> dict[str, bytes | None]:
    """Give those of a day to whom a walk is of use: now, or at a later age."""
    details = DETAIL_FILES.read(store, partition)
    if details is None or details.next_due_at is None or details.next_due_at > now:
        return {}
    conversations = store.certificate(partition)
    if conversations is None or conversations.is_retired:
        return {}
    known = known_details(store, details)
    comes_again = now < moments(partition.date)[-1]
    with store.local_file(conversations, conversations.file) as path:
        return {
            row.conversation_id: detail.listed_sha256
            for row in read_rows(path)
            if row.conversation_id and (detail := known.get(row.conversation_id)) is not None
            if detail.status == FOUND and detail.of_payload_sha256 == row.payload_sha256
            if is_due(row, detail, partition.date, now) and (detail.listed_sha256 is not None or comes_again)
        }


def _is_within(most: int, store: RawStore, first: Partition, now: datetime) -> bool:
    """Tell whether the list back to the start of a partition is at most so many pages, with the one that proves it."""
    newer, day = 0, first.date
    while newer <= (most - 1) * _NEW_ON_A_PAGE:
        if day > now.date():
            return True
        certificate = store.certificate(Partition(first.project, day))
        newer += certificate.rows if certificate else 0
        day += timedelta(days=1)
    return False
