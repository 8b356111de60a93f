"""An object store that the environment keeps from being asked: said at once, with the variable and the remedy."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from polyai_assets.raw.file_store import FileStore, StoreUnavailable

SECRET = "wJalrXUt/K7Mongoose+bPx"


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    s3fs = pytest.importorskip("s3fs", reason="needs s3fs: pip install polyai-assets[s3]")
    s3fs.S3FileSystem.clear_instance_cache()
    for name in (
        "AWS_PROFILE",
        "AWS_CA_BUNDLE",
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "NO_PROXY",
        "no_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIABADGER77")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    yield
    s3fs.S3FileSystem.clear_instance_cache()  # which keeps what the environment said


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        (
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        ),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({"AWS_PROFILE": "nobody"}, "Correct AWS_PROFILE"),
        ({"AWS_DEFAULT_REGION": "us east"}, "Correct AWS_DEFAULT_REGION"),
        ({"AWS_ENDPOINT_URL": "nonsense"}, "AWS_ENDPOINT_URL is no address"),
        ({"AWS_ENDPOINT_URL": "http://okapi-bea:p4nda#t1ger@127.0.0.1:1"}, "AWS_ENDPOINT_URL is no address"),
        ({"AWS_CA_BUNDLE": "/nowhere"}, "AWS_CA_BUNDLE names /nowhere, which is not there"),
        ({"HTTPS_PROXY": "http://okapi-bea:p4nda#t1ger@127.0.0.1:1"}, "HTTPS_PROXY has a user or password"),
    ],
)
def test_a_wrong_environment_is_told_at_once_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], says: str
):
    for name, value in environment.items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name)
    began = monotonic()
    with pytest.raises(StoreUnavailable, match=says) as caught:
        FileStore("s3://bucket/prefix").read("one")
    assert monotonic() - began < 8  # no library has tried it several times
    assert not [part for part in ("okapi", "p4nda", "t1ger", "Mongoose") if part in str(caught.value)]


@pytest.mark.parametrize(
    ("url", "says"), [("nosuch://bucket", "Protocol not known"), ("gs://bucket", "pip install")]
)
def test_a_store_that_nothing_here_can_open_says_what_is_missing(url: str, says: str):
    with pytest.raises(StoreUnavailable, match=says):
        FileStore(url)


def test_a_folder_is_asked_whatever_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere")
    assert FileStore(str(tmp_path)).read("one") is None
