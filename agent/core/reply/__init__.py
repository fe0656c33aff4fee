"""What a workflow answered, as it comes in: text to say, and commands."""

from agent.core.reply.incoming import Incoming
from agent.core.reply.shapes import DEEPEST, Reply

__all__ = ["DEEPEST", "Incoming", "Reply"]
