"""Reference data whose rows were made by another policy on personal data than that of now."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from polyai_assets.doctor.check import Diagnosis
from polyai_assets.doctor.reference import look_at_reference
from polyai_assets.privacy.masking import identity_of
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.raw.reference import Snapshots
from polyai_assets.raw.store import RawStore
from polyai_assets_tests.deployment import HOTEL, NOW, configured, project_of

REDACTING = PrivacyPolicy(text="redact")
POLICY = identity_of(REDACTING)


def look(raw_store: str, **options: Any) -> list[Diagnosis]:
    config = configured(HOTEL, "http://127.0.0.1:9", **{"reference": True, **options})
    return list(look_at_reference(config, raw_store, ["acme"]))


@pytest.fixture
def store(tmp_path: Path) -> RawStore:
    return RawStore(str(tmp_path / "raw"))


def note(store: RawStore, dataset: str, policy: str) -> None:
    Snapshots(store, project_of(HOTEL), dataset).note_read(NOW, 0, policy)


def test_what_was_made_by_another_policy_is_named_with_the_command_that_makes_it_anew(store: RawStore):
    note(store, "deployments", POLICY)
    note(store, "variants", "")
    (found,) = look(store.url, privacy=REDACTING)
    assert (found.verdict, found.says) == (
        "yellow",
        "variants: made with another option privacy, or another key, than now",
    )
    assert found.next_step.startswith(f"dg launch --assets acme/variants --partition {HOTEL.key} ")
    Snapshots(store, project_of(HOTEL), "variants").note_replayed(POLICY)
    (made,) = look(store.url, privacy=REDACTING)
    assert made.verdict == "green"
    (back,) = look(store.url)
    assert "acme/deployments,acme/variants" in back.next_step


def test_a_failed_look_does_not_change_by_which_policy_rows_were_made(store: RawStore):
    note(store, "variants", POLICY)
    Snapshots(store, project_of(HOTEL), "variants").note_failed(NOW + timedelta(days=1), "refused")
    (found,) = look(store.url, privacy=REDACTING)
    assert found.verdict == "green"


@pytest.mark.parametrize(("privacy", "verdict"), [(PrivacyPolicy(), "green"), (REDACTING, "yellow")])
def test_where_the_policy_was_not_noted_it_may_have_been_none(
    store: RawStore, privacy: PrivacyPolicy, verdict: str
):
    Snapshots(store, project_of(HOTEL), "variants").note_read(NOW, 0)
    file = Path(store.url) / "reference" / HOTEL.key / "variants" / "latest.json"
    file.write_bytes(b'{"checked_at": "2026-01-01T00:00:00Z"}')
    (found,) = look(store.url, privacy=privacy)
    assert found.verdict == verdict


def test_nothing_is_said_of_a_project_without_reference_data_nor_where_none_was_read(store: RawStore):
    note(store, "variants", POLICY)
    assert look(store.url, reference=False) == []
    (found,) = look(f"{store.url}-of-another")
    assert found.verdict == "green"
