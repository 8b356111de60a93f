"""Python and the packages, held against what polyai-assets was made for."""

import platform
from collections.abc import Iterable, Iterator
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from polyai_assets.doctor.check import Diagnosis, green, red

NAME = "packages"
_OURS = "polyai-assets"
_INSTALL = "make install, or: pip install --require-hashes -r requirements.lock"
_EXTENSION = "duckdb-extension-"


def look_at_packages() -> Iterator[Diagnosis]:
    """Compare Python and every package that is required with what is installed, and load DuckDB's extensions."""
    yield python_finding(platform.python_version(), metadata.metadata(_OURS)["Requires-Python"])
    required = [Requirement(text) for text in metadata.requires(_OURS) or []]
    needed = [
        requirement
        for requirement in required
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    ]
    wrong = list(version_findings(needed))
    yield from wrong
    if not wrong:
        shown = ", ".join(f"{name} {metadata.version(name)}" for name in ("dagster", "duckdb"))
        yield green(NAME, f"all {len(needed)} as required ({shown})")
    yield from _extension_findings(
        [requirement.name for requirement in required if requirement.name.startswith(_EXTENSION)]
    )


def python_finding(version: str, required: str) -> Diagnosis:
    """Judge the version of Python."""
    if SpecifierSet(required).contains(version, prereleases=True):
        return green("Python", version)
    return red("Python", f"is {version}; {required} is needed", "make PYTHON=python3.12 install")


def version_findings(required: Iterable[Requirement]) -> Iterator[Diagnosis]:
    """Name what is missing or of a wrong version."""
    for requirement in required:
        try:
            installed = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield red(NAME, f"{requirement.name} is not installed", _INSTALL)
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            yield red(
                NAME, f"{requirement.name} is {installed}; {requirement.specifier} is required", _INSTALL
            )


def _extension_findings(wheels: Iterable[str]) -> Iterator[Diagnosis]:
    """Load every extension that is installed: its wheel must be of DuckDB's own version."""
    import duckdb

    from polyai_assets.warehouse.extensions import ExtensionMissing, load_extension

    loaded = []
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        for wheel in sorted(set(wheels)):
            try:
                metadata.version(wheel)
            except metadata.PackageNotFoundError:
                continue  # required ones were reported above
            name = wheel.removeprefix(_EXTENSION).replace("-", "_")
            try:
                load_extension(connection, name)
            except ExtensionMissing as error:
                yield red("DuckDB's extensions", str(error), _INSTALL)
            else:
                loaded.append(name)
    yield green("DuckDB's extensions", f"load from their wheels: {', '.join(loaded) or 'none'}")
