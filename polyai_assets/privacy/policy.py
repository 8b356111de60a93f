"""What a project does about the personal data in its rows: keep it, or do without it."""

import hashlib
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from pathlib import Path

KEEP, PSEUDONYMIZE, REDACT, DROP = "keep", "pseudonymize", "redact", "drop"
PII_RULES = (KEEP, PSEUDONYMIZE, DROP)
TEXT_RULES = (KEEP, REDACT, DROP)
ACCOUNT, EVERYWHERE = "account", "global"
SCOPES = (ACCOUNT, EVERYWHERE)


@dataclass(frozen=True, slots=True)
class PresidioSettings:
    """Presidio as a project has it look into text: its own configuration file, and the entities that are masked."""

    configuration: str
    entities: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Identify what the file says; "" where it cannot be read."""
        with suppress(OSError):
            return hashlib.sha256(Path(self.configuration).read_bytes()).hexdigest()
        return ""


@dataclass(frozen=True, slots=True)
class PrivacyPolicy:
    """The policy of a project, as the option `privacy` has it.

    `pii` is for contacts and staff, `text` for what people said or wrote. Of what may hold anything only members are
    kept that are named: of the agent's state, of entities, of the arguments of functions, of metrics and of other
    objects. `keep_numbers` are regular expressions of numbers that are not masked. `presidio` looks into text as well.
    """

    pii: str = KEEP
    text: str = KEEP
    pseudonym_scope: str = ACCOUNT
    keep_state: tuple[str, ...] = ()
    keep_entities: tuple[str, ...] = ()
    keep_arguments: tuple[str, ...] = ()
    keep_metrics: tuple[str, ...] = ()
    keep_fields: tuple[str, ...] = ()
    keep_numbers: tuple[str, ...] = ()
    presidio: PresidioSettings | None = None

    @property
    def keeps_all(self) -> bool:
        """Whether rows are as PolyAI sent them."""
        return self.pii == KEEP and self.text == KEEP

    def identity(self, key_id: str) -> str:
        """Identify what it makes of rows, with the id of the key of pseudonyms; "" where it keeps all."""
        if self.keeps_all:
            return ""
        *rules, _ = astuple(
            replace(self, presidio=None)
        )  # as before there was Presidio: days need not be made anew
        if self.presidio is not None:
            rules += [self.presidio.digest, self.presidio.entities]
        return hashlib.sha256(repr((_RULES_VERSION, key_id, *rules)).encode()).hexdigest()[:16]


_RULES_VERSION = 1
"""To be raised when the rules find other things: then rows are made anew."""
