"""`delivered`: does a target hold what was published of a day, row for row?"""

from typing import TYPE_CHECKING

from polyai_assets.checks.verdict import Failure, Verdict, failed
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.remedies import deliver_command

if TYPE_CHECKING:
    from polyai_assets.alerts.late import LateDelivery
    from polyai_assets.delivery.deliver import DayDelivered

NAME = "delivered"
DESCRIPTION = (
    "The target has the newest published version of the day, and after the commit as many rows in each table as were "
    "published, with the same checksum."
)

_EXPECTED = "the newest published version of the day in the target, row for row"


def judge(partition: Partition, delivery: str, day: "DayDelivered") -> Verdict:
    """Judge a day by what its delivery has come to."""
    row = day.row
    found = (
        f"version {row.version}, delivered at {row.delivered_at:%Y-%m-%d %H:%M} UTC"
        if row
        else "nothing of it"
    )
    if day.error is not None:
        next_step = deliver_command(delivery, partition)
        return failed(partition, Failure(str(day.error), _EXPECTED, found, next_step))
    if row is None:
        return Verdict(partition, day.reason)
    details = {
        "version": row.version,
        "rows_expected": row.rows_expected,
        "rows_found": row.rows_found,
        "restated_count": row.restated_count,
    }
    return Verdict(partition, f"{found}; {row.rows_found:,} rows compared", details)


def judge_late(partition: Partition, late: "LateDelivery") -> Verdict:
    """Judge the oldest day that a target lacks for longer than is allowed."""
    next_step = deliver_command(late.delivery, partition)
    return failed(partition, Failure(late.cause, _EXPECTED, "another version of it, or nothing", next_step))
