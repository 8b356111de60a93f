"""How a contact is read, in SQL of DuckDB and of Postgres: macros, from the patterns by which the platform reads it."""

import re
from collections.abc import Iterator

from polyai_assets.api.project import STUDIO_HOSTS
from polyai_assets.dbt_package.properties import HEADER
from polyai_assets.privacy.contact import CONTACT_SQL, KIND_SQL

_BLANK = r"\s"
_BLANKS = r" \t\n\f\r"
"""Those that DuckDB means by a blank; Postgres means more."""

_FULL_MATCH = re.compile(r"regexp_full_match\((\w+), '(\(\?i\))?([^']*)'\)")
_GROUP = "', 1)"
"""The end of what extracts the first group, which Postgres takes by itself."""


def contact_files() -> Iterator[tuple[str, str]]:
    """Give the file of macros, by its path in the package."""
    macros = [
        "{# The kind of a `customer`, of which `dialled` is known. #}",
        *_dispatched("contact_kind", KIND_SQL),
        "",
        "{# Its normal form, of which `dialled`, `contact_kind` and `our_plain` are known. #}",
        *_dispatched("contact", CONTACT_SQL),
        "",
        "{# Where the conversations of a project are in Agent Studio; an id goes behind it. #}",
        f"{{% macro studio_address(project) %}}{_studio_address()}{{% endmacro %}}",
    ]
    yield "macros/contacts.sql", "\n".join([f"{{# {HEADER} #}}", "", *macros, ""])


def postgres_patterns(sql: str) -> str:
    """Write the functions of regular expressions as Postgres has them."""
    matched = _FULL_MATCH.sub(r"(\1 ~ '\2^(?:\3)$')", sql)
    return matched.replace(_GROUP, "')").replace("regexp_extract(", "substring(").replace(_BLANK, _BLANKS)


def _dispatched(macro: str, sql: str) -> Iterator[str]:
    yield f"{{% macro {macro}() %}}{{{{ return(adapter.dispatch('{macro}', 'dbt_polyai')()) }}}}{{% endmacro %}}"
    yield f"{{% macro default__{macro}() %}}{postgres_patterns(sql)}{{% endmacro %}}"
    yield f"{{% macro duckdb__{macro}() %}}{sql}{{% endmacro %}}"


def _studio_address() -> str:
    hosts = " ".join(f"when '{region}' then '{host}'" for region, host in STUDIO_HOSTS.items())
    region = "split_part({{ project }}, '/', 1)"
    parts = "".join(
        f""" || '/' || {{{{ dbt_polyai.url_encoded("split_part(" ~ project ~ ", '/', {place})") }}}}"""
        for place in (2, 3)
    )
    return f"case {region} {hosts} else 'https://studio.' || {region} || '.poly.ai' end{parts} || '/conversations/'"
