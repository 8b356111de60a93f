"""The tables of options in the docs say what is declared."""

import re
from pathlib import Path

import pytest

from polyai_assets.configuration.document import options_of
from polyai_assets.configuration.page import BEGIN, SECTIONS, main, render
from polyai_assets.configuration.platform import LEVELS

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_tables_in_the_repository_are_current():
    current = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].strip() == render().strip()
    assert current, (
        "docs/configuration.md is not what the options say now: run `make docs` and commit the page"
    )


def test_every_place_in_the_file_has_its_table():
    assert set(LEVELS) <= set(SECTIONS.values())


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_option_has_a_row_with_its_type_its_default_and_a_sentence(heading: str):
    section = f"\n{render()}".partition(f"\n{heading}\n")[2].partition("\n#")[0]
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in section.splitlines() if line.startswith("| ")]
    cells = {re.sub(r"[\[\]`]|\(.*", "", row[0]).strip(): [cell.strip() for cell in row[1:]] for row in rows}
    for name, field in options_of(SECTIONS[heading]).items():
        kind, default, meaning = cells[name]
        assert kind, name
        assert default, f"{name}: its description is to end in 'Default: …'"
        assert len(meaning) > 20, name
        assert field.is_required() == (default == "needed"), name


def test_the_prose_before_the_tables_is_kept(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text(f"Prose.\n\n{BEGIN}old")
    main([str(page)])
    assert page.read_text() == f"Prose.\n\n{BEGIN}\n{render()}"


def test_a_page_without_the_mark_is_left_alone(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("Prose.")
    with pytest.raises(SystemExit):
        main([str(page)])
    assert page.read_text() == "Prose."
