"""Conversations with planted personal data, each known, and harmless ones beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

PEOPLE = ("Ann Whitfield", "Björn Ångström", "Zofia Wiśniewska", "José Núñez", "Chloë O'Hara", "田中花子")

SPOKEN: Mapping[str, Sequence[str]] = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "es": ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
    "fr": ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
    "de": ["null", "eins", "zwo", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"],
    "it": ["zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"],
    "pt": ["zero", "um", "dois", "três", "quatro", "cinco", "meia", "sete", "oito", "nove"],
    "nl": ["nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"],
    "pl": ["zero", "jeden", "dwa", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć"],
    "ja": ["ゼロ", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"],
}
"""Digits by language, from 0 on."""

SENTENCES: Mapping[str, tuple[str, str]] = {
    "en": ("yes my number is ", " thanks a lot"),
    "es": ("sí mi número es ", " muchas gracias"),
    "fr": ("oui mon numéro est le ", " merci beaucoup"),
    "de": ("ja meine Nummer ist die ", " vielen Dank"),
    "it": ("sì il mio numero è ", " grazie mille"),
    "pt": ("sim o meu número é ", " muito obrigado"),
    "nl": ("ja mijn nummer is ", " hartelijk bedankt"),
    "pl": ("tak mój numer to ", " dziękuję bardzo"),
    "ja": ("はい、電話番号は", "です"),
}

COMPOUND = {
    "double": "it is oh double seven triple one treble two nine",
    "en tens": "call twenty thirty-four fifty six seventy",
    "de": "null dreiundzwanzig zwölf fünfundvierzig neunzehn",
    "fr": "zéro six quatre-vingt-dix-sept soixante et onze quatre-vingts douze",
    "es": "seis doce treinta y cuatro cincuenta y seis veintidós",
    "it": "tre quarantasette ventitré sessantotto novantuno",
    "nl": "nul zes vierendertig zesenvijftig drieëntwintig",
    "pt": "nove meia vinte e três quarenta e cinco meia",
    "pl": "pięć zero dwadzieścia trzy czterdzieści pięć sześć",
    "es hundreds": "novecientos doce trescientos cuarenta y cinco seiscientas setenta",
    "pt hundreds": "novecentos e doze trezentos e quarenta e cinco",
    "pl hundreds": "pięćset dwanaście trzysta czterdzieści pięć sześćset siedemdziesiąt",
    "de hundreds": "null hunderteinundfünfzig zweihundertvierunddreißig",
    "it hundreds": "trecentotrentotto quattrocentocinquantasei centottanta",
    "nl hundreds": "nul honderdvijftien zevenhonderdvierendertig",
    "en um": "it is four uh two um four two um nine",
    "ja katakana": "ゼロキュウゼロ、イチニサンヨン、ゴロクナナハチ",
    "ja の": "090の1234の5678",
    "ja wide": "".join(chr(ord(sign) + 0xFEE0) for sign in "090-1234-5678"),
}
"""Numbers as few words."""

SPELLED_EMAILS = (
    "ann underscore lee at g mail dot com",
    "jean tiret dupont arobase free point fr",
    "max unterstrich muster ät web punkt de",
    "ana guion bajo lopez arroba correo punto es",
)

HARMLESS = (
    *("A table for 4 at 10:30 on the 12th, please", "We are two adults and one child, room 204"),
    *("It costs 12.50 and 13.75, that is 26.25 in all", "Room 1204 on the 12th floor, from 14 to 18"),
    *("One two three testing", "I have 3 cats, 2 dogs and 1 fish", "The year 2026 was better than 1999"),
    *("No one told me; once more, due to six people", "Dos adultos y tres niños, por favor"),
    *("Deux adultes et un enfant, à vingt heures trente", "Zwei Erwachsene und ein Kind um acht Uhr"),
    *("Due adulti e un bambino alle sette", "Dois adultos e uma criança às sete", "Dwie osoby o siódmej"),
    *(
        "二人で七時にお願いします",
        "I am at home. Dot is there, too",
        "See https://example.com/menu for the menu",
    ),
    *("My room is a b suite", "At 10 20 people came", "Call back in 15 to 20 minutes, extension 4411"),
    *("A hot buffet from six thirty a.m. on", "From six p.m. to nine a.m., e.g. at 7"),
    *("I'm at this point in the form", "Look at that point of view", "I for one like it: a for all"),
    *(
        "cuesta trescientos cuarenta y cinco euros",
        "zweihundertvierunddreißig Euro",
        "trecentocinquanta euro",
    ),
    *("kosztuje trzysta dwadzieścia pięć złotych", "quinhentos e vinte e cinco", "ニューヨークのサンシティ"),
    *("Booking BK12345678 is fine", "The code is A1 or B2", "He said OK, then left at 9 a.m."),
)
"""Nothing in these is to be masked; the booking by a pattern of the user's."""
KEPT = ("BK[0-9]{8}",)


