"""Numbers in what people say, however they say them: in digits, in words, letter by letter, over several turns.

A text is cut into tokens; numerals with nothing but blanks, signs or fillers between them are one *run*:

    my card is 4111 1111, uh, double one 11 and one one one one
               └──────────────────── 4111111111111111 ───────┘   16 digits: a card or a number

"one two three" is no run that is masked (three words), "at 10:30" neither (a colon parts them).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from polyai_assets.privacy.number_words import FILLERS, JAPANESE, NUMBERS, TIMES, without_accents

CARD, NUMBER, SPELLED = "CARD", "NUMBER", "SPELLED"

FEWEST_DIGITS = 7
"""So many digits are a number that may be a person's."""
FEWEST_SAID = 4
"""So many numerals in words, or letters one by one, are read out of something."""
FEWEST_LETTERS = 3
"""So many of these must be letters in a word that is spelled: a.m. has two."""
_CARD_DIGITS = range(13, 20)

_JAPANESE_LETTER = "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff"
_READ = "|".join(sorted(JAPANESE, key=len, reverse=True))
_JAPANESE_FILLERS = "のでと"
AS_IN = r"(?:as\s+in|for|wie|comme|como|de|come|zoals|als|van|jak)"
"""What stands between a letter and a word that begins with it."""
_TOKEN = re.compile(
    rf"(?P<digits>[+(]*\d+)"
    rf"|(?P<japanese>{_READ})"
    rf"|(?P<spelled>(?<![^\W_])[^\W\d_{_JAPANESE_LETTER}][\s,]+{AS_IN}\s+[^\W\d_]+)"
    rf"|(?P<word>[^\W\d_{_JAPANESE_LETTER}]+)"
    rf"|(?P<other>[{_JAPANESE_FILLERS}]|(?:(?!{_READ}|[{_JAPANESE_FILLERS}])[{_JAPANESE_LETTER}])+)"
)
_SIGNS = r"\s.()/+*#_\-\u2010-\u2015\u2212\u30fb\u3001\u30fc\uff08\uff09\uff0b\uff0d-\uff0f"
_BETWEEN = re.compile(rf"[,{_SIGNS}]*")
_BETWEEN_DIGITS = re.compile(rf",?[{_SIGNS}の]*")
_NEXT_TURN = "\n"


@dataclass(frozen=True, slots=True)
class _Token:
    """A numeral or a letter by itself: its place, and its digits by language ("" for any).

    It is glued where it belongs to the word before it, as in SB-15404: that is a code, whose end is its end.
    """

    start: int
    end: int
    digits: Mapping[str, str]
    is_said: bool = False
    letter: str = ""
    is_glued: bool = False

    @property
    def is_letter(self) -> bool:
        return bool(self.letter)


@dataclass(slots=True)
class Run:
    """Numerals that belong together, and the languages in which all of them are some; None where any will do."""

    tokens: list[_Token] = field(default_factory=list)
    languages: frozenset[str] | None = None

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.tokens[-1].end

    @property
    def digits(self) -> str:
        """Its digits; tens and units that follow each other are one number."""
        language = min(self.languages or ("",))
        found: list[str] = []
        for token in self.tokens:
            digits = token.digits.get(language) or token.digits.get("", "")
            if token.is_said and found and _is_completed(found[-1], digits):
                digits = str(int(found.pop()) + int(digits))
            found.append(digits)
        return "".join(found)

    def kind(self, fewest: int = FEWEST_DIGITS) -> str | None:
        """Say what it is; None where it may be anything."""
        letters = sum(token.is_letter and not token.digits for token in self.tokens)
        if letters >= FEWEST_LETTERS:
            return SPELLED if len(self.tokens) >= FEWEST_SAID else None
        digits = self.digits
        if len(digits) in _CARD_DIGITS and is_card(digits):
            return CARD
        is_read_out = any(token.is_said for token in self.tokens) and len(self.tokens) >= FEWEST_SAID
        return NUMBER if len(digits) >= fewest or (is_read_out and len(digits) >= FEWEST_SAID) else None

    def takes(self, token: _Token, between: str, *, filled: bool) -> bool:
        """Tell whether a numeral goes on with it, after what stands between."""
        if (_NEXT_TURN in between and self.tokens[-1].is_glued) or (token.is_letter and between == "."):
            return False
        is_plain = not token.is_said and not any(known.is_said for known in self.tokens)
        if is_plain and _NEXT_TURN not in between and (filled or not _BETWEEN_DIGITS.fullmatch(between)):
            return False
        return self.languages is None or not token.is_said or bool(self.languages & token.digits.keys())

    def add(self, token: _Token) -> None:
        """Go on with a numeral."""
        self.tokens.append(token)
        if token.is_said:
            known = frozenset(token.digits)
            self.languages = known if self.languages is None else self.languages & known


