"""How a field of a record is declared, the kinds of value there are, and what holds of the values of a column."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

LATENCY_MEMBER = "perceived_latency"
"""Where a latency that is sent as an object has its seconds."""


class Kind(Enum):
    """A kind of value: what the API sends for it, and how it is kept."""

    TEXT = "text"
    TIMESTAMP = "timestamp"
    DATE = "date"
    INTEGER = "integer"
    NUMBER = "number"
    LATENCY = "latency"  # seconds, as a number or inside an object: PolyAI documents one and sends the other
    BOOLEAN = "boolean"
    TEXT_LIST = "list of text"
    OBJECT = "object"
    OBJECT_LIST = "list of objects"

    __hash__ = object.__hash__
    """Members are equal where they are the same. Enum's own hash is computed in Python, for each value of a row."""

    @property
    def sql_type(self) -> str:
        """The DuckDB type of a column of this kind."""
        return _SQL_TYPES[self]

    @property
    def is_text(self) -> bool:
        """Whether the API sends a string."""
        return self in (Kind.TEXT, Kind.TIMESTAMP)

    @property
    def pii(self) -> "Pii":
        """The class of the personal data that a column of this kind may hold, as long as nothing else is known."""
        can_hold_any = self in (Kind.TEXT, Kind.TEXT_LIST, Kind.OBJECT, Kind.OBJECT_LIST)
        return Pii.FREE if can_hold_any else Pii.NONE

    @property
    def empty(self) -> Any:
        """What a column of this kind has where there is nothing: text and lists are empty, all else is NULL."""
        if self is Kind.TEXT:
            return ""
        if self is Kind.TEXT_LIST:
            return []
        return "[]" if self is Kind.OBJECT_LIST else None


_SQL_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.TIMESTAMP: "TIMESTAMPTZ",
    Kind.DATE: "DATE",
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.LATENCY: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.TEXT_LIST: "VARCHAR[]",
    Kind.OBJECT: "JSON",
    Kind.OBJECT_LIST: "JSON",
}


class Pii(Enum):
    """What personal data a column may hold: the class by which a project's policy treats it."""

    NONE = "none"
    CONTACT = "contact"  # a phone number, e-mail address or id of a customer
    TEXT = "text"  # what people said or wrote
    STAFF = "staff"  # a member of staff, mostly an e-mail address
    AUDIO = "audio"  # a voice
    FREE = "free"  # anything: what agents and projects put there


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a record, which is one column of its table.

    `wire` is its name in the API's JSON, None for a column that we derive. `required` means that the API
    always sends it. `allow_empty` means that a timestamp may be "" (there was no such moment). `minimum` is
    the smallest allowed number, `maximum` the largest that is plausible of one that has a minimum too. `known` are the
    values of a field that takes one of a few words; another word is reported as drift. `key` marks the columns that
    identify a row. `nullable` means that a column which has a value otherwise, a key or text, may be NULL. `pii` is the
    class of its personal data, which has to be declared of text, lists and objects that are no key; of all else it is
    none.
    """

    name: str
    kind: Kind
    description: str
    wire: str | None
    required: bool = False
    allow_empty: bool = True
    minimum: int | None = None
    maximum: int | None = None
    unit: str | None = None
    known: tuple[str, ...] = ()
    key: bool = False
    nullable: bool = False
    pii: Pii | None = None

    def __post_init__(self) -> None:
        if self.pii is None and (self.key or self.kind.pii is Pii.NONE):
            object.__setattr__(self, "pii", Pii.NONE)

    @property
    def personal(self) -> str:
        """The class of the personal data that it may hold; "" where it holds none."""
        return "" if self.pii is None or self.pii is Pii.NONE else self.pii.value

    @property
    def comment(self) -> str:
        """The description with its unit, as shown beside a column."""
        return f"{self.description} ({self.unit})" if self.unit else self.description


def derived(
    name: str,
    kind: Kind,
    description: str,
    *,
    key: bool = False,
    nullable: bool = False,
    pii: Pii | None = None,
) -> Field:
    """Declare a column that is not in the record but comes from where it was found."""
    return Field(
        name=name,
        kind=kind,
        description=description,
        wire=None,
        key=key,
        required=True,
        nullable=nullable,
        pii=pii,
    )


def field(
    name: str,
    kind: Kind,
    description: str,
    *,
    wire: str | None = None,
    required: bool = False,
    allow_empty: bool = True,
    minimum: int | None = None,
    maximum: int | None = None,
    unit: str | None = None,
    known: tuple[str, ...] = (),
    key: bool = False,
    pii: Pii | None = None,
) -> Field:
    """Declare a field that the API sends, by default under the column's own name."""
    return Field(
        name=name,
        kind=kind,
        description=description,
        wire=wire or name,
        required=required,
        allow_empty=allow_empty,
        minimum=minimum,
        maximum=maximum,
        unit=unit,
        known=known,
        key=key,
        pii=pii,
    )


def own_fields(fields: Iterable[Field]) -> list[Field]:
    """Choose the fields that are members of the record itself: neither derived nor members of a latency."""
    listed = list(fields)
    of_latency = {member.name for field in listed for member in latency_members(field, listed).values()}
    return [field for field in listed if field.wire is not None and field.name not in of_latency]


def latency_members(field: Field, fields: Iterable[Field]) -> dict[str, Field]:
    """Give the fields that are members of a latency, by their name in it; none of what is no latency.

    Their names in the API begin with that of the latency and a dot.
    """
    if field.kind is not Kind.LATENCY:
        return {}
    within = f"{field.wire}."
    named = [(other.wire or "", other) for other in fields]
    return {wire.removeprefix(within): other for wire, other in named if wire.startswith(within)}


WIRE_EXTRA = "(extra)"
"""The name under which a normalised record has its extra fields: the API may send one called `extra`."""

PROJECT = derived("project", Kind.TEXT, "Project key: region/account_id/project_id", key=True)
DATE = derived(
    "date", Kind.DATE, "UTC date on which the conversation started; with project, the partition", key=True
)
EXTRA = derived(
    "extra",
    Kind.OBJECT,
    "Fields the API sent that are not declared, and values of a type that does not fit",
    pii=Pii.FREE,
)


_OTHERWISE_NO_ROW = "started_at"
"""A record whose start cannot be read is put into quarantine (its id is a key)."""


def never_null(field: Field) -> bool:
    """Tell whether a column has a value in every row.

    A key has, unless it is declared otherwise; so have text and lists, which are empty instead.
    """
    if field.nullable:
        return False
    return field.key or field.kind.empty is not None or field.wire == _OTHERWISE_NO_ROW


def constraints_of(field: Field) -> list[str]:
    """Say what the API guarantees of a field, or leaves open, in a few words each."""
    said = []
    if field.wire is not None:
        if field.required:
            said.append("always sent")
        if field.key:
            said.append("never empty")
        elif field.kind.empty is not None:
            said.append("may be empty")
        elif field.kind is Kind.TIMESTAMP:
            said.append("NULL where sent empty" if field.allow_empty else "never empty")
    if field.minimum is not None:
        said.append(f"at least {field.minimum}")
    if field.maximum is not None:
        said.append(f"plausible up to {field.maximum:,}")
    if field.known:
        said.append(f"known values: {', '.join(field.known)}")
    return said


def key_of(fields: tuple[Field, ...]) -> list[str]:
    """Name the columns that together say what a row is about."""
    return [field.name for field in fields if field.key]
