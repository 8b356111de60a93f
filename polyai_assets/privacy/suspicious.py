"""Which of many texts may hold what is to be masked: by RE2, which takes a text in no more than its length.

Most texts hold nothing of it, and are not looked at any further.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.privacy.number_words import JAPANESE, NUMBERS

ENOUGH = 4
"""So many digits, words for numbers or single letters are the fewest that are masked."""

_ACCENTS = {
    "a": "aàáâã",
    "c": "cçć",
    "e": "eèéêëę",
    "i": "iíìî",
    "n": "nñń",
    "o": "oóòôõö",
    "s": "sś",
    "u": "uüúùû",
    "z": "zźż",
}


def _loosely(word: str) -> str:
    """Give a pattern of a word, whatever accents it has."""
    return "".join(f"[{_ACCENTS[sign]}]" if sign in _ACCENTS else sign for sign in word)


_COUNTED = "(?i)" + "|".join(
    [
        r"\p{Nd}",
        rf"(?:^|[^\pL])(?:{'|'.join(_loosely(word) for word in sorted(NUMBERS, key=len) if len(word) > 1)})",
        r"\b[a-z][\s,.\-]",
        *JAPANESE,
    ]
)
_MARKED = r"(?i)@|://|www\.|\b(?:at|arroba|arobase|chiocciola|klammeraffe|apenstaartje)\b|małpa|アット"


def suspicion(texts: pa.Array) -> npt.NDArray[np.int64]:
    """Say how many numerals and letters by themselves texts hold, `ENOUGH` where they hold a mark of another kind."""
    counts = pc.count_substring_regex(texts, _COUNTED).fill_null(0)
    marked = pc.match_substring_regex(texts, _MARKED).fill_null(False)
    return np.asarray(pc.if_else(marked, pc.add(counts, ENOUGH), counts).cast(pa.int64()))
