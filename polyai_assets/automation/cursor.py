"""What a sensor remembers from one tick to the next."""

from typing import TypeVar

import dagster as dg
import msgspec

from polyai_assets.api.record import UNREADABLE

T = TypeVar("T")


def read_cursor(context: dg.SensorEvaluationContext, kind: type[T]) -> T | None:
    """Read the cursor of a sensor; None where there is none, or none that this code can read.

    It holds nothing that a tick could not find out again. One from before an upgrade must not stop its sensor for ever.
    """
    if not context.cursor:
        return None
    try:
        return msgspec.json.decode(context.cursor, type=kind)
    except UNREADABLE as error:
        context.log.warning("the cursor of this sensor cannot be read (%s); it begins anew", error)
        return None


def write_cursor(memory: object) -> str:
    """Write what `read_cursor` reads in the next tick."""
    return msgspec.json.encode(memory).decode()
