"""Trying again what another process came between."""

import logging
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from tenacity import (
    Retrying,
    before_sleep_log,
    retry_if_exception_type,
    stop_after_delay,
    wait_random_exponential,
)

from polyai_assets.delivery.targets.target import DeliveryConflict

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

_PATIENCE = 120.0
"""Seconds for which the same is tried again."""


def retried(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function until no other process comes between. Raises DeliveryConflict when one does for too long."""
    conflicts = Retrying(
        retry=retry_if_exception_type(DeliveryConflict),
        wait=wait_random_exponential(multiplier=0.1, max=5),
        stop=stop_after_delay(_PATIENCE),
        before_sleep=before_sleep_log(log, logging.INFO),
        reraise=True,
    )
    return conflicts(function, *args, **kwargs)
