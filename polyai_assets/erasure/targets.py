"""Erasing conversations from what targets have of delivered days: restated days are delivered, then rows deleted by id.

Example: a table was taken out of `tables` of a delivery. Its rows stay in the target and no delivery touches them, so
that of the erased conversations they are deleted by id.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Set
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime

import duckdb

from polyai_assets.configuration import PlatformConfig
from polyai_assets.delivery.deliver import DayDelivered, Deliverer, DeliveryRefused
from polyai_assets.delivery.retry import retried
from polyai_assets.delivery.settings import PUBLISHABLE, DeliverySettings
from polyai_assets.delivery.targets.kinds import open_target
from polyai_assets.delivery.targets.target import DeliveryConflict
from polyai_assets.machine.actionable import Actionable
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import Partition

Connect = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]

_AT_ONCE = 1000
"""Conversations whose rows one statement deletes: some targets take no longer ones than a megabyte."""


class TargetNotErased(Actionable):
    """A target has rows of erased conversations still, or may have; says why, and what to do."""


def erase_from_target(
    platform: PlatformConfig,
    delivery: DeliverySettings,
    days: Collection[Partition],
    names: Mapping[str, Set[str]],
    connect: Connect,
) -> None:
    """Deliver the days that were published without conversations, `names` by project, and delete what is left of them.

    A day of which the target keeps a version that is not ours is not replaced: its rows are deleted all the same.

    Raises TargetNotErased, and what a target raises but DeliveryConflict.
    """
    if platform.publish is None:
        return
    store = FileStore(platform.publish.place)
    with connect() as connection, closing(open_target(delivery, connection)) as target:
        deliverer = Deliverer(
            store,
            delivery,
            platform.contract,
            target,
            connection,
            lambda: datetime.now(UTC),
            erases=True,
        )
        delivered = list(deliverer.deliver(days))
        try:
            for project, listed in names.items():
                for some in _some_at_once(sorted(listed)):
                    retried(target.erase, tuple(PUBLISHABLE), project, some)
        except DeliveryConflict as error:
            raise TargetNotErased(f"another process writes to the same tables: {error}") from error
    _check(delivered)


def _some_at_once(names: list[str]) -> Iterable[list[str]]:
    return (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))


def _check(delivered: Iterable[DayDelivered]) -> None:
    wrong = [day for day in delivered if day.error is not None and not isinstance(day.error, DeliveryRefused)]
    if wrong:
        more = f" and {len(wrong) - 1:,} more days" if len(wrong) > 1 else ""
        raise TargetNotErased(f"{wrong[0].partition}{more} could not be delivered: {wrong[0].error}")
