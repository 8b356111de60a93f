"""The data dictionary says what is declared, and the page in the repository is current."""

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import duckdb
import pytest

from polyai_assets import contract
from polyai_assets.contract.conversation import CONVERSATION
from polyai_assets.contract.dictionary import EXAMPLES, SOURCES, main, render
from polyai_assets.contract.every_table import EVERY_TABLE
from polyai_assets.contract.fields import DATE, PROJECT, Kind, derived, field
from polyai_assets.contract.tables import CONVERSATIONS, TURNS, Table
from polyai_assets_tests.looking import looking

PAGE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
ID = derived("conversation_id", Kind.TEXT, "The conversation", key=True)


def rows_of(page: str, table: str) -> dict[str, list[str]]:
    """The cells of a table's section, by column."""
    section = page.partition(f"\n### {table}\n")[2].partition("\n### ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {name.strip("`"): others for name, *others in cells}


def row_of(table: Table, column: str) -> list[str]:
    return rows_of(render([table]), table.name)[column]


@pytest.fixture(scope="module")
def whole_page() -> str:
    return render()


def test_the_page_in_the_repository_is_current() -> None:
    # no bare comparison: a difference of two long pages helps nobody
    current = PAGE.read_text(encoding="utf-8") == render()
    assert current, (
        "docs/data-dictionary.md is not what the fields say now: run `make docs` and commit the page"
    )


def test_every_table_that_is_declared_in_the_contract_is_on_the_page() -> None:
    modules = [
        import_module(f"{contract.__name__}.{one.name}") for one in pkgutil.iter_modules(contract.__path__)
    ]
    found = [one for module in modules for one in vars(module).values()]
    groups = [[*group.values()] if isinstance(group, dict) else group for group in found]
    listed_together = [one for group in groups if isinstance(group, list | tuple) for one in group]
    declared = {one.name for one in [*found, *listed_together] if isinstance(one, Table)}
    listed = set(re.findall(r"^### (\w+)$", render(), re.MULTILINE))
    assert listed == declared, "render() of polyai_assets/contract/dictionary.py is to be given every table"


def test_no_table_is_declared_outside_of_the_contract() -> None:
    package = Path(contract.__file__).parents[1]
    elsewhere = [file for file in package.rglob("*.py") if file.parent.name != "contract"]
    assert [file for file in elsewhere if re.search(r"^\w+ = Table\(", file.read_text(), re.MULTILINE)] == []


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: str(table.name))
def test_every_column_is_listed_with_the_type_that_it_has_in_duckdb(table: Table, whole_page: str) -> None:
    with looking() as connection:
        connection.execute("BEGIN")
        connection.execute(table.create("main"))
        described = connection.execute(f"DESCRIBE {table.name}").fetchall()
        connection.execute("ROLLBACK")
    aliases = {"TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ"}
    listed = [(name, cells[0].strip("`")) for name, cells in rows_of(whole_page, table.name).items()]
    assert listed == [(name, aliases.get(kind, kind)) for name, kind, *_ in described]


def test_a_column_tells_its_unit_its_constraints_and_its_name_in_the_api() -> None:
    assert row_of(CONVERSATIONS, "total_duration")[1:] == [
        *(
            "seconds",
            "Length of the whole call",
            "at least 0, plausible up to 604,800",
            "",
            "`total_duration`",
        ),
    ]
    assert row_of(CONVERSATIONS, "conversation_id")[3:] == [
        *("key, never NULL, always sent, never empty", "", "`id`"),
    ]
    assert row_of(TURNS, "user_input")[3:] == ["never NULL, may be empty", "text", "`turns[].user_input`"]
    assert row_of(TURNS, "latency")[-1] == "`turns[].latency` or `turns[].latency.perceived_latency`"
    assert row_of(TURNS, "turn_index")[-1] == ""


def test_a_table_tells_its_grain_its_key_and_its_source() -> None:
    assert (
        "### turns\n\nOne row per turn of a conversation. Key: `project`, `date`, `conversation_id`, "
        "`turn_index`. Source: an element of `turns` of such a conversation.\n"
    ) in render([TURNS])
    assert "Source: the pipeline itself.\n" in render([Table("words", "One row per word.", (PROJECT, DATE))])


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: str(table.name))
def test_a_table_of_what_the_api_sends_says_which_record_it_comes_from(table: Table) -> None:
    sent = any(one.wire is not None for one in table.fields)
    assert table.name in SOURCES or not sent, (
        f"say in SOURCES of polyai_assets/contract/dictionary.py which record of the API {table.name} comes from"
    )


def test_a_description_that_looks_like_markdown_stays_a_cell() -> None:
    table = Table(
        "words", "One row per word.", (field("a|b", Kind.TEXT, "either | or, *not* <both> `x` \\"),)
    )
    assert r"either \| or, \*not\* \<both> \`x\` \\ |" in render([table])


def test_the_known_values_are_listed() -> None:
    mood = field("mood", Kind.TEXT, "How the user felt", known=("calm", "cross"))
    table = Table("conversations", "One row per conversation.", (*CONVERSATION, mood))
    assert row_of(table, "mood")[3] == "never NULL, may be empty, known values: calm, cross"


def test_a_new_table_is_among_those_that_can_be_joined() -> None:
    notes = Table("notes", "One row per note.", (PROJECT, DATE, ID))
    page = render([CONVERSATIONS, TURNS, notes]).replace("\n  ", " ")
    assert "`conversations`, `turns` and `notes` have `conversation_id`" in page
    assert "[`notes`](#notes)" in page


@pytest.mark.parametrize("query", EXAMPLES)
def test_the_example_queries_run(query: str) -> None:
    assert query in render()
    with duckdb.connect() as connection:
        for table in EVERY_TABLE:
            connection.execute(table.create("main"))
        connection.execute(query)


def test_the_page_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    main([str(tmp_path / "docs" / "page.md")])
    assert (tmp_path / "docs" / "page.md").read_text(encoding="utf-8") == render()
