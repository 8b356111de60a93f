"""From the metrics of a detail to rows of `metric_events`.

The detail keeps its metrics as they were sent, so that here only what a value has beside is kept in `extra`.
"""

from typing import Any

from polyai_assets.contract.convert import to_text
from polyai_assets.contract.detail_fit import Noted, Row, Shape, by_path, fit, nothing
from polyai_assets.contract.drift import DriftKind
from polyai_assets.contract.fields import Kind
from polyai_assets.contract.fitting import instead_of
from polyai_assets.contract.lenient import clean_text, to_json
from polyai_assets.contract.metric_event import IN_METRICS


def metric_events_of(shape: Shape, conversation_id: str, sent: Any) -> tuple[list[Row], list[Noted]]:
    """Make the rows, of a shape, of the metrics of a detail, and note their drift by paths.

    A text, or a list of texts, is a row or some without a time: PolyAI documents these forms, too. What is no map of
    metrics has no rows.
    """
    rows: list[Row] = []
    noted: list[Noted] = []
    positions: dict[str, int] = {}
    for name, listed in sent.items() if isinstance(sent, dict) else ():
        clean = clean_text(name)
        for event in listed if isinstance(listed, list) else [listed]:
            if event is None:
                continue
            row, of_event = _event(shape, event)
            position = positions.get(clean, 0)
            positions[clean] = position + 1
            rows.append(row | {"conversation_id": conversation_id, "name": clean, "position": position})
            noted += of_event
    return rows, noted


def _event(shape: Shape, event: Any) -> tuple[Row, list[Noted]]:
    if not isinstance(event, dict):
        odd = (
            []
            if isinstance(event, str)
            else [(IN_METRICS, DriftKind.TYPE_CHANGED, instead_of(Kind.OBJECT, event))]
        )
        return nothing(shape) | {"value": clean_text(to_text(event)), "extra": None}, odd
    row, extra, noted = fit(shape, event)
    return row | {"extra": to_json(extra) if extra else None}, by_path(f"{IN_METRICS}.", noted)
