"""How each partition of a run of the ingest step, or of the details step, ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isfinite
from typing import Any
from urllib.parse import quote

import dagster as dg

from polyai_assets.assets.report import PartitionOutcome
from polyai_assets.assets.specs import RAW, RAW_DETAILS
from polyai_assets.checks import complete, details_complete, no_schema_drift, v3_guarantees
from polyai_assets.checks.verdict import Verdict
from polyai_assets.contract.drift import Drift
from polyai_assets.contract.tables import (
    CONVERSATION_DETAILS,
    CONVERSATION_FACTS,
    CONVERSATIONS,
    RECORDED_TABLES,
)
from polyai_assets.raw.accepted_drift import AcceptedDrift
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.details.details_certificate import DetailsCertificate
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.load import Figures, Staged

_JUDGES: Mapping[tuple[str, str], Callable[[Partition, Staged], Verdict]] = {
    (v3_guarantees.NAME, "conversations"): v3_guarantees.judge_conversations,
    (v3_guarantees.NAME, "turns"): v3_guarantees.judge_turns,
}
"""What judges a loaded partition, by the names of check and asset."""


@dataclass(frozen=True, slots=True)
class Outcome(PartitionOutcome):
    """One partition after a run: its certificate, what was loaded, and the error if it is red.

    `certificate` is None when nothing was fetched; `staged` when nothing was loaded; `accepted` is the drift that
    people have accepted of the project.
    """

    certificate: Certificate | None = None
    staged: Staged | None = None
    accepted: Sequence[AcceptedDrift] = ()

    def succeeded(self, name: str) -> bool:
        """Whether an asset's share of the partition is good: raw records may be kept that could not be loaded."""
        return not self.is_red or (name == RAW and self.certificate is not None)

    def judge(self, check: dg.AssetCheckKey) -> Verdict | None:
        """Judge the partition: by its certificate, and by what was loaded."""
        if check.name == complete.NAME:
            return complete.judge(self.partition, self.certificate, self.error)
        if self.staged is None:
            return None
        if check.name == no_schema_drift.NAME:
            return no_schema_drift.judge(self.partition, self.staged.drift, self.accepted)
        return _JUDGES[check.name, check.asset_key.path[-1]](self.partition, self.staged)

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe one asset's share of the partition."""
        if name == RAW:
            return _raw_metadata(self.certificate) if self.certificate else {}
        rows = self.staged.rows[name] if self.staged else 0
        figures = self.staged.figures if self.staged and name == CONVERSATIONS.name else None
        return {
            "dagster/partition_row_count": rows,
            **({} if figures is None else _shown(figures, self.partition.date)),
        }

    @property
    def made_beside(self) -> Mapping[str, dict[str, Any]]:
        """The facts, which are made with the tables that they come from."""
        return facts_made(self.staged.facts if self.staged else None)


@dataclass(frozen=True, slots=True)
class DetailsOutcome(PartitionOutcome):
    """One partition after a run: the certificate of its details, what was loaded, and the error if it is red.

    `records_sha256` identifies the conversations that it holds. `rows`, by table, `facts`, which were made with
    them, and `drift` are None when nothing was loaded. `accepted` is the drift that people have accepted of the
    project.
    """

    options = ("--details",)

    certificate: DetailsCertificate | None = None
    records_sha256: str | None = None
    rows: dict[str, int] | None = None
    facts: int | None = None
    drift: Sequence[Drift] | None = None
    accepted: Sequence[AcceptedDrift] = ()

    def succeeded(self, name: str) -> bool:
        """Whether an asset's share of the partition is good: details may be kept that could not be loaded."""
        kept = self.certificate is not None and self.certificate.is_complete
        return self.error is None or (name == RAW_DETAILS and kept)

    def judge(self, check: dg.AssetCheckKey) -> Verdict | None:
        """Judge the partition: by the certificate of its details, and by the drift in what was loaded."""
        if check.name == no_schema_drift.NAME:
            if self.drift is None:
                return None
            return no_schema_drift.judge(self.partition, self.drift, self.accepted)
        return details_complete.judge(self.partition, self.certificate, self.records_sha256, self.error)

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe one asset's share of the partition."""
        rows = self.rows or {}
        if name == CONVERSATION_DETAILS.name:
            recorded = {table.name: rows.get(table.name, 0) for table in RECORDED_TABLES}
            return {"dagster/partition_row_count": rows.get(name, 0), **recorded}
        if name != RAW_DETAILS:
            return {"dagster/partition_row_count": rows.get(name, 0)}
        certificate = self.certificate
        if certificate is None:
            return {}
        return {
            "dagster/partition_row_count": certificate.found + certificate.missing + certificate.unreadable,
            "calls": certificate.calls,
            "unchanged": certificate.unchanged,
            "found": certificate.found,
            "missing": certificate.missing,
            "unreadable": certificate.unreadable,
            "in_progress": certificate.in_progress,
            "bytes_stored": certificate.file.bytes,
            "asked_at": dg.MetadataValue.timestamp(certificate.finished_at),
        }

    @property
    def made_beside(self) -> Mapping[str, dict[str, Any]]:
        """The facts, which are made with the tables that they come from."""
        return facts_made(self.facts)


