"""The columns of a recording's row in the manifest. Nothing of it is sent by the list of conversations."""

from polyai_assets.contract.fields import DATE, PROJECT, Field, Kind, Pii, derived

OK = "ok"
NO_RECORDING = "no_recording"
FAILED = "failed"
RETIRED = "retired"


def _measured(name: str, kind: Kind, description: str, unit: str | None = None) -> Field:
    text = f"{description}; NULL unless status is {OK}"
    return Field(name=name, kind=kind, description=text, wire=None, minimum=0, unit=unit)


RECORDING = (
    PROJECT,
    DATE,
    derived("conversation_id", Kind.TEXT, "The call", key=True),
    derived("direction", Kind.TEXT, "Who is heard: combined, user or agent", key=True),
    derived("redacted", Kind.BOOLEAN, "Whether it was asked for without personal data", key=True),
    derived("path", Kind.TEXT, f"The WAV file, below the raw store; '' unless status is {OK}", pii=Pii.AUDIO),
    _measured("bytes", Kind.INTEGER, "Size of the file"),
    derived("sha256", Kind.TEXT, f"SHA-256 of the file, in hex; '' unless status is {OK}", pii=Pii.NONE),
    _measured(
        "duration", Kind.NUMBER, "Length of the recording; NULL, too, where it does not show it", "seconds"
    ),
    _measured("sample_rate", Kind.INTEGER, "Samples a second and channel"),
    _measured("channels", Kind.INTEGER, "Channels of sound"),
    derived(
        "status",
        Kind.TEXT,
        f"{OK}: it is kept; {NO_RECORDING}: the API has none; {FAILED}: it could not be fetched; "
        f"{RETIRED}: it was kept for long enough, and removed",
        pii=Pii.NONE,
    ),
    derived("reason", Kind.TEXT, "Why it is not kept, or what is odd about it; '' if nothing", pii=Pii.NONE),
    derived("fetched_at", Kind.TIMESTAMP, "When it was fetched, or last asked for"),
)
"""One row per recording of a call, there or not."""
