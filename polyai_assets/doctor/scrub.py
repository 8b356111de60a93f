"""Keeping secrets out of what is shown, whoever wrote the message."""

import msgspec

from polyai_assets.doctor.finding import Finding
from polyai_assets.machine.secrets import masked

_LONGEST_TEXT = 600


def cleaned(finding: Finding) -> Finding:
    """Take secrets out of a finding, and line breaks."""
    return msgspec.structs.replace(
        finding, says=one_line(finding.says), next_step=one_line(finding.next_step)
    )


def one_line(text: str) -> str:
    """Take secrets out of a text and make it one line of bearable length."""
    text = " ".join(masked(text).split())
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
