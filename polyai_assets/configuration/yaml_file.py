"""A `defs.yaml` as YAML, before it means anything: what keeps it from being read, and what stands in it twice."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from polyai_assets.configuration.problems import FieldPath
from polyai_assets.configuration.rules import nearest
from polyai_assets.machine.text_file import TextUnreadable, read_text

TYPE = "polyai_assets.PolyAIConversations"
_OF_DAGSTER = ("type", "attributes", "template_vars_module", "requirements", "post_processing")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_QUOTE_IT = 'put quotes around it, as in "{{ env.NAME }}": without them YAML reads braces as a mapping'
_WRITE = f"Write `type: {TYPE}` and `attributes:`, or let `dg scaffold defs {TYPE} NAME` write them"


def reading_problems(file: Path, shown: str) -> tuple[str, ...]:
    """Say with line and remedy why a file is no component, or nothing; `shown` is how messages name it.

    Only documents of our type are judged beyond their YAML.
    """
    try:
        text = read_text(file, shown)
        documents = _documents(text)
    except TextUnreadable as error:
        return (str(error),)
    except yaml.MarkedYAMLError as error:
        return (_not_yaml(error, text.splitlines(), shown),)
    except yaml.YAMLError as error:  # a character that no YAML has
        return (f"{shown}: {' '.join(str(error).split())}. Remove that character.",)
    if not documents:
        return (f"{shown}: is empty. {_WRITE}.",)
    return tuple(
        f"{shown}:{line} {problem}." for document in documents for line, problem in _of_document(document)
    )


def duplicate_keys(text: str, first_line: int) -> Iterator[tuple[FieldPath, int]]:
    """Find the keys that stand twice in a mapping of the document that begins at a line: path, and the earlier line.

    YAML lets the last one win without a word.
    """
    documents = _documents(text)
    ours = [document for document in documents if _line(document) <= first_line]
    if ours:
        yield from _duplicates(ours[-1], ())


def _documents(text: str) -> list[Node]:
    found = (document for document in yaml.compose_all(text, Loader=_LOADER) if document is not None)
    return [node for node in found if not (isinstance(node, ScalarNode) and node.value == "")]


def _not_yaml(error: yaml.MarkedYAMLError, lines: list[str], shown: str) -> str:
    mark = error.problem_mark or error.context_mark
    number = mark.line + 1 if mark else 1
    near = [(line, lines[line - 1]) for line in (number, number - 1) if 0 < line <= len(lines)]
    for line, content in near:
        if re.match(r"\s*\t", content):
            return f"{shown}:{line} begins with a tab. Indent with blanks: YAML takes no tabs there."
    for line, content in near:
        if re.search(r"""(?:[:\[,]|-)\s+\{[{%]""", content):
            return f"{shown}:{line} holds a template that is not quoted: {_QUOTE_IT}, around the whole value."
    return (
        f"{shown}:{number} is no YAML: {error.problem or error.context}. "
        "Look at the indentation, and put a value that holds : # {{ or quotes into quotes."
    )


def _of_document(document: Node) -> Iterator[tuple[int, str]]:
    if not isinstance(document, MappingNode):
        yield _line(document), f"is {_kind(document)} where a mapping must stand. {_WRITE}"
        return
    unquoted = list(_unquoted_templates(document))
    if unquoted:
        yield from unquoted
        return
    top = {key.value: (key, value) for key, value in document.value}
    if "type" not in top:
        yield _line(document), f"has no type. {_WRITE}"
    elif top["type"][1].value == TYPE:
        yield from _of_ours(top)
    elif str(top["type"][1].value).startswith(f"{TYPE.partition('.')[0]}."):
        yield _line(top["type"][1]), f"type: {top['type'][1].value} is no component of ours. Write {TYPE}"


def _of_ours(top: dict[str, tuple[Node, Node]]) -> Iterator[tuple[int, str]]:
    for name, (key, value) in top.items():
        if name not in _OF_DAGSTER:
            hint = nearest(name, _OF_DAGSTER) or "Indent it: options stand below `attributes`"
            yield _line(key), f"{name}: is no option at this level. {hint.rstrip('.')}"
        elif name == "attributes" and not (
            isinstance(value, MappingNode) or value.value in ("", "null", "~")
        ):
            yield (
                _line(value),
                f"attributes: is {_kind(value)} where a mapping must stand, such as `projects: …`",
            )


def _unquoted_templates(node: Node) -> Iterator[tuple[int, str]]:
    """Find `{{ … }}` without quotes, which YAML takes for a mapping whose key is a mapping."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield from _unquoted_templates(value)
            else:
                yield _line(key), f"holds a template that is not quoted: {_QUOTE_IT}"
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _unquoted_templates(item)


def _duplicates(node: Node, path: FieldPath) -> Iterator[tuple[FieldPath, int]]:
    if isinstance(node, MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            if key.value in lines:
                yield (*path, key.value), lines[key.value]
            lines[key.value] = _line(key)
            yield from _duplicates(value, (*path, key.value))
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicates(item, (*path, index))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _kind(node: Node) -> str:
    return "a list" if isinstance(node, SequenceNode) else "a single value"
