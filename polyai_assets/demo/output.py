"""How the demo prints."""

from rich.console import Console

WIDTH = 124  # columns, where the output is no terminal


def demo_console() -> Console:
    """Make the console of the demo."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)
