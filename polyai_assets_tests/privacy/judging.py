"""Recall and precision of redaction by kind, on the planted corpus."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from polyai_assets.privacy.extracted import Extracted
from polyai_assets.privacy.policy import PrivacyPolicy
from polyai_assets.privacy.redact import Redactor
from polyai_assets_tests.privacy.planted import HARMLESS, KEPT, Planted, planted


@dataclass
class Judged:
    """How many of each kind were planted, and how many of these are gone; what was missed, and what was masked for
    nothing."""

    planted: Counter[str] = field(default_factory=Counter)
    gone: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[Planted, list[str]]] = field(default_factory=list)
    tags: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.gone.total() / self.planted.total()

    @property
    def precision(self) -> float:
        return 1 - len(self.wrong) / max(1, self.tags.total())


def values_of(found: Planted) -> dict[str, str]:
    extracted = Extracted(PrivacyPolicy())
    extracted.learn(json.dumps({"id": "CA1", "state": dict(found.values)}).encode())
    return extracted.of("CA1")


def judge(corpus: Iterable[Planted] = ()) -> Judged:
    redactor = Redactor(tuple(map(re.compile, KEPT)))
    judged = Judged()
    for found in corpus or planted():
        masked = redactor.redact_turns(found.turns, values_of(found))
        is_gone = not any(text in turn for text in found.gone for turn in masked)
        judged.planted[found.kind] += 1
        judged.gone[found.kind] += is_gone
        if not is_gone:
            judged.missed.append((found, masked))
    judged.tags += redactor.counts
    for text in HARMLESS:
        if (masked := redactor.redact(text)) != text:
            judged.wrong.append(f"{text} -> {masked}")
    return judged
