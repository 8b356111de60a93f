"""What can go wrong with a review sheet."""

from polyai_assets.machine.actionable import Actionable


class ReviewError(Actionable):
    """A review sheet cannot be written or read. Says why, and what to do."""


class NothingToReview(ReviewError):
    """No conversation of these days was drawn, or there is no table of them."""


class TooManyTurns(ReviewError):
    """More turns than a sheet has rows."""


class SheetNotWritten(ReviewError):
    """The file cannot be written, or there is one already."""


class SheetUnreadable(ReviewError):
    """A file is no review sheet, or something in it cannot be understood; says what, by row."""
