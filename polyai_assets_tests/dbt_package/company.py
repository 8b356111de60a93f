"""A company's dbt project that has installed the package, run in this process."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PACKAGE = Path(__file__).parents[2] / "dbt"

_MODEL = """
select project, {{ dbt_polyai.containment() }} as containment, {{ dbt_polyai.csat_net() }} as csat_net
from {{ ref('dbt_polyai', 'polyai__daily_kpis') }}
where level = 'project'
group by 1
"""

_FACTS = """
{{ config(materialized='table') }}
select * from {{ ref('dbt_polyai', 'polyai__built_facts') }} where project like '%/base/%'
"""


@cache
def dbt_runner() -> Any:
    """Import dbt, which takes seconds, and let it do nothing twice, and nothing that nobody looks at."""
    import mashumaro.jsonschema.schema as shapes
    from dbt.cli.main import dbtRunner
    from dbt_common.clients.jinja import MacroFuzzEnvironment, get_environment
    from dbt_common.events.event_manager import EventManager
    from dbt_common.tests import enable_test_caching

    enable_test_caching()
    # a macro is parsed as a block of its file, again for what it calls, and once more when it is called
    parse, environment = cache(MacroFuzzEnvironment._parse), get_environment()
    MacroFuzzEnvironment._parse = lambda _, *given: parse(environment, *given)
    # to describe the default of a field, code is compiled for each; who checks properties reads no defaults
    vars(shapes)["_default"] = lambda *_: None
    # a message is made of whatever is done, also where no log has it
    fire = EventManager.fire_event
    EventManager.fire_event = lambda self, event, *given, **more: (
        None if event.level_tag() == "debug" else fire(self, event, *given, **more)
    )
    return dbtRunner


@contextmanager
def of_both_adapters() -> Iterator[None]:
    """Let a package that is parsed for DuckDB have the macros of both adapters, so that it is parsed once."""
    from dbt.adapters.factory import FACTORY

    for adapter in ("duckdb", "postgres"):
        FACTORY.load_plugin(adapter)
    dependencies = FACTORY.plugins["duckdb"].dependencies
    dependencies.append("postgres")
    try:
        yield
    finally:
        dependencies.remove("postgres")


@contextmanager
def without_collection() -> Iterator[None]:
    """Let Python collect no garbage meanwhile: of what dbt parses hardly any is, and a fifth of its time goes there."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@dataclass
class Parsed:
    """What dbt has read of a project. What it compiles for a warehouse it keeps in the nodes, so each begins anew."""

    manifest: Any
    nodes: Any

    def anew(self) -> Any:
        self.manifest.nodes = deepcopy(self.nodes)
        return self.manifest


@dataclass
class Company:
    """The project, and what dbt has read of it and of the package."""

    folder: Path
    manifest: Any = None

    def write(self, profile: Mapping[str, Any], **given: Any) -> None:
        """Write the project: with a profile of one target, and these variables."""
        (self.folder / "models").mkdir(parents=True)
        (self.folder / "models" / "company_containment.sql").write_text(_MODEL)
        (self.folder / "models" / "company_facts.sql").write_text(_FACTS)
        (self.folder / "dbt_packages").mkdir()
        (self.folder / "dbt_packages" / "dbt_polyai").symlink_to(PACKAGE)
        project = {"name": "company", "version": "1.0", "profile": "company", "vars": given}
        (self.folder / "dbt_project.yml").write_text(yaml.safe_dump(project))
        outputs = {"company": {"target": "dev", "outputs": {"dev": {"threads": 1, **profile}}}}
        (self.folder / "profiles.yml").write_text(yaml.safe_dump(outputs))

    def invoke(self, *arguments: str) -> Any:
        """Run a command of dbt; gives its result, whatever it is."""
        with without_collection():
            return dbt_runner()(manifest=self.manifest).invoke(
                [
                    *arguments,
                    *("--project-dir", str(self.folder), "--profiles-dir", str(self.folder)),
                    *("--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")),
                    *("--no-send-anonymous-usage-stats", "--no-version-check", "--no-partial-parse"),
                    *("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-use-colors"),
                    *("--no-write-json", "--no-populate-cache"),
                ]
            )

    def parse(self) -> Parsed:
        """Read the project once for all commands, of whichever adapter; raises what is wrong with it."""
        with of_both_adapters():
            parsed = self.invoke("parse", "--warn-error")
        if parsed.exception is not None:
            raise parsed.exception
        assert parsed.success
        return Parsed(parsed.result, deepcopy(parsed.result.nodes))

    def statuses(self, *arguments: str) -> dict[str, str]:
        """Run a command; give what became of each node, by its name."""
        done = self.invoke(*arguments)
        if done.exception is not None:
            raise done.exception
        return {result.node.name: f"{result.status}" for result in done.result.results}

    def close(self) -> None:
        """Let go of the DuckDB file, which dbt holds as long as the process lives."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()
