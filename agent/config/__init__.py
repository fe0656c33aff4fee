"""Settings: what they are (`settings`), and where they come from (`load`)."""

from agent.config.load import Loaded, find, load
from agent.config.settings import Config, Secret

__all__ = ["Config", "Loaded", "Secret", "find", "load"]
