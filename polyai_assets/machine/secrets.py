"""What is secret here, and keeping it out of every text that leaves the process.

Libraries quote what they were given, and what they took it for. So a text is masked by what is configured, not by how
it looks. An example, with HTTPS_PROXY=http://ann-lee:tiger#7lions@proxy:8080 in the environment:

    urllib3 says   Failed to parse: 'ann-lee:tiger' is not a valid host or port
    secrets are    ann-lee, tiger#7lions, and their parts tiger, 7lions; percent-encoded, in base64 and so on, too
    masked         Failed to parse: '***:***' is not a valid host or port

The environment is looked at anew each time; what else is configured is registered with `keep`.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from polyai_assets.machine.secret_forms import SHORTEST, forms, parts
from polyai_assets.machine.secret_sources import in_environment

MARK = "***"
"""Stands for what is not shown."""

_RUN = 12
"""So many characters of a secret in a row are hidden wherever they stand: a text may have been cut within it."""
_WITHIN = 8
"""What is shorter than this is hidden only as a word by itself, or it would be found within others."""

_LOGIN = re.compile(r"(://)[^/@\s]*@")
_ASSIGNED = re.compile(
    r"((?:password|passwd|pwd|token|secret)\s*=\s*)('(?:\\.|[^'\\])*'|[^\s'\"&]+)", re.IGNORECASE
)

_SIGNED = re.compile(
    r"([?&;](?:X-(?:Amz|Goog)-(?:Credential|Signature|Security-Token)|AWSAccessKeyId|GoogleAccessId|Signature|sig"
    r"|Policy|Key-Pair-Id)=)[^&\s'\"<>]+",
    re.IGNORECASE,
)
"""What opens a signed link for everybody who has it, by the names that the stores give it."""
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")
"""The id of an access key of AWS, or of those that write theirs so."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is looked for: runs of long secrets, and short ones whole."""

    runs: frozenset[str]
    short: re.Pattern[str] | None

    @classmethod
    def of(cls, secrets: Iterable[str]) -> Self:
        wanted = {form for secret in secrets for form in (*forms(secret), *parts(secret))}
        runs = {form[at : at + _RUN] for form in wanted for at in range(len(form) - _RUN + 1)}
        return cls(frozenset(runs), _pattern([form for form in wanted if len(form) < _RUN]))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        if self.runs:
            for at in range(len(text) - _RUN + 1):
                if text[at : at + _RUN] in self.runs:
                    yield at, at + _RUN
        if self.short is not None:
            yield from (found.span() for found in self.short.finditer(text))


class Secrets:
    """The secrets that were registered, and those of an environment as it is when a text is masked."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._kept: frozenset[str] = frozenset()  # replaced, never changed: other threads may be reading it
        self._known: tuple[frozenset[str], _Known] = (frozenset(), _Known(frozenset(), None))

    def keep(self, *secrets: str) -> None:
        """Register secrets. Those of fewer than four characters cannot be distinguished from other text."""
        self._kept |= {secret for secret in secrets if len(secret) >= SHORTEST}

    def forget(self) -> None:
        """Forget what was registered."""
        self._kept = frozenset()

    def masked(self, text: str) -> str:
        """Hide every secret in a text, in any form; and what looks like a login, a password or a signed link."""
        pieces, end = [], 0
        for first, last in _merged(self._look_for().spans(text)):
            pieces += [text[end:first], MARK]
            end = last
        pieces.append(text[end:])
        text = _LOGIN.sub(rf"\1{MARK}@", "".join(pieces))
        return _KEY_ID.sub(MARK, _SIGNED.sub(rf"\1{MARK}", _ASSIGNED.sub(rf"\1{MARK}", text)))

    def _look_for(self) -> _Known:
        secrets = self._kept | in_environment(self._environment)
        seen, known = self._known
        if secrets != seen:
            known = _Known.of(secrets)
            self._known = secrets, known
        return known


SECRETS = Secrets(os.environ)
"""Those of this process."""


def masked(text: str) -> str:
    """Hide the secrets of this process in a text that is about to leave it."""
    return SECRETS.masked(text)


def _pattern(texts: Iterable[str]) -> re.Pattern[str] | None:
    ordered = sorted(texts, key=len, reverse=True)  # one may be the beginning of another
    alternatives = [re.escape(text) if len(text) >= _WITHIN else _as_word(text) for text in ordered]
    return re.compile("|".join(alternatives)) if alternatives else None


def _as_word(text: str) -> str:
    before = r"(?<![^\W_])" if text[0].isalnum() else ""
    after = r"(?![^\W_])" if text[-1].isalnum() else ""
    return f"{before}{re.escape(text)}{after}"


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that touch or overlap."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged
