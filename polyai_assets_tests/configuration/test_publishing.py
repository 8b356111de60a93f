"""The option publish: what stands in the file, and what is wrong with it."""

from pathlib import Path

import pytest

from polyai_assets.delivery.settings import PublishSettings
from polyai_assets_tests.configuration.conftest import VALID, Load, Problems

AT = "defs.yaml:11 attributes.publish"


def test_nothing_is_published_unless_it_is_asked_for(load: Load):
    assert load(VALID).publish is None


def test_an_empty_mapping_takes_every_default(load: Load, tmp_path: Path):
    published = load(f"{VALID}  publish: {{}}\n").publish
    assert published == PublishSettings(str(tmp_path / "data" / "published"))
    assert published.tables == ("conversations", "turns", "metrics", "conversation_facts")


def test_instances_with_different_prefixes_publish_apart(load: Load, tmp_path: Path):
    published = load(f"{VALID}  publish: {{}}\n  key_prefix: eu\n").publish
    assert published == PublishSettings(str(tmp_path / "data" / "eu" / "published"))


def test_what_is_published_is_read(load: Load):
    published = load(f"{VALID}  publish: {{place: s3://b/p, tables: turns, include: settled}}\n").publish
    assert published == PublishSettings("s3://b/p", ("turns",), "settled")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("all", ": must be a mapping, such as {include: settled}."),
        ("{include: final}", ".include: 'final' is no choice of days. Write one of settled, certified, any."),
        ("{tables: turn}", ".tables: 'turn' is no table that is published. Did you mean turns? Write one of "),
        ("{places: x}", ".places: unknown option. Did you mean place?"),
        ("{place: defs.yaml}", ".place: is a file; it must be a folder. Name another place."),
        ("{place: 's3://me:secret@b'}", ".place: the value must not hold credentials"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line_and_the_remedy(
    problems: Problems, tmp_path: Path, written: str, problem: str
):
    (tmp_path / "defs.yaml").touch()
    (found,) = problems(f"{VALID}  publish: {written}\n")
    assert found.startswith(AT + problem)
