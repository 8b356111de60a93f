"""What a project does about the personal data in its rows: keep it, or do without it."""

import hashlib
from dataclasses import astuple, dataclass

KEEP, PSEUDONYMIZE, REDACT, DROP = "keep", "pseudonymize", "redact", "drop"
PII_RULES = (KEEP, PSEUDONYMIZE, DROP)
TEXT_RULES = (KEEP, REDACT, DROP)
ACCOUNT, EVERYWHERE = "account", "global"
SCOPES = (ACCOUNT, EVERYWHERE)


@dataclass(frozen=True, slots=True)
class PrivacyPolicy:
    """The policy of a project, as the option `privacy` has it.

    `pii` is for contacts and staff, `text` for what people said or wrote. Of what may hold anything only members are
    kept that are named: of the agent's state, of entities, of the arguments of functions, of metrics and of other
    objects. `keep_numbers` are regular expressions of numbers that are not masked.
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

    @property
    def keeps_all(self) -> bool:
        """Whether rows are as PolyAI sent them."""
        return self.pii == KEEP and self.text == KEEP

    def identity(self, key_id: str) -> str:
        """Identify what it makes of rows, with the id of the key of pseudonyms; "" where it keeps all."""
        if self.keeps_all:
            return ""
        return hashlib.sha256(repr((_RULES_VERSION, key_id, *astuple(self))).encode()).hexdigest()[:16]


_RULES_VERSION = 1
"""To be raised when the rules find other things: then rows are made anew."""
