"""A CSV file whose contacts become pseudonyms, line by line: for a CRM that is to be joined with the tables."""

import csv
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from polyai_assets.machine.actionable import Actionable


class CSVUnusable(Actionable):
    """A file's contacts cannot be replaced: says on which line, why, and what to do. It repeats no contact."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")


def hash_contacts(source: TextIO, target: TextIO, column: str, pseudonym: Callable[[str], str]) -> int:
    """Copy a CSV file, with the contacts of a column as pseudonyms; gives the number of rows.

    Raises CSVUnusable; the rows before that line are written.
    """
    lines = csv.reader(source, strict=True)
    rows = _rows(lines)
    header = next(rows, (1, None))[1]
    place = _place(header, column)
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(header or ())
    count = 0
    for line, cells in rows:
        if len(cells) != len(header or ()):
            raise CSVUnusable(
                line, f"it has {len(cells)} columns, the first line {len(header or ())}: mend it"
            )
        writer.writerow([*cells[:place], pseudonym(cells[place]), *cells[place + 1 :]])
        count += 1
    return count


def _rows(lines: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not blank, with the line on which each begins."""
    begins = 1
    try:
        for cells in lines:
            if cells:
                yield begins, cells
            begins = lines.line_num + 1
    except csv.Error as error:
        raise CSVUnusable(begins, f"it is no CSV: {error}") from None


def _place(header: list[str] | None, column: str) -> int:
    if header is None:
        raise CSVUnusable(1, "there is nothing: the first line must name the columns")
    places = [place for place, name in enumerate(header) if name.strip() == column]
    if len(places) != 1:
        found = "comes twice" if places else f"is not there; there are {', '.join(header)}"
        raise CSVUnusable(1, f"the column {column} {found}: name another with --column")
    return places[0]
