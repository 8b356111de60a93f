"""`text_is_redacted`: does a sample of a day's texts hold what redaction should have masked?"""

from polyai_assets.checks.verdict import Failure, Verdict, failed, fetch_again
from polyai_assets.raw.partition import Partition
from polyai_assets.warehouse.load import Staged

NAME = "text_is_redacted"
DESCRIPTION = (
    "A sample of the texts that were loaded is looked at by a detector of its own: no long numbers, e-mail addresses, "
    "IBANs or numbers in words are left. It finds no names. Of projects with text: keep nothing is looked at."
)


def judge(partition: Partition, staged: Staged) -> Verdict:
    """Judge a loaded partition by what was found in the sample."""
    if not staged.sampled_texts:
        return Verdict(partition, "no text was redacted", {"texts": 0})
    found = sum(staged.leaks.values())
    if not found:
        return Verdict(
            partition, f"nothing is left in {staged.sampled_texts:,} texts", {"texts": staged.sampled_texts}
        )
    kinds = ", ".join(f"{kind} ({count:,})" for kind, count in sorted(staged.leaks.items()))
    return failed(
        partition,
        Failure(
            cause=f"redaction has left {kinds}",
            expected="that no number, address or account is left in text",
            found=f"{found:,} in a sample of {staged.sampled_texts:,} texts",
            next_step=f"{fetch_again(partition, '--replay')}  # once privacy has text: drop, or keep_numbers what is "
            "no one's",
        ),
        {"texts": staged.sampled_texts, **staged.leaks},
    )
