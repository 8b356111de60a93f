"""Keeping secrets out of what is shown, whoever wrote the message."""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from polyai_assets.doctor.finding import Finding

if TYPE_CHECKING:
    from polyai_assets.configuration import PlatformConfig

_SECRET_NAMES = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_IN_URL = re.compile(r"(://)[^/@\s]*@")
_PASSWORD = re.compile(r"((?:password|passwd|pwd|token|secret)\s*[=:]\s*)('[^']*'|[^\s'\"&]+)", re.IGNORECASE)
_SHORTEST = 4  # a shorter one would be found in every other word
_LONGEST_TEXT = 600


class Scrubber:
    """Knows the secrets of this machine: those of the configuration, and variables that are named like one."""

    def __init__(self, platforms: "Iterable[PlatformConfig]" = ()) -> None:
        known = {value for name, value in os.environ.items() if _SECRET_NAMES.search(name)}
        for platform in platforms:
            known |= {url.get_secret_value() for url in platform.alerts.urls}
            for project in platform.projects:
                for key in (project.key, project.agents_key):
                    if key is not None and key.value is not None:
                        known.add(key.value.get_secret_value())
        forms = {form for secret in known for form in (secret, quote(secret), quote(secret, safe=""))}
        # the longest first: one may be a part of another
        self._secrets = sorted((form for form in forms if len(form) >= _SHORTEST), key=len, reverse=True)

    def cleaned(self, finding: Finding) -> Finding:
        """Take secrets out of a finding, and line breaks."""
        return msgspec.structs.replace(
            finding, says=self.text(finding.says), next_step=self.text(finding.next_step)
        )

    def text(self, text: str) -> str:
        """Take secrets out of a text and make it one line."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = _PASSWORD.sub(r"\1***", _IN_URL.sub(r"\1***@", text))
        text = " ".join(text.split())
        return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
