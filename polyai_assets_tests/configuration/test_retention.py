"""The option `retention`: days by layer, and what would not be true of them."""

from datetime import date

import pytest

from polyai_assets.raw.retention_days import AUDIO, FACTS, LOGS, RAW, TEXT, RetentionDays
from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

DEFAULTS = "  defaults:\n    retention: {days}\n"


def test_without_the_option_all_is_kept(load: Load):
    assert load(VALID).projects[0].retention == RetentionDays()
    assert not load(VALID).has_retention


def test_a_project_has_days_of_its_own_in_place_of_the_usual(load: Load):
    own = VALID + "      retention: {audio: 30}\n" + DEFAULTS.format(days="{raw: 90, text: 90}")
    assert load(own).projects[0].retention == RetentionDays(audio=30)


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ("{raw: 0}", ".retention.raw: 0 must be a whole number from 1 to 36500 days"),
        ("{logs: -3}", ".retention.logs: -3 must be a whole number from 1 to 36500 days"),
        ("{raw: 30, facts: 30}", ".retention.facts: 30 must be a whole number from 31 to 36500 days"),
        ("{bogus: 30}", ".retention.bogus: unknown option."),
        ("30", ".retention: must be a mapping, such as {raw: 90, text: 90}."),
        (
            "{text: 30}",
            ".retention.text: needs raw, of at most 30 days: raw records hold all text. Write raw: 30 beside it.",
        ),
        ("{facts: 400, audio: 90}", ".retention.facts: needs raw, of at most 400 days"),
        (
            "{raw: 90, text: 30}",
            ".retention.raw: 90 days are more than those of text, 30: raw records hold all text. "
            "Write 30 or less, or more for text.",
        ),
        ("{raw: 60, text: 90, facts: 60}", ".retention.text: 90 days are more than those of facts, 60"),
        ("{raw: 60, facts: 60, audio: 90}", ".retention.audio: 90 days are more than those of facts, 60"),
        (
            "{audio: 4}",
            ".retention.audio: 4 days are too few: the nightly refresh fetches the days of lookback_days again. "
            "Write 5 or more, or a smaller lookback_days.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_remedy(problems: Problems, days: str, says: str):
    (found,) = problems(VALID + DEFAULTS.format(days=days))
    assert says in found


def test_text_and_recordings_go_with_the_facts_of_their_calls():
    days = RetentionDays(raw=30, facts=400)
    assert [days.of(layer) for layer in (RAW, TEXT, AUDIO, FACTS, LOGS)] == [30, 400, 400, 400, None]
    assert days.first_kept(RAW, date(2026, 3, 1)) == date(2026, 1, 30)
    assert days.first_kept(LOGS, date(2026, 3, 1)) is None
