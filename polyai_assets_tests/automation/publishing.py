"""Requests in a deployed platform, and what Dagster makes of them."""

from typing import Any

import dagster as dg

from polyai_assets_tests.deployment import HOTEL, QUIET, Deployment
from polyai_assets_tests.looking import looking_into

JOB = "publish_write_backs"
SENSOR = "requested_write_backs"


def sql(deployment: Deployment, statement: str, *given: object) -> list[tuple[Any, ...]]:
    """Ask the warehouse, or change what is in it, as a person does."""
    with looking_into(deployment.platform.warehouse, writes=True) as connection:
        return connection.execute(statement, given).fetchall()


def names_in(deployment: Deployment) -> list[str]:
    found = sql(
        deployment,
        "SELECT conversation_id FROM conversations WHERE project = ? AND num_turns > 2 ORDER BY started_at",
        HOTEL.key,
    )
    return [name for (name,) in found]


def annotate(deployment: Deployment, name: str, turn: int = 1) -> None:
    sql(
        deployment,
        "INSERT INTO annotation_requests (project, conversation_id, turn_index, role, annotation_type) "
        "VALUES (?, ?, ?, 'agent', 'wrong_info')",
        HOTEL.key,
        name,
        turn,
    )


def note(deployment: Deployment, name: str, text: str = "Call back") -> None:
    sql(
        deployment,
        "INSERT INTO note_requests (project, conversation_id, note) VALUES (?, ?, ?)",
        HOTEL.key,
        name,
        text,
    )


def run(
    deployment: Deployment, request: dg.RunRequest | None = None, prefix: str = ""
) -> dg.ExecuteInProcessResult:
    """Run the job as the sensor asked for it, or as a person does."""
    return deployment.definitions.resolve_job_def(prefix + JOB).execute_in_process(
        instance=deployment.instance,
        run_config={**(request.run_config if request else {}), **QUIET},
        tags=dict(request.tags) if request else {},
        raise_on_error=False,
    )


def failure(result: dg.ExecuteInProcessResult) -> str:
    """What a red run says."""
    return str(_failure_data(result).description)


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """What the UI shows of the step: of its output, or of its failure."""
    for event in result.all_events:
        if event.is_successful_output:
            return {name: value.value for name, value in event.step_output_data.metadata.items()}
    return {name: value.value for name, value in _failure_data(result).metadata.items()}


def _failure_data(result: dg.ExecuteInProcessResult) -> Any:
    (failed,) = result.filter_events(lambda event: event.is_step_failure)
    data = failed.step_failure_data.user_failure_data
    assert data is not None, failed.step_failure_data.error
    return data


def tick(deployment: Deployment, cursor: str | None = None, prefix: str = "") -> Any:
    """Evaluate the sensor once, as the daemon does."""
    sensor = deployment.definitions.resolve_sensor_def(prefix + SENSOR)
    with dg.build_sensor_context(
        instance=deployment.instance, definitions=deployment.definitions, cursor=cursor
    ) as context:
        return sensor.evaluate_tick(context)
