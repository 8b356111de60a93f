"""What keeps a file from being read at all: one sentence with file, line and remedy."""

from pathlib import Path

import pytest

from polyai_assets.configuration.yaml_file import reading_problems
from polyai_assets_tests.configuration.conftest import VALID

UNQUOTED = "holds a template that is not quoted: put quotes around it"


def judge(folder: Path, text: str) -> tuple[str, ...]:
    file = folder / "defs.yaml"
    file.write_text(text, encoding="utf-8")
    return reading_problems(file, "defs.yaml")


def test_a_good_file_has_none(tmp_path: Path):
    assert judge(tmp_path, VALID) == ()
    assert judge(tmp_path, f"{VALID}---\ntype: other.Component\nnonsense: [1]\n") == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "defs.yaml: is empty. Write `type: polyai_assets.PolyAIConversations` and `attributes:`"),
        ("# nothing\n---\n", "defs.yaml: is empty."),
        ("- type: x\n", "defs.yaml:1 is a list where a mapping must stand."),
        ("hello\n", "defs.yaml:1 is a single value where a mapping must stand."),
        ("attributes: {}\n", "defs.yaml:1 has no type. Write `type: polyai_assets.PolyAIConversations`"),
        (VALID.replace("Conversations", "Conversation", 1), "defs.yaml:1 type: polyai_assets.PolyAIConversation is no "
         "component of ours. Write polyai_assets.PolyAIConversations."),
        (VALID.replace("attributes:\n", "attributes: [1]\nx:\n"), "defs.yaml:2 attributes: is a list where a mapping"),
        (VALID.replace("attributes:\n", "attributes: 1\nx:\n"), "defs.yaml:2 attributes: is a single value where"),
        (f"{VALID}start_date: 2026-01-01\n", "defs.yaml:11 start_date: is no option at this level. Indent it: options "
         "stand below `attributes`."),
        (VALID.replace("attributes:", "atributes:"), "defs.yaml:2 atributes: is no option at this level. Did you mean "
         "attributes?"),
        (VALID.replace('"{{ env.HOTEL_KEY }}"', "{{ env.HOTEL_KEY }}"), f"defs.yaml:10 {UNQUOTED}, as in "
         '"{{ env.NAME }}"'),
        (VALID.replace("hotel-bot", "{{ env.A }}-{{ env.B }}"), f"defs.yaml:9 {UNQUOTED}"),
        (VALID.replace("hotel-bot", "{% if x %}a{% endif %}"), f"defs.yaml:9 {UNQUOTED}"),
        (f"{VALID}      channels: [{{{{ env.X }}}}]\n", f"defs.yaml:11 {UNQUOTED}"),
        (VALID.replace("  raw_store", "\traw_store"), "defs.yaml:3 begins with a tab. Indent with blanks"),
        (VALID.replace("      account_id", "\taccount_id"), "defs.yaml:8 begins with a tab. Indent with blanks"),
        (VALID.replace("data/raw", "a: b: c"), "defs.yaml:3 is no YAML: mapping values are not allowed"),
        ("type: [\n", "defs.yaml:2 is no YAML:"),
        (VALID.replace("hotel", "hot\x00el"), "defs.yaml: "),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_one_problem_with_its_remedy(tmp_path: Path, text: str, problem: str):
    found = judge(tmp_path, text)
    assert found[0].startswith(problem)
    assert all("\n" not in one for one in found)


def test_every_unquoted_template_is_named(tmp_path: Path):
    text = VALID.replace('"{{ env.HOTEL_KEY }}"', "{{ env.HOTEL_KEY }}").replace("acme", "{{ env.ACCOUNT }}")
    assert [one.split()[0] for one in judge(tmp_path, text)] == ["defs.yaml:8", "defs.yaml:10"]


def test_a_file_that_is_no_text_is_told(tmp_path: Path):
    (tmp_path / "defs.yaml").write_bytes(b"type: \xff\xfe")
    assert reading_problems(tmp_path / "defs.yaml", "defs.yaml") == (
        "defs.yaml is no text in UTF-8, as line 1 shows: save it as UTF-8.",
    )
