"""Columns that may hold anything: of objects the members that the policy names, of all else nothing.

What stands beside a name, such as the value of a metric or of a change, is kept or masked by that name.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from polyai_assets.contract.columns import ARROW_TYPES
from polyai_assets.contract.conversation import CONVERSATION, TURN
from polyai_assets.contract.fields import Field, Kind, Pii
from polyai_assets.contract.tables import Table
from polyai_assets.privacy.contact_columns import ContactColumns
from polyai_assets.privacy.members import Members, named, unchanged
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.privacy.text_columns import TextColumns

FREE = "FREE"
FREE_FEEDBACK = "CSAT_FREE_FEEDBACK"
"""PolyAI's metric of what customers say of a conversation."""

_PLAIN_VALUE = re.compile(r"\s*(?:true|false|[+-]?\d{1,6}(?:\.\d{1,6})?)\s*", re.IGNORECASE)
"""A value of a metric that is no one's: too short for the number of a person."""
_CLASSES = {str(field.wire): field.pii for field in CONVERSATION if field.wire} | {
    f"turns[].{field.wire}": field.pii for field in TURN if field.wire
}
_INDEX = re.compile(r"\[\d+\]")


class FreeColumns:
    """What a policy makes of columns that may hold anything."""

    def __init__(self, policy: PrivacyPolicy, contacts: ContactColumns, texts: TextColumns) -> None:
        self._policy = policy
        self._contacts, self._texts = contacts, texts
        text = _of_text(texts.redacted)
        contact = _of_text(lambda value, _: contacts.contact(value))
        handoff = Members(unchanged("sip_method", "method") | {"utterance": text})
        state = named(
            policy.keep_state,
            unchanged("call_sid", "asr_lang_code", "language") | {"shared_id": contact, "handoff": handoff},
        )
        other = named(policy.keep_fields)
        self._objects: Mapping[str, Members] = {
            "conversations.state": state,
            "turns.entities": named(policy.keep_entities),
            "turns.extra": named(policy.keep_fields, unchanged("asr_lang_code", "tts_lang_code", "turn_id")),
            "function_events.arguments": named(policy.keep_arguments),
            "function_events.handoff": named(policy.keep_fields, unchanged("reason", "type")),
            "function_events.extra": named(
                policy.keep_fields, unchanged("hangup", "turn_id") | {"utterance": text}
            ),
            "conversation_details.metrics": named(policy.keep_metrics),
        }
        self._other = other
        self._by_name: Mapping[str, Callable[[str, str, str], str]] = {
            "metrics.value": self._of_metric,
            "metric_events.value": self._of_metric,
            "turn_entities.value": lambda name, value, _: value if name in policy.keep_entities else "",
            "state_changes.value": lambda name, value, _: value if name in policy.keep_state else "",
        }

    def masked(self, table: Table, field: Field, rows: pa.Table, counts: Counter[str]) -> pa.Array:
        """Mask a column."""
        place, column = f"{table.name}.{field.name}", rows[field.name]
        sent: list[Any] = column.to_pylist()
        ids = (
            rows["conversation_id"].to_pylist()
            if "conversation_id" in rows.column_names
            else [""] * len(sent)
        )
        masked: list[Any]
        if place in self._by_name:
            of_name = self._by_name[place]
            masked = list(map(of_name, rows["name"].to_pylist(), sent, ids))
        elif "field" in rows.column_names:
            paths = rows["field"].to_pylist()
            masked = [self.of_path(path, value) for path, value in zip(paths, sent, strict=True)]
        elif field.kind in (Kind.OBJECT, Kind.OBJECT_LIST):
            members = self._objects.get(place, self._other)
            masked = list(map(members.of_json, sent, ids))
        else:
            masked = sent if self._is_kept(table, field) else [field.kind.empty] * len(sent)
        counts[FREE] += sum(value != was for value, was in zip(masked, sent, strict=True))
        return pa.array(masked, ARROW_TYPES[field.kind])

    def _is_kept(self, table: Table, field: Field) -> bool:
        """Tell whether a field that the platform declares is kept, whatever it holds."""
        return field in table.configured and field.name in self._policy.keep_fields

    def of_path(self, path: str, value: str) -> str:
        """Mask the value of a field that is named by its path, as in turns[3].user_input."""
        if not value:
            return value
        path = _INDEX.sub("[]", path)
        match _class_of(path):
            case Pii.NONE:
                return value
            case Pii.CONTACT:
                return self._contacts.contact(value)
            case Pii.TEXT:
                return self._texts.placeholder(value)
            case _:
                return self._of_member(path, value)

    def _of_member(self, path: str, value: str) -> str:
        field, _, name = path.partition(".")
        if field == "metrics":
            return self._of_metric(name, value, "")
        is_kept = (field == "state" and name in self._policy.keep_state) or path == "(conversation)"
        return value if is_kept else ""

    def _of_metric(self, name: str, value: str, conversation_id: str) -> str:
        if name in self._policy.keep_metrics or _PLAIN_VALUE.fullmatch(value):
            return value
        if name != FREE_FEEDBACK:
            return ""
        return (
            self._texts.redacted(value, conversation_id)
            if conversation_id
            else self._texts.placeholder(value)
        )


def _of_text(mask: Callable[[str, str], str]) -> Callable[[Any, str], Any]:
    """Mask a value that is text; any other goes."""
    return lambda value, conversation_id: mask(value, conversation_id) if isinstance(value, str) else None


def _class_of(path: str) -> Pii | None:
    """Give the class of the declared field that has the member at a path; None where none is declared."""
    while path not in _CLASSES and "." in path:
        path = path.rpartition(".")[0]
    return _CLASSES.get(path)
