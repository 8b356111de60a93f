"""A route that is found before `%2F` and its like are decoded, so that an id may contain anything."""

from urllib.parse import unquote

from starlette.routing import Match, Route
from starlette.types import Scope


class RawRoute(Route):
    """Like Route, but a percent-encoded slash does not end a part of the path; the parts arrive decoded."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the path as it was sent."""
        match, child = super().matches({**scope, "path": scope["raw_path"].decode("ascii")})
        if match is not Match.NONE:
            child["path_params"] = {name: unquote(part) for name, part in child["path_params"].items()}
        return match, child
