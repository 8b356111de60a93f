"""From which day on each layer of a project is kept, as the last retention run has left it.

    <root>/retired/projects/<region>/<account>/<project>.json

It is there to be shown: what was removed of a day is said by the marks of the day (`retired.py`).
"""

from collections.abc import Mapping
from datetime import date

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.api.record import UNREADABLE
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import project_folder

RETIRED = "retired"
"""The folder of the raw store for what is said of days that were retired."""


def note_kept_from(store: FileStore, project: Project, before: Mapping[str, date]) -> None:
    """Note from which day on each layer of a project is kept; what was removed once is not kept from earlier."""
    known = read_kept_from(store, project)
    newest = {layer: max(day, known.get(layer, day)) for layer, day in before.items()}
    if newest != known:
        store.write(_name(project), msgspec.json.encode({**known, **newest}))


def read_kept_from(store: FileStore, project: Project) -> dict[str, date]:
    """Read from which day on each layer of a project is kept; a note that cannot be read says nothing."""
    content = store.read(_name(project))
    try:
        return {} if content is None else msgspec.json.decode(content, type=dict[str, date])
    except UNREADABLE:
        return {}


def _name(project: Project) -> str:
    return f"{RETIRED}/projects/{project_folder(project.key)}.json"
