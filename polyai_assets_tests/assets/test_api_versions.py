"""The ingest step on a project that is still on v2."""

import pytest

from polyai_assets_tests.conftest import Configure, PrepareSteps
from polyai_assets_tests.deployment import DAY1, TABLES


@pytest.mark.usefixtures("no_facts")
def test_a_project_on_v2_has_the_tables_that_it_would_have_on_v3(
    prepare_steps: PrepareSteps, configure: Configure
):
    held = []
    for version in ("v2", "v3"):
        steps = prepare_steps(configure(api_version=version))
        assert steps.run(DAY1).success
        held.append([sorted(map(str, steps.ask(f"FROM {table}"))) for table in TABLES])
    by_v2, by_v3 = held
    assert by_v2 == by_v3
    certificate = steps.certificate(DAY1)
    assert certificate is not None
    assert certificate.query["api_version"] == "v3"