@dataclass(frozen=True)
class Planted:
    """What a user says in one turn or several; the kind of what is planted, and the texts that must be gone.

    `values` are what the agent extracted.
    """

    kind: str
    turns: tuple[str, ...]
    gone: tuple[str, ...]
    values: Mapping[str, str] = field(default_factory=dict)


def planted(seed: int = 7, each: int = 8) -> Iterator[Planted]:
    """Give planted turns: `each` of every kind, and as many of every language."""
    random = Random(seed)
    for _ in range(each):
        number = "".join(random.choices("0123456789", k=10))
        card = card_number(random)
        odd = card[:-1] + str((int(card[-1]) + 5) % 10)
        grouped = " ".join(card[place : place + 4] for place in range(0, 16, 4))
        written = random.choice(["+44 {} {} {}", "({}) {}-{}", "{}.{}.{}", "{}-{}-{}"]).format(
            number[:3], number[3:6], number[6:]
        )
        yield Planted("NUMBER", (f"you can reach me on {written} any time",), (written, number[6:]))
        yield Planted("CARD", (f"my card is {grouped} ok",), (grouped, card[8:12]))
        yield Planted("CARD", (f"card {card}",), (card,))
        yield Planted("NUMBER", (f"another card {odd}, please",), (odd,))
        yield Planted("EMAIL", (f"write to a.{number}@mail.example.com now",), (number, "@mail"))
        yield Planted("EMAIL", ("it is ann dot lee at example dot com", "right"), ("ann dot", "example dot"))
        iban = iban_number(random)
        spaced = " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))
        yield Planted(
            "IBAN", (f"take it from {random.choice([iban, spaced])} please",), (iban, spaced, iban[-6:])
        )
        yield Planted("URL", (f"I am at https://example.com/pay?token={number}x",), (number, "token"))
        yield Planted(
            "NUMBER split", (f"it begins with {number[:4]}", number[4:7], f"and {number[7:]}"), (number[4:7],)
        )
        yield Planted(
            "CARD split",
            (grouped[:9], "", f"and then {grouped[10:]} that is all"),
            (grouped[:9], grouped[10:]),
        )
        name = random.choice(PEOPLE)
        yield Planted(
            "ENTITY",
            (f"this is {name}", f"{name.upper()}, I said"),
            (name, name.upper()),
            {"guest_name": name},
        )
        letters = " ".join(name.split()[-1][:6]) if name.isascii() else "w h i t f"
        yield Planted("SPELLED", (f"I spell it {letters}",), (letters,))
        for said in SPELLED_EMAILS:
            yield Planted("EMAIL", (f"write to {said} please",), (said.split()[0], said.split()[-3]))
        yield Planted("SPELLED", ("B for Bravo, O for Oscar, B for Bravo, Y for Yankee",), ("Oscar",))
        yield Planted("SPELLED", ("b de Burgos, o de Oviedo, d de Dinamarca, a de Ana",), ("Oviedo",))
        yield Planted(
            "SPELLED", ("that is B as in Bravo, O as in Oscar, B as in bravo, Y as in yankee",), ("Bravo, O",)
        )
        for language, words in SPOKEN.items():
            said = ("" if language == "ja" else " ").join(words[int(digit)] for digit in number)
            before, after = SENTENCES[language]
            yield Planted(f"spoken {language}", (before + said + after,), (said, said[: len(said) // 2]))
    for name, text in COMPOUND.items():
        yield Planted(f"compound {name}", (text,), (text[-12:],))


def card_number(random: Random) -> str:
    """Make the number of a card, with its check digit."""
    digits = [4, *(random.randrange(10) for _ in range(14))]
    total = sum(digit if place % 2 else digit * 2 - 9 * (digit > 4) for place, digit in enumerate(digits))
    return "".join(map(str, [*digits, -total % 10]))


def iban_number(random: Random) -> str:
    """Make a German IBAN, with its check digits."""
    account = "".join(random.choices("0123456789", k=18))
    return f"DE{98 - int(account + '131400') % 97:02d}{account}"
