"""Where Dagster enters: everything below `defs/`."""

import warnings
from pathlib import Path

import dagster as dg

# `dg launch` converts our steps in a way that Dagster itself calls beta, and says so; its version is pinned.
warnings.filterwarnings("ignore", message="Parameter `execution_type` of", category=dg.BetaWarning)


@dg.definitions
def defs() -> dg.Definitions:
    """Load the `defs` folder.

    Runs work in their own process: nearly all have a single step, and a second process would take seconds to start.
    A project that embeds the component decides for itself; the steps work under any executor.
    """
    loaded = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    return dg.Definitions.merge(loaded, dg.Definitions(executor=dg.in_process_executor))
