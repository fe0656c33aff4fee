"""Tonny from Python: the whole agent, or one of its clients by itself.

All of it is async, on Trio. What goes wrong is raised as `Unavailable` (wait and try
again), `Refused` (the other side says no) or `Misconfigured` (a setting is wrong).
"""

from agent.api.agent import Agent, open_agent
from agent.api.bus import Bus, open_bus
from agent.api.recogniser import Partial, Recogniser, open_whisperlivekit
from agent.api.settings import configure, load_config
from agent.api.voice import Speech, open_elevenlabs
from agent.api.workflow import Answer, Workflow, open_n8n
from agent.app.trial import Trial
from agent.config import Config
from agent.control.standing import Standing
from agent.errors import AgentError, Misconfigured, Refused, Unavailable
from agent.events import Entry, Event
from agent.ports import Transcript

__all__ = [
    "Agent",
    "AgentError",
    "Answer",
    "Bus",
    "Config",
    "Entry",
    "Event",
    "Misconfigured",
    "Partial",
    "Recogniser",
    "Refused",
    "Speech",
    "Standing",
    "Transcript",
    "Trial",
    "Unavailable",
    "Workflow",
    "configure",
    "load_config",
    "open_agent",
    "open_bus",
    "open_elevenlabs",
    "open_n8n",
    "open_whisperlivekit",
]
