"""What the simulated PolyAI holds: generated days, made when first asked for, and records that a test gave."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from polyai_assets.simulator.days import ServedConversation, conversations_of, volume_on
from polyai_assets.simulator.moments import DAY, date_of, parsed
from polyai_assets.simulator.projects import SimulatedProject
from polyai_assets.simulator.query import Query, is_found
from polyai_assets.simulator.record import date_in
from polyai_assets.simulator.served import ALL_DETAILS, IncludedDetails, leave_out, object_in, so_far


def entry_of(
    record: dict[str, Any] | bytes, conversation_id: str | None = None, started_at: str | None = None
) -> ServedConversation:
    """Return `record` as it will be served, byte for byte.

    Bytes may be anything. What cannot be read from them, because they are not JSON or lack the field, has to
    be said: the id by which it is known here and when it started. Raises ValueError if either is unknown.
    """
    body = record if isinstance(record, bytes) else msgspec.json.encode(record)
    known = object_in(body) or {}
    name = conversation_id or _text(known, "id")
    started = started_at or _text(known, "started_at")
    if not name or not started:
        msg = "the record does not say its id and started_at; give conversation_id and started_at"
        raise ValueError(msg)
    return ServedConversation(
        started=parsed(started),
        id=name,
        ended=None,
        in_progress=known.get("in_progress") is True,
        environment=_text(known, "environment") or "live",
        channel=_text(known, "channel"),
        variant_id=_text(known, "variant_id"),
        variant_name=_text(known, "variant_name"),
        body=body,
    )


def _text(record: dict[str, Any], field: str) -> str:
    value = record.get(field)
    return value if isinstance(value, str) else ""


class Store:
    """Walks the conversations of a project in the order of the API, ascending by (started_at, id).

    Rendered days are kept until they take more than `cache_bytes`, then the oldest are made again when needed.
    """

    def __init__(self, seed: int, cache_bytes: int) -> None:
        self._seed = seed
        self._cache_bytes = cache_bytes
        self._cached = 0
        self._days: OrderedDict[tuple[str, date, IncludedDetails], list[ServedConversation]] = OrderedDict()
        self._given: dict[str, dict[str, ServedConversation]] = defaultdict(dict)
        self._given_by_day: dict[str, dict[date, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._hidden: dict[str, set[str]] = defaultdict(set)

    def put(self, project_key: str, entry: ServedConversation) -> None:
        """Serve `entry`, instead of the conversation with its id if there is one."""
        self.remove(project_key, entry.id)
        self._given[project_key][entry.id] = entry
        self._given_by_day[project_key][date_of(entry.started)].add(entry.id)

    def remove(self, project_key: str, conversation_id: str) -> None:
        """Serve no conversation with this id any more, be it generated or given."""
        given = self._given[project_key].pop(conversation_id, None)
        if given is not None:
            self._given_by_day[project_key][date_of(given.started)].discard(conversation_id)
        self._hidden[project_key].add(conversation_id)

    def restore(self, project_key: str) -> None:
        """Forget everything given and removed: the generated conversations are back."""
        for held in (self._given, self._given_by_day, self._hidden):
            held.pop(project_key, None)

    def walk(
        self, project: SimulatedProject, query: Query, now: int, after: tuple[int, str] | None = None
    ) -> Iterator[ServedConversation]:
        """Yield what `query` finds at `now`, as served then, from just after the place (started, id)."""
        for day in self._dates(project, query, now, after):
            entries = self._day(project, day, query, now)
            first = 0 if query.start is None else bisect_left(entries, query.start, key=_started)
            if after is not None:
                first = max(first, bisect_right(entries, after, key=_place))
            last = len(entries) if query.end is None else bisect_left(entries, query.end, key=_started)
            for entry in entries[first:last]:
                if _matches(entry, query, now):
                    served = _as_of(entry, query.details, now)
                    if query.query_type is None or is_found(served.body, query):
                        yield served

    def find(self, project: SimulatedProject, conversation_id: str, now: int) -> ServedConversation | None:
        """Return the conversation with this id in all details, as served at `now`; None if there is none."""
        found = self._given[project.key].get(conversation_id)
        day = date_in(conversation_id)
        if found is None and day is not None and conversation_id not in self._hidden[project.key]:
            generated = self._generated(project, day, ALL_DETAILS) if day <= date_of(now) else []
            found = next((entry for entry in generated if entry.id == conversation_id), None)
        return None if found is None or not _has_begun(found, now) else _as_of(found, ALL_DETAILS, now)

    def newest(
        self, project: SimulatedProject, now: int, offset: int, limit: int
    ) -> tuple[list[ServedConversation], int]:
        """Return the conversations from the `offset`-th newest on, in all details, and how many there are."""
        page: list[ServedConversation] = []
        count, changed = 0, self._changed_days(project)
        for day in reversed(list(self._dates(project, Query(), now, None))):
            # Whole days that are as they were made are counted without making them.
            is_whole = day < date_of(now) and day not in changed
            size = volume_on(project, day, self._seed) if is_whole else len(self._begun(project, day, now))
            first, end = max(offset - count, 0), min(offset + limit - count, size)
            if first < end:
                page += self._begun(project, day, now)[::-1][first:end]
            count += size
        return [_as_of(entry, ALL_DETAILS, now) for entry in page], count

    def _begun(self, project: SimulatedProject, day: date, now: int) -> list[ServedConversation]:
        entries = self._day(project, day, Query(details=ALL_DETAILS), now)
        return [entry for entry in entries if _has_begun(entry, now)]

    def _changed_days(self, project: SimulatedProject) -> set[date]:
        given = {day for day, ids in self._given_by_day[project.key].items() if ids}
        hidden = {date_in(conversation_id) for conversation_id in self._hidden[project.key]}
        return given | {day for day in hidden if day is not None}

    def _dates(
        self, project: SimulatedProject, query: Query, now: int, after: tuple[int, str] | None
    ) -> Iterator[date]:
        given = [day for day, ids in self._given_by_day[project.key].items() if ids]
        first, last = min([project.since, *given]), max([date_of(now), *given])
        if query.start is not None:
            first = max(first, date_of(query.start))
        if after is not None:
            first = max(first, date_of(after[0]))
        if query.end is not None:
            last = min(last, date_of(query.end))
        for ahead in range((last - first).days + 1):
            yield first + timedelta(days=ahead)

    def _day(
        self, project: SimulatedProject, day: date, query: Query, now: int
    ) -> Sequence[ServedConversation]:
        # No generated conversation lasts a day: asking for those in progress must not make years of them.
        may_match = day >= date_of(now - DAY) or query.in_progress is not True
        generated = self._generated(project, day, query.details) if may_match and day <= date_of(now) else []
        given, hidden = self._given_by_day[project.key].get(day), self._hidden[project.key]
        if not given and not hidden:
            return generated
        kept = [entry for entry in generated if entry.id not in hidden]
        kept += [self._given[project.key][name] for name in given or ()]
        return sorted(kept, key=_place)

    def _generated(
        self, project: SimulatedProject, day: date, details: IncludedDetails
    ) -> list[ServedConversation]:
        wanted = (project.key, day, details)
        if wanted in self._days:
            self._days.move_to_end(wanted)
            return self._days[wanted]
        entries = conversations_of(project, day, details, self._seed)
        self._days[wanted] = entries
        self._cached += _size(entries)
        while self._cached > self._cache_bytes and len(self._days) > 1:
            self._cached -= _size(self._days.popitem(last=False)[1])
        return entries


def _started(entry: ServedConversation) -> int:
    return entry.started


def _place(entry: ServedConversation) -> tuple[int, str]:
    return entry.started, entry.id


def _size(entries: Sequence[ServedConversation]) -> int:
    return sum([len(entry.body) for entry in entries])


def _is_running(entry: ServedConversation, now: int) -> bool:
    return entry.in_progress if entry.ended is None else entry.ended > now


def _has_begun(entry: ServedConversation, now: int) -> bool:
    return entry.started <= now or entry.ended is None


def _matches(entry: ServedConversation, query: Query, now: int) -> bool:
    return (
        _has_begun(entry, now)
        and (query.environment is None or entry.environment == query.environment)
        and (not query.channels or entry.channel.upper() in query.channels)
        and (query.variant_id is None or entry.variant_id == query.variant_id)
        and (query.variant_name is None or entry.variant_name == query.variant_name)
        and (query.in_progress is None or _is_running(entry, now) == query.in_progress)
    )


def _as_of(entry: ServedConversation, details: IncludedDetails, now: int) -> ServedConversation:
    running = entry.ended is not None and entry.ended > now
    if not running and not entry.is_full:
        return entry
    record = msgspec.json.decode(entry.body)
    if running:
        record = so_far(record, now)
    if entry.is_full:
        record = leave_out(record, details)
    return entry._replace(body=msgspec.json.encode(record), in_progress=running)
