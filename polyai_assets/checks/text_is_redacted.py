"""`text_is_redacted`: does a sample of a day's texts hold what redaction should have masked?"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from polyai_assets.checks.verdict import Failure, Verdict, failed, fetch_again
from polyai_assets.raw.partition import Partition

NAME = "text_is_redacted"
DESCRIPTION = (
    "A sample of the texts that were loaded is looked at by a detector of its own: no long numbers, e-mail addresses, "
    "IBANs or numbers in words are left. It finds no names. Of projects with text: keep nothing is looked at."
)


class SampledTexts(Protocol):
    """How many redacted texts of a day were looked at once more, and what was found in them by kind."""

    @property
    def sampled_texts(self) -> int:
        """How many."""

    @property
    def leaks(self) -> Mapping[str, int]:
        """What was found."""


def judge(partition: Partition, sample: SampledTexts, options: Sequence[str] = ("--replay",)) -> Verdict:
    """Judge a loaded partition by what was found in the sample; `options` are those that load it again."""
    texts, leaks = sample.sampled_texts, sample.leaks
    if not texts:
        return Verdict(partition, "no text was redacted", {"texts": 0})
    found = sum(leaks.values())
    if not found:
        return Verdict(partition, f"nothing is left in {texts:,} texts", {"texts": texts})
    kinds = ", ".join(f"{kind} ({count:,})" for kind, count in sorted(leaks.items()))
    return failed(
        partition,
        Failure(
            cause=f"redaction has left {kinds}",
            expected="that no number, address or account is left in text",
            found=f"{found:,} in a sample of {texts:,} texts",
            next_step=f"{fetch_again(partition, *options)}  # once privacy has text: drop, or keep_numbers what is "
            "no one's",
        ),
        {"texts": texts, **leaks},
    )
