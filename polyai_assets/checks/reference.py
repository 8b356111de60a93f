"""`reference_current`: was a dataset of every project read as often as expected, and whole?"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from polyai_assets.checks.evaluations import result
from polyai_assets.checks.verdict import Failure, Verdict, failed
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.reference import ReferenceDataset
from polyai_assets.contract.tables import REFERENCE_DATASETS
from polyai_assets.machine.actionable import without_secrets
from polyai_assets.raw.remedies import launch_command

if TYPE_CHECKING:
    from polyai_assets.raw.reference import LatestLook

NAME = "reference_current"
DESCRIPTION = (
    "Every project was read within the last 36 hours, the last attempt did not fail, and (a warning) each of its "
    "objects is a row."
)

EXPECTED_EVERY = timedelta(hours=36)
"""The schedule reads daily; an attempt may be late."""


def judge(looks: "Mapping[str, LatestLook]", now: datetime, asset: str) -> Verdict:
    """Judge a dataset by the last look at each project; `asset` names what is materialized to look again."""
    errors: dict[str, str] = {}
    warnings: dict[str, str] = {}
    for project, look in looks.items():
        if look.error:
            errors[project] = f"could not be read at {_shown(look.failed_at)}: {look.error}"
        elif look.checked_at is None:
            warnings[project] = "was never read"
        elif now - look.checked_at > EXPECTED_EVERY:
            errors[project] = f"was last read at {_shown(look.checked_at)}: does the schedule run?"
        elif look.left_out:
            warnings[project] = (
                f"has {look.left_out:,} objects that are no rows: they cannot be read, or have no id of their own"
            )
    read_at = {project: _shown(look.checked_at) for project, look in looks.items()}
    details = {"projects": len(looks), "read_at": read_at}
    bad = errors | warnings
    found = f"{len(looks) - len(bad)} of {len(looks)} projects are current"
    if not bad:
        return Verdict(None, found, details)
    return failed(
        None,
        Failure(
            cause="; ".join(f"{project} {why}" for project, why in bad.items()),
            expected="every project was read within the last 36 hours, and whole",
            found=f"{found}; last read: " + ", ".join(f"{project} {read_at[project]}" for project in bad),
            next_step="\n".join(
                f"{launch_command(asset, project)}  # when the cause is gone" for project in bad
            ),
        ),
        details,
        severity=dg.AssetCheckSeverity.ERROR if errors else dg.AssetCheckSeverity.WARN,
    )


def judge_dataset(platform: PlatformConfig, dataset: ReferenceDataset, asset: dg.AssetKey) -> Verdict:
    """Judge a dataset by what the raw store holds."""
    from polyai_assets.raw.reference import Snapshots
    from polyai_assets.raw.store import RawStore

    store = RawStore(platform.raw_store)
    projects = [config.project for config in platform.reference_projects]
    looks = {project.key: Snapshots(store, project, dataset.name).read_latest() for project in projects}
    return judge(looks, datetime.now(UTC), asset.to_user_string())


def build_reference_checks(
    platform: PlatformConfig, assets: Mapping[str, dg.AssetKey]
) -> list[dg.AssetChecksDefinition]:
    """Make the check of each dataset, by the assets of those that there are. One that fails leaves the others."""
    return [
        _build_check(platform, dataset, assets[dataset.name])
        for dataset in REFERENCE_DATASETS
        if dataset.name in assets
    ]


def _build_check(
    platform: PlatformConfig, dataset: ReferenceDataset, asset: dg.AssetKey
) -> dg.AssetChecksDefinition:
    @dg.multi_asset_check(
        name="_".join([*asset.path, NAME]),
        specs=[dg.AssetCheckSpec(NAME, asset=asset, description=DESCRIPTION)],
    )
    def reference_current() -> Iterator[dg.AssetCheckResult]:
        with without_secrets():
            yield result(dg.AssetCheckKey(asset, NAME), judge_dataset(platform, dataset, asset))

    return reference_current


def _shown(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
