"""Masking what people say: numbers, cards, e-mail addresses, IBANs, links, and what the agent itself has extracted.

    my card is four one one one, and my name is Ann Lee     (the agent extracted guest: Ann Lee)
    my card is [NUMBER], and my name is [ENTITY:guest]

The result is pseudonymous at best, never anonymous: whatever no rule knows stays.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from polyai_assets.privacy.numerals import FEWEST_DIGITS, FEWEST_SAID, find_runs

EMAIL, IBAN, URL, ENTITY = "EMAIL", "IBAN", "URL", "ENTITY"
ENTITY_TAG = "ENTITY:"

_WORD = r"[^\W_]"
_EMAIL = re.compile(rf"[\w.+%-]{{0,256}}{_WORD}@{_WORD}[\w-]*(?:\.[\w-]+)+")
_DOT = r"(?:dot|punkt|punto|point|ponto|punt|kropka|ドット)"
_JOINT = (
    rf"(?:{_DOT}|underscore|dash|hyphen|minus|plus|unterstrich|bindestrich|gui[oó]n(?:\s+bajo)?|tiret(?:\s+bas)?"
    r"|trattino(?:\s+basso)?|tra[cç]o|streepje|podkreślenie|myślnik)"
)
_AT = (
    r"(?:ät|arroba|arobase|chiocciola|klammeraffe|apenstaartje|małpa|アット(?:マーク)?"
    r"|at(?!\s+(?:this|that|the|a|no|some|what|which|any|every|one)\s+point))"
)
_SPELLED = rf"(?:{_WORD}[\s-]{{1,4}}){{0,40}}[\w-]{{1,64}}"
_JOINED = rf"{_SPELLED}(?:\s{{1,4}}{_JOINT}\s{{1,4}}{_SPELLED}){{0,8}}"
_SPELLED_EMAIL = re.compile(
    rf"(?<![\w'\u2019-]){_JOINED}\s{{1,4}}{_AT}\s{{1,4}}"
    rf"(?:[\w-]{{1,64}}(?:\s{{0,4}}(?:{_DOT}\s{{0,4}}|\.)[\w-]{{1,64}}){{1,8}}"
    rf"|{_JOINED}(?:\s{{1,4}}{_DOT}\s{{1,4}}[\w-]{{1,64}}){{1,8}})",
    re.IGNORECASE,
)
"""Each part has a bound, far beyond any address: without, a long text of what is never an address takes minutes."""
_URL = re.compile(r"(?:https?://|www\.)[^\s?<>\"]{1,2048}\?[^\s<>\"]+", re.IGNORECASE)
_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?![^\W_])", re.IGNORECASE)
_IBAN_LENGTHS = range(15, 35)


class TextSpan(NamedTuple):
    """A piece of a text that is to be masked, and what it is."""

    start: int
    end: int
    tag: str


class Recognizer(Protocol):
    """What finds more in text than the rules do, such as names."""

    def find(self, text: str) -> Iterable[TextSpan]:
        """Find what is to be masked in a text."""


@dataclass(frozen=True, slots=True)
class Redactor:
    """The rules for text; `kept` are patterns of what is masked by none, such as booking references.

    A `recognizer` looks into every text as well.
    """

    kept: tuple[re.Pattern[str], ...] = ()
    counts: Counter[str] = field(default_factory=Counter)
    recognizer: Recognizer | None = None

    def redact(self, text: str, values: Mapping[str, str] | None = None, *, by_form: bool = True) -> str:
        """Mask a text; `values` are those that the agent extracted of its conversation, to the names of each."""
        return self.redact_turns([text], values, by_form=by_form)[0]

    def redact_turns(
        self,
        texts: Sequence[str],
        values: Mapping[str, str] | None = None,
        fewest: int = FEWEST_DIGITS,
        *,
        by_form: bool = True,
    ) -> list[str]:
        """Mask what was said in turns that follow each other, also where it goes over several of them.

        Unless it is masked `by_form`, only the values are looked for, and what a recognizer finds.
        """
        joined = "\n".join(texts)
        by_rules = self._found(joined, fewest) if by_form else ()
        recognized = self._recognized(joined) if self.recognizer else ()
        spans = _merged([*_found_values(joined, values or {}), *by_rules, *recognized])
        if not spans:
            return list(texts)
        self.counts.update(_kind(span.tag) for span in spans)
        return list(_masked(texts, spans))

    def _found(self, text: str, fewest: int) -> Iterator[TextSpan]:
        yield from _matches(_EMAIL, EMAIL, text)
        yield from _matches(_SPELLED_EMAIL, EMAIL, text)
        yield from _matches(_URL, URL, text)
        yield from _found_ibans(text)
        runs = [(run, run.kind(fewest)) for run in find_runs(text)]
        yield from self._without_kept(
            text, [TextSpan(run.start, run.end, kind) for run, kind in runs if kind]
        )

    def _recognized(self, text: str) -> Iterator[TextSpan]:
        found = self.recognizer.find(text) if self.recognizer and text.strip() else ()
        return self._without_kept(text, found)

    def _without_kept(self, text: str, spans: Iterable[TextSpan]) -> Iterator[TextSpan]:
        kept = [match.span() for pattern in self.kept for match in pattern.finditer(text)]
        for span in spans:
            if not any(start <= span.start and span.end <= end for start, end in kept):
                yield span


DTMF_DIGITS = FEWEST_SAID
"""So many keys that were pressed are a number that may be a person's: a code, a card, a date."""


