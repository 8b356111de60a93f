"""Files that people edit are UTF-8, with or without a mark; whatever else they are is said in a sentence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from polyai_assets.machine.text_file import NotUTF8, TextUnreadable, decode_text, read_text

TEXT = "key: schlüssel\n# 日本\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_utf_8_is_read_with_and_without_a_mark(tmp_path: Path, encoding: str):
    file = tmp_path / "file.yaml"
    file.write_text(TEXT, encoding=encoding)
    assert read_text(file) == TEXT


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (TEXT.encode("utf-16"), 1),
        (TEXT.encode("utf-16-be"), 1),
        ("key: one\nother: two\n".encode("utf-16-le"), 1),
        ("# first\n# schlüssel\n".encode("latin-1"), 2),
        (b"\xff\xfe", 1),
    ],
)
def test_another_encoding_is_told_with_the_line(tmp_path: Path, content: bytes, line: int):
    file = tmp_path / "file.yaml"
    file.write_bytes(content)
    with pytest.raises(NotUTF8) as caught:
        read_text(file)
    assert str(caught.value) == f"{file} is no text in UTF-8, as line {line} shows: save it as UTF-8."
    assert caught.value.line == line


@pytest.mark.parametrize("content", [b"", b"a", b"a\x00bcdefgh"])
def test_a_few_odd_characters_do_not_make_another_encoding(content: bytes):
    assert decode_text(content).encode() == content


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda file: None, "cannot be read: No such file or directory. It must be a text file in UTF-8"),
        (lambda file: file.mkdir(), "is a folder where a file must be"),
        (lambda file: file.symlink_to(file), "cannot be read: Too many levels of symbolic links"),
    ],
)
def test_what_is_no_file_is_told_by_its_name(tmp_path: Path, make: Callable[[Path], object], says: str):
    file = tmp_path / "file.yaml"
    make(file)
    with pytest.raises(TextUnreadable) as caught:
        read_text(file, "the file")
    assert str(caught.value).startswith(f"the file {says}")
