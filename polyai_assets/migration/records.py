"""Comparing the two records of one conversation, field by field, under the names of the contract."""

from collections.abc import Mapping
from functools import cache, lru_cache
from types import NoneType
from typing import Any, NamedTuple

from polyai_assets.contract.contract import PACKAGED, Contract
from polyai_assets.contract.drift import LONGEST_NAME, clean_name, form_of
from polyai_assets.contract.fields import Field, Kind, own_fields
from polyai_assets.contract.lenient import Repeated, Unreadable, read_json
from polyai_assets.contract.parity import WHOLE_RECORD
from polyai_assets.migration.parity import KNOWN_ONLY_IN_NEW, WHOLE_TURN, ParityVerdict
from polyai_assets.migration.tally import VerdictCounts
from polyai_assets.migration.values import compare_values, time_form
from polyai_assets.migration.versions import Versions

METRICS, TURNS = "metrics", "turns"
_DEEPEST = 6
"""How many levels of objects have paths of their own; what lies deeper is compared as a whole."""

_SCALARS = frozenset({str, bool, int, float, NoneType})


class _Declared(NamedTuple):
    """Fields of conversations and of turns by their names in the API, and the paths of these and of what holds them."""

    conversation: Mapping[str, Field]
    turn: Mapping[str, Field]
    paths: frozenset[str]

    @property
    def taken(self) -> frozenset[str]:
        """The paths that no member has which is not declared, whatever its name."""
        return self.paths - {METRICS, TURNS}


@cache
def _declared(contract: Contract) -> _Declared:
    conversation = {str(field.wire): field for field in own_fields(contract.conversation)}
    turn = {str(field.wire): field for field in own_fields(contract.turn)}
    names = (field.name for field in conversation.values())
    of_turns = (f"{WHOLE_TURN}.{field.name}" for field in turn.values())
    return _Declared(
        conversation, turn, frozenset({*names, *of_turns, WHOLE_RECORD, WHOLE_TURN, METRICS, TURNS})
    )


def declared_paths(contract: Contract = PACKAGED) -> frozenset[str]:
    """Give the paths of declared fields and of what holds them."""
    return _declared(contract).paths


