"""A local AWS: MiniStack and moto, and what both lack. Knows nothing of the app it runs."""

from localcloud.config import Config, LocalCloudError, PortInUse, kept
from localcloud.process import Running, credentials, environment, find, start, stop

__all__ = [
    "Config",
    "LocalCloudError",
    "PortInUse",
    "Running",
    "credentials",
    "environment",
    "find",
    "kept",
    "start",
    "stop",
]
