"""The command `completion`: the lines that let a shell complete commands, options and projects."""

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

PROGRAM = "polyai"
VARIABLE = "_POLYAI_COMPLETE"
"""What the shell sets when it asks the program what may follow."""

_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command()
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
