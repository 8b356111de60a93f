"""No part of a secret reaches an event, a log, a file, an alert or a terminal, whatever fails and whoever quotes it."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from polyai_assets.cli.main import main
from polyai_assets.simulator import Simulator
from polyai_assets.workspace import find_platforms
from polyai_assets_tests.api.scripted_server import ScriptedServer, error
from polyai_assets_tests.cli.test_main import MODULE, root
from polyai_assets_tests.deployment import DAY1, INGEST, QUIET, definitions_of, partition

__all__ = ["root"]

KEY = "kQ3v-giraffe+/%7Zebra"
LOGIN = "okapi-bea:p4nda#t1ger/w0lf?l1ma"
ENVIRONMENT = {
    "KEY_OF_A_COMMAND_LINE": KEY,
    "AWS_ACCESS_KEY_ID": "AKIABADGER77",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUt/K7Mongoose+bPx",
    "AWS_SESSION_TOKEN": "FwoG0tter//Yaarmadillo",
    "WEBHOOK": "json://127.0.0.1:1/T0Qllama/B1alpaca?+X-Token=h3dgehog",
    "SMTP_TARGET": "mailto://cam3l:m4rmot#seal9@127.0.0.1:1?to=r4ccoon@zoo.test&smtp=127.0.0.1",
    "CATALOG": "data/polyai.duckdb",
    "RAW_STORE": "data/raw",
    "URL": "",
}
HARMLESS = {
    "json",
    "127.0.0.1",
    "Token",
    "X-Token",
    "mailto",
    "smtp",
    "zoo.test",
    "data",
    "polyai.duckdb",
    "raw",
}
LAKE = "ducklake:postgres:host=127.0.0.1 port=1 dbname=lake user=lake password={}"
DEFS = """\
type: polyai_assets.PolyAIConversations
attributes:
  raw_store: "{{{{ env.RAW_STORE }}}}"
  warehouse: "{{{{ env.CATALOG }}}}"
  {data}
  start_date: 2025-03-01
  alerts:
    urls: ["{{{{ env.WEBHOOK }}}}", "{{{{ env.SMTP_TARGET }}}}"]
  projects:
    - region: us-1
      account_id: acme
      project_id: hotel-bot
      api_key: "{{{{ env.KEY_OF_A_COMMAND_LINE }}}}"
      base_url: "{{{{ env.URL }}}}"
      max_attempts: 1
"""


def parts(*secrets: str) -> set[str]:
    """Take secrets apart as parsers do."""
    return {
        part for one in secrets for part in re.split(r"[#/?@:&=+,%\s']+", one) if len(part) >= 4
    } - HARMLESS


def texts_of(folder: Path) -> Iterable[str]:
    return (file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file())


@pytest.fixture
def fail(
    root: Path,
    polyai: Simulator,
    polyai_url: str,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> Callable[..., set[str]]:
    """Run a day that fails, look at it as a person does, and give the parts of secrets that stand anywhere."""

    monkeypatch.setattr("polyai_assets.assets.report.OUTAGE_PAUSE", 0.0)

    def fail(says: str, *secrets: str, **environment: str) -> set[str]:
        for name, value in {
            "NO_PROXY": "nowhere.test",
            **ENVIRONMENT,
            "URL": polyai_url,
            **environment,
        }.items():
            monkeypatch.setenv(name, value)
        data = "warehouse_data: data/lake" if "CATALOG" in environment else "key_prefix: zoo"
        file = root / MODULE / "defs" / "polyai" / "defs.yaml"
        file.write_text(DEFS.format(data=data))
        (platform,) = find_platforms(root)
        result = (
            definitions_of(platform, root)
            .resolve_implicit_global_asset_job_def()
            .execute_in_process(
                instance=instance,
                partition_key=partition(DAY1),
                asset_selection=[dg.AssetKey([*platform.key_prefix, name]) for name in INGEST],
                run_config=QUIET,
                raise_on_error=False,
            )
        )
        assert not result.success
        status = CliRunner().invoke(main, ["status"])
        output = capfd.readouterr()
        events = [dg.serialize_value(event) for event in instance.all_logs(result.run_id)]
        shown = [*events, caplog.text, output.out, output.err, status.output, repr(platform)]
        assert says in " ".join("".join(shown).split())
        written = list(texts_of(root / "data"))
        return {
            part
            for part in parts(*ENVIRONMENT.values(), *secrets)
            for text in (*shown, *written)
            if part in text
        }

    return fail


def test_a_proxy_that_does_not_parse(fail: Callable[..., set[str]]):
    assert fail("HTTP_PROXY", LOGIN, HTTP_PROXY=f"http://{LOGIN}@127.0.0.1:1") == set()


def test_a_proxy_that_parses_and_is_not_there(fail: Callable[..., set[str]]):
    encoded = LOGIN.replace("#", "%23").replace("/", "%2F").replace("?", "%3F")
    assert fail("could not be reached", LOGIN, encoded, HTTP_PROXY=f"http://{encoded}@127.0.0.1:1") == set()


def test_a_catalog_that_cannot_be_reached(fail: Callable[..., set[str]]):
    target = LAKE.format("p4nda l1ma#t1ger")  # to be in quotes, as it holds a blank
    assert fail("cannot be reached", "p4nda l1ma#t1ger", CATALOG=target) == set()


def test_an_object_store_whose_address_is_none(fail: Callable[..., set[str]]):
    s3fs = pytest.importorskip("s3fs", reason="needs s3fs: pip install polyai-assets[s3]")
    s3fs.S3FileSystem.clear_instance_cache()
    address = f"http://{LOGIN}@127.0.0.1:1"
    said = fail(
        "AWS_ENDPOINT_URL is no address", LOGIN, RAW_STORE="s3://bucket/raw", AWS_ENDPOINT_URL=address
    )
    s3fs.S3FileSystem.clear_instance_cache()  # which keeps the address
    assert said == set()


def test_a_server_that_repeats_the_key(fail: Callable[..., set[str]]):
    with ScriptedServer() as server:
        server.serve(
            lambda asked: error(
                401, "CODE", f"no {asked.headers['x-api-key']} here", x_polyai_correlation_id=KEY
            )
        )
        assert fail("The key in environment variable", URL=server.url, NO_PROXY="127.0.0.1") == set()
