"""The words and the shape of the package: one noun is one class, a file's name is unique in its room, no module
imports itself in a circle, and names are the field's words. What a room imports is import-linter's part."""

import ast
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import polyai_assets

ROOT = Path(polyai_assets.__file__).parent

MOST_LINES = 250
FILES = [file.relative_to(ROOT) for file in sorted(ROOT.rglob("*.py"))]
PRIVATE_IDIOM = re.compile(
    r"one|(.*_)?(told|tell|tells|brought|bring|brings|wish|wishes|somebody|nobody|came|dice|bury|buried|no_news"
    r"|worked_through)(_.*)?"
)
PRIVATE_PROSE = re.compile(
    r"\b(told|brought|brings|nobody|somebody|wish(es|ed)?|c[ao]mes? of|bec[ao]mes? of|dice|bury|buried)\b",
    re.IGNORECASE,
)
"""`told_severity` and the like, which are columns of tables that are there already, are one word, and not this one."""
NAMES_ON_DISK = {'"told"'}
"""The fields of notes that are there already."""


@cache
def parsed() -> Mapping[Path, ast.Module]:
    """Give every file of the package with its syntax tree."""
    return {file: ast.parse((ROOT / file).read_text("utf-8")) for file in FILES}


def room_of(file: Path) -> str:
    return file.parts[0]


def module_of(file: Path) -> str:
    parts = (ROOT.name, *file.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def doubled(names: Iterator[tuple[object, Path]]) -> dict[object, list[str]]:
    places = defaultdict(list)
    for name, file in names:
        places[name].append(str(file))
    return {name: files for name, files in places.items() if len(files) > 1}


def test_a_public_class_has_a_name_that_no_other_has() -> None:
    found = doubled(
        (node.name, file)
        for file, tree in parsed().items()
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )

    assert found == {}


def test_a_file_has_a_name_that_no_other_of_its_room_has() -> None:
    found = doubled(
        ((room_of(file), file.name), file)
        for file in FILES
        if file.name != "__init__.py" and len(file.parts) > 1
    )

    assert found == {}


def assigned_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.arg():
                yield node.arg
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr
            case ast.alias(asname=str(name)):
                yield name


def in_snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")


def test_a_file_is_of_one_subject_and_a_few_pages() -> None:
    lines = {file: len(file.read_text().splitlines()) for file in ROOT.rglob("*.py")}
    long = {str(file.relative_to(ROOT)): count for file, count in lines.items() if count > MOST_LINES}
    assert long == {}, "split them by subject"


def test_names_are_the_words_of_the_field() -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for file, tree in parsed().items():
        words = {name for name in assigned_names(tree) if PRIVATE_IDIOM.fullmatch(in_snake_case(name))}
        if words:
            found[room_of(file)] |= words

    assert found == {}


def prose_of(file: Path) -> Iterator[str]:
    """Give the comments and the strings of a module, messages and docstrings among them; of a query all of it."""
    if file.suffix != ".py":
        yield file.read_text("utf-8")
        return
    with file.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            if token.type in (tokenize.COMMENT, tokenize.STRING) and token.string not in NAMES_ON_DISK:
                yield token.string


def test_docstrings_comments_and_messages_use_the_words_of_the_field() -> None:
    found = [
        f"{file.relative_to(ROOT)}: {match.group()}"
        for file in sorted([*ROOT.rglob("*.py"), *ROOT.rglob("*.sql")])
        for text in prose_of(file)
        for match in PRIVATE_PROSE.finditer(" ".join(text.split()))
    ]

    assert found == []


MODULES = {module_of(file): room_of(file) for file in FILES}


def imported_modules(tree: ast.Module) -> set[str]:
    """Give the modules of the package that a module imports, in functions too, but not for type checkers alone."""
    for_type_checkers = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for part in ast.walk(statement)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in for_type_checkers:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in full}
    return found & MODULES.keys()


def imports_of_modules() -> dict[str, set[str]]:
    return {module_of(file): imported_modules(tree) - {module_of(file)} for file, tree in parsed().items()}


def circle_in(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    imports = imports_of_modules()
    found = {
        room: circle
        for room in sorted(set(MODULES.values()))
        if (circle := circle_in({name: imports[name] for name in imports if MODULES[name] == room}))
    }

    assert found == {}


def test_only_the_component_and_the_command_know_that_there_is_a_migration() -> None:
    """So the folder goes with these two lines in one commit, when no project is on its way to v3 any more."""
    importing = {
        module
        for module, imported in imports_of_modules().items()
        if MODULES[module] != "migration" and any(MODULES[name] == "migration" for name in imported)
    }

    assert importing == {"polyai_assets.component", "polyai_assets.cli.migration"}
