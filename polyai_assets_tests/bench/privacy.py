"""What redaction finds of a planted corpus, by kind, and what policies cost of a day of conversations.

    python -m polyai_assets_tests.bench.privacy [--size 50000]

The cost is CPU seconds of this process for the staging of a day: records checked, typed, masked and written to local
files, without fetching and without storing.
"""

import os
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import click
import duckdb
import pyarrow as pa

from polyai_assets.api.project import Project
from polyai_assets.privacy.masking import Masking
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.privacy.pseudonym import PseudonymKey, PseudonymKeys, Pseudonyms
from polyai_assets.raw.partition import Partition
from polyai_assets.simulator import SimulatedProject
from polyai_assets.simulator.days import conversations_of
from polyai_assets.simulator.served import ALL_DETAILS
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.memory import most_memory
from polyai_assets.warehouse.stage import Staging
from polyai_assets_tests.privacy.judging import judge

DAY = date(2026, 11, 3)
POLICIES = {
    "keep": PrivacyPolicy(),
    "pii: pseudonymize": PrivacyPolicy(pii="pseudonymize"),
    "text: redact": PrivacyPolicy(text="redact"),
    "both": PrivacyPolicy(pii="pseudonymize", text="redact"),
}
_BATCH = 2048


def records_of(size: int) -> list[pa.RecordBatch]:
    """Make a day of a simulated project as batches of the raw store."""
    simulated = SimulatedProject("us-1", "acme", "hotel-bot", "k", "hotel", size, steady=True, since=DAY)
    found = conversations_of(simulated, DAY, ALL_DETAILS, 7)
    moment = pa.timestamp("us", tz="UTC")
    return [
        pa.record_batch(
            {
                "conversation_id": pa.array([each.id for each in some], pa.string()),
                "started_at": pa.array(
                    [datetime.fromtimestamp(each.started / 1e6, UTC) for each in some], moment
                ),
                "payload": pa.array([each.body for each in some], pa.binary()),
                "vanished_at": pa.nulls(len(some), moment),
            }
        )
        for some in (found[start : start + _BATCH] for start in range(0, len(found), _BATCH))
    ]


def cost_of(policy: PrivacyPolicy, batches: list[pa.RecordBatch]) -> float:
    """Stage a day under a policy; gives the CPU seconds of all threads."""
    load = Load(Partition(Project.parse("us-1/acme/hotel-bot"), DAY))
    if not policy.keeps_all:
        keys = PseudonymKeys(PseudonymKey("1", "s" * 32))
        load = replace(load, masking=Masking(policy, Pseudonyms(keys, "acme")))
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        before = os.times()
        staging = Staging(connection, [load], most_memory(connection), Path(folder))
        staging.add(load.date, batches)
        staging.finish()
        after = os.times()
    return after.user + after.system - before.user - before.system


@click.command()
@click.option("--size", default=50_000, show_default=True, help="Conversations of the day; 0: recall alone.")
@click.option("--rounds", default=3, show_default=True, help="Rounds, of which the least counts.")
def main(size: int, rounds: int) -> None:
    """Print recall and precision by kind, then the cost of each policy."""
    judged = judge()
    for kind, planted in judged.planted.items():
        click.echo(f"{kind:18} {judged.gone[kind]:3} of {planted:3} masked")
    click.echo(f"recall {judged.recall:.1%}, precision {judged.precision:.1%} (harmless texts that were masked: "
               f"{len(judged.wrong)})")  # fmt: skip
    if size:
        batches = records_of(size)
        for name, policy in POLICIES.items():
            costs = [cost_of(policy, batches) for _ in range(rounds)]
            click.echo(f"{name:18} {min(costs):6.1f} CPU s to stage {size:,} conversations")


if __name__ == "__main__":
    main()
