"""What BigQuery is asked, word for word, by a client with the signatures of the real one; and what its errors are."""

import re
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock, create_autospec

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, ServiceUnavailable
from google.auth.exceptions import DefaultCredentialsError
from google.cloud import bigquery

from polyai_assets.delivery.targets.rights import RightMissing
from polyai_assets.delivery.targets.target import DeliveryConflict, TargetRefuses, TargetUnreachable
from polyai_assets_tests.delivery.published import Published, opened

STATEMENTS = Path(__file__).parent / "statements" / "bigquery.sql"
CONNECTION = "bigquery://acme-data?location=EU"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    """A client that answers every query with no rows."""
    made = create_autospec(bigquery.Client)
    monkeypatch.setattr(bigquery, "Client", made)
    answer = create_autospec(bigquery.QueryJob, instance=True)
    answer.result.return_value = []
    instance: MagicMock = made.return_value
    instance.project = "acme-data"
    instance.query.return_value = answer
    return instance


@pytest.mark.slow
def test_the_statements_of_a_delivery_are_these(tmp_path: Path, client: MagicMock) -> None:
    published = Published(tmp_path / "published")
    published.put(conversations=[{"conversation_id": "CA1"}], turns=[])
    published.deliver("bigquery", CONNECTION)
    given = "".join(f"{call.args[0].rstrip(';')};\n" for call in client.query.call_args_list)
    given = re.sub(r"(description = )'(?:[^'\\]|\\.)*'", r"\1'…'", given)
    given = re.sub(r"(_staging_conversations_)\w{12}", r"\1…", given)
    assert given == STATEMENTS.read_text("utf-8")


@pytest.mark.slow
def test_rows_are_loaded_as_parquet_with_lists(tmp_path: Path, client: MagicMock) -> None:
    published = Published(tmp_path / "published")
    published.put(conversations=[{"conversation_id": "CA1"}], turns=[])
    published.deliver("bigquery", CONNECTION)
    (load,) = client.load_table_from_file.call_args_list
    config = load.kwargs["job_config"]
    assert re.fullmatch(r"acme-data\.polyai\._staging_conversations_\w{12}", load.args[1])
    assert (config.source_format, config.parquet_options.enable_list_inference) == ("PARQUET", True)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadRequest("Unrecognized name: order"), TargetRefuses),
        (Forbidden("Access Denied: Dataset acme-data:polyai"), TargetRefuses),
        (BadRequest("Transaction is aborted due to concurrent update against table log"), DeliveryConflict),
        (BadRequest("polyai: another process has delivered meanwhile"), DeliveryConflict),
        (ServiceUnavailable("503"), TargetUnreachable),
        (DefaultCredentialsError("could not be found"), TargetUnreachable),
    ],
)
def test_an_error_of_a_query_says_whether_another_run_may_fare_better(
    error: Exception, kind: type[Exception], client: Any
) -> None:
    client.query.side_effect = error
    with opened("bigquery", CONNECTION) as target, pytest.raises(kind):
        target.probe()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            Forbidden(
                "403 Access Denied: Project acme-data: User does not have bigquery.jobs.create permission in "
                "project acme-data."
            ),
            "gcloud projects add-iam-policy-binding acme-data --member=<its account> --role=roles/bigquery.jobUser",
        ),
        (
            Forbidden(
                "403 Access Denied: Dataset acme-data:polyai: Permission bigquery.tables.create denied on dataset "
                "acme-data:polyai (or it may not exist)."
            ),
            "the account lacks bigquery.tables.create on acme-data:polyai: give it roles/bigquery.dataEditor",
        ),
    ],
)
def test_a_right_that_is_missing_is_named_with_what_gives_it(
    error: Exception, said: str, client: Any
) -> None:
    client.query.side_effect = error
    with opened("bigquery", CONNECTION) as target, pytest.raises(RightMissing, match=re.escape(said)):
        target.probe()
