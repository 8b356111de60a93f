"""A PolyAI on this machine: believable conversations behind the real API, with faults on demand.

It knows nothing of the rest of the package, so that what is tested against it cannot agree with it by accident.
"""

from polyai_assets.simulator.fault import Fault
from polyai_assets.simulator.moments import Clock
from polyai_assets.simulator.projects import DEMO_SAMPLE_RATE, SimulatedProject, demo_projects
from polyai_assets.simulator.served import IncludedDetails
from polyai_assets.simulator.simulator import Simulator, serve
from polyai_assets.simulator.writes import MadeAnnotation, Note

__all__ = [
    "DEMO_SAMPLE_RATE",
    "Clock",
    "Fault",
    "IncludedDetails",
    "MadeAnnotation",
    "Note",
    "SimulatedProject",
    "Simulator",
    "demo_projects",
    "serve",
]
