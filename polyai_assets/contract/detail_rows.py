"""From the detail of a conversation to rows of `conversation_details`, `function_events` and `metric_events`.

Nothing is thrown away, nothing is refused and nothing is silent: a value of another type is converted where that loses
nothing and is otherwise kept in `extra`, as an unknown field is, and both are noted as drift. A null in an unknown
field is left out.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, NamedTuple

from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.detail import (
    ALSO_SENT_IN_EVENTS,
    FOUND,
    FUNCTION_EVENTS_FIELD,
    IN_DETAILS,
    IN_EVENTS,
    IN_METRICS,
    METRICS_FIELD,
    SHORT_SUMMARY,
    UNREADABLE,
)
from polyai_assets.contract.drift import OTHERS, Drift, DriftKind, DriftTally
from polyai_assets.contract.event_rows import events_of, metric_events_of
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.fitting import Shape, instead_of, shape_of
from polyai_assets.contract.lenient import NESTED_TOO_DEEP, Unreadable, clean_text, read_json
from polyai_assets.contract.recorded_rows import recorded_rows
from polyai_assets.contract.rows import Noted, Row, by_path, empty_row, fit_row, write_extra

ONE_TO_FIVE_SINCE = datetime(2026, 7, 28, tzinfo=UTC)
"""Conversations that began from then on have a PolyScore of 1 to 5, those before of 0 to 10.

Source: PolyAI's documentation, *PolyScore*, and its release notes 26.08.
"""

_IN_SUMMARY = f"{SHORT_SUMMARY}."


class _Shapes(NamedTuple):
    """The parts of a detail, as a contract declares them; `detail` is what is in no other part."""

    detail: Shape
    summary: Shape
    function_event: Shape
    metric_event: Shape


@cache
def _shapes(contract: Contract) -> _Shapes:
    of_summary = [field for field in contract.detail if (field.wire or "").startswith(_IN_SUMMARY)]
    return _Shapes(
        detail=shape_of(
            (field for field in contract.detail if field not in of_summary),
            elsewhere=(SHORT_SUMMARY, FUNCTION_EVENTS_FIELD),
        ),
        summary=shape_of(
            replace(field, wire=(field.wire or "").removeprefix(_IN_SUMMARY)) for field in of_summary
        ),
        function_event=shape_of(contract.function_event, also_sent=ALSO_SENT_IN_EVENTS),
        metric_event=shape_of(contract.metric_event),
    )


@dataclass(frozen=True, slots=True)
class Detail:
    """The answer about a conversation; `payload` is the detail as the API sent it, None where there is none."""

    conversation_id: str
    status: str
    reason: str
    asked_at: datetime
    payload: bytes | None


class DetailRows(NamedTuple):
    """The row of a conversation, those of its function events and metrics, and where its detail is not as declared.

    `recorded` are the rows of what is recorded of its turns and functions, by table.

    `drift` has paths, kinds and forms of values: those of the detail once each, those of events once for each event.
    What is not found, or cannot be read, has none.
    """

    row: Row
    events: list[Row]
    metrics: list[Row]
    recorded: dict[str, list[Row]]
    drift: list[Noted]


def rows_of(detail: Detail, day: date, contract: Contract = PACKAGED) -> DetailRows:
    """Make the rows of a conversation that began on `day`. Never raises."""
    shapes = _shapes(contract)
    given = {
        "conversation_id": detail.conversation_id,
        "status": detail.status,
        "reason": clean_text(detail.reason),
        "policy": "",
        "asked_at": detail.asked_at,
        "poly_score_scale": "",
    }
    if detail.payload is None or detail.status != FOUND:
        return DetailRows(_nothing_of(shapes, given), [], [], {}, [])
    try:
        return _read(shapes, read_json(detail.payload), given, day)
    except (Unreadable, RecursionError) as error:
        reason = str(error) if isinstance(error, Unreadable) else NESTED_TOO_DEEP
        unreadable = {"status": UNREADABLE, "reason": clean_text(reason)}
        return DetailRows(_nothing_of(shapes, given | unreadable), [], [], {}, [])


def _nothing_of(shapes: _Shapes, given: Row) -> Row:
    return empty_row(shapes.detail) | empty_row(shapes.summary) | {"extra": None} | given


def _read(shapes: _Shapes, record: Any, given: Row, day: date) -> DetailRows:
    if not isinstance(record, dict):
        raise Unreadable("not an object")
    summary, rest_of_summary, noted = _summary(shapes.summary, record.get(SHORT_SUMMARY))
    name = given["conversation_id"]
    events = events_of(shapes.function_event, name, record.get(FUNCTION_EVENTS_FIELD))
    metrics, of_metrics = metric_events_of(shapes.metric_event, name, record.get(METRICS_FIELD))
    row, extra, of_fields = fit_row(shapes.detail, record)
    for field, rest in ((SHORT_SUMMARY, rest_of_summary), (FUNCTION_EVENTS_FIELD, events.rest)):
        if rest is not None:
            extra.setdefault(field, rest)
    began = row["started_at"] or datetime.combine(day, datetime.min.time(), UTC)
    own = {
        "poly_score_scale": "1-5" if began >= ONE_TO_FIVE_SINCE else "0-10",
        "extra": write_extra(extra),
    }
    drift = [*by_path(IN_DETAILS, [*noted, *of_fields, *events.of_field]), *events.noted, *of_metrics]
    of_conversation = {"conversation_id": name}
    recorded = {
        table: [of_conversation | row for row in rows]
        for table, rows in recorded_rows(record, events).items()
    }
    return DetailRows(row | summary | given | own, events.rows, metrics, recorded, drift)


def _summary(shape: Shape, sent: Any) -> tuple[Row, Any, list[Noted]]:
    """Read a summary: its columns, what has none (None for nothing), and its drift by paths in the detail."""
    if isinstance(sent, str):
        if sent.lstrip().startswith("{"):
            try:
                read = read_json(sent.encode("utf-8", errors="surrogatepass"))
            except Unreadable:
                read = None
            if isinstance(read, dict) and shape.members.keys() & read.keys():
                return _summary(shape, read)
        return empty_row(shape) | {"summary_content": clean_text(sent)}, None, []
    if sent is None:
        return empty_row(shape), None, []
    if not isinstance(sent, dict):
        form = instead_of(Kind.OBJECT, sent)
        return empty_row(shape), sent, [(SHORT_SUMMARY, DriftKind.TYPE_CHANGED, form)]
    row, rest, noted = fit_row(shape, sent)
    return row, rest or None, [(_IN_SUMMARY + name, kind, form) for name, kind, form in noted]


class DetailTally:
    """Counts in how many of the details that were found, and of their events, drift is met."""

    def __init__(self) -> None:
        self._tally = DriftTally(others=IN_DETAILS + OTHERS)
        self._found = 0
        self._events = {IN_EVENTS: 0, IN_METRICS: 0}

    def add(self, read: DetailRows) -> None:
        """Count a detail, whatever its status."""
        if read.row["status"] != FOUND:
            return
        self._found += 1
        self._events[IN_EVENTS] += len(read.events)
        self._events[IN_METRICS] += len(read.metrics)
        self._tally.add(read.drift)

    def findings(self) -> list[Drift]:
        """Give what was met so far."""
        return self._tally.of_totals(self._total_of)

    def _total_of(self, path: str) -> int:
        """Say in how many details or events a path could have been."""
        return next((count for place, count in self._events.items() if path.startswith(place)), self._found)
