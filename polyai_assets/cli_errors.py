"""How the command line tells what went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def told_plainly() -> Iterator[None]:
    """Tell errors that a person can act on in one line, without a traceback."""
    import duckdb

    from polyai_assets.configuration import ConfigurationError
    from polyai_assets.demo import DemoError
    from polyai_assets.migration.versions import NothingToCompare
    from polyai_assets.raw.certificate import CertificateUnreadable
    from polyai_assets.raw.damage import DamagedRawFile
    from polyai_assets.raw.decisions import NothingToDecide
    from polyai_assets.raw.file_store import StoreUnavailable
    from polyai_assets.review.errors import ReviewError
    from polyai_assets.warehouse.attach import WarehouseBusy, WarehouseUnreachable
    from polyai_assets.warehouse.extensions import ExtensionMissing
    from polyai_assets.workspace import NoPlatform

    known = (
        ConfigurationError,
        DemoError,
        CertificateUnreadable,
        DamagedRawFile,
        StoreUnavailable,
        NothingToDecide,
        NoPlatform,
        NothingToCompare,
        ReviewError,
        WarehouseBusy,
        WarehouseUnreachable,
        ExtensionMissing,
        duckdb.Error,
    )
    try:
        yield
    except known as error:
        raise click.ClickException(str(error)) from error
