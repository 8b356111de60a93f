"""A platform that wants recordings, and what it has of them: files, manifest, table."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

from polyai_assets.configuration.audio import AudioConfig
from polyai_assets.raw.recordings.manifest import MANIFEST
from polyai_assets.raw.recordings.wav import read_wav
from polyai_assets.raw.windows import midnight
from polyai_assets.simulator import SimulatedProject, Simulator
from polyai_assets_tests.conftest import Configure
from polyai_assets_tests.deployment import DAY1, HOTEL, Deployed

D = TypeVar("D", bound=Deployed)

AUDIO = ["audio"]
RECORDINGS = ("audio", "recordings")
CALL = {"account_id": "acme", "project_id": "hotel-bot", "environment": "live", "channel": "VOICE-SIP"}


def wanting(calls: str = "all", **audio: Any) -> AudioConfig:
    return AudioConfig.model_validate({"calls": calls, **audio})


def audio_deployment(deploy: Callable[..., D], configure: Configure, audio: AudioConfig, **options: Any) -> D:
    """Deploy the hotel, or prepare its steps; recordings that cannot be fetched are given up at once."""
    return deploy(configure(audio=audio, **{"max_attempts": 1, **options}))


def silence(polyai: Simulator, day: date, project: SimulatedProject = HOTEL) -> None:
    """Take every conversation of a day away."""
    for one in conversations(polyai, day, project):
        polyai.remove(project.key, one["id"])


def conversations(polyai: Simulator, day: date, project: SimulatedProject = HOTEL) -> list[dict[str, Any]]:
    return polyai.conversations(project.key, midnight(day), midnight(day + timedelta(days=1)))


def talk(polyai: Simulator, *names: str, day: date = DAY1, seconds: int = 2, **fields: Any) -> None:
    """Let calls have taken place, one a minute."""
    for minute, name in enumerate(names):
        record = CALL | {"id": name, "started_at": f"{day}T10:{minute:02}:00Z", "in_progress": False}
        polyai.put(HOTEL.key, record | {"total_duration": seconds, "num_turns": 0, "turns": []} | fields)


def folder(deployed: Deployed, day: date = DAY1, simulated: SimulatedProject = HOTEL) -> Path:
    return Path(deployed.platform.raw_store, "audio", *simulated.key.split("/"), str(day))


def files(deployed: Deployed, day: date = DAY1) -> list[Path]:
    """The files in the folder of a day but its manifest, each of them checked; anything else there is a failure."""
    found = [path for path in sorted(folder(deployed, day).glob("**/*")) if path.name != MANIFEST]
    for path in found:
        assert path.suffix == ".wav", path
        with path.open("rb") as file:
            read_wav(file)
    return found


def rows(deployed: Deployed, columns: str = "conversation_id, status") -> list[tuple[Any, ...]]:
    return deployed.ask(f"SELECT {columns} FROM audio ORDER BY ALL")


def asked(polyai: Simulator) -> int:
    """How many recordings were asked for since the list of requests was cleared."""
    return sum(one.path.endswith("/audio") for one in polyai.requests)
