"""Looking for what redaction has left: a detector that reads in another way, over a sample of its results.

Redaction cuts text into words and joins them; here all that stands between digits is thrown away, and what is left is
looked at. What both miss, a name that the agent did not extract above all, is in no count.
"""

import re
from collections import Counter
from collections.abc import Iterator

from polyai_assets.privacy.number_words import NUMBERS
from polyai_assets.privacy.numerals import FEWEST_SAID, NUMBER
from polyai_assets.privacy.redact import EMAIL, IBAN, is_iban

SPOKEN = "SPOKEN"
_EVERY, _MOST = 20, 5_000
"""Of so many texts one is looked at, at most so many a day."""

_TAG = re.compile(r"\[[A-Z][A-Z_\d]*(?::[^\]]*)?\]")
_BETWEEN = re.compile(r"[\s.()/+\-]")
_LONG = re.compile(r"\d{7,}")
_ADDRESS = re.compile(r"[^\s@]@[^\s@]+\.\w")
_ACCOUNT = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_SAID = re.compile(r"[^\W\d_]+")


class LeakSample:
    """A sample of redacted texts, and what is found in them by kind."""

    def __init__(self, kept: tuple[re.Pattern[str], ...]) -> None:
        self.texts = 0
        self.found: Counter[str] = Counter()
        self._kept = kept
        self._seen = 0

    def add(self, text: str) -> None:
        """Look at a text, if its turn has come."""
        self._seen += 1
        if self._seen % _EVERY != 1 or self.texts >= _MOST:
            return
        self.texts += 1
        for pattern in self._kept:
            text = pattern.sub("|", text)
        self.found.update(leaks_in(text))


def leaks_in(text: str) -> Iterator[str]:
    """Give the kinds of what is left in a redacted text, each once."""
    plain = _TAG.sub("|", text)
    joined = _BETWEEN.sub("", plain)
    if _LONG.search(joined):
        yield NUMBER
    if _ADDRESS.search(plain):
        yield EMAIL
    if any(is_iban(found.group()) for found in _ACCOUNT.finditer(joined)):
        yield IBAN
    said = 0
    for word in _SAID.findall(plain.lower()):
        said = said + 1 if any(len(digits) == 1 for digits in NUMBERS.get(word, {}).values()) else 0
        if said >= 2 * FEWEST_SAID:
            yield SPOKEN
            break
