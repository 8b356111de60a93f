"""What keeps the demo from running."""

from polyai_assets.machine.actionable import Actionable


class DemoError(Actionable):
    """The demo cannot run; the message says why and what to do."""
