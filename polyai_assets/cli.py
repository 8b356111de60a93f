"""The command line `polyai`."""

import click

from polyai_assets.simulator import Simulator, demo_projects, serve


@click.group()
@click.version_option(package_name="polyai-assets")
def main() -> None:
    """Every conversation of PolyAI's agents in your own warehouse."""


@main.command()
@click.option("--ui", is_flag=True, help="Open the Dagster UI on the demo project instead of running it.")
@click.option("--port", default=3000, show_default=True, help="Port of the Dagster UI.")
def demo(ui: bool, port: int) -> None:
    """Run the main job on a simulated PolyAI, and show its result."""
    # Importing the definitions takes seconds; `polyai --help` must not.
    from polyai_assets.demo import DemoError, open_ui, run_demo

    try:
        if ui:
            open_ui(port)
        else:
            run_demo()
    except DemoError as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8765, show_default=True, help="Port to listen on.")
@click.option("--key", default="simulator", show_default=True, help="The API key that opens the projects.")
@click.option("--seed", default=7, show_default=True, help="Another seed gives other conversations.")
@click.option("--offsets", is_flag=True, help="Page by offset, like a deployment that knows no cursors.")
def simulate(host: str, port: int, key: str, seed: int, offsets: bool) -> None:
    """Serve a simulated PolyAI until interrupted."""
    projects = demo_projects(key)
    simulator = Simulator(projects, seed=seed, pagination="offset" if offsets else "cursor")
    click.echo(f"A simulated PolyAI at http://{host}:{port}, opened by the key {key!r}, with:")
    for project in projects:
        click.echo(
            f"  {project.key}: a {project.business}, {project.conversations_per_day} conversations a day"
        )
    click.echo(f"Faults and the clock are switched at http://{host}:{port}/_simulator/. Stop it with Ctrl-C.")
    try:
        serve(simulator, host, port)
    except OSError as error:
        raise click.ClickException(f"cannot listen on {host}:{port}: {error}") from error