@dataclass(frozen=True, slots=True)
class FactsOutcome(PartitionOutcome):
    """One partition whose facts were made anew of what the tables hold; `facts` counts the rows."""

    options = None

    facts: int = 0

    def metadata(self, name: str) -> dict[str, Any]:
        """Describe the facts of the partition."""
        return {"dagster/partition_row_count": self.facts}


def facts_made(facts: int | None) -> Mapping[str, dict[str, Any]]:
    """Describe facts that a step made beside its own assets; None where it made none."""
    return {} if facts is None else {CONVERSATION_FACTS.name: {"dagster/partition_row_count": facts}}


def _shown(figures: Figures, day: date) -> dict[str, Any]:
    """Show figures: numbers, which Dagster plots over all projects, and charts of the partition's own project."""
    means = {"mean_duration": figures.mean_duration, "mean_latency": figures.mean_latency}
    return {
        "conversations": figures.conversations,
        "in_progress": figures.in_progress,
        "handoffs": figures.handoffs,
        **{name: round(mean, 3) for name, mean in means.items() if mean is not None and isfinite(mean)},
        "violations": figures.violations,
        "by_hour": dg.MetadataValue.md(by_hour(figures.by_hour)),
        "last_30_days": dg.MetadataValue.md(last_days({**figures.before, day: figures.conversations}, day)),
    }


def _raw_metadata(certificate: Certificate) -> dict[str, Any]:
    return {
        "dagster/partition_row_count": certificate.rows,
        "pages": certificate.pages,
        "bytes_fetched": sum(page.bytes for walk in certificate.walks for page in walk.pages),
        "bytes_stored": certificate.file.bytes,
        "in_progress": len(certificate.in_progress),
        "duplicates": certificate.duplicates,
        "added": certificate.added,
        "changed": certificate.changed,
        "moved": len(certificate.moved),
        "vanished": len(certificate.vanished),
        "proof": certificate.proof_summary,
        "settled": certificate.settled,
        "fetch_id": certificate.fetch_id,
        "fetched_at": dg.MetadataValue.timestamp(certificate.fetch_finished_at),
        "records_sha256": certificate.records_sha256,
    }


# Small charts in Markdown. Dagster's UI shows no SVG that stands in Markdown itself, and no HTML; it does show an image
# whose address is the image, at once if the Markdown has less than 1,000 characters. It plots numbers of partitions by
# itself, but all projects in one line: these are of one project.
_LEVELS = "▁▂▃▄▅▆▇█"
_STEP, _HEIGHT, _LINE = 12, 48, 14
_BARS, _LAST, _TEXT = "#89f", "#43d", "#888"  # to be seen on white and on black
_SAFE = "/:=',;"
"""What may stand in an address within Markdown as it is; the more of it, the shorter."""


def sparkline(counts: Sequence[int]) -> str:
    """Draw counts as a line of blocks; nothing is a dot."""
    most = max(counts, default=0)
    return "".join(_LEVELS[(len(_LEVELS) - 1) * count // most] if count else "·" for count in counts)


def by_hour(counts: Sequence[int]) -> str:
    """Draw what happened in each hour of a day, as Markdown."""
    return f"`{sparkline(counts)}` 00 to 23 h UTC, at most {max(counts, default=0):,} an hour"


def last_days(counts: Mapping[date, int], last: date, days: int = 30) -> str:
    """Draw a bar a day up to the `last`, as Markdown; a day that is not in `counts` has none."""
    shown = [last - timedelta(days=back) for back in reversed(range(days))]
    most = max((counts.get(day, 0) for day in shown), default=0)
    title = f"{shown[0]} to {last}, at most {most:,} a day"
    return f"![{title}](data:image/svg+xml,{quote(_svg(shown, counts, most), safe=_SAFE)})"


def _svg(days: Sequence[date], counts: Mapping[date, int], most: int) -> str:
    bars = [
        f"M{place},0v{max(1, _HEIGHT * counts[day] // max(most, 1))}" if day in counts else ""
        for place, day in enumerate(days)
    ]
    width, bottom = len(days) * _STEP, _LINE + _HEIGHT
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{bottom + _LINE}' font-size='10' "
        f"font-family='Arial' fill='{_TEXT}'>"
        f"<g transform='matrix({_STEP},0,0,-1,{_STEP // 2},{bottom})' stroke-width='.8'>"
        f"<path stroke='{_BARS}' d='{''.join(bars[:-1])}'/><path stroke='{_LAST}' d='{bars[-1]}'/></g>"
        f"<text y='10'>{most:,}</text><text y='{bottom + 11}'>{days[0]:%d %b}</text>"
        f"<text x='{width}' y='{bottom + 11}' text-anchor='end'>{days[-1]:%d %b}</text></svg>"
    )
