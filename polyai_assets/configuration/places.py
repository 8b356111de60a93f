"""Addresses and places: how they are read, checked against each other and made absolute."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from polyai_assets.configuration.problems import FieldPath, Problems
from polyai_assets.configuration.rules import Rule, as_text, unblanked
from polyai_assets.warehouse.target import LAKE, Target

_NETWORK_CATALOGS = ("postgres:", "mysql:")
_FILE_CATALOGS = ("sqlite:", "duckdb:")
_PASSWORD = re.compile(r"\b(?:password|passwd|pwd|secret|token)\s*=\s*(?!\{\{)\S", re.IGNORECASE)


def base_url() -> Rule:
    """Take an http or https address; a slash at its end is cut off."""
    must = "must be an address like https://proxy.example.com or http://127.0.0.1:8765/polyai"

    def read(value: object) -> str:
        address = as_text(value)
        try:
            parts = urlsplit(address)
            valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:  # a port that is no number, a bracket that is not closed
            valid = False
        if not valid or " " in address:
            raise ValueError(must)
        if set("@?#") & set(address):  # a password with a slash in it would count as the path
            raise ValueError(f"{must}, without user, password, query or fragment")
        return address.rstrip("/")

    return Rule(read, {"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"}, "address")


def store() -> Rule:
    """Take a path, or a URL without credentials."""

    def read(value: object) -> str:
        place = unblanked(value)
        if "://" in place and _holds_login(place.partition("://")[2]):
            raise ValueError(
                "must not hold credentials: leave them to the environment, as your storage's client does"
            )
        try:
            Path(place).expanduser()
        except RuntimeError:
            raise ValueError("begins with a ~ that stands for no folder here; write the whole path") from None
        return place

    return Rule(read, {"type": "string"}, "path or URL")


def with_default_places(read: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in the places that the file does not name, apart for each key_prefix."""
    folder = _own_folder(read)
    defaults = {
        "raw_store": f"{folder}/raw",
        "warehouse": f"{folder}/polyai.duckdb",
        "read_only_copy": f"{folder}/polyai-marts.duckdb",
    }
    return {**{name: place for name, place in defaults.items() if given.get(name) is None}, **read}


def report_folder(read: Mapping[str, Any]) -> str:
    """Give the folder of the pages of the report where the file names none."""
    return f"{_own_folder(read)}/reports"


def _own_folder(read: Mapping[str, Any]) -> str:
    return "/".join(["data", *read.get("key_prefix", ())])


def check_places(
    problems: Problems, read: Mapping[str, Any], raw: Mapping[str, Any], root: Path, top: FieldPath
) -> None:
    """Note what the places may not be. `raw` is what the file says, for a password that stands in it."""
    for name in ("raw_store", "warehouse_data"):
        place = read.get(name)
        if place and "://" not in place and Path(place_of(place, root)).is_file():
            problems.add((*top, name), "is a file; it must be a folder. Name another place.")
    warehouse: str | None = read.get("warehouse")
    if warehouse is not None and Target(warehouse).is_ducklake:
        _check_lake(problems, warehouse, read, top)
    else:
        _check_file(problems, warehouse, read, root, top)
    _check_copy(problems, read, root, top)
    written = raw.get("warehouse")
    if isinstance(written, str) and _PASSWORD.search(written):
        problems.warn(
            (*top, "warehouse"),
            "a password stands in the file. Keep it in a variable, as in "
            '"ducklake:postgres:host=db dbname=lake password={{ env.LAKE_PASSWORD }}", or in PGPASSWORD.',
        )


def _check_lake(problems: Problems, warehouse: str, read: Mapping[str, Any], top: FieldPath) -> None:
    if "warehouse_data" not in read:
        problems.add(
            (*top, "warehouse_data"),
            "is missing: a DuckLake needs a folder or a URL such as s3://bucket/lake.",
        )
    if warehouse == LAKE:
        problems.add((*top, "warehouse"), "names no catalog. Write ducklake:postgres:… or ducklake:path.")


def _check_file(
    problems: Problems, warehouse: str | None, read: Mapping[str, Any], root: Path, top: FieldPath
) -> None:
    if warehouse is None:
        return
    if "warehouse_data" in read:
        problems.add(
            (*top, "warehouse_data"), "goes only with a warehouse that begins with ducklake:. Remove it."
        )
    if "://" in warehouse:
        problems.add(
            (*top, "warehouse"), "is a URL; a DuckDB file needs a path. To share it, write ducklake:…."
        )
    elif warehouse.endswith("/") or Path(place_of(warehouse, root)).is_dir():
        problems.add(
            (*top, "warehouse"), "is a folder; it must be a file in it. Add a name, such as polyai.duckdb."
        )


def _check_copy(problems: Problems, read: Mapping[str, Any], root: Path, top: FieldPath) -> None:
    copy: str | None = read.get("read_only_copy")
    if copy is None:
        return
    path = (*top, "read_only_copy")
    if "://" in copy or Target(copy).is_ducklake:
        problems.add(path, "must be a path of a DuckDB file on this machine: others copy it from there.")
    elif copy.endswith("/") or Path(place_of(copy, root)).is_dir():
        problems.add(path, "is a folder; it must be a file in it. Add a name, such as polyai-marts.duckdb.")
    elif Path(place_of(copy, root)).resolve() == Path(place_of(read.get("warehouse", ""), root)).resolve():
        problems.add(path, "is the warehouse itself, which runs write to. Name another file.")


def place_of(place: str, root: Path) -> str:
    """Make a path absolute, beginning at the root; a URL stays as it is."""
    return place if "://" in place else str(root / Path(place).expanduser())


def warehouse_of(target: str, root: Path) -> str:
    """Make the path in a warehouse absolute, whatever stands before it."""
    if not Target(target).is_ducklake:
        return place_of(target, root)
    catalog = target.removeprefix(LAKE)
    if catalog.startswith(_NETWORK_CATALOGS):
        return target
    kind = next((kind for kind in _FILE_CATALOGS if catalog.startswith(kind)), "")
    return f"{LAKE}{kind}{place_of(catalog.removeprefix(kind), root)}"


def _holds_login(rest: str) -> bool:
    """Tell whether what follows `://` begins with a user, or with user and password, of which any may hold a slash."""
    authority, _, path = rest.partition("/")
    _, colon, port = authority.partition(":")
    return "@" in authority or (bool(colon) and not port.isdigit() and "@" in path)
