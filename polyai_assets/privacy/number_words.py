"""Numbers as people say them, by language: digits, tens, hundreds, doubles, and what is said between them.

en  double two oh seven        2 2 0 7
de  zwo dreiundzwanzig         2 23
pl  trzysta czterdzieści       300 40
fr  quatre-vingt dix-sept      97
pt  meia três                  6 3
"""

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

_UNITS: Mapping[str, str] = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn "
    "siebzehn achtzehn neunzehn",
    "it": "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici "
    "sedici diciassette diciotto diciannove",
    "pt": "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete "
    "dezoito dezenove",
    "nl": "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
    "zeventien achttien negentien",
    "pl": "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście trzynaście "
    "czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście",
}
"""From 0 on."""

_TENS: Mapping[str, str] = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "fr": "vingt trente quarante cinquante soixante septante huitante nonante",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "pl": "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt "
    "dziewięćdziesiąt",
}
"""From 20 on."""


def _hundreds(stems: str, *endings: str) -> dict[str, str]:
    """Give the words from 200 on."""
    listed = enumerate(stems.split(), 2)
    return {stem + ending: f"{hundred}00" for hundred, stem in listed for ending in endings}


_FURTHER: Mapping[str, Mapping[str, str]] = {
    "en": {"oh": "0", "o": "0", "nought": "0", "hundred": "00"},
    "es": {"un": "1", "una": "1", "cien": "100", "ciento": "1"}
    | _hundreds(
        "doscient trescient cuatrocient quinient seiscient setecient ochocient novecient", "os", "as"
    ),
    "fr": {"une": "1", "vingts": "20", "octante": "80", "cent": "00", "cents": "00"},
    "de": {"ein": "1", "eine": "1", "zwo": "2", "dreissig": "30", "hundert": "00"},
    "it": {"un": "1", "una": "1", "cento": "00"},
    "pt": {
        "uma": "1",
        "duas": "2",
        "meia": "6",
        "dezasseis": "16",
        "dezassete": "17",
        "dezanove": "19",
        "cem": "100",
        "cento": "1",
    }
    | _hundreds("duzent trezent quatrocent quinhent seiscent setecent oitocent novecent", "os", "as"),
    "nl": {"één": "1", "honderd": "00"},
    "pl": {"jedna": "1", "dwie": "2", "sto": "100"}
    | _hundreds("dwieście trzysta czterysta pięćset sześćset siedemset osiemset dziewięćset", ""),
}

TIMES: Mapping[str, int] = {
    **dict.fromkeys(
        ("double", "doble", "doppel", "doppelt", "doppio", "duplo", "dobro", "dubbel", "podwojne"), 2
    ),
    **dict.fromkeys(("zweimal", "dwukrotnie"), 2),
    **dict.fromkeys(
        ("triple", "treble", "dreimal", "dreifach", "triplo", "tripla", "potrojne", "driedubbel"), 3
    ),
}
"""How often the next number is meant; by words without accents."""

_FILLERS = (
    "and y e et und en i uh um er erm ah eh ahm ehm euh hm hmm ok okay yes yeah ja jo si oui sim tak "
    "then next dann luego entonces puis ensuite poi depois dan potem ed dash hyphen minus bindestrich "
    "guion tiret trattino traco streepje myslnik plus mas piu space"
)
FILLERS = frozenset(_FILLERS.split())
"""What is said between the numbers of one number; without accents."""

_READ_IN_JAPANESE: Mapping[str, str] = {
    "ぜろ": "0",
    "れい": "0",
    "まる": "0",
    "いち": "1",
    "に": "2",
    "さん": "3",
    "よん": "4",
    "し": "4",
    "ご": "5",
    "ろく": "6",
    "なな": "7",
    "しち": "7",
    "はち": "8",
    "きゅう": "9",
    "きゅー": "9",
    "く": "9",
}
_KATAKANA = {place: place + 0x60 for place in range(0x3041, 0x3097)}

