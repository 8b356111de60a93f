"""Which two versions of the API a project is compared by."""

from typing import NamedTuple

from polyai_assets.configuration import ProjectConfig
from polyai_assets.machine.actionable import Actionable


class Versions(NamedTuple):
    """The two versions of the API that are compared, the older first."""

    old: str
    new: str


class NothingToCompare(Actionable):
    """A project is fetched by one version of the API alone. Says what to do."""


def versions_of(config: ProjectConfig) -> Versions:
    """Name the two versions of a project, the older first. Raises NothingToCompare."""
    if config.compare_with is None:
        raise NothingToCompare(
            f"{config.project} is fetched by {config.api_version} alone, so there is nothing to compare. To compare it "
            "with another version, give it the option compare_with, such as {api_version: v1}"
        )
    return Versions(*sorted([config.api_version, config.compare_with.api_version]))


class CountDoubted(Actionable):
    """A version of the API counts another number of conversations than its pages had: nothing can be compared."""
