"""Whether the facts that people see were made with the settings that are configured now."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb

from polyai_assets.configuration import ProjectConfig
from polyai_assets.doctor.check import Diagnosis, green, yellow
from polyai_assets.marts.copy_file import CopyMissing, opened_copy
from polyai_assets.privacy.masking import identity_of
from polyai_assets.raw.retention_days import RAW
from polyai_assets.warehouse.facts.make import settings_hash

NAME = "facts"
HINT = "make the copy anew: polyai doctor reads the facts in it"

_OTHERWISE = """
SELECT count(DISTINCT date), min(date), max(date)
FROM conversation_facts WHERE project = $project AND settings_hash IS DISTINCT FROM $settings_hash AND date >= $since
"""


def look_at_facts(config: ProjectConfig, copy: Path, today: date) -> Iterator[Diagnosis]:
    """Count the days in the read-only copy whose facts were made with other settings; nothing is said without one.

    Days whose raw records retention removes are not counted: these cannot be made anew.
    """
    project = config.project.key
    policy = identity_of(config.privacy)
    made = settings_hash(config.kpi, has_details=bool(config.details), policy=policy)
    given = {
        "project": project,
        "settings_hash": made,
        "since": config.retention.first_kept(RAW, today) or date.min,
    }
    try:
        with opened_copy(copy) as connection:
            found = connection.execute(_OTHERWISE, given).fetchone()
    except (CopyMissing, duckdb.CatalogException):
        return
    days, first, last = found or (0, None, None)
    if not days:
        yield green(NAME, "made with the options kpi, details and privacy as they are")
        return
    says = f"stale: {days:,} days, {first} to {last}, have facts of another option kpi, details or privacy, or version"
    details = " --details" if policy and config.details else ""
    command = f"polyai backfill {project} --since {first} --until {last} --replay{details}"
    yield yellow(NAME, says, f"{command} (without a call; the copy follows within minutes)")
