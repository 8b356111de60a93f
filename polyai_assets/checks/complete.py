"""`complete`: does the partition hold everything that the API has for it? It is what its certificate says."""

from polyai_assets.checks.verdict import Verdict
from polyai_assets.raw.certificate import Certificate

NAME = "complete"
DESCRIPTION = (
    "The partition holds every conversation that the API has for the day: every cursor walk was brought to its "
    "end, and the windows cover the whole day."
)


def judge(partition: str, certificate: Certificate | None, error: Exception | None) -> Verdict:
    """Judge a partition by its certificate, or by the error that prevented one."""
    if certificate is None:
        return Verdict(partition, False, str(error) if error else "nothing was fetched")
    problems = certificate.problems()
    counts = {
        "conversations": certificate.rows,
        "pages": certificate.pages,
        "walks": len(certificate.walks),
        "duplicates": certificate.duplicates,
        "in_progress": len(certificate.in_progress),
    }
    if problems:
        return Verdict(partition, False, "; ".join(problems), counts)
    return Verdict(partition, True, _summary(certificate), counts)


def _summary(certificate: Certificate) -> str:
    running = len(certificate.in_progress)
    return f"{certificate.rows:,} conversations in {certificate.pages:,} pages, every walk closed" + (
        f"; {running:,} still running" if running else ""
    )
