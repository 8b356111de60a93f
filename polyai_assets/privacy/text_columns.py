"""Columns of what people said or wrote: redacted, or nothing.

What a user says or presses turn by turn is looked at together: a number may go over several turns.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from polyai_assets.contract.fields import Field, Kind
from polyai_assets.contract.tables import TURNS, Table
from polyai_assets.privacy.extracted import Extracted
from polyai_assets.privacy.leaks import LeakSample
from polyai_assets.privacy.numerals import FEWEST_DIGITS
from polyai_assets.privacy.policy import DROP, KEEP, REDACT, PrivacyPolicy
from polyai_assets.privacy.redact import DTMF_DIGITS, Recognizer, Redactor
from polyai_assets.privacy.suspicious import holds_enough, marked, with_numerals

TEXT = "TEXT"
SOME_TEXT = "[TEXT]"
"""Stands for a text whose conversation is not at hand: what was extracted of it is not known."""
_OVER_TURNS = {
    "user_input": FEWEST_DIGITS,
    "translated_user_input": FEWEST_DIGITS,
    "user_input_dtmf": DTMF_DIGITS,
}
"""The columns of turns that are looked at together, with the fewest digits that are masked."""


class TextColumns:
    """What a policy makes of text."""

    def __init__(self, policy: PrivacyPolicy, extracted: Extracted) -> None:
        self._rule = policy.text
        self._presidio = policy.presidio if policy.text == REDACT else None
        self._kept = tuple(re.compile(pattern) for pattern in policy.keep_numbers)
        self._extracted = extracted
        self.sample = LeakSample(self._kept)

    @property
    def are_redacted(self) -> bool:
        """Whether text is redacted, and neither kept nor dropped."""
        return self._rule == REDACT

    def placeholder(self, text: str) -> str:
        """Give what stands for a text whose conversation is not at hand."""
        if self._rule == KEEP or not text:
            return text
        return SOME_TEXT if self.are_redacted else ""

    def redacted(self, text: str, conversation_id: str) -> str:
        """Mask a text of a conversation."""
        if not self.are_redacted:
            return self.placeholder(text)
        masked = Redactor(self._kept, recognizer=self._recognizer).redact(
            text, self._extracted.of(conversation_id)
        )
        self._look_again([masked])
        return masked

    def masked(
        self, table: Table, field: Field, rows: pa.Table, counts: Counter[str]
    ) -> pa.Array | pa.ChunkedArray | None:
        """Mask a column."""
        if self._rule == KEEP:
            return None
        column = rows[field.name].combine_chunks()
        if field.kind is Kind.TEXT and not pc.any(pc.not_equal(column, "")).as_py():
            return None
        if self._rule == DROP:
            return self._dropped(field, column, counts)
        ids = rows["conversation_id"].to_pylist() if "conversation_id" in rows.column_names else None
        redactor = Redactor(self._kept, counts, self._recognizer)
        if field.kind is Kind.TEXT_LIST:
            return self._lists(column, ids, redactor)
        if table.name == TURNS.name and field.name in _OVER_TURNS and ids is not None:
            return self._over_turns(column, ids, redactor, _OVER_TURNS[field.name])
        return self._each(column, ids, redactor)

    @cached_property
    def _recognizer(self) -> Recognizer | None:
        """What looks into texts beside the rules, made when the first is masked. Raises PresidioUnusable."""
        if self._presidio is None:
            return None
        from polyai_assets.privacy.presidio import presidio_of

        return presidio_of(self._presidio)

    def _dropped(self, field: Field, column: pa.Array, counts: Counter[str]) -> pa.Array:
        texts = column.to_pylist()
        counts[TEXT] += sum(map(bool, texts))
        return pa.array([field.kind.empty] * len(texts), column.type)

    def _each(self, column: pa.Array, ids: list[str] | None, redactor: Redactor) -> pa.Array:
        texts = column.to_pylist()
        are_marked, have_numerals = marked(column), with_numerals(column)
        for place, text in enumerate(texts):
            if not text:
                continue
            values = self._extracted.of(ids[place]) if ids is not None else {}
            is_suspect = are_marked[place] or (have_numerals[place] and holds_enough(text))
            if is_suspect or redactor.recognizer or (values and _holds_any(text.lower(), values)):
                texts[place] = redactor.redact(text, values, by_form=is_suspect)
        self._look_again(texts)
        return pa.array(texts, column.type)

    def _look_again(self, texts: Iterable[str]) -> None:
        for text in filter(None, texts):
            self.sample.add(text)

    def _lists(self, column: pa.Array, ids: list[str] | None, redactor: Redactor) -> pa.Array:
        masked = [
            None
            if listed is None
            else [
                redactor.redact(text or "", self._extracted.of(ids[place]) if ids else {}) for text in listed
            ]
            for place, listed in enumerate(column.to_pylist())
        ]
        for listed in filter(None, masked):
            self._look_again(listed)
        return pa.array(masked, column.type)

    def _over_turns(self, column: pa.Array, ids: list[str], redactor: Redactor, fewest: int) -> pa.Array:
        texts = column.to_pylist()
        are_marked, have_numerals = marked(column), with_numerals(column)
        for start, stop in _stretches(ids):
            values = self._extracted.of(ids[start])
            of_conversation = texts[start:stop]
            joined = "\n".join(of_conversation)
            is_suspect = any(are_marked[start:stop]) or (
                any(have_numerals[start:stop]) and holds_enough(joined, fewest)
            )
            if is_suspect or redactor.recognizer or (values and _holds_any(joined.lower(), values)):
                texts[start:stop] = redactor.redact_turns(of_conversation, values, fewest, by_form=is_suspect)
        self._look_again(texts)
        return pa.array(texts, column.type)


def _holds_any(text: str, values: dict[str, str]) -> bool:
    return any(value in text for value in values)


def _stretches(ids: list[str]) -> Iterator[tuple[int, int]]:
    """Give from where to where rows are of the same conversation."""
    start = 0
    for place in range(1, len(ids) + 1):
        if place == len(ids) or ids[place] != ids[start]:
            yield start, place
            start = place
