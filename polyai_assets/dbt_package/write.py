"""Writes what of the dbt package follows from declarations.

`python -m polyai_assets.dbt_package.write dbt` does so, which is part of `make docs`.
"""

import argparse
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from polyai_assets.dbt_package.contacts import contact_files
from polyai_assets.dbt_package.facts import fact_files
from polyai_assets.dbt_package.formulas import formula_files
from polyai_assets.dbt_package.kpis import kpi_files
from polyai_assets.dbt_package.properties import HEADER
from polyai_assets.dbt_package.semantics import semantic_files
from polyai_assets.dbt_package.sources import source_files


def render_package() -> dict[str, str]:
    """Give the files that are written, by their paths in the package."""
    return dict(
        chain(source_files(), fact_files(), contact_files(), formula_files(), kpi_files(), semantic_files())
    )


def written_before(package: Path) -> Iterator[Path]:
    """Give the files of a package that were written, and not made by hand."""
    for path in sorted(package.glob("m*/**/*.*")):
        if HEADER in path.read_text(encoding="utf-8").partition("\n")[0]:
            yield path


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files into the given folder, and remove those that are no more."""
    parser = argparse.ArgumentParser(description="Write the dbt package from what is declared.")
    parser.add_argument("package", type=Path, help="the folder to write to, such as dbt")
    package: Path = parser.parse_args(arguments).package
    files = {package / name: text for name, text in render_package().items()}
    for path in written_before(package):
        if path not in files:
            path.unlink()
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
