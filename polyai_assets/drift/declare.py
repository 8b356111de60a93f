"""The lines of `contract:` that declare what is new, ready to be pasted into a `defs.yaml`."""

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import yaml

from polyai_assets.configuration.contract import read_contract
from polyai_assets.configuration.document import Document
from polyai_assets.configuration.problems import Problems, SourceFile
from polyai_assets.contract.contract import Contract
from polyai_assets.contract.fields import Kind, Pii
from polyai_assets.drift.place import Place
from polyai_assets.drift.undeclared import joint
from polyai_assets.warehouse.naming import is_sql_word

MEANING = "what it means"
"""Stands where a person writes the description of a new field."""

Sections = dict[str, Any]
"""The option `contract` as YAML has it: fields by table, and `known` words by what holds them."""


@dataclass(frozen=True, slots=True)
class NewField:
    """A field that is sent and not declared: its part of the record, its name there, the kinds of its values."""

    place: Place
    sent: str
    kinds: frozenset[Kind]

    @property
    def wire(self) -> str:
        """Its name in the API, from its record on."""
        return self.place.wire + self.sent


@dataclass(frozen=True, slots=True)
class NewWord:
    """A word or the name of a metric that is new, and under what in `known` it belongs."""

    under: str
    word: str


New = NewField | NewWord


def declared(contract: Contract) -> Sections:
    """Give what a contract declares beyond the packaged one, as the option has it."""
    sections: Sections = {
        table: [
            {"name": field.name, "kind": field.kind.value, "description": field.description}
            | ({} if field.wire == field.name else {"api_name": field.wire})
            | ({} if field.pii in (None, field.kind.pii) else {"pii": field.personal or Pii.NONE.value})
            for field in fields
        ]
        for table, fields in contract.added.items()
    }
    known = {under: list(words) for under, words in contract.known.items()}
    return sections | ({"known": known} if known else {})


def with_declared(contract: Contract, found: Iterable[New]) -> tuple[Sections, set[New]]:
    """Add what is new to what a contract declares; gives the option, and what it declares of that.

    What the option refuses, such as a name with a line break in it, is left out.
    """
    sections, taken = declared(contract), set()
    for alike in _grouped(found).values():
        extended = _extended(sections, alike)
        if _declares(extended, alike[0]):
            sections = extended
            taken.update(alike)
    return sections, taken


def _grouped(found: Iterable[New]) -> dict[tuple[str, str], list[New]]:
    """Join what is one and the same in several projects: by where it belongs, and its name there."""
    grouped: dict[tuple[str, str], list[New]] = {}
    for new in found:
        key = (new.under, new.word) if isinstance(new, NewWord) else (new.place.table.name, new.wire)
        grouped.setdefault(key, []).append(new)
    return grouped


def _extended(sections: Sections, alike: list[New]) -> Sections:
    extended, first = deepcopy(sections), alike[0]
    if isinstance(first, NewWord):
        words = extended.setdefault("known", {}).setdefault(first.under, [])
        words += [] if first.word in words else [first.word]
    else:
        table = first.place.table
        listed = extended.setdefault(table.name, [])
        kinds = {kind for new in alike if isinstance(new, NewField) for kind in new.kinds}
        taken = {field.name for field in table.fields} | {entry["name"] for entry in listed}
        listed.append(_entry(first, joint(kinds), taken))
    return extended


def as_yaml(sections: Sections) -> str:
    """Write the option as it stands in a file, below `attributes`."""
    text = yaml.dump(
        {"contract": sections}, sort_keys=False, allow_unicode=True, width=10_000, Dumper=_Dumper
    )
    return "".join(f"  {line}\n" for line in text.splitlines())


class _Dumper(yaml.SafeDumper):
    """Indents lists below their name, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _entry(new: NewField, kind: Kind, taken: set[str]) -> dict[str, str]:
    name = _column(new.place.column, new.sent, taken)
    entry = {"name": name, "kind": kind.value, "description": MEANING}
    return entry if name == new.wire else entry | {"api_name": new.wire}


def _column(prefix: str, sent: str, taken: set[str]) -> str:
    """Name a column for a field of the API, in snake case, and not like another."""
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in sent)
    name = prefix + re.sub(r"\W+", "_", words, flags=re.ASCII).strip("_").lower()
    if not re.match("[a-z]", name):
        name = f"field_{name}".rstrip("_")
    name = name[:50]
    if is_sql_word(name) or name in taken:
        name = f"{name}_sent"
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name}_{number}", number + 1
    return unique


def _declares(sections: Sections, new: New) -> bool:
    """Tell whether a file with this option is read, and declares what is new."""
    problems = Problems(SourceFile())
    document = Document(problems.source, problems, {}, {})
    contract = read_contract(document, document.rendered(sections, ()), ())
    if problems.found:
        return False
    if isinstance(new, NewWord):
        return new.word in contract.known.get(new.under, ())
    return any(field.wire == new.wire for field in contract.added[new.place.table.name])
