"""Which account and project PolyAI answers with: two configured projects may be two names of one.

An account and a project have a short name and one with a prefix (`acme` and `ws-…`, `hotel-bot` and `PROJECT-…`), and
both work in an address. The records name each in one way.
"""

from threading import Lock

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.doctor.check import Diagnosis, red

NAME = "project"


class _Named(msgspec.Struct):
    account_id: str = ""
    project_id: str = ""


class Identities:
    """Which project was answered with which account and project; several checks look at once."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str], Project] = {}
        self._lock = Lock()

    def other_name(self, project: Project, payload: bytes) -> Project | None:
        """Take note of a record of a project, and give the project that was answered with the same before."""
        try:
            named = msgspec.json.decode(payload, type=_Named)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        if not (named.account_id and named.project_id):
            return None
        with self._lock:
            first = self._seen.setdefault((project.region, named.account_id, named.project_id), project)
        return None if first == project else first


def same_project(other: Project) -> Diagnosis:
    """Say that a project is another one that is configured, too."""
    return red(
        NAME,
        f"PolyAI answers for it with the same account and project as for {other}: both are one, and every "
        "conversation of it is loaded twice",
        "keep one of the two in defs.yaml, and delete the rows of the other from the tables",
    )
