"""Every code that `tonny-agent doctor` may report, and why that matters."""

import re

from agent.doctor.known import Known
from agent.doctor.service_codes import SERVICES

MISCONFIGURED = frozenset(
    {
        *("config", "config.unreadable", "config.syntax"),
        *("microphone.file", "speaker.file"),
    }
)
"""Tonny does not start with such settings; `run` ends with the same exit status."""

_NAMED_SERVER = re.compile(r"^stt\.servers\.[^.]+\.")

_DEAF = "Tonny does not hear you."
_MUTE = "What Tonny answers is not heard."
_PRIVATE = "What you say, and what is answered, is in there."
_SETTINGS = "Tonny does not start with settings that cannot be meant."
_RECORD = "Without a record Tonny does not start: questions could be lost."
_LESS = "It works, but less well than it could."


KNOWN: dict[str, Known] = {
    "hangs": Known(
        "A check did not end in time.",
        "What hangs here may hang a conversation too.",
    ),
    "config": Known(
        "A setting, in agent.toml or in the environment, is unknown or wrong.",
        _SETTINGS,
    ),
    "config.unreadable": Known("agent.toml cannot be read.", _SETTINGS),
    "config.syntax": Known("agent.toml is no TOML, or no text.", _SETTINGS),
    "config.exposed": Known(
        "Others can read the secrets in agent.toml.",
        "Whoever has a key can spend your plan, or ask your workflow.",
    ),
    "secrets": Known(
        "A secret could not be read from where it is kept.",
        "What it opens stays closed, or is opened with an older one.",
    ),
    "data-folder.absent": Known("The data folder is not there yet.", "It will be."),
    "data-folder.open": Known("Others can read the data folder.", _PRIVATE),
    "data-folder.read-only": Known("The data folder cannot be written to.", _RECORD),
    "data-folder.file": Known(
        "There is a file where it, or the way to it, is.", _RECORD
    ),
    "data-folder.link": Known("It is a link that leads nowhere.", _RECORD),
    "data-folder.closed": Known("It cannot be looked at.", _RECORD),
    "data-folder.full": Known("The disk is full, or nearly so.", _RECORD),
    "files.open": Known("Others can read a file in the data folder.", _PRIVATE),
    "record": Known("The record cannot be used.", _RECORD),
    "record.file": Known("The record is no file.", _RECORD),
    "record.read-only": Known("The record cannot be read and written.", _RECORD),
    "record.newer": Known("A newer tonny-agent has made the record.", _RECORD),
    "record.foreign": Known("Another program has made the record.", _RECORD),
    "record.empty": Known(
        "The record is empty.", "What was said is not in it; a backup may have it."
    ),
    "record.log": Known(
        "The log of the record is damaged.", "What was said last may be lost."
    ),
    "record.damaged": Known(
        "The record is damaged.", "Part of what was said may be lost."
    ),
    "record.replaced": Known(
        "The record was damaged, and another one took its place.",
        "What was said since the last backup is in the damaged one only.",
    ),
    "sqlite.old": Known(
        "This SQLite has a fault that is known.",
        "Two programs that write at the same moment could damage the record.",
    ),
    "clock": Known(
        "The clock of this computer differs from that of a server.",
        "Signatures and certificates are judged by the time; times in the record lie.",
    ),
    "limits.files": Known(
        "A program may hold few files open.",
        "Connections, devices and the record need some at the same time.",
    ),
    "autostart": Known(
        "What starts at log-in is not this program.",
        "After the next log-in nobody listens, or another Tonny does.",
    ),
    "autostart.off": Known(
        "Starting at log-in is installed, and switched off.", "Perhaps you meant that."
    ),
    "autostart.failed": Known(
        "The last start at log-in failed.", "Nobody has listened since."
    ),
    "agent.silent": Known(
        "An agent holds the data folder, and does not answer.",
        "It neither hears nor does what it is told, and no other can be started.",
    ),
    "agent.others": Known(
        "Another agent is running too, with another data folder.",
        "Both hear you, and both answer.",
    ),
    "agent.elsewhere": Known(
        "An agent is running, with another data folder.",
        "What is looked at here is not what hears you.",
    ),
    "agent.outdated": Known(
        "The running agent is another version than this program.",
        "What is new is not there, and what is mended is not mended, until it restarts.",
    ),
    "agent.degraded": Known(
        "The running agent is without something that it depends on.", _LESS
    ),
    "agent.troubled": Known(
        "The running agent has something to say about itself.", _LESS
    ),
    "agent.sockets": Known(
        "An agent that was killed has left its sockets behind.",
        "They do no harm; whoever looks for an agent looks at them too.",
    ),
    "certificates": Known(
        "There are no certificates of the web.",
        "No server that is asked by https or wss is believed.",
    ),
    "program": Known(
        "A part of the program is missing, or not what was published.",
        "It starts, and fails or dawdles where it needs that part.",
    ),
    "models": Known(
        "An embedded model or voice is missing, or not what was published.",
        "Without them nothing stands in for a service that is away.",
    ),
    "vad": Known("The voice detector does not tell speech.", _DEAF),
    "vad.slow": Known("The voice detector is too slow here.", _DEAF),
    "audio": Known("There is no sound on this computer.", _DEAF),
    "microphone": Known("There is no microphone.", _DEAF),
    "speaker": Known("There is no speaker.", _MUTE),
    "audio.silent": Known("The sound system does not answer.", _DEAF),
    "audio.portaudio": Known("The PortAudio library is missing, or broken.", _MUTE),
    "microphone.file": Known("The microphone is no WAV file.", _DEAF),
    "microphone.absent": Known(
        "There is no microphone of this name.", "The default one hears instead of it."
    ),
    "speaker.file": Known("The speaker is no file that can be written.", _MUTE),
    "speaker.absent": Known("There is no speaker of this name.", _MUTE),
    "level.deaf": Known("The microphone cannot be opened, or sends nothing.", _DEAF),
    "level.dead": Known("The microphone is muted, or switched off.", _DEAF),
    "level.clips": Known(
        "The microphone is too loud.", "Speech that is cut off is not understood."
    ),
    "loopback": Known(
        "What the speaker says does not reach the microphone.",
        "Either is not the one you think, or is turned down.",
    ),
    "loopback.busy": Known(
        "No sentence is said while an agent runs: it would hear it.",
        "Whether the speaker reaches the microphone is not known.",
    ),
    "hotkey.off": Known(
        "No key is watched for push-to-talk.", "Perhaps none is needed."
    ),
    "hotkey.keys": Known("The hotkey is none.", "It cannot be pressed."),
    "hotkey": Known("The hotkey cannot be watched here.", "Pressing it does nothing."),
    "echo.missing": Known("Echo cancellation was asked for and is not there.", _DEAF),
    "echo.off": Known("Echo cancellation is off.", _LESS),
    "echo.absent": Known("There is no echo cancellation.", _LESS),
    "echo.elsewhere": Known(
        "The system's echo cancellation is for another speaker.",
        "It cannot take out what it does not hear.",
    ),
} | SERVICES


def canonical(code: str) -> str:
    """The code as the catalogue has it: without the name of a server or a check."""
    if code.endswith(".hangs"):
        return "hangs"
    return _NAMED_SERVER.sub("stt.", code)


def why(code: str) -> str:
    """Why *code* matters; empty for what is well."""
    known = KNOWN.get(canonical(code))
    return known.why if known is not None else ""