class RecordComparison:
    """Compares conversations one after the other, and counts what it finds in a tally."""

    def __init__(self, tally: VerdictCounts, versions: Versions, contract: Contract = PACKAGED) -> None:
        self._declared = _declared(contract)
        self._taken = self._declared.taken
        self._tally = tally
        self._versions = versions
        self._conversation_id = ""
        self._is_equal = True

    def compare(self, conversation_id: str, old: bytes, new: bytes) -> None:
        """Compare the two records of a conversation. One that cannot be read is counted; nothing is raised."""
        self._conversation_id = conversation_id
        self._is_equal = True
        try:
            before, after = _read(old, self._versions.old), _read(new, self._versions.new)
            self._objects("", self._declared.conversation, None, before, after)
        except Unreadable as reason:
            self._note(WHOLE_RECORD, ParityVerdict.DIFFERS, f"cannot be compared: {reason}")
        except RecursionError:
            self._note(WHOLE_RECORD, ParityVerdict.DIFFERS, "cannot be compared: nested too deep")
        else:
            if self._is_equal:
                self._tally.equal(WHOLE_RECORD)

    def _objects(
        self,
        path: str,
        declared: Mapping[str, Field],
        others: Kind | None,
        old: dict[str, Any],
        new: dict[str, Any],
        depth: int = 0,
    ) -> None:
        """Compare objects member by member; `others` is the kind of members that are not declared."""
        repeated = isinstance(old, Repeated) or isinstance(new, Repeated)
        for key in [*old, *(key for key in new if key not in old)]:
            field = declared.get(key)
            name = _member(path, field.name) if field else self._undeclared(path, key)
            if key not in new:
                self._alone(name, ParityVerdict.ONLY_IN_OLD, old[key])
            elif key not in old or self._is_left_out(name, old[key], new[key]):
                self._alone(name, ParityVerdict.ONLY_IN_NEW, new[key])
            elif repeated and (times := _times(key, old)) != (others_times := _times(key, new)):
                self._note(
                    name, ParityVerdict.DIFFERS, self._both(f"{times} of the key", f"{others_times} of it")
                )
            else:
                self._values(name, field.kind if field else others, old[key], new[key], depth)

    def _values(self, path: str, kind: Kind | None, old: Any, new: Any, depth: int) -> None:
        if type(old) in _SCALARS and type(old) is type(new) and old == new:
            self._tally.equal(path)  # as nearly all are: this is the road that must be short
            return
        if isinstance(old, dict) and isinstance(new, dict) and (old or new) and kind in (None, Kind.OBJECT):
            if depth < _DEEPEST:
                others = Kind.TEXT_LIST if path == METRICS else None
                self._objects(path, {}, others, old, new, depth + 1)
                return
        elif path == TURNS and isinstance(old, list) and isinstance(new, list):
            self._turns(old, new)
            return
        verdict = compare_values(kind, old, new)
        if verdict is ParityVerdict.EQUAL:
            self._tally.equal(path)
        elif self._tally.is_first(path, verdict):
            self._note(path, verdict, self._both(*(_form(verdict, value) for value in (old, new))))
        else:
            self._note(path, verdict)

    def _turns(self, old: list[Any], new: list[Any]) -> None:
        """Compare turns by their index."""
        for before, after in zip(old, new, strict=False):
            if isinstance(before, dict) and isinstance(after, dict):
                self._tally.equal(WHOLE_TURN)
                self._objects(WHOLE_TURN, self._declared.turn, None, before, after)
            else:
                self._values(WHOLE_TURN, None, before, after, _DEEPEST)
        surplus = len(new) - len(old)
        if surplus:
            verdict = ParityVerdict.ONLY_IN_NEW if surplus > 0 else ParityVerdict.ONLY_IN_OLD
            self._note(WHOLE_TURN, verdict, self._both(form_of(old), form_of(new)), abs(surplus))

    def _is_left_out(self, path: str, old: Any, new: Any) -> bool:
        """Tell whether a field that the older version may leave out is there, but without a value."""
        may_lack = path in KNOWN_ONLY_IN_NEW.get(self._versions.old, frozenset())
        return may_lack and old in (None, {}) and new not in (None, "", [], {})

    def _alone(self, path: str, verdict: ParityVerdict, value: Any) -> None:
        """Note a value that one version does not have."""
        self._note(path, verdict, form_of(value) if self._tally.is_first(path, verdict) else "")

    def _note(self, path: str, verdict: ParityVerdict, example: str = "", count: int = 1) -> None:
        self._is_equal = False
        self._tally.add(path, verdict, self._conversation_id, example, count)

    def _undeclared(self, path: str, key: str) -> str:
        """Name a member that is not declared, as it can be shown."""
        name = _member(path, key) if len(key) <= LONGEST_NAME else _joined(path, clean_name(key))
        return f"'{name}'" if name in self._taken else name

    def _both(self, old: str, new: str) -> str:
        return f"{old} in {self._versions.old}, {new} in {self._versions.new}"


def _form(verdict: ParityVerdict, value: Any) -> str:
    is_time = verdict is ParityVerdict.TIME_FORMAT and isinstance(value, str)
    return time_form(value) if is_time else form_of(value)


def _read(payload: bytes, version: str) -> dict[str, Any]:
    try:
        payload.decode()
        record = read_json(payload)
    except UnicodeDecodeError:
        raise Unreadable(f"{version} sends bytes that are not UTF-8") from None
    except Unreadable as reason:
        raise Unreadable(f"in {version} it is {reason}") from None
    if not isinstance(record, dict):
        raise Unreadable(f"in {version} it is no object")
    return record


def _times(key: str, record: dict[str, Any]) -> int:
    """Count how often a key comes in an object."""
    return sum(name == key for name, _ in record.items())


@lru_cache(maxsize=10_000)
def _member(path: str, key: str) -> str:
    return _joined(path, clean_name(key))


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
