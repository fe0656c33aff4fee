"""WhisperLiveKit over its native WebSocket: one session for each utterance.

Protocol (0.2.26): binary frames of audio, an empty one ends it; a text frame makes
the server hang up. It answers with `agent.core.transcript`'s messages, and never
closes first. Older servers are told apart by what they say, and by what they do not.
"""

from agent.hearing.whisperlivekit.engine import WhisperLiveKit, open_whisperlivekit

__all__ = ["WhisperLiveKit", "open_whisperlivekit"]
