"""Which of many texts may hold what is to be masked: by RE2, which takes a text in no more than its length.

Most texts hold nothing of it, and are not looked at any further. What is said of a text here may be too much, and is
never too little: the rules themselves are in `redact`.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.privacy.number_words import COMPOUND_FORMS, JAPANESE, MOST_DIGITS, SIMPLE_WORDS
from polyai_assets.privacy.numerals import AS_IN, FEWEST_DIGITS, FEWEST_SAID

_BETWEEN = r"[\s.,()/+*#_\-]"
_EDGED = sorted(word for word in SIMPLE_WORDS if word[0].isascii() and word[-1].isascii() and len(word) > 1)
_OTHERS = sorted(SIMPLE_WORDS - {*_EDGED, "o"})
_READ = "|".join(sorted(JAPANESE, key=len, reverse=True))
_LETTER = r"\b[a-z]\b"

_NUMERAL = rf"(?i)\p{{Nd}}|\b(?:{'|'.join(_EDGED)})\b|{'|'.join([*_OTHERS, COMPOUND_FORMS])}"
_MARK = "|".join(
    [
        rf"(?i)\p{{Nd}}(?:{_BETWEEN}{{0,4}}\p{{Nd}}){{{FEWEST_DIGITS - 1}}}",
        r"@|://|www\.",
        rf"{_LETTER}{_BETWEEN}+{_LETTER}{_BETWEEN}+{_LETTER}",
        rf"{_LETTER}[\s,]+{AS_IN}\s",
        rf"(?:{_READ})(?:[\s.,\-のでとー・、]{{0,2}}(?:{_READ})){{{FEWEST_SAID - 1}}}",
    ]
)
_AT = r"(?i)\b(?:at|arroba|arobase|chiocciola|klammeraffe|apenstaartje)\b|\sät\s|małpa|アット"
_DOT = r"(?i)\b(?:dot|punkt|punto|point|ponto|punt|kropka)\b|ドット|\.[a-z]"

_DIGIT = re.compile(r"\d")
_TOKEN = re.compile(r"\d+|[^\W\d_]+")


def marked(texts: pa.Array) -> list[bool]:
    """Tell which texts are to be looked at by themselves: they have a long number, an @, a link, spelled letters."""
    spelled = pc.and_(pc.match_substring_regex(texts, _AT), pc.match_substring_regex(texts, _DOT))
    return _listed(pc.or_(pc.match_substring_regex(texts, _MARK), spelled))


def with_numerals(texts: pa.Array) -> list[bool]:
    """Tell which texts have a digit, or a word for a number."""
    return _listed(pc.match_substring_regex(texts, _NUMERAL))


def holds_enough(text: str, fewest: int = FEWEST_DIGITS) -> bool:
    """Tell whether a text has as many digits, or words for numbers, as are masked where they follow each other.

    Letters by themselves, and what is read in Japanese, are marks of their own.
    """
    if len(_DIGIT.findall(text)) >= fewest:
        return True
    words = _TOKEN.findall(text.lower())
    said = [MOST_DIGITS[word] for word in words if word in MOST_DIGITS]
    others = [len(word) for word in words if word == "o" or word.isdecimal()]
    return bool(said) and (len(said) + len(others) >= FEWEST_SAID or sum(said) + sum(others) >= fewest)


def _listed(found: pa.Array) -> list[bool]:
    listed: list[bool] = found.fill_null(False).to_pylist()
    return listed
