"""The targets of deliveries, as `polyai doctor` finds them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from polyai_assets.api.project import Project
from polyai_assets.delivery.settings import DeliverySettings, PublishSettings
from polyai_assets.delivery.targets.target import DeliveryTarget
from polyai_assets.doctor.check import Diagnosis
from polyai_assets.doctor.deliveries import HINT, look_at_delivery
from polyai_assets.raw.partition import Partition
from polyai_assets_tests.delivery.published import DAY, HOTEL, NOW, Published
from polyai_assets_tests.deployment import HOTEL as SIMULATED
from polyai_assets_tests.deployment import configured, platform_in
from polyai_assets_tests.doctor.asking import GREEN, RED, YELLOW, only
from polyai_assets_tests.postgres import NewDatabase

pytestmark = pytest.mark.slow

URL = "http://127.0.0.1:1"


def look(published: Published, kind: str, connection: str | None, problem: str = "") -> Sequence[Diagnosis]:
    secret = None if connection is None else SecretStr(connection)
    delivery = DeliverySettings("mine", kind, secret, tables=tuple(published.columns), problem=problem)
    place = str(published.place)
    platform = platform_in(published.place, configured(SIMULATED, URL), publish=PublishSettings(place))
    return list(look_at_delivery(platform, place, delivery, published.place / "spool"))


@pytest.fixture
def published(tmp_path: Path) -> Published:
    return Published(tmp_path / "published")


@pytest.fixture
def target(tmp_path: Path) -> str:
    return str(tmp_path / "mine.duckdb")


def test_a_target_without_a_connection_says_what_is_missing(published: Published):
    found = only(look(published, "duckdb", None, problem="NOT_SET is not set"))
    assert (found.verdict, found.next_step) == (RED, HINT)
    assert found.says == "mine (duckdb): the delivery mine cannot connect: NOT_SET is not set"


@pytest.mark.slow
def test_a_right_that_is_missing_is_answered_with_the_statement_that_gives_it(
    published: Published, new_database: NewDatabase
):
    database = new_database()
    name = database.partition(" ")[0].removeprefix("dbname=")
    found = only(look(published, "postgres", database.replace("user=postgres", "user=pg_monitor")))
    assert (found.verdict, found.next_step) == (RED, HINT)  # a role that may not log in
    found = only(look(published, "postgres", f"{database} options='-c role=pg_monitor'"))
    assert (found.verdict, found.next_step) == (RED, f"GRANT CREATE ON DATABASE {name} TO pg_monitor")
    assert found.says == f"mine (postgres): the user pg_monitor lacks CREATE on DATABASE {name}"


def test_tables_that_belong_to_another_user_are_named(
    published: Published, target: str, monkeypatch: pytest.MonkeyPatch
):
    published.put()
    published.deliver("duckdb", target)
    monkeypatch.setattr(DeliveryTarget, "tables_of_others", lambda _: ["polyai.turns"])
    answers, found = look(published, "duckdb", target)
    assert (answers.verdict, found.verdict) == (GREEN, YELLOW)
    assert "does not own polyai.turns: a new column cannot be added there" in found.says
    assert found.next_step.startswith("ALTER TABLE polyai.turns OWNER TO <its user>;")


def test_what_this_platform_has_delivered_is_its_own(published: Published, target: str):
    assert only(look(published, "duckdb", target)).verdict is GREEN
    published.put()
    published.put(day=DAY + timedelta(days=1))
    published.deliver("duckdb", target)
    published.put(2)
    published.deliver("duckdb", target, Partition(HOTEL, DAY + timedelta(days=1)))
    assert only(look(published, "duckdb", target)).verdict is GREEN


@pytest.mark.parametrize(
    ("versions", "days"),
    [
        (0, 2),  # nothing is published here yet
        (1, 2),  # one day has a newer version there, the other the same of another time
        (2, 1),  # another version of the same number
        (3, 0),  # what is published here is newer: it replaces what is there
    ],
)
def test_another_platform_that_delivers_the_same_project_to_the_schema_is_red(
    published: Published, target: str, tmp_path: Path, versions: int, days: int
):
    other = Published(tmp_path / "other", published_at=datetime(2026, 3, 20, 12, tzinfo=UTC))
    for version in (1, 2):
        other.put(version)
    other.put(day=DAY + timedelta(days=1))
    other.deliver("duckdb", target, Partition(HOTEL, DAY), Partition(HOTEL, DAY + timedelta(days=1)), at=NOW)
    for version in range(1, versions + 1):
        published.put(version)
        published.put(version, day=DAY + timedelta(days=1))
    first, *rest = look(published, "duckdb", target)
    assert first.verdict is GREEN
    if not days:
        assert rest == []
        return
    found = only(rest)
    assert found.verdict is RED
    assert (
        f"another publication delivers us-1/acme/hotel-bot to the schema polyai, too: {days} days"
        in found.says
    )
    assert "on 2026-03-09 12:00 UTC" in found.says
    assert "give this platform a `schema` of its own" in found.next_step


def test_other_projects_in_the_same_schema_are_no_conflict(published: Published, target: str, tmp_path: Path):
    bank, other = Project.parse("us-1/acme/card-support"), Published(tmp_path / "other")
    other.put(project=bank)
    other.deliver("duckdb", target, Partition(bank, DAY))
    assert only(look(published, "duckdb", target)).verdict is GREEN
