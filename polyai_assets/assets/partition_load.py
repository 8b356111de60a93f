"""What a load of a partition needs beside its records: it comes from the project's options and the certificate."""

from collections.abc import Sequence
from dataclasses import replace

from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.contract import Contract
from polyai_assets.contract.drift import drift_of_pages
from polyai_assets.privacy.erased_facts import read_erased_facts
from polyai_assets.privacy.masking import masking_of
from polyai_assets.privacy.tombstones import Tombstones
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.details.details_certificate import DETAIL_FILES, DetailsCertificate
from polyai_assets.raw.details.files import read_known, read_listed
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.details import details_key
from polyai_assets.warehouse.load import COMPLETE, PROVISIONAL, SETTLED, Load
from polyai_assets.warehouse.loads import LoadKey, hash_of


def learn_from_details(store: RawStore, load: Load) -> None:
    """Note what functions were called with, before the turns of a day are masked. Raises DamagedRawFile."""
    if load.masking is None or not load.masking.looks_for_values:
        return
    certificate = DETAIL_FILES.read(store, load.partition)
    if certificate is not None:
        with DETAIL_FILES.open_file(store, certificate, certificate.file) as path:
            load.masking.learn(payload for *_, payload in read_listed(path) if payload)


def learn_from_records(store: RawStore, load: Load, certificate: Certificate | None) -> None:
    """Note the states and entities of a day's conversations, before its details are masked. Raises DamagedRawFile."""
    if load.masking is None or not load.masking.looks_for_values or certificate is None:
        return
    with store.records(certificate) as batches:
        for batch in batches:
            load.masking.learn(batch["payload"].to_pylist())


def loads_of(
    store: RawStore, config: ProjectConfig, certificates: Sequence[Certificate], contract: Contract
) -> list[Load]:
    """Say what is loaded of partitions, and how. Raises PseudonymKeyUnusable and ErasedFactsUnreadable."""
    days = [certificate.date for certificate in certificates]
    erased = read_erased_facts(store, config.project, days)
    loads = [
        _load_of(config, certificate, contract, erased.get(certificate.date, ()))
        for certificate in certificates
    ]
    return [replace(load, learnt_from=_learnt_from(store, load)) for load in loads]


def _learnt_from(store: RawStore, load: Load) -> str:
    """Identify the details of which the masking of conversations learns."""
    if load.masking is None or not load.masking.looks_for_values:
        return ""
    certificate = DETAIL_FILES.read(store, load.partition)
    return certificate.file.sha256 if certificate else ""


def load_of_details(
    store: RawStore,
    config: ProjectConfig,
    details: DetailsCertificate,
    conversations: Certificate | None,
    contract: Contract,
) -> Load:
    """Say how details are loaded, of a partition whose `conversations` may never have been fetched.

    Raises what `loads_of` raises.
    """
    if conversations is not None:
        return loads_of(store, config, [conversations], contract)[0]
    erased = read_erased_facts(store, config.project, [details.date])
    return Load(
        details.partition,
        contract=contract,
        kpi=config.kpi,
        has_details=True,
        masking=masking_of(config.privacy, config.project.account_id),
        erased_facts=erased.get(details.date, ()),
    )


def key_of_details(
    store: RawStore, load: Load, details: DetailsCertificate, conversations: Certificate | None
) -> LoadKey:
    """Identify the load of details: by their file, whom of it was erased since, and what the masking learns from.

    Raises DamagedRawFile and TombstonesUnreadable.
    """
    left_out: list[str] = []
    erased = Tombstones.read(store, details.partition.project)
    if erased:
        with DETAIL_FILES.open_file(store, details, details.file) as path:
            left_out = sorted(map(erased.token, erased.among(read_known(path))))
    records = hash_of(details.records_sha256, details.file.sha256, left_out)
    learns = load.masking is not None and load.masking.looks_for_values
    learnt_from = [conversations.content_sha256] if learns and conversations else []
    return details_key(load, records, *learnt_from)


def _load_of(
    config: ProjectConfig, certificate: Certificate, contract: Contract, erased_facts: tuple[bytes, ...]
) -> Load:
    return Load(
        certificate.partition,
        fetched_until=certificate.fetch_started_at if certificate.is_provisional else None,
        api_version=certificate.query.get("api_version", "v3"),
        found_before=tuple(drift_of_pages(certificate.unknown, certificate.pages)),
        contract=contract,
        records=certificate.content_sha256,
        state=SETTLED if certificate.settled else COMPLETE if certificate.is_complete else PROVISIONAL,
        kpi=config.kpi,
        has_details=bool(config.details),
        masking=masking_of(config.privacy, config.project.account_id),
        erased_facts=erased_facts,
    )
