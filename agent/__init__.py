"""Tonny: a desktop voice agent that keeps going whatever breaks."""

__version__ = "0.1.0"
