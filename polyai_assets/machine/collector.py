"""Python's collector of what nothing refers to any more."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def sparing_what_is_there() -> Iterator[None]:
    """Keep the collector from walking through all that is there already, nearly all of it modules that stay.

    It would each time that a quarter was added: with Dagster loaded that takes 0.15 s.
    """
    if gc.get_freeze_count():  # by a caller, who ends it
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
