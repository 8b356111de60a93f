"""Where alerts go."""

from collections.abc import Iterator

from polyai_assets.alerts.send import describe, is_known_to_apprise, send
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.doctor.finding import Finding, green, red, yellow

NAME = "alerts"
HINT = "see https://github.com/caronc/apprise/wiki for the form of each service's URL"

_TITLE = "polyai test: alerts arrive here"
_BODY = (
    "This is a test, sent by `polyai doctor --send-test-alert`. An alert says what is wrong, its cause, its effect on "
    "the tables, what to type next, and where to look."
)


def look_at_targets(alerts: AlertSettings, *, send_test: bool) -> Iterator[Finding]:
    """Look whether each target is understood; with `send_test`, send it a message."""
    if not alerts.targets:
        yield yellow(NAME, "go nowhere: what is wrong is only kept in the table findings", "set alerts.urls")
    for name, url in alerts.targets.items():
        target = f"{describe(url)} ({name} in alert_outbox)"
        if not is_known_to_apprise(url):
            yield red(NAME, f"{target}: apprise does not understand its URL", HINT)
        elif not send_test:
            yield green(NAME, f"{target} is understood (--send-test-alert tries it)")
        else:
            problem = send(url, _TITLE, _BODY, "info")
            if problem:
                yield red(NAME, f"{target}: {problem}", "check its URL and the network")
            else:
                yield green(NAME, f"{target} took a test message")