JAPANESE: Mapping[str, str] = {
    **dict(zip("〇零一二三四五六七八九", "00123456789", strict=True)),
    **_READ_IN_JAPANESE,
    **{word.translate(_KATAKANA): digit for word, digit in _READ_IN_JAPANESE.items()},
}
"""Digits as they are written and read in Japanese, which has no blanks between words."""


@lru_cache(maxsize=100_000)
def without_accents(text: str) -> str:
    """Write a word in small letters without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def _simple(language: str) -> Iterator[tuple[str, str]]:
    yield from ((word, str(value)) for value, word in enumerate(_UNITS[language].split()))
    yield from ((word, str(value * 10)) for value, word in enumerate(_TENS[language].split(), 2))
    yield from _FURTHER[language].items()


def _compound(language: str) -> Iterator[tuple[str, str]]:
    units = _UNITS[language].split()[1:10]
    for ten, word in enumerate(_TENS[language].split(), 2):
        for unit, of_unit in enumerate(units, 1):
            yield from ((compound, f"{ten}{unit}") for compound in _compounds(language, word, of_unit))


def _with_hundreds(language: str) -> Iterator[tuple[str, str]]:
    """Give the single words for a number over a hundred, in the languages that have them."""
    hundred = {"de": "hundert", "nl": "honderd", "it": "cento"}.get(language)
    if hundred is None:
        return
    units = _UNITS[language].split()
    below = [("", "00"), *((word, f"{value:02}") for value, word in enumerate(units) if value)]
    below += [(word, f"{value}0") for value, word in enumerate(_TENS[language].split(), 2)]
    below += [(word, digits) for word, digits in _compound(language) if len(digits) == 2]
    for value in range(1, 10):
        words = {1: ("", "ein" if language == "de" else "een")}.get(value, (units[value],))
        for times in words[:1] if language == "it" else words:
            yield from (
                (times + hundred + rest, f"{value}{digits}") for rest, digits in below if times or rest
            )
            if language == "it":
                elided = [(rest, digits) for rest, digits in below if rest[:1] == "o"]
                yield from ((times + hundred[:-1] + rest, f"{value}{digits}") for rest, digits in elided)


def _compounds(language: str, ten: str, unit: str) -> Iterator[str]:
    """Give the single words for a number between tens, in the languages that have them."""
    match language:
        case "de":
            yield f"{'ein' if unit == 'eins' else unit}und{ten}"
        case "nl":
            yield f"{unit}en{ten}"
        case "it":
            yield (ten[:-1] if unit[0] in "uo" else ten) + unit
        case "es" if ten == "veinte":
            yield f"veinti{unit}"


def _numbers() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for language in _UNITS:
        for word, digits in (*_simple(language), *_compound(language), *_with_hundreds(language)):
            found.setdefault(without_accents(word), {})[language] = digits
    return found


def _written(words: Iterator[str]) -> Iterator[str]:
    for word in words:
        yield from (word, without_accents(word))


NUMBERS: Mapping[str, Mapping[str, str]] = _numbers()
"""What words without accents mean as numbers: digits by language."""

SIMPLE_WORDS = (
    frozenset(_written(word for language in _UNITS for word, _ in _simple(language))) | TIMES.keys()
)
"""The words for numbers in small letters, with their accents and without; but for those of tens and units in one."""

MOST_DIGITS: Mapping[str, int] = dict.fromkeys(TIMES, 0) | {
    written: max(map(len, NUMBERS[without_accents(word)].values()))
    for language in _UNITS
    for word, _ in (*_simple(language), *_compound(language), *_with_hundreds(language))
    for written in _written(iter([word]))
}
"""The same with those, and how many digits each stands for at most."""

COMPOUND_FORMS = "|".join(
    [
        f"und(?:{'|'.join(_written(iter(_TENS['de'].split())))})",
        f"[eë]n(?:{'|'.join(_TENS['nl'].split())})",
        rf"\b(?:{'|'.join(ten[:-1] for ten in _TENS['it'].split())})[a-z]",
        "veinti",
        "hundert|honderd|cento?",
    ]
)
"""A pattern that words of tens and units in one have, and few others."""
