"""PolyAI's conversations as Dagster assets you can trust when they are green."""

from typing import TYPE_CHECKING, Any

from polyai_assets.machine.logs import mask_log_lines

if TYPE_CHECKING:
    from polyai_assets.component import PolyAIConversations

__all__ = ["PolyAIConversations"]


mask_log_lines()


def __getattr__(name: str) -> Any:
    # On demand: the simulator and the command line import this package too, and should not wait for Dagster.
    if name == "PolyAIConversations":
        from polyai_assets.component import PolyAIConversations

        return PolyAIConversations
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]  # where Dagster looks for components
