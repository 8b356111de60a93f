"""All datasets of days of the raw store. Who encrypts them, or removes days of them, goes through these lists."""

from typing import Any

from polyai_assets.raw.dataset import Dataset
from polyai_assets.raw.details.details_certificate import DETAIL_FILES
from polyai_assets.raw.recordings.manifest import RECORDING_FILES
from polyai_assets.raw.retrieval.samples import SAMPLE_FILES
from polyai_assets.raw.retrieval.searches import SEARCH_FILES
from polyai_assets.raw.store import CONVERSATION_FILES

BESIDE_RECORDS: tuple[Dataset[Any], ...] = (DETAIL_FILES, SEARCH_FILES, SAMPLE_FILES)
"""Those that are kept for as long as the raw records of their day."""

DATASETS: tuple[Dataset[Any], ...] = (CONVERSATION_FILES, RECORDING_FILES, *BESIDE_RECORDS)
