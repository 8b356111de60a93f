"""What the agent extracted is learned from the other side of a day before its text is masked."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from polyai_assets.assets.partition_load import (
    key_of_details,
    learn_from_details,
    learn_from_records,
    loads_of,
)
from polyai_assets.contract.contract import PACKAGED
from polyai_assets.privacy.masking import Masking
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.raw.conversations.certificate import Certificate
from polyai_assets.raw.conversations.commit import commit_day
from polyai_assets.raw.dataset import DamagedRawFile
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.partition import Partition
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator
from polyai_assets.warehouse.held import conversations_key
from polyai_assets.warehouse.load import Load
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, HOTEL, project_of
from polyai_assets_tests.raw.conftest import RULES, FetchDays, fetch_days, store
from polyai_assets_tests.raw.details.test_commit_details import Committing, row

__all__ = ["fetch_days", "store"]

NAME = "Zebedee Quillfeather"
PARTITION = Partition(project_of(HOTEL), DAY1)
REDACTING = PrivacyPolicy(text="redact", keep_arguments=("nights",), keep_state=("tier",))
DETAIL = {
    "conversationId": "CA1",
    "functionEvents": {"1": [{"name": "book", "arguments": {"guest": NAME, "nights": "fourteen"}}]},
}
FOUND = {"zebedee quillfeather": "guest", "zebedee": "guest", "quillfeather": "guest"}
Learn = Callable[[Load], None]


def learned(learn: Learn, policy: PrivacyPolicy = REDACTING) -> dict[str, str]:
    """What is known of the conversation CA1 after that."""
    masking = Masking(policy)
    learn(Load(PARTITION, masking=masking))
    return dict(masking.extracted.of("CA1"))


@pytest.fixture
def from_details(store: RawStore, tmp_path: Path) -> Learn:
    came = {"CA1": json.dumps(DETAIL).encode(), "CA2": None, "CA3": b"\xff"}
    Committing(store, tmp_path / "spool")(*map(row, came), came=came)
    return lambda load: learn_from_details(store, load)


@pytest.fixture
def certificate(store: RawStore, fetch_days: FetchDays, polyai: Simulator) -> Certificate:
    known = {"id": "CA1", "started_at": f"{DAY1}T10:00:00Z", "in_progress": False}
    turns = [{"user_input": "hello", "entities": [{"guest": NAME}]}]
    polyai.put(HOTEL.key, known | {"state": {"tier": "platinum"}, "turns": turns})
    return commit_day(store, fetch_days(DAY1), DAY1, RULES)


def test_what_functions_were_called_with_is_known_before_turns_are_masked(from_details: Learn):
    assert learned(from_details) == FOUND


def test_states_and_entities_are_known_before_details_are_masked(store: RawStore, certificate: Certificate):
    assert learned(lambda load: learn_from_records(store, load, certificate)) == FOUND


@pytest.mark.parametrize("policy", [PrivacyPolicy(text="drop"), PrivacyPolicy(pii="drop")])
def test_where_text_is_not_redacted_nothing_is_read(
    from_details: Learn, store: RawStore, certificate: Certificate, policy: PrivacyPolicy
):
    details = DETAIL_FILES.read(store, PARTITION)
    assert details is not None
    for file in (
        f"{PARTITION.folder}/{certificate.file.name}",
        f"{DETAIL_FILES.folder(PARTITION)}/{details.file.name}",
    ):
        store.delete(file)
    assert learned(from_details, policy) == {}
    assert learned(lambda load: learn_from_records(store, load, certificate), policy) == {}
    with pytest.raises(DamagedRawFile):
        learned(from_details)
    with pytest.raises(DamagedRawFile):
        learned(lambda load: learn_from_records(store, load, certificate))


def test_a_day_without_details_or_records_teaches_nothing(store: RawStore):
    assert learned(lambda load: learn_from_details(store, load)) == {}
    assert learned(lambda load: learn_from_records(store, load, None)) == {}
    plain = Load(PARTITION)
    learn_from_details(store, plain)
    learn_from_records(store, replace(plain, masking=None), None)


@pytest.mark.parametrize(("text", "learns"), [("redact", True), ("drop", False)])
def test_a_day_is_loaded_again_when_there_is_more_to_learn_from(
    store: RawStore, certificate: Certificate, configure: Configure, tmp_path: Path, text: str, learns: bool
):
    config = configure(privacy=replace(REDACTING, text=text))

    def load() -> Load:
        return loads_of(store, config, [certificate], PACKAGED)[0]

    before = load()
    Committing(store, tmp_path / "spool")(row("CA1"), came={"CA1": json.dumps(DETAIL).encode()})
    assert (conversations_key(load()) != conversations_key(before)) == learns
    details = DETAIL_FILES.read(store, PARTITION)
    assert details is not None
    changed = msgspec.structs.replace(certificate, records_sha256="others")
    keys = {key_of_details(store, load(), details, one) for one in (certificate, changed)}
    assert len(keys) == (2 if learns else 1)
