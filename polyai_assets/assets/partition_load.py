"""What a load of a partition needs beside its records: it comes from the project's options and the certificate."""

from polyai_assets.configuration import ProjectConfig
from polyai_assets.contract.contract import Contract
from polyai_assets.contract.drift import drift_of_pages
from polyai_assets.privacy.masking import masking_of
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.warehouse.load import COMPLETE, PROVISIONAL, SETTLED, Load


def load_of(config: ProjectConfig, certificate: Certificate, contract: Contract) -> Load:
    """Say what is loaded of a partition, and how. Raises PseudonymKeyUnusable."""
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
    )
