"""Where alerts go."""

from collections.abc import Iterator

from polyai_assets.alerts.send import is_known_to_apprise, send
from polyai_assets.alerts.settings import AlertSettings
from polyai_assets.doctor.finding import Finding, green, red, yellow

NAME = "alerts"
HINT = "see https://github.com/caronc/apprise/wiki for the form of each service's URL"


def look_at_targets(alerts: AlertSettings, *, send_test: bool) -> Iterator[Finding]:
    """Look whether each target is understood; with `send_test`, send it a message."""
    if not alerts.targets:
        yield yellow(NAME, "go nowhere: what is wrong is only kept in the table findings", "set alerts.urls")
    for name, url in alerts.targets.items():
        if not is_known_to_apprise(url):
            yield red(NAME, f"target {name}: apprise does not understand its URL", HINT)
        elif not send_test:
            yield green(NAME, f"target {name} is understood (--send-test-alert tries it)")
        else:
            problem = send(url, "polyai doctor", "This is a test: alerts arrive here.")
            if problem:
                yield red(NAME, f"target {name}: {problem}", "check its URL and the network")
            else:
                yield green(NAME, f"target {name} took a test message")
