"""The variables of the demo, in this process and in the file `.env`, where every later command finds them.

The file may be a person's own, too: only the lines of the demo change.
"""

import os
from pathlib import Path

from dotenv import dotenv_values, set_key

from polyai_assets.machine.folders import private_file

KEY = "POLYAI_DEMO_KEY"
PORT = "POLYAI_DEMO_PORT"
HOME = "DAGSTER_HOME"

_ABOUT = "# Written by `polyai demo`; the simulated PolyAI needs no secret. Your own variables may stand here, too.\n"


def set_variables(root: Path, port: int, key: str) -> None:
    """Set where the demo's simulated PolyAI is and what opens it, and where Dagster keeps its runs."""
    home = str(root / "data")
    os.environ |= {KEY: key, PORT: str(port), HOME: home}
    file = root / ".env"
    if file.is_dir():  # some people have an environment of Python there; then a shell sets them
        return
    if not file.exists():
        private_file(file)
        file.write_text(_ABOUT, encoding="utf-8")
    known = dotenv_values(file)
    for name, value in {HOME: home, KEY: key, PORT: str(port)}.items():
        if known.get(name) != value:
            set_key(file, name, value, quote_mode="auto")
