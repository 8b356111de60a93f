"""The verdicts of the ingest step's checks on the partitions of a run."""

from collections.abc import Callable, Mapping, Sequence

import dagster as dg

from polyai_assets.assets.outcome import Outcome
from polyai_assets.checks import complete, no_schema_drift, v3_guarantees
from polyai_assets.checks.verdict import Verdict, not_judged
from polyai_assets.warehouse.partition import Staged


def _judge_drift(partition: str, staged: Staged) -> Verdict:
    return no_schema_drift.judge(partition, staged.drift)


_JUDGES: Mapping[tuple[str, str], Callable[[str, Staged], Verdict]] = {
    (no_schema_drift.NAME, "conversations"): _judge_drift,
    (v3_guarantees.NAME, "conversations"): v3_guarantees.judge_conversations,
    (v3_guarantees.NAME, "turns"): v3_guarantees.judge_turns,
}


def judge(check: dg.AssetCheckKey, outcomes: Sequence[Outcome]) -> list[Verdict]:
    """Give the verdicts of a check, in the order of the partitions."""
    if check.name == complete.NAME:
        return [complete.judge(one.partition, one.certificate, one.error) for one in outcomes]
    judge_staged = _JUDGES[check.name, check.asset_key.path[-1]]
    return [
        not_judged(one.partition, one.error)
        if one.staged is None
        else judge_staged(one.partition, one.staged)
        for one in outcomes
    ]
