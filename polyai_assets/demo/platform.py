"""The demo's project as Dagster loads it."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import dagster as dg

from polyai_assets.component import PolyAIConversations
from polyai_assets.configuration import PlatformConfig
from polyai_assets.demo.project import DemoError
from polyai_assets.simulator import demo_projects
from polyai_assets.workspace import make_importable


@dataclass(frozen=True, slots=True)
class DemoPlatform:
    """The definitions of the demo's project, and the configuration of its only platform."""

    definitions: dg.Definitions
    config: PlatformConfig

    @classmethod
    def load(cls, root: Path, url: str) -> Self:
        """Load it. Raises DemoError where its projects are not those of the simulated PolyAI at `url`."""
        # Dagster marks some of what its own component loader calls as in preview; its version is pinned.
        warnings.filterwarnings("ignore", category=dg.PreviewWarning)
        warnings.filterwarnings("ignore", category=dg.BetaWarning)
        make_importable(root)
        tree = dg.ComponentTree.for_project(root)
        config = tree.load_component("polyai", PolyAIConversations).config
        served = {project.key for project in demo_projects("")}
        if any(config.base_url != url or config.project.key not in served for config in config.projects):
            raise DemoError(
                f"polyai/defs.yaml in {root} no longer describes the demo: its projects are not those of the simulator "
                f"({url}). The demo leaves your own projects alone: restore the file to run it, or open the Dagster UI "
                f"on yours: DAGSTER_HOME={root / 'data'} dg dev"
            )
        return cls(tree.build_defs(), config)
