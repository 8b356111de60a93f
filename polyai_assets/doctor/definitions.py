"""Whether the assets of the platform and those of the Dagster project around it can live together."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import dagster as dg

from polyai_assets.doctor.finding import Finding, green, red
from polyai_assets.workspace import make_importable, project_root

NAME = "definitions"
HINT = "`dg check defs` shows where"
_PREFIX = (
    "set `key_prefix` in defs.yaml (of one instance, if there are several): it stands before the keys of all assets "
    "and the names of all jobs, sensors and schedules of the instance"
)


def look_at_definitions(start: Path) -> Iterator[Finding]:
    """Build all definitions of the Dagster project that `start` lies in, as Dagster does."""
    root = project_root(start)
    make_importable(root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Dagster about itself
        yield judge(dg.ComponentTree.for_project(root).build_defs())


def judge(definitions: dg.Definitions) -> Finding:
    """Say whether definitions can be loaded, and what to do where two have the same name."""
    try:
        dg.Definitions.validate_loadable(definitions)
    except dg.DagsterInvalidDefinitionError as error:
        said = " ".join(str(error).split())
        is_twice = said.startswith("Duplicate") or "multiple" in said
        return red(NAME, said, _PREFIX if is_twice else HINT)
    return green(NAME, f"load, with {len(definitions.resolve_asset_graph().get_all_asset_keys())} assets")
