"""`polyai demo`: the main job from end to end, on a simulated PolyAI, through a real Dagster instance.

It materializes the last seven days of three projects as they were a little while ago, when conversations were
in progress; lets the simulator's clock go on; has the sensor find the conversations that have ended since; fetches what
the options of a project ask for; and shows what is in the warehouse.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
from rich.console import Console

from polyai_assets.api.project import Project
from polyai_assets.assets.step import REASON
from polyai_assets.automation.finished import NAME as FINISHED
from polyai_assets.automation.jobs import COPY, DETAILS, INGEST, PARITY, RECORDINGS, RETRIEVAL
from polyai_assets.automation.runs import RANGE_END, RANGE_START, mark_dead_runs_failed, range_requests
from polyai_assets.automation.write_backs import NAME as PUBLISH
from polyai_assets.configuration import PlatformConfig, ProjectConfig
from polyai_assets.demo.extras import look_at_extras, request_note
from polyai_assets.demo.platform import DemoPlatform
from polyai_assets.demo.project import writable_project
from polyai_assets.demo.result import demo_console, show_result
from polyai_assets.demo.simulated import IDLE, busy_moment, last_fetch, leave_running, simulated_here
from polyai_assets.raw.store import RawStore
from polyai_assets.simulator import Simulator

DAYS = 7
NAME = "polyai demo"

_WHAT = {
    INGEST: "fetched, checked and loaded",
    DETAILS: "of details",
    RECORDINGS: "of recordings",
    RETRIEVAL: "searched and sampled",
    PARITY: "compared with v1",
}
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_demo(start: Path) -> None:
    """Run the demo, from the folder one stands in, print its result, and leave its PolyAI running. Raises DemoError."""
    root = writable_project(start)
    with simulated_here(root) as (simulator, url):
        run_on(simulator, DemoPlatform.load(root, url), root)
    left = leave_running(root, int(url.rpartition(":")[2]))
    demo_console().print(
        f"The simulated PolyAI stays at {url} (process {left.pid}), for the commands that ask it. It ends after "
        f"{IDLE} minutes without a request, or by: polyai demo --stop",
        soft_wrap=True,
    )


def run_on(simulator: Simulator, platform: DemoPlatform, root: Path) -> None:
    """Run the demo on a simulated PolyAI that is served already."""
    with dg.DagsterInstance.get() as instance:
        demo = _Demo(demo_console(), instance, platform)
        now = datetime.now(UTC)
        mark_dead_runs_failed(
            instance, platform.config, root / "data" / "spool", now
        )  # of a demo that was killed
        demo.fetch_days(simulator, now)
        for config in platform.config.projects:
            if config.details:
                demo.fetch_options(config, now.date())
        demo.make_report()
        show_result(demo.console, platform.config, demo.verdicts, DAYS)


@dataclass(slots=True)
class _Demo:
    console: Console
    instance: dg.DagsterInstance
    platform: DemoPlatform
    verdicts: dict[tuple[str, str], dg.AssetCheckEvaluation] = field(default_factory=dict)

    @property
    def config(self) -> PlatformConfig:
        return self.platform.config

    def fetch_days(self, simulator: Simulator, now: datetime) -> None:
        """Fetch the last days as they were when conversations were in progress, then what has ended since."""
        projects = [config.project for config in self.config.projects]
        busy = busy_moment(
            lambda moment: sum(_in_progress(simulator, project.key, moment) for project in projects),
            now,
            last_fetch(RawStore(self.config.raw_store), projects),
        )
        as_of = f", as they were at {busy:%H:%M} UTC (the simulator's clock is turned back)" if busy else ""
        self.console.print(f"Fetching the last {DAYS} days of {len(projects)} projects{as_of}:")
        if busy:
            simulator.clock.stop_at(busy)
        for config in self.config.projects:
            self._fetch(config, _days_until(now.date(), DAYS), INGEST)
        simulator.clock.follow_the_machine()
        self.console.print(
            f"It is {datetime.now(UTC):%H:%M} UTC again. The sensor [bold]{FINISHED}[/] looks at what was in progress:"
            if busy
            else f"The sensor [bold]{FINISHED}[/] looks at what was in progress:"
        )
        self._let_the_sensor_look()

    def fetch_options(self, config: ProjectConfig, today: date) -> None:
        """Fetch what the options of a project ask for, and write a note back."""
        key, day = config.project.key, _days_until(today, DAYS)[-1]  # the oldest: its scores have come
        self.console.print(
            f"What the options of {key} add (details and recordings of {day}), and a note that is written back:"
        )
        self._fetch(config, [day], DETAILS)
        self._fetch(config, [day], RECORDINGS)
        self._fetch(config, _days_until(today, DAYS), RETRIEVAL)
        self._fetch(config, _days_until(today, DAYS), PARITY)
        noted = request_note(self.config, key, day)
        job = self.platform.definitions.resolve_job_def(PUBLISH)
        job.execute_in_process(instance=self.instance, run_config=_QUIET, raise_on_error=False)
        found = look_at_extras(Path(self.config.warehouse), key, day)
        self.console.print(
            f"    {found.details} details, {found.scored} with a PolyScore, {found.function_events} function "
            f'calls; a summary: "{found.summary}"\n'
            f"    {found.recordings} recordings of calls that were handed off, {found.minutes:.0f} minutes\n"
            f"    {found.hits} hits of {len(config.searches)} searches, {found.samples} drawn for review\n"
            f"    the note on {noted}: {found.note}",
            soft_wrap=True,
        )

    def make_report(self) -> None:
        """Make the read-only copy and its pages, as the sensor `copy_due` has it done after runs."""
        job = self.platform.definitions.resolve_job_def(COPY)
        with self.console.status("  the report"):
            result = job.execute_in_process(instance=self.instance, run_config=_QUIET, raise_on_error=False)
        self.console.print(f"Facts, KPIs and the report of all projects: {_end(result.success)}")

    def _fetch(self, config: ProjectConfig, days: Sequence[date], job: str) -> None:
        for request in range_requests(self.config, config.project, days, job=job, reason=NAME):
            self._run(config.project, request)

    def _let_the_sensor_look(self) -> None:
        sensor = self.platform.definitions.resolve_sensor_def(FINISHED)
        with dg.build_sensor_context(
            instance=self.instance, definitions=self.platform.definitions
        ) as context:
            tick = sensor.evaluate_tick(context)
        if not tick.run_requests:
            self.console.print(f"  {tick.skip_message}")
        for request in tick.run_requests or []:
            self._run(Project.parse(request.tags["polyai/project"]), request)

    def _run(self, project: Project, request: dg.RunRequest) -> None:
        name = request.job_name or INGEST
        job = self.platform.definitions.resolve_job_def(name)
        with self.console.status(f"  {project.key}"):
            result = job.execute_in_process(
                instance=self.instance,
                tags=request.tags,
                asset_selection=request.asset_selection,
                run_config={**request.run_config, **_QUIET},
                raise_on_error=False,
            )
        for evaluation in result.get_asset_check_evaluations():
            if evaluation.partition:
                check = f"{evaluation.asset_check_key.to_user_string()}@{evaluation.partition}"
                self.verdicts[project.key, check] = evaluation
        first, last = (date.fromisoformat(request.tags[tag][:10]) for tag in (RANGE_START, RANGE_END))
        days = (last - first).days + 1
        why = f" ({request.tags[REASON]})" if request.tags[REASON] != NAME else ""
        noun = "day" if days == 1 else "days"
        self.console.print(f"  {project.key:25} {days} {noun} {_WHAT[name]}: {_end(result.success)}{why}")


def _end(is_success: bool) -> str:
    return "[green]done[/]" if is_success else "[red]failed[/]: see the run in the Dagster UI"


def _in_progress(simulator: Simulator, project: str, moment: datetime) -> int:
    simulator.clock.stop_at(moment)
    lately = simulator.conversations(project, moment - timedelta(hours=2), moment)
    simulator.clock.follow_the_machine()
    return sum(conversation["in_progress"] for conversation in lately)


def _days_until(today: date, days: int) -> list[date]:
    return [today - timedelta(days=back) for back in range(days)]
