"""The words of an alert: one message per project, readable in a chat and in a mail.

Subject and body are made of the same blocks, so that they count the same. It is plain text: names of fields hold
characters that Markdown would take for its own.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from polyai_assets.alerts.block import Block, block_of, block_of_days, named, what
from polyai_assets.alerts.compare import Changes
from polyai_assets.alerts.finding import Finding
from polyai_assets.alerts.noun import Noun, counted, noun_of, number_of
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.raw.trouble import MOST_FAILURES

MOST_BLOCKS = 10
MOST_RESOLVED = 5
"""Blocks and lines of a message; what is beyond is counted."""

Gravity = Literal["failure", "warning", "success", "info"]
"""How grave a message is, as apprise knows it."""

_WORDS: dict[Gravity, str] = {"failure": "failure", "warning": "warning", "success": "resolved"}


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent about a project.

    `attachment` is the path of a file that goes with it, "" for none. Of those with the same `once`, a target gets one.
    """

    project: str
    title: str
    body: str
    gravity: Gravity
    attachment: str = ""
    once: str = ""


def message(project: str, changes: Changes, settings: AlertSettings) -> Message | None:
    """Report what changed in a project; None if nothing did.

    Of what was resolved, only what had been reported is reported.
    """
    new, worse, back = (
        _blocks(findings, settings) for findings in (changes.unreported, changes.worsened, changes.back)
    )
    resolved = [entry.finding for entry in changes.resolved if entry.reported is not None]
    gone = _summed((number_of(finding), noun_of(finding)) for finding in resolved)
    wrong = [
        prefix + _summed((block.count, block.noun) for block in blocks)
        for prefix, blocks in (("", new), ("worse: ", worse), ("back: ", back))
        if blocks
    ]
    if not wrong and not resolved:
        return None
    gravity = _gravity([*new, *worse, *back])
    counts = [*wrong, f"resolved: {gone}"] if wrong and resolved else wrong or [gone]
    shown = [
        *(("worse: ", block) for block in worse),
        *(("back: ", block) for block in back),
        *(("", block) for block in new),
    ]
    body = [*_texts(shown), *(["\n".join(_resolved_lines(resolved))] if resolved else [])]
    return Message(
        project, f"polyai {_WORDS[gravity]}: {'; '.join(counts)} — {project}", "\n\n".join(body), gravity
    )


def _gravity(blocks: Sequence[Block]) -> Gravity:
    if not blocks:
        return "success"
    return "failure" if any(block.severity == "ERROR" for block in blocks) else "warning"


def _blocks(findings: Sequence[Finding], settings: AlertSettings) -> list[Block]:
    """Make the blocks of findings, errors first; days with one cause are one."""
    causes: dict[tuple[str, str, str, bool], list[Finding]] = {}
    for finding in findings:
        if finding.is_day:
            cause = (finding.kind, finding.severity, finding.example, finding.count >= MOST_FAILURES)
            causes.setdefault(cause, []).append(finding)
    days = [block_of_days(listed, settings) for listed in causes.values()]
    others = sorted(
        (finding for finding in findings if not finding.is_day),
        key=lambda finding: (finding.check, -(finding.share or 0), finding.path),
    )
    blocks = [*days, *(block_of(finding, settings) for finding in others)]
    return sorted(blocks, key=lambda block: block.severity != "ERROR")


def _texts(blocks: Sequence[tuple[str, Block]]) -> list[str]:
    texts = [prefix + block.text for prefix, block in blocks[:MOST_BLOCKS]]
    left = blocks[MOST_BLOCKS:]
    if left:
        counts = _summed((block.count, block.noun) for _, block in left)
        texts.append(f"and more, in the table findings: {counts}")
    return texts


def _resolved_lines(resolved: Sequence[Finding]) -> list[str]:
    days: dict[Noun, list[Finding]] = {}
    for finding in resolved:
        if finding.is_day:
            days.setdefault(noun_of(finding), []).append(finding)
    others = sorted(
        (finding for finding in resolved if not finding.is_day), key=lambda finding: finding.identity
    )
    lines = [
        f"resolved: {counted(len(listed), noun)}: {named([date.fromisoformat(finding.path) for finding in listed])}"
        for noun, listed in days.items()
    ]
    room = max(MOST_RESOLVED - len(lines), 0)
    lines += [
        f"resolved: {counted(number_of(finding), noun_of(finding))}: {what(finding)}, since {finding.first_seen}"
        for finding in others[:room]
    ]
    if others[room:]:
        counts = _summed((number_of(finding), noun_of(finding)) for finding in others[room:])
        lines.append(f"resolved: and more, in the table findings: {counts}")
    return lines


def _summed(counts: Iterable[tuple[int, Noun]]) -> str:
    """Sum up what is counted alike: `2 days red, 1 drift`."""
    sums: Counter[Noun] = Counter()
    for number, noun in counts:
        sums[noun] += number
    return ", ".join(counted(number, noun) for noun, number in sums.items())
