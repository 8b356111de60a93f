"""The audio step: the asset `audio`, recordings of calls beside the raw store and the table that lists them."""

from pathlib import Path

import dagster as dg

from polyai_assets.assets.specs import RAW, asset_key, table_spec
from polyai_assets.assets.step import DayWork, StepRun, build_step
from polyai_assets.checks import recordings
from polyai_assets.configuration import PlatformConfig
from polyai_assets.contract.tables import AUDIO, CONVERSATIONS

STEP = "audio_step"

_LINEAGE = {"conversation_id": "conversation_id", "date": "started_at"}
"""Columns that come from the raw store; the others come from the recording itself."""


def audio_spec(platform: PlatformConfig) -> dg.AssetSpec:
    """Describe the recordings as an asset."""
    raw = asset_key(platform, RAW)
    spec = table_spec(platform, AUDIO)
    lineage = {
        field.name: [dg.TableColumnDep(raw, _LINEAGE[field.name])] if field.name in _LINEAGE else []
        for field in AUDIO.fields
    }
    return spec.replace_attributes(
        deps=[raw, asset_key(platform, CONVERSATIONS.name)],
        description=(
            f"{AUDIO.grain} The WAV files lie in the raw store, below `audio`, with a manifest from which the table "
            "can be made again. The option `audio` of a project says whose recordings are fetched."
        ),
        kinds={"api", "wav", *spec.kinds},
        metadata={
            **spec.metadata,
            "raw_store": platform.raw_store,
            "dagster/column_lineage": dg.TableColumnLineage(lineage),
        },
    )


def build_audio(platform: PlatformConfig, spool: Path) -> list[dg.AssetsDefinition]:
    """Make the audio step of a platform, where a project wants recordings; `spool` is for those on their way."""
    if not platform.has_recordings:
        return []
    spec = audio_spec(platform)

    def begin(run: StepRun) -> DayWork:
        from polyai_assets.assets.recordings import Recordings

        return run.work(Recordings)

    checks = [(spec.key, recordings.NAME, recordings.DESCRIPTION)]
    return [build_step(platform, spool, STEP, [spec], begin, checks=checks, can_subset=True)]
