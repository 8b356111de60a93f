"""The faults that are switched on, and which requests they have hit."""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from polyai_assets.simulator.exchange import Exchange
from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.fault_kinds import KINDS, Stage


@dataclass
class ActiveFault:
    """A fault with how many requests it let pass and how many it hit."""

    fault: Fault
    passed: int = 0
    hits: int = 0

    @property
    def is_over(self) -> bool:
        """Whether it has hit as many requests as it was to."""
        return self.fault.times is not None and self.hits >= self.fault.times


class Faults:
    """The list of faults. Several may hit the same request; of those that refuse it, the first one does."""

    def __init__(self) -> None:
        self._active: list[ActiveFault] = []

    def add(self, fault: Fault) -> ActiveFault:
        """Switch `fault` on. Raises ValueError for an unknown kind, or a call or parameters that do not fit it."""
        if fault.kind not in KINDS:
            msg = f"fault kind {fault.kind!r} is unknown; use one of {', '.join(KINDS)}"
            raise ValueError(msg)
        calls = KINDS[fault.kind].calls
        if fault.call is not None and fault.call not in calls:
            msg = (
                f"fault {fault.kind!r} has no meaning for call {fault.call!r}; use {', '.join(sorted(calls))}"
            )
            raise ValueError(msg)
        try:
            inspect.signature(KINDS[fault.kind].apply).bind(None, fault, **fault.parameters)
        except TypeError as error:
            msg = f"fault {fault.kind!r}: {error}"
            raise ValueError(msg) from error
        active = ActiveFault(fault)
        self._active.append(active)
        return active

    def clear(self) -> None:
        """Switch all faults off."""
        self._active.clear()

    def __iter__(self) -> Iterator[ActiveFault]:
        return iter(list(self._active))

    def strike(self, exchange: Exchange, stage: Stage, page_number: int) -> None:
        """Let every fault of `stage` that matches the request have its way; stop once one has refused it."""
        request = (exchange.project.key, exchange.query, page_number, exchange.call, exchange.conversation_id)
        for active in self:
            kind = KINDS[active.fault.kind]
            if (
                kind.stage is not stage
                or active.is_over
                or exchange.call not in kind.calls
                or (kind.needs_cursor and exchange.query.cursor is None)
                or not active.fault.matches(*request)
            ):
                continue
            if active.passed < active.fault.after:
                active.passed += 1
                continue
            active.hits += 1
            kind.apply(exchange, active.fault, **active.fault.parameters)
            if stage is Stage.ASKED and exchange.answer is not None:
                return