def _is_completed(ten: str, unit: str) -> bool:
    """Tell whether two numbers are one: twenty three, and in French soixante douze and quatre-vingt-douze."""
    if len(ten) == 3 and ten.endswith("0") and ten[0] != "0":
        return bool(unit) and unit[0] != "0" and (len(unit) == 1 or (len(unit) == 2 and ten.endswith("00")))
    if len(ten) != 2 or ten[1] != "0" or ten in ("00", "10") or not unit or unit[0] == "0":
        return False
    return len(unit) == 1 or (ten in ("60", "80") and len(unit) == 2 and unit[0] == "1")


def is_card(digits: str) -> bool:
    """Tell whether digits have the check digit of a card (Luhn)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


def find_runs(text: str) -> Iterator[Run]:
    """Find the runs of numerals of a text, whose turns are parted by line breaks."""
    run, last, filled = Run(), 0, False
    repeated: tuple[int, int] | None = None
    for match in _TOKEN.finditer(text):
        if run.tokens and not _BETWEEN.fullmatch(text, last, match.start()):
            yield from _trimmed(run)
            run, filled = Run(), False
        last = match.end()
        word = without_accents(match.group()) if match["word"] else match.group()
        if word in TIMES:
            repeated = (match.start(), TIMES[word])
            continue
        token = _read(match, word, repeated)
        repeated = None
        if token and word in FILLERS and run.tokens and not run.takes(token, "", filled=filled):
            token = None  # um, which is one in Portuguese
        if token is None:
            if word in FILLERS or word in _JAPANESE_FILLERS:
                filled = filled or word not in _JAPANESE_FILLERS
                continue
            yield from _trimmed(run)
            run, filled = Run(), False
            continue
        if run.tokens and not run.takes(token, text[run.end : token.start], filled=filled):
            yield from _trimmed(run)
            run = Run()
        run.add(token)
        filled = False
    yield from _trimmed(run)


def _read(match: re.Match[str], word: str, repeated: tuple[int, int] | None) -> _Token | None:
    """Read a numeral or a letter; None for any other word."""
    start, times = repeated or (match.start(), 1)
    if match["digits"]:
        plain = "".join(str(int(sign)) for sign in word if sign.isdecimal())
        return _Token(start, match.end(), {"": plain[0] * times + plain[1:]}, is_glued=_is_glued(match))
    if match["japanese"]:
        return _Token(start, match.end(), {"ja": JAPANESE[word] * times}, is_said=True)
    if match["spelled"] or (match["word"] and len(word) == 1):
        return _Token(start, match.end(), {"": "0"} if word == "o" else {}, letter=word[0])
    digits = NUMBERS.get(word) if match["word"] else None
    if digits is None:
        return None
    said = {language: number * times if len(number) == 1 else number for language, number in digits.items()}
    return _Token(start, match.end(), said, is_said=True)


def _is_glued(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 2) : match.start()]
    return before[-1:].isalpha() or (before[-1:] == "-" and before[:1].isalpha())


def _trimmed(run: Run) -> Iterator[Run]:
    """Leave out letters by themselves, which are words mostly: an I before a number, an e between two."""
    tokens = run.tokens
    kept = [
        token
        for place, token in enumerate(tokens)
        if not token.is_letter
        or any(
            near.is_letter for near in (*tokens[max(0, place - 1) : place], *tokens[place + 1 : place + 2])
        )
        or (token.digits and 0 < place < len(tokens) - 1)
    ]
    if kept:
        yield Run(kept, run.languages)