def _matches(pattern: re.Pattern[str], tag: str, text: str) -> Iterator[TextSpan]:
    return (TextSpan(*match.span(), tag) for match in pattern.finditer(text))


def _found_ibans(text: str) -> Iterator[TextSpan]:
    """Find what has the check digits of an IBAN; words that follow it are none of it."""
    for match in _IBAN.finditer(text):
        ends = [place + 1 for place in range(match.start(), match.end()) if text[place].isalnum()]
        for length in reversed(_IBAN_LENGTHS):
            if length <= len(ends) and is_iban(text[match.start() : ends[length - 1]]):
                yield TextSpan(match.start(), ends[length - 1], IBAN)
                break


def is_iban(text: str) -> bool:
    """Tell whether a text has the check digits of an IBAN (mod 97)."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if not (plain.isascii() and plain.isalnum()):
        return False
    return int("".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])) % 97 == 1


def _found_values(text: str, values: Mapping[str, str]) -> Iterator[TextSpan]:
    """Find what the agent extracted, as words by themselves, in whatever capitals."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a capital whose small letter is longer: places would differ
        lowered = text
    for value, name in values.items():
        place = lowered.find(value)
        while place >= 0:
            end = place + len(value)
            if not _goes_on(lowered, place - 1, place) and not _goes_on(lowered, end - 1, end):
                yield TextSpan(place, end, ENTITY_TAG + name)
            place = lowered.find(value, end)


def _goes_on(text: str, left: int, right: int) -> bool:
    """Tell whether a word goes on from one place to the next; scripts without blanks have no such words."""
    if left < 0 or right >= len(text):
        return False
    return all(sign.isalnum() and ord(sign) < _UNSPACED for sign in (text[left], text[right]))


_UNSPACED = 0x2E80
"""Letters from here on, Chinese and Japanese among them, are written without blanks between words."""


def _merged(spans: Iterable[TextSpan]) -> list[TextSpan]:
    """Join spans that overlap; the longest of them says what it is."""
    merged: list[tuple[TextSpan, int]] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        length = span.end - span.start
        if merged and span.start < merged[-1][0].end:
            known, longest = merged[-1]
            tag = span.tag if length > longest else known.tag
            merged[-1] = TextSpan(known.start, max(known.end, span.end), tag), max(longest, length)
        else:
            merged.append((span, length))
    return [span for span, _ in merged]


def _masked(texts: Sequence[str], spans: Sequence[TextSpan]) -> Iterator[str]:
    """Put tags in place of spans of the texts, joined by line breaks; one over several texts is in each of them."""
    begins = 0
    for text in texts:
        ends, pieces, done = begins + len(text), [], 0
        for span in spans:
            start, end = max(span.start, begins), min(span.end, ends)
            if start < end:
                pieces += [text[done : start - begins], f"[{span.tag}]"]
                done = end - begins
        yield "".join([*pieces, text[done:]])
        begins = ends + 1


def _kind(tag: str) -> str:
    return ENTITY if tag.startswith(ENTITY_TAG) else tag
