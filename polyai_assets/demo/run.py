"""`polyai demo`: the main job from end to end, on a simulated PolyAI, through a real Dagster instance.

It materializes the last seven days of three projects as they were a little while ago, when conversations were
in progress; lets the simulator's clock catch up; has the sensor find the conversations that finished meanwhile;
and shows what is in the warehouse.
"""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path

import dagster as dg
import duckdb
from rich.console import Console
from rich.table import Table

from polyai_assets.api.project import Project
from polyai_assets.assets.step import REASON
from polyai_assets.automation.finished import NAME as FINISHED
from polyai_assets.automation.jobs import DETAILS, INGEST, RECORDINGS
from polyai_assets.automation.publish import NAME as PUBLISH
from polyai_assets.automation.runs import bury_dead_runs, range_requests
from polyai_assets.checks.verdict import PROVISIONAL
from polyai_assets.component import PolyAIConversations
from polyai_assets.configuration import PlatformConfig
from polyai_assets.demo.extras import look_at_extras, request_note
from polyai_assets.demo.project import demo_project, from_here, is_checkout
from polyai_assets.doctor.places import why_not_writable
from polyai_assets.machine.actionable import Actionable
from polyai_assets.simulator import Clock, Simulator, demo_projects
from polyai_assets.workspace import make_importable

PORT = 8765
URL = f"http://127.0.0.1:{PORT}"
KEY = "simulator"
DAYS = 7
WIDTH = 124  # columns, where the output is no terminal
NAME = "polyai demo"

_WHAT = {DETAILS: "details of ", RECORDINGS: "recordings of "}
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class DemoError(Actionable):
    """The demo cannot run; the message says why and what to do."""


