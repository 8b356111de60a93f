"""The command line `polyai`."""

from datetime import UTC, date, datetime
from pathlib import Path

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from polyai_assets.cli.agent import agent
from polyai_assets.cli.ask import ask
from polyai_assets.cli.backfill import backfill
from polyai_assets.cli.contacts import hash_contacts
from polyai_assets.cli.deliver import deliver
from polyai_assets.cli.drift import drift
from polyai_assets.cli.encryption import encrypt, rotate_key
from polyai_assets.cli.erase import erase
from polyai_assets.cli.errors import PlainGroup, this_user
from polyai_assets.cli.look import doctor, plan, status
from polyai_assets.cli.migration import migration
from polyai_assets.cli.parameters import Day, Reason
from polyai_assets.cli.projects import ProjectKey, projects
from polyai_assets.cli.publish import publish
from polyai_assets.cli.report import report
from polyai_assets.cli.retention import retention
from polyai_assets.cli.review import sample
from polyai_assets.cli.sql import sql
from polyai_assets.cli.working import working
from polyai_assets.cli.write_back import annotate, note, write_back
from polyai_assets.raw.partition import Partition

PROGRAM = "polyai"
VARIABLE = "_POLYAI_COMPLETE"
"""What the shell sets when it asks the program what may follow."""

_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.group(cls=PlainGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="polyai-assets")
def main() -> None:
    """Every conversation of PolyAI's agents in your own warehouse."""


main.add_command(agent)
main.add_command(projects)
main.add_command(plan)
main.add_command(backfill)
main.add_command(doctor)
main.add_command(migration)
main.add_command(sample)
main.add_command(annotate)
main.add_command(note)
main.add_command(write_back)
main.add_command(publish)
main.add_command(deliver)
main.add_command(drift)
main.add_command(report)
main.add_command(erase)
main.add_command(retention)
main.add_command(encrypt)
main.add_command(rotate_key)
main.add_command(status)
main.add_command(sql)
main.add_command(ask)
main.add_command(hash_contacts)


@main.command()
@click.argument("project", type=ProjectKey())
@click.argument("day", type=Day())
def certificate(project: str, day: date) -> None:
    """Print the certificate of PROJECT on DAY, as JSON.

    Written as in us-1/acme/hotel-bot 2026-11-03; DAY may be today or yesterday.
    """
    with working("Reading the raw store"):
        from polyai_assets.raw.dataset import encode
        from polyai_assets.raw.store import RawStore
        from polyai_assets.workspace import find_project

        platform, config = find_project(Path.cwd(), project)
        found = RawStore(platform.raw_store).certificate(Partition(config.project, day))
    if found is None:
        raise click.ClickException(f"{day} of {project} was never fetched")
    click.echo(encode(found))
    for problem in found.problems():
        click.echo(f"not complete: {problem}", err=True)


@main.command()
@click.argument("project", type=ProjectKey())
@click.argument("day", type=Day())
@click.option("--why", type=Reason(), required=True, help="Why it is right as it is.")
@click.option("--who", default=this_user, help="Who decides. Default: you.")
@click.option(
    "--forget-vanished",
    is_flag=True,
    help="Decide instead that records which have vanished from the API are not kept.",
)
def accept(project: str, day: date, why: str, who: str, forget_vanished: bool) -> None:
    """Accept the records of a refused fetch of PROJECT on DAY.

    Written as in us-1/acme/hotel-bot 2026-11-03. Then fetch the day again: polyai backfill PROJECT --since DAY
    --until DAY.
    """
    from polyai_assets.raw.conversations import decisions
    from polyai_assets.raw.remedies import backfill_commands
    from polyai_assets.raw.store import RawStore
    from polyai_assets.workspace import find_project

    now = datetime.now(UTC)
    with working("Reading the configuration"):
        platform, config = find_project(Path.cwd(), project)
    store = RawStore(platform.raw_store)
    if forget_vanished:
        decisions.forget_vanished(store, Partition(config.project, day), f"{who}: {why}", now)
        options = [
            *(["--details"] if config.details else []),
            *(["--audio"] if config.wants_recordings else []),
        ]
        click.echo("The next fetch forgets what has vanished:")
        click.echo("\n".join(backfill_commands(project, [day], *options)))
        return
    decision = decisions.accept(store, Partition(config.project, day), who, why, now)
    click.echo(f"Accepted: {decision.doubt}. Now fetch the day again:")
    click.echo("\n".join(backfill_commands(project, [day])))


@main.command()
@click.option("--ui", is_flag=True, help="Open the Dagster UI on it; the first time after running it.")
@click.option("--port", default=3000, show_default=True, help="Port of the Dagster UI.")
@click.option("--stop", is_flag=True, help="End the simulated PolyAI that an earlier demo left running.")
def demo(ui: bool, port: int, stop: bool) -> None:
    """Run the main job on a simulated PolyAI, and show it.

    The simulated PolyAI stays for an hour, for the commands that ask it; --stop ends it.
    """
    if stop:
        from polyai_assets.demo.project import demo_project
        from polyai_assets.demo.simulated import end_left

        left = end_left(demo_project(Path.cwd()))
        click.echo(f"Ended process {left.pid}." if left else "There was none.")
    elif ui:
        from polyai_assets.demo.ui import open_ui

        open_ui(Path.cwd(), port)
    else:
        from polyai_assets.demo.run import run_demo

        run_demo(Path.cwd())


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, help="Port to listen on.")
@click.option(
    "--key",
    default="simulator",
    envvar="POLYAI_DEMO_KEY",
    show_default=True,
    help="The API key that opens the projects.",
)
@click.option("--seed", default=7, show_default=True, help="Another seed gives other conversations.")
@click.option("--offsets", is_flag=True, help="Page by offset, like a deployment that knows no cursors.")
@click.option("--idle", type=click.IntRange(min=1), help="End after so many minutes without a request.")
def simulate(host: str, port: int, key: str, seed: int, offsets: bool, idle: int | None) -> None:
    """Serve a simulated PolyAI until interrupted."""
    from polyai_assets.simulator import DEMO_SAMPLE_RATE, Simulator, demo_projects, serve

    projects = demo_projects(key)
    simulator = Simulator(
        projects,
        seed=seed,
        pagination="offset" if offsets else "cursor",
        sample_rate=DEMO_SAMPLE_RATE,
        cache_bytes=200_000_000,  # it may stay for hours, beside other programs
    )
    click.echo(f"A simulated PolyAI at http://{host}:{port}, opened by the key {key!r}, with:")
    for project in projects:
        click.echo(
            f"  {project.key}: a {project.business}, {project.conversations_per_day} conversations a day"
        )
    click.echo(f"Faults and the clock are switched at http://{host}:{port}/_simulator/. Stop it with Ctrl-C.")
    try:
        serve(simulator, host, port, idle and idle * 60)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error}") from error


@main.command()
@click.argument("shell", type=click.Choice([*_SHELLS]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the lines that let a shell complete commands.

    They complete options and the projects of your configuration, too. In this terminal:

    bash: eval "$(polyai completion bash)"

    zsh: eval "$(polyai completion zsh)"

    fish: polyai completion fish | source

    In every terminal, once that line stands in ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish.
    """
    click.echo(_SHELLS[shell](context.find_root().command, {}, PROGRAM, VARIABLE).source())
