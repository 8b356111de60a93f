from pathlib import Path

import pytest

from polyai_assets.warehouse.target import Target


@pytest.mark.parametrize(
    ("text", "is_ducklake", "is_on_postgres"),
    [
        ("polyai.duckdb", False, False),
        ("postgres:x", False, False),
        ("ducklake:a.ducklake", True, False),
        ("ducklake:postgres:dbname=lake", True, True),
    ],
)
def test_a_target_says_what_it_is(text: str, is_ducklake: bool, is_on_postgres: bool) -> None:
    target = Target(text)
    assert (target.is_ducklake, target.is_on_postgres) == (is_ducklake, is_on_postgres)
    assert target.file == (None if is_ducklake else Path(text))


def test_only_of_a_file_it_shows_that_nothing_was_ever_loaded(tmp_path: Path) -> None:
    file = tmp_path / "polyai.duckdb"
    assert not Target(str(file)).may_exist
    file.touch()
    assert Target(str(file)).may_exist
    assert Target("ducklake:nothing").may_exist
