"""DuckDB extensions from installed wheels: nothing is downloaded when a warehouse is attached."""

from importlib import resources
from importlib.util import find_spec

import duckdb

from polyai_assets.machine.actionable import Actionable


class ExtensionMissing(Actionable):
    """A DuckDB extension is not installed; the message says which wheel has it."""


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension from its wheel (`duckdb-extension-<name>`).

    Raises ExtensionMissing when the wheel is missing or was made for another version of DuckDB.
    """
    wheel = f"duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
    module = f"duckdb_extension_{name}"
    if find_spec(module) is None:
        raise ExtensionMissing(f"DuckDB's extension {name} is not installed: pip install {wheel}")
    file = resources.files(module) / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not file.is_file():
        raise ExtensionMissing(
            f"DuckDB is {duckdb.__version__} but its extension {name} was made for another version: "
            f"pip install {wheel}"
        )
    with resources.as_file(file) as path:
        connection.load_extension(str(path))
