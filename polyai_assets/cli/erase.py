"""The command `erase`: the conversations of a person are removed wherever they are kept, and a receipt says so."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polyai_assets.cli.errors import this_user
from polyai_assets.cli.projects import ProjectKey
from polyai_assets.cli.working import working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from polyai_assets.configuration import PlatformConfig
    from polyai_assets.erasure.erase import ErasureDone
    from polyai_assets.erasure.find import SoughtConversations
    from polyai_assets.erasure.survey import Survey


@click.command()
@click.option(
    "--contact", help="A telephone number or e-mail address, however it is written; on either side."
)
@click.option(
    "--conversation", "conversations", multiple=True, help="The id of a conversation; may be repeated."
)
@click.option("--account", help="Only projects of this account, as in us-1/ACCOUNT/project.")
@click.option("--project", type=ProjectKey(), help="Only this project, as in us-1/acme/hotel-bot.")
@click.option("--future", is_flag=True, help="Leave out later conversations of the contact, too.")
@click.option(
    "--keep-kpis",
    is_flag=True,
    help="Still count the conversations, without what says whose they were. Default: figures are restated.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be erased.")
@click.option("--yes", is_flag=True, help="Do not ask before erasing.")
@click.option("--resume", "resumes", is_flag=True, help="Go on with an erasure that did not come to its end.")
@click.option(
    "--reference", default="", help="Your number of the request, for the receipt; no personal data."
)
@click.option("--by", default=this_user, help="Who erases. Default: you.")
@click.option("--json", "as_json", is_flag=True, help="Print the receipt, or what was found, as JSON.")
def erase(
    contact: str | None,
    conversations: tuple[str, ...],
    account: str | None,
    project: str | None,
    future: bool,
    keep_kpis: bool,
    dry_run: bool,
    yes: bool,
    resumes: bool,
    reference: str,
    by: str,
    as_json: bool,
) -> None:
    """Erase the conversations of a person, for good.

    From the raw store, the tables, the read-only copy, reports, published days, journals and Dagster's files. No later
    fetch, backfill or replay has them again, and the days stay proven to be complete. The receipt has no personal data.
    """
    with working("Reading the configuration"):
        from polyai_assets.erasure import erase as erasure
        from polyai_assets.retention.alone import alone
        from polyai_assets.workspace import find_platforms, project_root

        root, platforms = project_root(Path.cwd()), find_platforms(Path.cwd())
    say = _quiet if as_json else _say
    with alone(root):
        if resumes:
            done = erasure.resume(root, platforms, say)
            if not done:
                click.echo("no erasure is left to be continued", err=True)
        else:
            _refuse_unfinished(root)
            wanted = _wanted(contact, conversations, future=future)
            chosen = _chosen(platforms, account, project)
            found = _survey(root, chosen, wanted, allows_nothing=future)
            _show(found, as_json=as_json and dry_run, to_stderr=as_json, keep_kpis=keep_kpis)
            if dry_run:
                return
            if not yes:
                click.confirm("Erase this for good?", abort=True, err=True)
            scopes = [project or account or ""] if future else []
            plan = erasure.make_plan(
                found, wanted, by, reference, scopes, datetime.now(UTC), keep_kpis=keep_kpis
            )
            done = [erasure.erase(root, chosen, plan, say)]
    for erased in done:
        _confirm(erased, as_json=as_json)


def _refuse_unfinished(root: Path) -> None:
    from polyai_assets.erasure.erasure_plan import read_plans

    plans = read_plans(root)
    if plans:
        raise click.ClickException(
            f"the erasure that {plans[0].by} began on {plans[0].begun_at:%Y-%m-%d %H:%M} UTC is not done. "
            "First go on with it: polyai erase --resume"
        )


def _wanted(contact: str | None, conversations: tuple[str, ...], *, future: bool) -> "SoughtConversations":
    from polyai_assets.erasure.find import SoughtConversations
    from polyai_assets.privacy.contact import NONE, PHONE, WITHHELD, read_contact
    from polyai_assets.privacy.pseudonym import PseudonymKeys, PseudonymKeyUnusable

    if (contact is None) is not bool(conversations):
        raise click.UsageError("say whose: either --contact, or --conversation")
    if contact is None:
        if future:
            raise click.UsageError("--future is about a contact: leave it out, or give --contact")
        return SoughtConversations(ids=frozenset(conversations))
    read = read_contact(contact)
    if read.kind in (NONE, WITHHELD):
        raise click.BadParameter("that is no telephone number, e-mail address or id", param_hint="--contact")
    if read.kind == PHONE and not read.value.startswith("+"):
        click.echo(
            f"{contact} is without its country, so only what was sent so is found. Write it with + and its country, "
            "such as +44, to find it in all forms.",
            err=True,
        )
    if future:
        try:
            PseudonymKeys.read()
        except PseudonymKeyUnusable as error:
            raise click.ClickException(
                f"--future keeps a contact to know it again, and without a key it could be guessed: {error}"
            ) from None
    return SoughtConversations(contact=read.value)


def _chosen(
    platforms: "list[PlatformConfig]", account: str | None, project: str | None
) -> "list[PlatformConfig]":
    from polyai_assets.workspace import only

    if project is not None and account is not None:
        raise click.UsageError("a project is of one account: leave out --account, or --project")
    if account is None:
        return only(platforms, [project] if project else [])
    keys = [
        config.project.key
        for platform in platforms
        for config in platform.projects
        if config.project.account_id == account
    ]
    if not keys:
        raise click.BadParameter(f"no project of the account {account} is configured", param_hint="--account")
    return only(platforms, keys)


def _survey(
    root: Path, platforms: "Sequence[PlatformConfig]", wanted: "SoughtConversations", *, allows_nothing: bool
) -> "Survey":
    from polyai_assets.assets.connection import connect, duckdb_resource
    from polyai_assets.erasure.survey import NothingFound, Survey, survey

    with working("Looking through the raw store and the tables"):
        try:
            return survey(root, platforms, wanted, lambda: connect(duckdb_resource(root / "data" / "spool")))
        except NothingFound:
            if not allows_nothing:
                raise
            return Survey()


def _show(found: "Survey", *, as_json: bool, to_stderr: bool, keep_kpis: bool) -> None:
    if as_json:
        import msgspec

        shown = {"conversations": found.conversations, "projects": sorted(found.days), "found": found.found}
        click.echo(msgspec.json.format(msgspec.json.encode(shown), indent=2))
        return
    days = sum(map(len, found.days.values()))
    click.echo(f"Conversations: {found.conversations:,}. Days: {days:,}.", err=to_stderr)
    for (where, method), rows in found.by_place.items():
        click.echo(f"{where}: {method}", err=to_stderr)
        for row in rows:
            click.echo(f"  {row.count:>8,}  {row.what}", err=to_stderr)
    if found.by_place:
        kept = "kept: the calls are still counted, without what says whose they were."
        restated = "restated; --keep-kpis keeps them."
        click.echo(f"Figures are {kept if keep_kpis else restated}", err=to_stderr)


def _confirm(done: "ErasureDone", *, as_json: bool) -> None:
    if as_json:
        import msgspec

        click.echo(msgspec.json.format(msgspec.json.encode(done.receipt), indent=2))
    else:
        click.echo(f"Erased conversations: {done.receipt.conversations:,}. The receipt:")
        for page in done.pages:
            click.echo(f"  {page}")
        click.echo("What holds copies that this did not reach:")
        for held in done.receipt.held_by:
            click.echo(f"  {held.what}: until {held.until}")
    for path in done.left:
        click.echo(f"{path} names it still, and is not ours to change: look at it, and delete it", err=True)


def _say(step: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"  {step}", err=True)


def _quiet(_: str) -> None:
    """Say nothing."""