def run_demo(start: Path) -> None:
    """Run the demo, from the folder one stands in, and print its result. Raises DemoError."""
    root = demo_project(start)
    _set_environment(root)
    # Dagster marks some of what its own component loader calls as in preview; its version is pinned.
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    with _simulator() as simulator, dg.DagsterInstance.get() as instance:
        now = datetime.now(UTC)
        busy = _busy_moment(simulator, now)
        simulator.clock.stop_at(busy)
        demo = _Demo(_console(), instance, root)
        bury_dead_runs(instance, demo.platform, root / "data" / "spool", now)  # of a demo that was killed
        demo.materialize_last_days()
        simulator.clock.follow_the_machine()
        demo.let_the_sensor_look((now - busy) // timedelta(minutes=1))
        demo.show_agents_api(now.date() - timedelta(days=DAYS - 1))
        demo.show()


def open_ui(start: Path, port: int) -> None:
    """Serve the Dagster UI on the demo project, with the simulator running, until interrupted."""
    root = demo_project(start)
    _set_environment(root)
    executable = shutil.which("dg", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if executable is None:
        raise DemoError(
            "dg is not installed: run make install, or pip install dagster-dg-cli dagster-webserver"
        )
    console = _console()
    with _simulator():
        console.print(f"Dagster UI: http://127.0.0.1:{port}   simulated PolyAI: {URL}   stop with Ctrl-C")
        try:
            subprocess.run([executable, "dev", "--port", str(port)], cwd=root, check=False)
        except KeyboardInterrupt:
            console.print("stopped")


def _set_environment(root: Path) -> None:
    home = root / "data"
    problem = why_not_writable(home)
    if problem:
        raise DemoError(
            f"{home} cannot be written to: {problem}. Let this user write to it: the demo works there."
        )
    os.environ.setdefault("POLYAI_DEMO_KEY", KEY)
    os.environ["DAGSTER_HOME"] = str(home)


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def _busy_moment(simulator: Simulator, now: datetime) -> datetime:
    """Find the latest moment at which two conversations were in progress, or else the one a day ago."""
    for back in range(10, 24 * 60, 2):
        moment = now - timedelta(minutes=back)
        simulator.clock.stop_at(moment)
        if sum(_in_progress(simulator, project.key, moment) for project in demo_projects(KEY)) >= 2:
            return moment
    return now - timedelta(days=1)


def _in_progress(simulator: Simulator, project: str, moment: datetime) -> int:
    lately = simulator.conversations(project, moment - timedelta(hours=2), moment)
    return sum(conversation["in_progress"] for conversation in lately)


@contextmanager
def _simulator() -> Iterator[Simulator]:
    simulator = Simulator(demo_projects(os.environ["POLYAI_DEMO_KEY"]), clock=Clock())
    try:
        with simulator.running(port=PORT):
            yield simulator
    except OSError as error:
        raise DemoError(
            f"port {PORT} is taken ({error.strerror}); the demo's simulator needs it. "
            "Is another demo or `make dev` running? Stop it first."
        ) from error


@dataclass(slots=True)
class _Demo:
    console: Console
    instance: dg.DagsterInstance
    root: Path
    definitions: dg.Definitions = field(init=False)
    platform: PlatformConfig = field(init=False)
    verdicts: dict[tuple[str, str], dg.AssetCheckEvaluation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        make_importable(self.root)
        tree = dg.ComponentTree.for_project(self.root)
        self.platform = tree.load_component("polyai", PolyAIConversations).config
        if any(config.base_url != URL for config in self.platform.projects):
            raise DemoError(
                f"polyai/defs.yaml in {self.root} no longer describes the demo: its projects are not on the "
                f"simulator ({URL}). The demo leaves your own projects alone; restore the file to run it."
            )
        self.definitions = tree.build_defs()

    def materialize_last_days(self) -> None:
        self.console.print(f"Materializing the last {DAYS} days of {len(self.platform.projects)} projects:")
        today = datetime.now(UTC).date()
        days = [today - timedelta(days=back) for back in range(DAYS)]
        for config in self.platform.projects:
            for request in range_requests(self.platform, config.project, days, reason=NAME):
                self._run(config.project, request)

    def let_the_sensor_look(self, minutes: int) -> None:
        self.console.print(
            f"{minutes} minutes later, the sensor [bold]{FINISHED}[/] looks at what was in progress:"
        )
        sensor = self.definitions.resolve_sensor_def(FINISHED)
        with dg.build_sensor_context(instance=self.instance, definitions=self.definitions) as context:
            tick = sensor.evaluate_tick(context)
        if not tick.run_requests:
            self.console.print(f"  {tick.skip_message}")
        for request in tick.run_requests or []:
            self._run(Project.parse(request.tags["polyai/project"]), request)

    def show_agents_api(self, day: date) -> None:
        """Fetch details and recordings of a day where they are configured, and write a note back."""
        for config in self.platform.projects:
            if not config.details:
                continue
            key = config.project.key
            self.console.print("Details, recordings and a note, from and to the Agents API:")
            for name in (DETAILS, RECORDINGS):
                for request in range_requests(self.platform, config.project, [day], job=name, reason=NAME):
                    self._run(config.project, request)
            noted = request_note(self.platform, key, day)
            job = self.definitions.resolve_job_def(PUBLISH)
            job.execute_in_process(instance=self.instance, run_config=_QUIET, raise_on_error=False)
            found = look_at_extras(Path(self.platform.warehouse), key, day)
            self.console.print(
                f"    {found.details} details, {found.scored} with a PolyScore, {found.function_events} function "
                f'calls; a summary: "{found.summary}"\n'
                f"    {found.recordings} recordings of calls that were handed off, {found.minutes:.0f} minutes\n"
                f"    the note on {noted}: {found.note}",
                soft_wrap=True,
            )

    def _run(self, project: Project, request: dg.RunRequest) -> None:
        job = self.definitions.resolve_job_def(request.job_name or INGEST)
        with self.console.status(f"  {project.key}"):
            result = job.execute_in_process(
                instance=self.instance,
                tags=request.tags,
                asset_selection=request.asset_selection,
                run_config={**request.run_config, **_QUIET},
                raise_on_error=False,
            )
        days = set()
        for evaluation in result.get_asset_check_evaluations():
            if evaluation.partition:
                days.add(evaluation.partition)
                check = f"{evaluation.asset_check_key.to_user_string()}@{evaluation.partition}"
                self.verdicts[project.key, check] = evaluation
        noun = "day" if len(days) == 1 else "days"
        what = _WHAT.get(request.job_name or "", "")
        end = "[green]done[/]" if result.success else "[red]failed[/]: see the run in the Dagster UI"
        why = f" ({request.tags[REASON]})" if request.tags[REASON] != NAME else ""
        self.console.print(
            f"  {project.key:30} {what}{len(days)} {noun} fetched, checked and loaded: {end}{why}"
        )

    def show(self) -> None:
        table = Table(title=f"The last {DAYS} days", title_justify="left")
        for column in (
            "project",
            "conversations",
            "turns",
            "checks passed",
            "handoffs",
            "contained",
            "mean duration",
        ):
            table.add_column(column, justify="left" if column == "project" else "right", no_wrap=True)
        since = datetime.now(UTC).date() - timedelta(days=DAYS - 1)
        query = resources.files("polyai_assets").joinpath("demo", "shown.sql").read_text()
        with duckdb.connect(self.platform.warehouse, read_only=True) as connection:
            rows = connection.execute(query, [since]).fetchall()
        for project, conversations, turns, handoff_rate, contained, duration in rows:
            verdicts = [verdict for (key, _), verdict in self.verdicts.items() if key == project]
            table.add_row(
                project,
                f"{conversations:,}",
                f"{turns:,}",
                _told(verdicts),
                f"{handoff_rate:.1%}",
                f"{contained:.1%}",
                f"{duration:.0f} s",
            )
        self.console.print(table)
        warehouse = from_here(Path(self.platform.warehouse))
        shown = from_here(Path(sys.executable))
        self.console.print(
            f"\nThe database is [bold]{warehouse}[/]. Ask it:\n"
            f"  {shown} -c \"import duckdb; duckdb.connect('{warehouse}', read_only=True)"
            f".sql('FROM conversations LIMIT 5').show()\"\n"
            "Open the Dagster UI on it:\n"
            f"  {'make dev' if is_checkout() else 'polyai demo --ui'}",
            soft_wrap=True,
        )


def _told(verdicts: list[dg.AssetCheckEvaluation]) -> str:
    """Count the checks that passed, and those of days that are not over or not proven yet."""
    passed = sum(verdict.passed for verdict in verdicts)
    provisional = sum(PROVISIONAL in verdict.metadata for verdict in verdicts)
    return f"{passed} of {len(verdicts)}" + (f", {provisional} provisional" if provisional else "")
