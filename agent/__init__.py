"""Tonny: a desktop voice agent that keeps going whatever breaks.

From Python it is ``import agent``: what `agent.api` has can be had from here, and is
imported when it is first used, so that the command line does not wait for it.
"""

TYPE_CHECKING = False  # as type checkers take it; to import `typing` takes 8 ms
if TYPE_CHECKING:
    from agent.api import (
        Agent,
        AgentError,
        Answer,
        Bus,
        Config,
        Entry,
        Event,
        Misconfigured,
        Partial,
        Recogniser,
        Refused,
        Speech,
        Standing,
        Transcript,
        Trial,
        Unavailable,
        Workflow,
        configure,
        load_config,
        open_agent,
        open_bus,
        open_elevenlabs,
        open_n8n,
        open_whisperlivekit,
    )

__version__ = "0.1.0"

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


def __getattr__(name: str) -> object:
    # A name that is not there may be a module that is about to be imported.
    if name not in __all__:
        raise AttributeError(f"module 'agent' has no attribute {name!r}")
    import agent.api

    found: object = getattr(agent.api, name)
    return found
