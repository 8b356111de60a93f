"""Where a warehouse is, by its text alone: nothing here needs DuckDB."""

from pathlib import Path

LAKE = "ducklake:"


class Target(str):
    """The path of a DuckDB file, or `ducklake:…` as DuckDB's ATTACH takes it, which names the lake's catalog."""

    __slots__ = ()

    @property
    def is_ducklake(self) -> bool:
        """Whether it is a DuckLake, which many processes may use at once."""
        return self.startswith(LAKE)

    @property
    def is_on_postgres(self) -> bool:
        """Whether it is a DuckLake whose catalog is a Postgres database."""
        return self.startswith(f"{LAKE}postgres:")

    @property
    def file(self) -> Path | None:
        """The DuckDB file; None for a DuckLake."""
        return None if self.is_ducklake else Path(self)

    @property
    def may_exist(self) -> bool:
        """Whether something may have been loaded: the file is there, or only the catalog could tell."""
        return self.file is None or self.file.exists()
