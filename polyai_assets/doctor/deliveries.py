"""The targets of deliveries: whether each answers, lets its user do what is needed, and gets the same from no other.

Nothing is written.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from polyai_assets.api.project import Project
from polyai_assets.assets.connection import connect, duckdb_resource
from polyai_assets.assets.delivery_state import published_versions
from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.log import LogRow
from polyai_assets.delivery.other_publication import find_others
from polyai_assets.delivery.settings import DeliverySettings
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets.delivery.targets.rights import RightMissing
from polyai_assets.doctor.check import Diagnosis, green, red, yellow
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.file_store import FileStore

NAME = "delivery"
HINT = "check `connection` of the delivery in defs.yaml, its variable, and the network"


def look_at_delivery(
    platform: PlatformConfig, place: str, delivery: DeliverySettings, spool: Path
) -> Iterator[Diagnosis]:
    """Connect to a target with its credentials, and compare its log with what is published in `place`."""
    named = f"{delivery.name} ({delivery.kind})"
    try:
        with (
            connect(duckdb_resource(spool)) as connection,
            closing(open_target(delivery, connection)) as target,
        ):
            target.probe()
            rows = target.read_log()
            not_owned = target.tables_of_others()
        others = find_others(FileStore(place), rows, published_versions(platform))
    except RightMissing as error:
        yield red(NAME, f"{named}: {error.lack}", error.remedy)
    except Actionable as error:
        yield red(NAME, f"{named}: {error}", HINT)
    else:
        yield green(NAME, f"{named} answers, and its user may do what a delivery needs")
        if not_owned:
            yield yellow(
                NAME,
                f"{named}: its user does not own {', '.join(not_owned)}: a new column cannot be added there",
                "; ".join(f"ALTER TABLE {table} OWNER TO <its user>" for table in not_owned)
                + "; or GRANT <the owner> TO <its user>",
            )
        yield from _of_others(named, delivery.schema, others)


def _of_others(named: str, schema: str, others: Mapping[Project, Sequence[LogRow]]) -> Iterator[Diagnosis]:
    for project, rows in others.items():
        last = max(rows, key=lambda row: row.delivered_at)
        yield red(
            NAME,
            f"{named}: another publication delivers {project.key} to the schema {schema}, too: {len(rows):,} days, "
            f"the last {last.date} version {last.version} on {last.delivered_at:%Y-%m-%d %H:%M} UTC. Each counts its "
            "versions for itself, and the later of the two is refused",
            "give this platform a `schema` of its own, or leave the project out of one of the two; where the place of "
            "`publish` was made anew or moved, delete the rows of these days from polyai_delivery_log",
        )
