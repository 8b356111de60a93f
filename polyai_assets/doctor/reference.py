"""Whether the rows of reference data were made by the policy on personal data that is configured now."""

from collections.abc import Iterator, Sequence

from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.tables import REFERENCE_DATASETS
from polyai_assets.doctor.check import Diagnosis, green, yellow
from polyai_assets.privacy.masking import identity_of
from polyai_assets.raw.reference import LatestLook, Snapshots
from polyai_assets.raw.remedies import launch_command
from polyai_assets.raw.store import RawStore

NAME = "reference data"
HINT = "see the line of the raw store"


def look_at_reference(
    config: ProjectConfig, raw_store: str, key_prefix: Sequence[str]
) -> Iterator[Diagnosis]:
    """Compare the policy by which each dataset was made; nothing is said of a project that has none."""
    if not config.reference:
        return
    store, project = RawStore(raw_store), config.project
    policy = identity_of(config.privacy)
    looks = {
        dataset.name: Snapshots(store, project, dataset.name).read_latest() for dataset in REFERENCE_DATASETS
    }
    stale = [name for name, look in looks.items() if _is_stale(look, policy)]
    if not stale:
        yield green(NAME, "made with the option privacy as it is")
        return
    assets = ",".join("/".join([*key_prefix, name]) for name in stale)
    command = launch_command(assets, project.key)
    yield yellow(
        NAME,
        f"{', '.join(stale)}: made with another option privacy, or another key, than now",
        f"{command} (the schedule daily_reference does the same)",
    )


def _is_stale(look: LatestLook, policy: str) -> bool:
    """Tell whether rows were made by another policy. Where that is not known, they may have been made by none."""
    if look.policy is None:
        return look.checked_at is not None and policy != ""
    return look.policy != policy
