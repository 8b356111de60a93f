"""What a load of a partition needs beside its records: it comes from the project's options and the certificate."""

from collections.abc import Sequence

from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.contract import Contract
from polyai_assets.contract.drift import drift_of_pages
from polyai_assets.privacy.erased_facts import read_erased_facts
from polyai_assets.privacy.masking import masking_of
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.details.details_certificate import DETAIL_FILES, DetailsCertificate
from polyai_assets.raw.details.files import read_listed
from polyai_assets.raw.store import RawStore
from polyai_assets.warehouse.load import COMPLETE, PROVISIONAL, SETTLED, Load


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
    return [
        _load_of(config, certificate, contract, erased.get(certificate.date, ()))
        for certificate in certificates
    ]


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
