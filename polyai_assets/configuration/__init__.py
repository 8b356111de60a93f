"""What stands in a `defs.yaml`, read, checked and made into frozen objects.

All that is wrong with a file is found in one go and reported with file, line, field and remedy. The API keys
pass through here and are shown nowhere. How a value is *used* belongs in the other rooms.
"""

from polyai_assets.configuration.api_key import MissingKey
from polyai_assets.configuration.platform import read_platform
from polyai_assets.configuration.platform_config import PlatformConfig
from polyai_assets.configuration.problems import ConfigurationError
from polyai_assets.configuration.project import ProjectConfig

__all__ = ["ConfigurationError", "MissingKey", "PlatformConfig", "ProjectConfig", "read_platform"]
