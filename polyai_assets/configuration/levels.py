"""Where in the file each option belongs: an option that stands a level too high or too low is told its place."""

from collections.abc import Mapping

from pydantic import BaseModel

from polyai_assets.configuration.alert_config import AlertAttributes
from polyai_assets.configuration.audio_config import AudioConfig
from polyai_assets.configuration.compare_config import CompareAttributes
from polyai_assets.configuration.contract_config import ContractAttributes
from polyai_assets.configuration.platform_config import PlatformAttributes
from polyai_assets.configuration.project_config import ProjectAttributes
from polyai_assets.configuration.search_config import SearchConfig

LEVELS: Mapping[type[BaseModel], str] = {
    PlatformAttributes: "`attributes` itself",
    ProjectAttributes: "a project, such as projects.0, or under `defaults` for all",
    AlertAttributes: "`alerts`",
    ContractAttributes: "`contract`",
    AudioConfig: "`audio` of a project",
    SearchConfig: "an entry of `searches`",
    CompareAttributes: "`compare_with` of a project",
}
"""The outer levels first: of several that know a name, the first is meant."""
