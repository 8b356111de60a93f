"""What is configured as a secret stands in no text that leaves the process, however it was taken apart."""

import base64
import json
import logging
import traceback
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_assets.machine.actionable import (
    Actionable,
    SecretInError,
    keeps_secrets,
    quoting_no_secret,
    without_secrets,
)
from polyai_assets.machine.secret_sources import in_connection_string, in_service_url
from polyai_assets.machine.secrets import SECRETS, Secrets, masked

SECRET = "tiger#7lions/a?whale@sea"
PLAIN = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def of(**environment: str) -> Secrets:
    return Secrets(environment)


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        json.dumps(SECRET),
        repr(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        "tiger",
        "7lions",
        "whale",
        SECRET[3:17],
        f"x{SECRET}x",
    ],
)
def test_a_secret_is_hidden_in_every_form_and_in_parts(form: str):
    shown = of(A_KEY=SECRET).masked(f"before {form} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert not [part for part in ("tiger", "7lions", "whale", SECRET[3:17]) if part in shown]
    assert "***" in shown


@given(st.text(PLAIN + "#/?@:%+&='\"\\żé😀\ud800", min_size=4, max_size=40), st.text(PLAIN, max_size=20))
def test_no_secret_survives_in_any_text(secret: str, other: str):
    secrets = Secrets({})
    secrets.keep(secret)
    shown = secrets.masked(f"{other}'{secret}'{other}")
    assert secret not in shown or secret in other


def test_words_that_only_begin_like_a_short_secret_stay():
    assert of(A_TOKEN="lion").masked("a lioness and a lion, lions") == "a lioness and a ***, lions"


def test_what_is_named_like_a_secret_and_is_none_stays():
    secrets = of(
        TOKENIZERS_PARALLELISM="false", TOKEN_LIFETIME="3600", KEY_FILE="/etc/passwd", SSH_KEY="/etc/hosts"
    )
    text = "false 3600 /etc/passwd /etc/hosts"
    assert secrets.masked(text) == text


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("AWS_SECRET_ACCESS_KEY", "wJalrXUt/K7MDENG+bPx", ["wJalrXUt", "K7MDENG+bPx"]),
        ("AWS_SESSION_TOKEN", "FwoGZXIvYXdzEBYaDkFz", ["FwoGZXIvYXdzEBYaDkFz"]),
        ("PGPASSWORD", "lynx", ["lynx"]),
        ("HTTPS_PROXY", "http://ann-lee:ti#ger9@proxy.test:8080", ["ann-lee", "ger9"]),
        ("https_proxy", "ann-lee:otter/seal@proxy.test", ["otter", "seal"]),
        ("ALL_PROXY", "socks5://ann-lee:ot%23ter@proxy.test", ["ot#ter", "ot%23ter"]),
        ("DATABASE_URL", "postgresql://ann-lee:ott/er77@db.test/lake", ["ann-lee", "er77"]),
        ("LAKE", "ducklake:postgres:dbname=lake password=otter77 host=db.test", ["otter77"]),
        ("LAKE", "ducklake:postgres:dbname=lake password='ot\\'ter 77' host=db.test", ["ot'ter 77"]),
        ("SLACK_WEBHOOK", "https://hooks.slack.test/services/T0Q/B1otter/x7Yzebra", ["B1otter", "x7Yzebra"]),
    ],
)
def test_the_environment_says_what_is_secret(name: str, value: str, hidden: list[str]):
    secrets = of(**{name: value})
    text = " | ".join([value, *hidden, base64.b64encode(hidden[-1].encode()).decode()])
    assert not [part for part in hidden if part in secrets.masked(text)]


def test_the_login_of_a_proxy_is_hidden_as_a_header_carries_it():
    header = base64.b64encode(b"ann-lee:tiger/lions").decode()
    assert header not in of(HTTPS_PROXY="http://ann-lee:tiger%2Flions@proxy.test").masked(f"Basic {header}")


