"""Which names a column may have, so that a query needs no quotes around it."""

import re
from functools import cache

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)


def is_column_name(name: str) -> bool:
    """Tell whether a name has the form of a column's: small letters, digits and `_`, at most 63 of them."""
    return _NAME.fullmatch(name) is not None


@cache
def is_sql_word(name: str) -> bool:
    """Tell whether a name of that form is a word of SQL, which DuckDB takes for a column's in quotes only."""
    import duckdb  # on demand: definitions of platforms that declare nothing are loaded without it

    try:
        duckdb.extract_statements(f"SELECT {name} FROM t; CREATE TABLE t ({name} INT)")
    except duckdb.ParserException:
        return True
    return False
