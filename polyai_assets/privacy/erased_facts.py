"""What is still counted of conversations that were erased, where an erasure keeps the figures: facts without a person.

    <root>/erased/facts/<region>/<account>/<project>/<date>.<id of the erasure>.json

A file is a list of rows of `conversation_facts` as objects, without contact, text or id, and with times to the hour. It
lies in the raw store, so that every load of the day counts them again.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

import msgspec

from polyai_assets.api.project import Project
from polyai_assets.machine.actionable import Actionable
from polyai_assets.privacy.tombstones import ROOT
from polyai_assets.raw.file_store import FileStore
from polyai_assets.raw.partition import project_folder

_FOLDER = f"{ROOT}/facts"


class ErasedFactsUnreadable(Actionable):
    """What is still counted of erased conversations is damaged; says which file, and what to do."""


def keep_erased_facts(
    store: FileStore, project: Project, day: date, erasure: str, facts: Iterable[bytes]
) -> None:
    """Keep facts of a day, each an object of JSON; those that this erasure has kept already stay as they are."""
    content = msgspec.json.encode(list(map(msgspec.Raw, facts)))
    store.write_new(f"{_folder(project)}/{day}.{erasure}.json", content)


def read_erased_facts(
    store: FileStore, project: Project, days: Collection[date]
) -> Mapping[date, tuple[bytes, ...]]:
    """Read the facts that are kept of days of a project. Raises ErasedFactsUnreadable and StoreUnavailable."""
    wanted = {str(day): day for day in days}
    folder = _folder(project)
    names = {f"{folder}/{name}": name[:10] for name in store.names(folder) if name[:10] in wanted}
    found: dict[date, tuple[bytes, ...]] = {}
    for name, content in sorted(store.read_some(names).items()) if names else ():
        try:
            facts = msgspec.json.decode(content, type=list[msgspec.Raw])
        except msgspec.DecodeError as error:
            raise ErasedFactsUnreadable(
                f"{store.location(name)} cannot be read ({error}): it has what is still counted of erased "
                "conversations. Restore it from a backup, or remove it: then they are counted no more"
            ) from error
        day = wanted[names[name]]
        found[day] = (*found.get(day, ()), *map(bytes, facts))
    return found


def _folder(project: Project) -> str:
    return f"{_FOLDER}/{project_folder(project.key)}"
