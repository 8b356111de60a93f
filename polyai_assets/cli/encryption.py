"""The commands `encrypt` and `rotate-key`: the raw store at rest."""

from datetime import UTC, datetime
from pathlib import Path

import click

from polyai_assets.cli.working import working


@click.command()
def encrypt() -> None:
    """Encrypt what the raw store holds of conversations.

    Records, details, changes and recordings, those that are there and those to come, also on their way; the key is in
    POLYAI_MASTER_KEY. What killed runs have left is fetched again.
    """
    with working("Encrypting the raw store"):
        from polyai_assets.raw.encrypt import encrypt_projects, remove_journals
        from polyai_assets.raw.store import RawStore
        from polyai_assets.workspace import find_platforms, spool_folder

        counts = {
            platform.raw_store: encrypt_projects(
                RawStore(platform.raw_store), [config.project for config in platform.projects]
            )
            for platform in find_platforms(Path.cwd())
        }
        remove_journals(spool_folder(Path.cwd()), datetime.now(UTC))
    for url, count in counts.items():
        click.echo(f"{url}: {count:,} files were encrypted, and so is all that is written from now on.")
    click.echo(
        "Keep a copy of POLYAI_MASTER_KEY apart from the store: without it nothing of that can be read again."
    )


@click.command(name="rotate-key")
def rotate_key() -> None:
    """Wrap the keys of the raw store by a new master key.

    Put the new one first: POLYAI_MASTER_KEY=2:NEW,1:OLD. No record is fetched or written. Then take the old one away.
    """
    with working("Wrapping keys"):
        from polyai_assets.raw.store import RawStore
        from polyai_assets.workspace import find_platforms

        stores = {platform.raw_store for platform in find_platforms(Path.cwd())}
        counts = {url: RawStore(url).rotate_keys() for url in sorted(stores)}
    for url, count in counts.items():
        click.echo(f"{url}: {_wrapped(count)} by the first key of POLYAI_MASTER_KEY.")


def _wrapped(count: int) -> str:
    if not count:
        return "no key is left that is not wrapped"
    return "1 key was wrapped" if count == 1 else f"{count:,} keys were wrapped"
