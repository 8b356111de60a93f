"""Loading the details of a day from the raw store, unless the tables hold them already."""

from itertools import starmap

import duckdb

from polyai_assets.assets.partition_load import key_of_details, learn_from_records, load_of_details
from polyai_assets.assets.step import StepStores
from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.detail_rows import Detail
from polyai_assets.privacy.tombstones import Tombstones
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.details.details_certificate import DETAIL_FILES, DetailsCertificate
from polyai_assets.raw.details.files import read_listed
from polyai_assets.raw.progress import Progress
from polyai_assets.warehouse.details import LoadedDetails, held_details, replace_details
from polyai_assets.warehouse.load import Load
from polyai_assets.warehouse.loads import LoadKey


def load_details(
    stores: StepStores,
    config: ProjectConfig,
    conversations: Certificate | None,
    certificate: DetailsCertificate,
    *,
    is_replay: bool,
) -> LoadedDetails:
    """Give what the details of a day turned out to hold; what the tables hold is not loaded, but for a replay.

    Raises DamagedRawFile, TombstonesUnreadable, WarehouseBusy, WarehouseUnreachable, and what `loads_of` raises.
    """
    load = load_of_details(stores.store, config, certificate, conversations, stores.contract)
    key = key_of_details(stores.store, load, certificate, conversations)
    with stores.connect() as connection:
        held = None if is_replay else held_details(connection, stores.warehouse, load, key)
        if held is not None:
            return held
        learn_from_records(stores.store, load, conversations)
        return _store_rows(stores, connection, load, key, certificate)


def _store_rows(
    stores: StepStores,
    connection: duckdb.DuckDBPyConnection,
    load: Load,
    key: LoadKey,
    certificate: DetailsCertificate,
) -> LoadedDetails:
    progress = Progress(str(certificate.partition), "loading", "details", certificate.conversations)
    with DETAIL_FILES.open_file(stores.store, certificate, certificate.file) as path, progress:
        erased = Tombstones.read(stores.store, certificate.partition.project)
        listed = (detail for detail in read_listed(path) if detail[0] not in erased)
        details = progress.counted(starmap(Detail, listed))
        return replace_details(connection, stores.warehouse, load, details, key)