def test_a_variable_that_changes_is_looked_at_anew():
    environment = {"A_KEY": "otter-77"}
    secrets = Secrets(environment)
    assert secrets.masked("otter-77 seal-88") == "*** seal-88"
    environment["A_KEY"] = "seal-88"
    assert secrets.masked("otter-77 seal-88") == "otter-77 ***"


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        (
            "mailtos://ann-lee:ott/er77@mail.test?to=someone-9@x.test&smtp=smtp.test",
            ["ann-lee", "er77", "someone-9"],
        ),
        ("json://hooks.test/T0Q4/se4l?token=zebra9&to=team@x.test", ["T0Q4", "se4l", "zebra9"]),
        ("tgram://123456789:AAotter/98765432", ["123456789", "AAotter", "98765432"]),
        ("slack://tokenotter/seal88/zebra99/#general7", ["tokenotter", "seal88", "zebra99", "general7"]),
    ],
)
def test_the_url_of_an_alerts_target_is_secret_but_for_its_host(url: str, hidden: list[str]):
    secrets = Secrets({})
    secrets.keep(*in_service_url(url))
    assert not [part for part in hidden if part in secrets.masked(f"{url} {' '.join(hidden)}")]
    assert (
        secrets.masked("the team at hooks.test smtp.test mail.test")
        == "the team at hooks.test smtp.test mail.test"
    )


def test_an_address_with_an_at_further_on_is_no_login():
    assert set(in_connection_string("s3://bucket/some@where")) == set()
    assert set(in_connection_string("md:calls?motherduck_token=abc.def%2D&a=b")) == {"abc.def%2D", "abc.def-"}


def test_a_login_and_a_password_are_hidden_even_where_nothing_is_known():
    shown = Secrets({}).masked("https://me:pass@host/x?token=abc password='a b' end")
    assert shown == "https://***@host/x?token=*** password=*** end"


@pytest.fixture
def otter(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SOME_API_KEY", "otter-77x")
    return "otter-77x"


def test_no_log_line_holds_a_secret(otter: str, caplog: pytest.LogCaptureFixture):
    for name in ("polyai_assets.somewhere", "a_library"):
        try:
            raise ValueError(f"bad port {otter}")
        except ValueError:
            logging.getLogger(name).exception("%s is %d times in here", otter, 2)
    assert caplog.text.count("*** is 2 times in here") == 2
    assert caplog.text.count("bad port ***") == 2
    assert otter not in caplog.text + "".join(repr(vars(record)) for record in caplog.records)


def test_a_log_line_without_a_secret_is_left_as_it_is(otter: str, caplog: pytest.LogCaptureFixture):
    logging.getLogger("a_library").warning("%s of %s", 1, 2)
    (record,) = caplog.records
    assert (record.msg, record.args) == ("%s of %s", (1, 2))


def test_an_error_for_a_person_hides_secrets_from_the_start(otter: str):
    assert str(Actionable(f"no {otter}")) == "no ***"


def test_an_error_that_quotes_a_secret_in_its_chain_leaves_without_it(otter: str):
    @keeps_secrets
    def fail() -> None:
        try:
            int(otter)
        except ValueError as error:
            raise KeyError("outer") from error

    with pytest.raises(SecretInError, match="KeyError") as caught:
        fail()
    text = "".join(traceback.format_exception(caught.value))
    assert otter not in text
    assert "invalid literal for int() with base 10: '***'" in text


def test_an_error_that_quotes_none_leaves_as_it_is(otter: str):
    error = KeyError("outer")
    with pytest.raises(KeyError) as caught, without_secrets():
        raise error
    assert caught.value is error
    assert quoting_no_secret(error) is error


def test_what_is_registered_is_hidden_until_it_is_forgotten():
    SECRETS.keep("otter-88y")
    assert masked("otter-88y") == "***"
    SECRETS.forget()
    assert masked("otter-88y") == "otter-88y"


@pytest.mark.parametrize(
    "link",
    [
        "https://b.s3.amazonaws.com/a.wav?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261103&X-Amz-Signature=f00dcafe",
        "https://b.s3.amazonaws.com/a.wav?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=f00dcafe%3D&Expires=1",
        "https://storage.googleapis.com/a.wav?X-Goog-Credential=ann-f00d&amp;X-Goog-Signature=f00dcafe",
        "https://x.blob.core.windows.net/a.wav?sv=2022&sig=f00dcafe%3D",
        "The id AKIAIOSFODNN7EXAMPLE is not known",
    ],
)
def test_what_opens_a_signed_link_is_hidden_whoever_made_it(link: str):
    shown = masked(f"cannot fetch {link} again")
    assert shown.startswith("cannot fetch ")
    assert shown.endswith(" again")
    assert not [part for part in ("f00d", "AKIA", "ann-") if part in shown]


def test_a_link_without_a_signature_stays():
    link = "http://127.0.0.1:3000/assets/turns?view=checks&checkDetail=v3_guarantees&design=2"
    assert masked(link) == link
